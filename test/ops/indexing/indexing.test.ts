/** What the table of torch's results cannot say: refusals that PyTorch crashes on, ties, precision. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import {
  gather,
  indexAdd,
  indexSelect,
  maskedSelect,
  scatter,
  scatterAdd,
  scatterReduce,
  sort,
  take,
  topk,
  unique,
} from '../../../src/ops/indexing/index.ts';
import { sum } from '../../../src/ops/reductions/index.ts';
import '../../../src/ops/registry.ts';
import { metaAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { refusal } from '../../support/refusal.ts';
import { flat, leaf, tensor } from '../../support/tensors.ts';

const index = (...i: number[]): Tensor => tensor(i, 'int64');
const x = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

describe('indices out of range name dimension and size', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['gather', () => gather(x(), 1, tensor([[3]], 'int64')), /index 3 .* dimension 1 with size 3/],
    ['gather below', () => gather(x(), 1, tensor([[-1]], 'int64')), /index -1 .* dimension 1 with size 3/],
    ['scatter', () => scatter(x(), 0, tensor([[2]], 'int64'), 1), /index 2 .* dimension 0 with size 2/],
    ['scatter_add', () => scatterAdd(x(), 0, tensor([[2]], 'int64'), tensor([[1]])), /index 2 .* dimension 0/],
    ['index_select', () => indexSelect(x(), 1, index(0, 3)), /index 3 .* dimension 1 with size 3/],
    ['index_add', () => indexAdd(x(), 0, index(-1), tensor([[1, 1, 1]])), /index -1 .* dimension 0 with size 2/],
    ['take', () => take(x(), index(6)), /index 6 .* size 6/],
  ])('%s', (_, body, words) => {
    const error = refusal(body);
    expect(error.code).toBe('index_out_of_range');
    expect(error.message).toMatch(words);
  });
});

it('float32 sums are rounded once', () => {
  const n = 1000;
  const out = indexAdd(
    tensor([0], 'float32'),
    0,
    tensor(Array(n).fill(0), 'int64'),
    tensor(Array(n).fill(0.1), 'float32'),
  );
  expect(flat(out)).toEqual([Math.fround(Math.fround(0.1) * n)]);
});

it('equal elements keep their order', () => {
  expect(flat(sort(tensor([2, 1, 2, 1]), -1, true)[1])).toEqual([0, 2, 1, 3]);
  expect(flat(topk(tensor([1, 3, 2, 3, 3]), 3)[1])).toEqual([1, 3, 4]);
});

it('NaN is the largest, and equal to nothing', () => {
  const values = sort(tensor([3, NaN, -1, Infinity]))[0];
  expect(flat(values)).toEqual([-1, 3, Infinity, NaN]);
  expect(flat(unique(tensor([NaN, 1, NaN])) as Tensor)).toEqual([1, NaN, NaN]);
});

it('a product cannot be differentiated in the older spelling', () => {
  const input = leaf([1, 2]);
  const y = scatter(input, 0, index(0), tensor([3]), undefined, 'multiply');
  expect(refusal(() => grad([sum(y)], [input])).message).toMatch(/scatter_reduce/);
});

it('extrema share their gradient among ties', () => {
  const input = leaf([1, 2]);
  const src = leaf([1, 1]);
  const y = scatterReduce(input, 0, index(0, 0), src, 'amax');
  const third = expect.closeTo(1 / 3, 12);
  const [a, b] = grad([sum(y)], [input, src]);
  expect([flat(a), flat(b)]).toEqual([
    [third, 1],
    [third, third],
  ]);
});

it('sizes are known before values, but for masks', () => {
  const shapes = withAllocator(metaAllocator, () => [
    gather(x(), 1, tensor([[0]], 'int64')),
    indexSelect(x(), 1, index(0, 0)),
    ...topk(x(), 2),
  ]);
  expect(shapes.map((t) => t.shape)).toEqual([
    [1, 1],
    [2, 2],
    [2, 2],
    [2, 2],
  ]);
  expect(() => withAllocator(metaAllocator, () => maskedSelect(x(), tensor([1, 0, 1], 'bool')))).toThrow();
});
