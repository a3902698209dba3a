/** Tensors as values of the language: making them, their attributes, indexing, operators, settings. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

describe('torch.tensor', () => {
  it.each([
    ['torch.tensor([1, 2.5])', 'tensor([1.0000, 2.5000])'],
    ['torch.tensor([True, 2])', 'tensor([1, 2])'],
    ['torch.tensor([[], []])', 'tensor([], size=(2, 0))'],
    ['torch.tensor([torch.tensor(1), torch.tensor(2.)])', 'tensor([1., 2.])'],
    ['torch.tensor(range(3))', 'tensor([0, 1, 2])'],
    ['torch.tensor(9007199254740993)', 'tensor(9007199254740993)'],
    ['torch.Tensor(2, 3).shape', 'torch.Size([2, 3])'],
    ['torch.LongTensor([1, 2])', 'tensor([1, 2])'],
    ['torch.as_tensor([1.5]).dtype', 'torch.float32'],
  ])('%s', (code, answer) => {
    expect(shown(code)).toBe(answer);
  });
});

describe('attributes', () => {
  it.each([
    ['torch.ones(2, 3).shape', 'torch.Size([2, 3])'],
    ['torch.ones(2).device', "device(type='cpu')"],
    ['torch.ones(2).dtype is torch.float', 'True'],
    ['torch.ones(2).grad_fn is None', 'True'],
    ['torch.ones(2, 3).T.shape', 'torch.Size([3, 2])'],
    ['torch.ones(2, 3).stride(), torch.ones(2).type()', "((3, 1), 'torch.FloatTensor')"],
    ['torch.ones(2, 3).size(-1)', '3'],
    ['isinstance(torch.ones(1), torch.Tensor), type(torch.ones(1))', "(True, <class 'torch.Tensor'>)"],
    ['torch.finfo(torch.float32).eps', '1.1920928955078125e-07'],
    ['torch.Tensor.add(torch.ones(1), 2)', 'tensor([3.])'],
    ['torch.ones(1).__radd__(2)', 'tensor([3.])'],
    ['torch.ones(1).shape = 3', "AttributeError: attribute 'shape' of 'torch._C._TensorBase' objects is not writable"],
  ])('%s', (code, answer) => {
    expect(shown(code)).toBe(answer);
  });
});

describe('operators', () => {
  it('follow PyTorch with numbers on either side', () => {
    expect(
      shown('a = torch.tensor([1, 2])', '10 - a, 2 ** a, 1 / a, 7 // a, 7 % a, a & 1, a << 1, ~a, -a, abs(-a)'),
    ).toBe(
      '(tensor([9, 8]), tensor([2, 4]), tensor([1.0000, 0.5000]), tensor([7, 3]), tensor([0, 1]), tensor([1, 0]), tensor([2, 4]), tensor([-2, -3]), tensor([-1, -2]), tensor([1, 2]))',
    );
    expect(shown('a = torch.tensor([1, 2])', 'a == None, a == "a", 1 in a, 2 < a')).toBe(
      '(False, False, True, tensor([False, False]))',
    );
  });
});

describe('indexing', () => {
  it('reads and writes all kinds of indices', () => {
    const x = 'x = torch.arange(6).reshape(2, 3)';
    expect(
      shown(
        x,
        'x[0], x[:, 1], x[..., -1], x[None].shape, x[x > 3], x[[0, 1], [1, 2]], x[1, ::2], x[torch.tensor([1])]',
      ),
    ).toBe(
      '(tensor([0, 1, 2]), tensor([1, 4]), tensor([2, 5]), torch.Size([1, 2, 3]), tensor([4, 5]), tensor([1, 5]), tensor([3, 5]), tensor([[3, 4, 5]]))',
    );
    expect(shown(x, 'x[0, 1] = 10\nx[x == 5] = -1\nx[1, :2] += 1\nx')).toBe(
      'tensor([[ 0, 10,  2],\n        [ 4,  5, -1]])',
    );
    expect(shown(x, 'x[1.5]')).toMatch(/^IndexError: only integers, slices/);
  });
});

describe('settings', () => {
  it('belong to the session', () => {
    expect(shown('torch.set_default_dtype(torch.float64)', 'torch.tensor([1.5]), torch.arange(2) * 1.5')).toBe(
      '(tensor([1.5000]), tensor([0.0000, 1.5000]))',
    );
    expect(shown('torch.tensor([1.5]).dtype')).toBe('torch.float32');
    expect(shown('torch.set_printoptions(precision=2)', 'torch.tensor([1.23456])')).toBe('tensor([1.23])');
  });

  it("seed PyTorch's own numbers", () => {
    expect(shown('torch.manual_seed(0)\ntorch.rand(3)')).toBe('tensor([0.4963, 0.7682, 0.0885])');
    expect(shown('torch.manual_seed(0)\ntorch.randn(3)')).toBe('tensor([ 1.5410, -0.2934, -2.1788])');
    expect(shown('torch.manual_seed(0)\ntorch.empty(3).uniform_()')).toBe('tensor([0.4963, 0.7682, 0.0885])');
    expect(shown('g = torch.Generator().manual_seed(0)\ntorch.rand(1, generator=g)')).toBe('tensor([0.4963])');
  });
});

it('refuses a range that no list could hold, before it is walked', () => {
  expect(shown('torch.tensor(range(10**9))')).toBe('MemoryError: a range of more than 4000000 elements');
  expect(shown('torch.tensor(range(3))')).toBe('tensor([0, 1, 2])');
});
