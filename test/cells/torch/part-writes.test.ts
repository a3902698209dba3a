/** Writes to parts of a tensor: PyTorch 1.13's values, and what they cost. */
import { describe, expect, it } from 'vitest';
import { withRecorder } from '../../../src/autograd/recorder.ts';
import { type Allocator, heapAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import { shown } from './session.ts';

/** Code that leaves a tensor in `a`, and how PyTorch prints that, or the start of what it raises. */
const PROGRAMS: readonly (readonly [code: string, result: string])[] = [
  ['a = torch.arange(6.)\na[torch.tensor([1, 4, 1])] = torch.tensor([7., 8., 9.])', 'tensor([0., 9., 2., 3., 8., 5.])'],
  [
    'a = torch.arange(6.)\ni = torch.tensor([1, 1, 5])\na.index_put_((i,), torch.tensor([1., 2., 3.]), True)',
    'tensor([0., 4., 2., 3., 4., 8.])',
  ],
  [
    'a = torch.arange(6.).view(2, 3)\na[1, torch.tensor([0, 2])] += 10',
    'tensor([[ 0.,  1.,  2.],\n        [13.,  4., 15.]])',
  ],
  [
    'a = torch.arange(6.).view(2, 3)\na.t()[torch.tensor([0, 2])] = torch.tensor([7., 8.])',
    'tensor([[7., 1., 7.],\n        [8., 4., 8.]])',
  ],
  [
    'a = torch.arange(6)\na[a[1:4]] = a[3:6].clone()',
    'RuntimeError: unsupported operation: some elements of the input tensor and the writt',
  ],
  [
    'a = torch.arange(12.).view(3, 4)\na[a > 6] *= 2',
    'tensor([[ 0.,  1.,  2.,  3.],\n        [ 4.,  5.,  6., 14.],\n        [16., 18., 20., 22.]])',
  ],
  [
    'a = torch.arange(12.).view(3, 4)\na[:, torch.tensor([0, 3])][1] = 5\na[1:, [0, 3]] = torch.tensor([[1., 2.], [3., 4.]])',
    'tensor([[ 0.,  1.,  2.,  3.],\n        [ 1.,  5.,  6.,  2.],\n        [ 3.,  9., 10.,  4.]])',
  ],
  [
    'a = torch.arange(12.).view(3, 4)\na[..., torch.tensor([True, False, False, True])] = -1',
    'tensor([[-1.,  1.,  2., -1.],\n        [-1.,  5.,  6., -1.],\n        [-1.,  9., 10., -1.]])',
  ],
  [
    'a = torch.zeros(5)\na.index_add_(0, torch.tensor([1, 1]), torch.tensor([0.1, 0.2]), alpha=2)',
    'tensor([0.0000, 0.6000, 0.0000, 0.0000, 0.0000])',
  ],
  [
    'a = torch.zeros(2, 3)\na.scatter_(1, torch.tensor([[2], [0]]), 5.).scatter_add_(1, torch.tensor([[2, 2], [0, 1]]), torch.ones(2, 2))',
    'tensor([[0., 0., 7.],\n        [6., 1., 0.]])',
  ],
  [
    'a = torch.zeros(2, 3)\na.index_copy_(1, torch.tensor([2, 0]), torch.tensor([[1., 2.], [3., 4.]])).index_fill_(0, torch.tensor([0]), 9.)',
    'tensor([[9., 9., 9.],\n        [4., 0., 3.]])',
  ],
  ['a = torch.arange(6.)\nb = a * 2\na[[0, 1]] = 50.\na = a + b', 'tensor([50., 52.,  6.,  9., 12., 15.])'],
  [
    'x = torch.arange(4.).requires_grad_()\ny = x * 3\ni = torch.tensor([1, 3])\ny[i] *= x[0:2]\n(y * y).sum().backward()\na = x.grad',
    'tensor([  0., 162.,  36.,  54.])',
  ],
  [
    'x = torch.arange(4.).requires_grad_()\ny = x * 3\nw = y.view(2, 2)\nw[1, torch.tensor([0])] = x[3]\n(y * y).sum().backward()\na = x.grad',
    'tensor([ 0., 18.,  0., 60.])',
  ],
  [
    'x = torch.arange(4.).requires_grad_()\ny = torch.zeros(6)\ny.index_add_(0, torch.tensor([5, 0, 5, 1]), x)\n(y * y).sum().backward()\na = x.grad',
    'tensor([4., 2., 4., 6.])',
  ],
  [
    'x = torch.arange(4.).requires_grad_()\ny = x * 3\nz = y * y\ny[torch.tensor([0])] = 1\nz.sum().backward()',
    'RuntimeError: one of the variables needed for gradient computation has been modified',
  ],
  ['a = torch.zeros(3, dtype=torch.int64)\na.copy_(torch.tensor([1.7, -1.7, 2.]))', 'tensor([ 1, -1,  2])'],
  ['a = torch.ones(3)\nb = torch.zeros(3)\nb.copy_(a)\nb += 1\na = a + b', 'tensor([3., 3., 3.])'],
  [
    'x = torch.ones(3, requires_grad=True)\na = (x * 2)\na.fill_(4)\na.zero_()\n(a * x).sum().backward()\na = x.grad',
    'tensor([0., 0., 0.])',
  ],
];

describe('a write to a part', () => {
  it.each(PROGRAMS)('%s', (code, result) => {
    const answer = shown(`${code}\na`);
    expect(answer.slice(0, result.length)).toBe(result);
    if (result.startsWith('tensor')) expect(answer).toBe(result);
  });
});

it('a write with an index out of range writes nothing', () => {
  expect(shown('a = torch.arange(3.)', 'a[torch.tensor([0, 9])] = 5')).toMatch(/^IndexError: index 9 is out of bounds/);
  expect(shown('a = torch.arange(3.)', 'a[torch.tensor([0, 9])] = 5', 'a')).toBe('tensor([0., 1., 2.])');
});

/** The elements that a cell asks room for, after another one has run. */
function elementsOf(setup: string, code: string): number {
  let count = 0;
  const counting: Allocator = {
    alloc: (dtype, numel) => {
      count += numel;
      return heapAllocator.alloc(dtype, numel);
    },
  };
  const run = (...cells: string[]): void => expect(shown(...cells)).not.toMatch(/Error/) as undefined;
  withAllocator(counting, () => run(setup));
  const before = count;
  count = 0;
  withAllocator(counting, () => run(setup, code));
  return count - before;
}

const SETUP = 'x = torch.zeros(100, 200)\ni = torch.tensor([3, 5])\nv = torch.ones(2, 200)\nx[0] = 1';
const WRITES = [
  'x[i] = 1.',
  'x[i] += v',
  'x[1, i] = 2.',
  'x[2:4, i] *= 3',
  'x.index_put_((i, i), torch.tensor(1.))',
  'x.index_put_((i, i), torch.tensor(1.), True)',
  'x.index_add_(0, i, v)',
  'x.index_copy_(0, i, v)',
  'x.index_fill_(0, i, 4.)',
  'x.scatter_(0, i.view(1, 2), 1.)',
  'x.scatter_add_(0, i.view(1, 2), v)',
  'x.put_(i, v[0, :2])',
  'x.view(-1)[i] = 1.',
  'x.fill_(2.)',
  'x.zero_()',
];
const LISTENER = { deep: false, hear: () => undefined, overwrite: () => undefined, keeps: () => false };

describe('the cost of', () => {
  it.each(WRITES)('%s is what is written, tracked or not, whoever listens', (write) => {
    expect(elementsOf(SETUP, write)).toBeLessThan(3000);
    expect(withRecorder(LISTENER, () => elementsOf(SETUP, write))).toBeLessThan(3000);
    const tracked = `${SETUP}\nx = x.requires_grad_() * 1`;
    if (!/fill_\(2|zero_/.test(write)) expect(elementsOf(tracked, write)).toBeLessThan(3000);
  });

  it('copy_ is nothing but the elements', () => {
    expect(elementsOf('x = torch.zeros(100, 200)\ny = torch.ones(100, 200)', 'x.copy_(y)')).toBe(0);
  });
});
