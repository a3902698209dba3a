/** New windows on the same elements, and copies where no window will do. */
import { broadcastStrides, copy } from '../../kernels/index.ts';
import { EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { checkShape, contiguousStrides, normalizeDim, numelOf, type Shape, viewStrides } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, constant, integer, integerList, tensor } from '../params.ts';
import { contiguous } from './copies.ts';

/** Fills in the one -1 that a requested shape may hold. */
export function inferShape(shape: Shape, numel: number): number[] {
  const unknown = shape.indexOf(-1);
  if (shape.lastIndexOf(-1) !== unknown) throw shapeMismatch('only one dimension can be inferred');
  const known = numelOf(shape.filter((_, i) => i !== unknown));
  checkShape(shape.filter((_, i) => i !== unknown));
  const out = [...shape];
  if (unknown >= 0) {
    if (known === 0)
      throw shapeMismatch(
        `cannot reshape tensor of ${numel} elements into shape ${showShape(shape)} because the unspecified dimension size -1 can be any value and is ambiguous`,
      );
    out[unknown] = numel / known;
  }
  if (numelOf(out) !== numel || !out.every(Number.isInteger)) {
    throw shapeMismatch(`shape '${showShape(shape)}' is invalid for input of size ${numel}`);
  }
  return out;
}

const shapeParam = attr('shape', integerList, { doc: 'One size may be -1: it is found from the others' });

export const reshape = defineOp({
  name: 'reshape',
  category: 'shape',
  summary: 'The same elements in another shape',
  params: [tensor('input'), shapeParam],
  formula: String.raw`y_{\mathrm{flat}(i)} = x_{\mathrm{flat}(i)}`,
  derivative: '1',
  forward: ({ input, shape }) => {
    const to = inferShape(shape, input.numel);
    const strides = viewStrides(input.shape, input.strides, to);
    if (strides !== null) return input.alias(to, strides);
    const src = copy(input);
    return src.alias(to, contiguousStrides(to));
  },
  gradFn: ({ input, shape }) =>
    viewStrides(input.shape, input.strides, inferShape(shape, input.numel)) === null
      ? 'UnsafeViewBackward0'
      : 'ReshapeAliasBackward0',
  gradient: { input: ({ input }, grad): Tensor => reshape(grad, input.shape) },
  derivation: {
    formula: String.raw`\operatorname{reshape}(@input)`,
    words: 'the elements stay as they are: the gradient gets the shape of @input back',
  },
  examples: [{ input: [1, 2, 3, 4, 5, 6], shape: [2, -1] }],
});

export const expand = defineOp({
  name: 'expand',
  category: 'shape',
  in: ['Tensor'],
  takes: 'input size | implicit',
  summary: 'Dimensions of size 1 repeated, without a copy',
  params: [tensor('input'), attr('size', integerList, { doc: '-1 leaves a size as it is' })],
  formula: String.raw`y_{i} = x_{i \bmod \mathrm{size}}`,
  derivative: '1',
  forward: ({ input, size }) => {
    const lead = size.length - input.ndim;
    const to = size.map((s, d) => (s === -1 && d >= lead ? input.shape[d - lead] : s));
    const fits =
      lead >= 0 &&
      to.every((s, d) => s >= 0 && (d < lead || input.shape[d - lead] === 1 || input.shape[d - lead] === s));
    if (!fits)
      throw shapeMismatch(
        `a tensor of shape ${showShape(input.shape)} cannot be expanded to ${showShape(size)}: only dimensions of size 1 are repeated`,
      );
    checkShape(to);
    const strides = broadcastStrides(input.shape, input.strides, to);
    // A new dimension of size 1 steps over all that follows.
    for (let d = lead - 1; d >= 0; d--)
      if (to[d] === 1) strides[d] = d + 1 < to.length ? to[d + 1] * strides[d + 1] : 1;
    return input.alias(to, strides);
  },
  // Of the broadcast shape: the backward pass sums it.
  gradient: { input: (_, grad): Tensor => grad },
  derivation: {
    formula: String.raw`\operatorname{expand}(@input)`,
    words: 'each element stands there several times: it gets the sum of the gradients of its copies',
  },
  examples: [{ input: [[1], [2]], size: [2, 3] }],
});

export const view = defineOp({
  name: 'view',
  category: 'shape',
  in: ['Tensor'],
  summary: 'The same elements in another shape, never copied',
  params: [tensor('input'), attr('size', integerList, { doc: 'One size may be -1: it is found from the others' })],
  formula: String.raw`y_{\mathrm{flat}(i)} = x_{\mathrm{flat}(i)}`,
  derivative: '1',
  forward: ({ input, size }) => {
    const to = inferShape(size, input.numel);
    const strides = viewStrides(input.shape, input.strides, to);
    if (strides === null) {
      throw shapeMismatch(
        `view size is not compatible with input tensor's size and stride: the shape ${showShape(input.shape)} with strides ${showShape(input.strides)} cannot be seen as ${showShape(to)} without a copy (at least one dimension spans across two contiguous subspaces). Use reshape(...) instead.`,
      );
    }
    return input.alias(to, strides);
  },
  gradient: { input: ({ input }, grad): Tensor => reshape(grad, input.shape) },
  derivation: {
    formula: String.raw`\operatorname{view}(@input)`,
    words: 'the elements stay as they are: the gradient gets the shape of @input back',
  },
  examples: [{ input: [1, 2, 3, 4, 5, 6], size: [2, -1] }],
});

export const viewAs = defineOp({
  name: 'view_as',
  category: 'shape',
  in: ['Tensor'],
  summary: 'The same elements in the shape of another tensor, never copied',
  params: [tensor('input'), constant('other')],
  formula: String.raw`y_{\mathrm{flat}(i)} = x_{\mathrm{flat}(i)}`,
  derivative: '1',
  composite: ({ input, other }) => view(input, other.shape),
  derivation: {
    formula: String.raw`\operatorname{view\_as}(@input)`,
    words: 'the elements stay as they are: the gradient gets the shape of @input back',
  },
  examples: ['{"input": [1, 2, 3, 4], "other": [[0, 0], [0, 0]]}'],
});

export const reshapeAs = defineOp({
  name: 'reshape_as',
  category: 'shape',
  in: ['Tensor'],
  summary: 'The same elements in the shape of another tensor',
  params: [tensor('input'), constant('other')],
  formula: String.raw`y_{\mathrm{flat}(i)} = x_{\mathrm{flat}(i)}`,
  derivative: '1',
  composite: ({ input, other }) => reshape(input, other.shape),
  derivation: {
    formula: String.raw`\operatorname{reshape\_as}(@input)`,
    words: 'the elements stay as they are: the gradient gets the shape of @input back',
  },
  examples: ['{"input": [1, 2, 3, 4], "other": [[0, 0], [0, 0]]}'],
});

export const flatten = defineOp({
  name: 'flatten',
  category: 'shape',
  module: { name: 'Flatten', takes: 'start_dim=1, end_dim=-1' },
  summary: 'A run of dimensions merged into one',
  params: [tensor('input'), attr('start_dim', integer(), { default: 0 }), attr('end_dim', integer(), { default: -1 })],
  formula: String.raw`y_{\mathrm{flat}(i)} = x_{\mathrm{flat}(i)}`,
  derivative: '1',
  composite: ({ input, startDim, endDim }) => {
    const from = normalizeDim(startDim, input.ndim);
    const to = normalizeDim(endDim, input.ndim);
    if (from > to)
      throw new EngineError(
        'value_range',
        `flatten() has invalid args: start_dim cannot come after end_dim, but got ${startDim} and ${endDim} for the shape ${showShape(input.shape)}`,
      );
    const { shape } = input;
    return reshape(input, [...shape.slice(0, from), numelOf(shape.slice(from, to + 1)), ...shape.slice(to + 1)]);
  },
  derivation: {
    formula: String.raw`\operatorname{flatten}(@input)`,
    words: 'the elements stay as they are: the gradient gets the shape of @input back',
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

export const ravel = defineOp({
  name: 'ravel',
  category: 'shape',
  summary: 'All elements in one dimension',
  params: [tensor('input')],
  formula: String.raw`y_{\mathrm{flat}(i)} = x_{\mathrm{flat}(i)}`,
  derivative: '1',
  composite: ({ input }) => reshape(contiguous(input), [-1]),
  derivation: {
    formula: String.raw`\operatorname{ravel}(@input)`,
    words: 'the elements stay as they are: the gradient gets the shape of @input back',
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

export const unflatten = defineOp({
  name: 'unflatten',
  category: 'shape',
  module: 'Unflatten',
  summary: 'One dimension split into several',
  params: [tensor('input'), attr('dim', integer()), attr('sizes', integerList, { doc: 'One size may be -1' })],
  formula: String.raw`y_{\mathrm{flat}(i)} = x_{\mathrm{flat}(i)}`,
  derivative: '1',
  composite: ({ input, dim, sizes }) => {
    if (sizes.length === 0) throw new EngineError('value_range', 'unflatten: sizes must be non-empty');
    const d = normalizeDim(dim, input.ndim);
    const size = input.shape[d] ?? 1;
    const known = numelOf(sizes.filter((s) => s !== -1));
    const fits = sizes.filter((s) => s === -1).length === 1 ? known > 0 && size % known === 0 : known === size;
    if (!fits || sizes.some((s) => s < -1)) {
      throw shapeMismatch(
        `unflatten: Provided sizes ${showShape(sizes)} don't multiply up to the size of dim ${d} (${size}) in the input tensor of shape ${showShape(input.shape)}`,
      );
    }
    const parts = sizes.map((s) => (s === -1 ? size / known : s));
    return reshape(input, [...input.shape.slice(0, d), ...parts, ...input.shape.slice(d + 1)]);
  },
  derivation: {
    formula: String.raw`\operatorname{unflatten}(@input)`,
    words: 'the elements stay as they are: the gradient gets the shape of @input back',
  },
  examples: [{ input: [1, 2, 3, 4, 5, 6], dim: 0, sizes: [2, 3] }],
});
