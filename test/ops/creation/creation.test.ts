/** What the table of torch's results cannot say of creation: sizes that are refused, integers beyond 2^53. */
import { describe, expect, it } from 'vitest';
import { arange, eye, full, linspace, to, zeros } from '../../../src/ops/creation/index.ts';
import '../../../src/ops/registry.ts';
import { metaAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import { bigintsOf } from '../../../src/tensor/tensor.ts';
import { refusal } from '../../support/refusal.ts';
import { flat, tensor } from '../../support/tensors.ts';

describe('refusals', () => {
  it.each<[string, () => unknown, string, RegExp]>([
    [
      'more elements than can be counted',
      () => zeros([2 ** 40, 2 ** 40]),
      'value_range',
      /more elements than can be counted/,
    ],
    ['a matrix of that size', () => eye(2 ** 40), 'value_range', /more elements than can be counted/],
    ['a range of that size', () => arange(0, 1, 1e-20), 'value_range', /invalid size/],
    ['a negative size', () => zeros([2, -1]), 'shape_mismatch', /\[2, -1\]/],
    ['a range without an end', () => arange(), 'value_range', /needs an end/],
    ['a step of no length', () => arange(0, 1, 0), 'value_range', /step must be nonzero/],
    ['a step away from the end', () => arange(0, 5, -1), 'value_range', /inconsistent with step sign/],
    ['an infinite range', () => arange(Infinity), 'value_range', /unsupported range/],
    ['a number too large for its dtype', () => full([1], 300, 'uint8'), 'value_range', /uint8 without overflow/],
    ['an integer that is NaN', () => full([1], NaN, 'int64'), 'value_range', /int64 without overflow/],
    ['negative steps', () => linspace(0, 1, -1), 'value_range', /non-negative/],
  ])('%s', (_, body, code, words) => {
    const error = refusal(body);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
  });
});

it('size products with a 0 among them are empty', () => {
  expect(zeros([2 ** 40, 2 ** 40, 0]).numel).toBe(0);
});

it('int64 is exact beyond 2^53', () => {
  const from = 2n ** 60n;
  expect([...bigintsOf(arange(from, from + 3n))]).toEqual([from, from + 1n, from + 2n]);
  expect([...bigintsOf(full([1], 2n ** 62n + 1n))]).toEqual([2n ** 62n + 1n]);
});

it('arange takes an end alone, by position or by name', () => {
  expect(flat(arange(3))).toEqual([0, 1, 2]);
  expect(flat(arange(undefined, 3))).toEqual([0, 1, 2]);
});

it('a range is as long as double arithmetic says', () => {
  expect(arange(0, 1, 0.1).shape).toEqual([10]);
  // 0.3 / 0.1 is a little more than 3.
  expect(arange(1, 1.3, 0.1).shape).toEqual([4]);
});

it('sizes are known without elements', () => {
  const shapes = withAllocator(metaAllocator, () => [
    zeros([1e6, 1e6]),
    arange(0, 1e12),
    eye(1e6),
    linspace(0, 1, 1e9),
  ]);
  expect(shapes.map((t) => t.shape)).toEqual([[1e6, 1e6], [1e12], [1e6, 1e6], [1e9]]);
});

it('casts cut towards zero', () => {
  expect(flat(to(tensor([1.9, -1.9, NaN]), 'bool'))).toEqual([1, 1, 1]);
  expect(flat(to(tensor([1.9, -1.9]), 'int32'))).toEqual([1, -1]);
});
