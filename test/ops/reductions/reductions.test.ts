/** What the table of torch's results cannot say: deliberate differences, higher derivatives, words, shapes alone. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import { logsumexp, max, mean, prod, std, sum, sumToSize, variance } from '../../../src/ops/reductions/index.ts';
import { linearRecurrence } from '../../../src/ops/reductions/scans.ts';
import { findOp, opsOf } from '../../../src/ops/registry.ts';
import { metaAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import { empty, type Tensor } from '../../../src/tensor/tensor.ts';
import { flat, leaf, tensor } from '../../support/tensors.ts';

describe('prod', () => {
  it('has derivatives of every order at zeros', () => {
    const x = leaf([0, 0, 3]);
    const [first] = grad([prod(x)], [x], undefined, { createGraph: true });
    expect(flat(first)).toEqual([0, 0, 0]);
    const [second] = grad([first as Tensor], [x], [tensor([1, 0, 0])], { createGraph: true });
    expect(flat(second)).toEqual([0, 3, 0]);
    const [third] = grad([second as Tensor], [x], [tensor([0, 1, 0])]);
    expect(flat(third)).toEqual([0, 0, 1]);
  });

  it('differs from torch on purpose beside NaN and infinities: others are multiplied, nothing is divided', () => {
    const x = leaf([1, Number.NaN, 3]);
    expect(flat(grad([prod(x)], [x])[0])).toEqual([Number.NaN, 3, Number.NaN]);
    const y = leaf([Infinity, 2]);
    expect(flat(grad([prod(y)], [y])[0])).toEqual([2, Infinity]);
  });
});

it('the recurrence runs from either end', () => {
  const [x, a] = [tensor([1, 2, 3]), tensor([9, 0.5, -1])];
  expect(flat(linearRecurrence(x, a, 0))).toEqual([1, 2.5, 0.5]);
  expect(flat(linearRecurrence(x, a, 0, true))).toEqual([32.5, 3.5, 3]);
});

it('an empty list of dimensions means all of them', () => {
  const x = tensor([
    [1, 2],
    [3, 6],
  ]);
  for (const op of [sum, mean, std, variance, logsumexp]) {
    const out = op(x, []);
    expect(out.shape).toEqual([]);
    expect(flat(out)).toEqual(flat(op(x, [0, 1])));
  }
});

it('sums pairwise: float32 stays exact to its last bit', () => {
  const x = empty([1_000_000], 'float32');
  (x.storage.data as Float32Array).fill(0.1);
  expect(flat(sum(x))).toEqual([Math.fround(Math.fround(0.1) * 1e6)]);
});

it('sum_to_size of its own size gives another tensor with the same elements', () => {
  const x = leaf([[1, 2]]);
  const out = sumToSize(x, [1, 2]);
  expect(out).not.toBe(x);
  expect(flat(grad([sum(out)], [x])[0])).toEqual([1, 1]);
});

it.each([
  ['max', { input: empty([0, 3], 'float32') }, /dim.*\[0, 3\]/],
  ['amax', { input: empty([2, 0], 'float32'), dim: 1 }, /dim 1.*\[2, 0\]/],
  ['sum', { input: empty([2, 2], 'float32'), dim: 5 }, /range of \[-2, 1\], but got 5/],
  ['sum', { input: empty([2, 2], 'float32'), dim: [0, -2] }, /dim 0 appears multiple times/],
  ['mean', { input: empty([2], 'int64') }, /int64/],
  ['kthvalue', { input: empty([2, 3], 'float32'), k: 4 }, /k=4.*dimension 1 of size 3/],
  ['norm', { input: empty([2], 'int64') }, /int64/],
  ['max', { input: empty([2], 'int64'), dim: 0.5 }, /integer/],
])('%s refuses in words that help', (name, args, words) => {
  expect(() => findOp(name)?.call(args)).toThrow(words);
});

it('max is one op with three forms', () => {
  const x = leaf([1, 5, 5]);
  const whole = max(x) as Tensor;
  expect([whole.gradFn?.name, flat(grad([whole], [x])[0])]).toEqual(['MaxBackward1', [0, 0.5, 0.5]]);
  const [values, indices] = max(x, 0) as readonly Tensor[];
  expect([values.gradFn?.name, flat(indices), flat(grad([values], [x])[0])]).toEqual(['MaxBackward0', [1], [0, 1, 0]]);
  expect((max(x, tensor([3, 3, 5])) as Tensor).gradFn?.name).toBe('MaximumBackward0');
});

it.each(opsOf('reduction').map((op) => [op.name, op] as const))('%s finds shapes without computing', (name, op) => {
  for (const example of op.examples) {
    const args: Record<string, unknown> = {};
    for (const p of op.params) {
      const given = example[p.name];
      if (given === undefined) continue;
      const isTensor = p.kind === 'tensor' || (p.kind === 'operand' && Array.isArray(given));
      args[p.key] = isTensor ? tensor(given as number[], p.wants ?? 'float64') : p.attr?.read(given);
    }
    const shapes = (): number[][] => [op.call(args)].flat().map((t) => [...(t as Tensor).shape]);
    expect(withAllocator(metaAllocator, shapes), name).toEqual(shapes());
  }
});
