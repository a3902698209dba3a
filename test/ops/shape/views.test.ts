/** What the table of torch's results cannot say of views: which share elements, and the words of refusals. */
import { describe, expect, it } from 'vitest';
import '../../../src/ops/registry.ts';
import {
  cat,
  diagonal,
  expand,
  flip,
  permute,
  repeat,
  reshape,
  split,
  squeeze,
  stack,
  transpose,
  unfold,
  unsqueeze,
  view,
} from '../../../src/ops/shape/index.ts';
import { viewStrides } from '../../../src/tensor/shape.ts';
import { metaAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { refusal } from '../../support/refusal.ts';
import { flat, leaf, tensor } from '../../support/tensors.ts';

const x = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

it('windows share elements with their input', () => {
  const base = x();
  const views = [
    transpose(base, 0, 1),
    permute(base, [1, 0]),
    unsqueeze(base, 0),
    squeeze(base),
    reshape(base, [3, 2]),
    expand(base, [2, 2, 3]),
    diagonal(base),
    unfold(base, 1, 2, 1),
    ...split(base, 1),
  ];
  for (const t of views) expect(t.storage).toBe(base.storage);
});

describe('view', () => {
  it('goes where strides lead, reshape everywhere', () => {
    const turned = transpose(x(), 0, 1);
    expect(view(turned, [3, 1, 2]).storage).toBe(turned.storage);
    expect(refusal(() => view(turned, [6])).message).toMatch(
      /\[3, 2\] with strides \[1, 3\] cannot be seen as \[6\] without a copy/,
    );
    expect(flat(reshape(turned, [6]))).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it.each([
    [[2, 3], [3, 1], [6], [1]],
    [[2, 3], [1, 2], [6], null],
    [
      [2, 3],
      [0, 1],
      [2, 3, 1],
      [0, 1, 1],
    ],
    [
      [4, 1, 3],
      [3, 99, 1],
      [2, 6],
      [6, 1],
    ],
    [
      [2, 2, 3],
      [12, 3, 1],
      [2, 6],
      [12, 1],
    ],
    [[2, 2, 3], [12, 3, 1], [4, 3], null],
    [[], [], [1, 1], [1, 1]],
    [
      [0, 3],
      [3, 1],
      [3, 0],
      [1, 1],
    ],
  ])('strides of %j with %j as %j', (shape, strides, to, want) => {
    expect(viewStrides(shape, strides, to)).toEqual(want);
  });

  it('of a transposed leaf names the node by what happened', () => {
    const t = transpose(
      leaf([
        [1, 2],
        [3, 4],
      ]),
      0,
      1,
    );
    expect([reshape(t, [4]).gradFn?.name, reshape(leaf([1, 2]), [2, 1]).gradFn?.name]).toEqual([
      'UnsafeViewBackward0',
      'ReshapeAliasBackward0',
    ]);
  });
});

describe('refusals name both shapes and the dimension', () => {
  it.each<[string, () => unknown, string, RegExp]>([
    [
      'cat',
      () => cat([x(), tensor([[1, 2]])]),
      'shape_mismatch',
      /Expected size 3 but got size 2 at dimension 1 for tensor number 1.*\[2, 3\] and \[1, 2\]/,
    ],
    ['cat of numbers', () => cat([tensor(1)]), 'shape_mismatch', /zero-dimensional tensor \(at position 0\)/],
    ['stack', () => stack([x(), tensor([1])]), 'shape_mismatch', /\[2, 3\] at entry 0 and \[1\] at entry 1/],
    ['reshape', () => reshape(x(), [4, 2]), 'shape_mismatch', /'\[4, 2\]' is invalid for input of size 6/],
    ['two unknown sizes', () => reshape(x(), [-1, -1]), 'shape_mismatch', /only one dimension can be inferred/],
    ['expand', () => expand(x(), [3, 3]), 'shape_mismatch', /\[2, 3\] cannot be expanded to \[3, 3\]/],
    ['transpose', () => transpose(x(), 0, 2), 'index_out_of_range', /\[-2, 1\], but got 2/],
    ['permute', () => permute(x(), [0, 0]), 'value_range', /repeated dim/],
    ['split', () => split(x(), [1, 2]), 'shape_mismatch', /sum exactly to 2/],
    [
      'repeat beyond counting',
      () => repeat(x(), [2 ** 31, 2 ** 31]),
      'value_range',
      /more elements than can be counted/,
    ],
  ])('%s', (_, body, code, words) => {
    const error = refusal(body);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
  });
});

it('a repeated size costs nothing', () => {
  expect(expand(tensor([1]), [1e6, 1e6]).shape).toEqual([1e6, 1e6]);
});

it('-0, NaN and infinities are copied as they are', () => {
  expect(flat(flip(tensor([-0, NaN, -Infinity]), 0))).toEqual([-Infinity, NaN, -0]);
});

it('shapes are known without elements', () => {
  const shapes = withAllocator(metaAllocator, () => [
    cat([x(), x()], 1),
    stack([x(), x()], -1),
    repeat(x(), [2, 2]),
    flip(x(), 0),
  ]);
  expect(shapes.map((t) => t.shape)).toEqual([
    [2, 6],
    [2, 3, 2],
    [4, 6],
    [2, 3],
  ]);
});
