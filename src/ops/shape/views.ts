/** New windows on the same elements, and copies where no window will do. */
import { contiguous } from '../../kernels/copy.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { checkShape, contiguousStrides, numelOf, type Shape } from '../../tensor/shape.ts';
import { broadcastStrides } from '../../kernels/strided.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integerList, tensor } from '../params.ts';
import { sumToSize } from '../reductions/sum.ts';

/** Fills in the one -1 that a requested shape may hold. */
export function inferShape(shape: Shape, numel: number): number[] {
  const unknown = shape.indexOf(-1);
  if (shape.lastIndexOf(-1) !== unknown) throw shapeMismatch('only one dimension can be inferred');
  const known = numelOf(shape.filter((_, i) => i !== unknown));
  checkShape(shape.filter((_, i) => i !== unknown));
  const out = [...shape];
  if (unknown >= 0) {
    if (known === 0) throw shapeMismatch(`cannot reshape tensor of ${numel} elements into shape ${showShape(shape)} because the unspecified dimension size -1 can be any value and is ambiguous`);
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
    const src = contiguous(input);
    return src.alias(to, contiguousStrides(to));
  },
  gradFn: 'ReshapeAliasBackward0',
  gradient: { input: ({ input }, grad): Tensor => reshape(grad, input.shape) },
  examples: [{ input: [1, 2, 3, 4, 5, 6], shape: [2, -1] }],
});

export const expand = defineOp({
  name: 'expand',
  category: 'shape',
  summary: 'Dimensions of size 1 repeated, without a copy',
  params: [tensor('input'), attr('size', integerList, { doc: '-1 leaves a size as it is' })],
  formula: String.raw`y_{i} = x_{i \bmod \mathrm{size}}`,
  derivative: '1',
  forward: ({ input, size }) => {
    const lead = size.length - input.ndim;
    const to = size.map((s, d) => (s === -1 && d >= lead ? input.shape[d - lead] : s));
    const fits = lead >= 0 && to.every((s, d) => s >= 0 && (d < lead || input.shape[d - lead] === 1 || input.shape[d - lead] === s));
    if (!fits) throw shapeMismatch(`a tensor of shape ${showShape(input.shape)} cannot be expanded to ${showShape(size)}: only dimensions of size 1 are repeated`);
    checkShape(to);
    return input.alias(to, broadcastStrides(input.shape, input.strides, to));
  },
  gradient: { input: ({ input }, grad): Tensor => sumToSize(grad, input.shape) },
  examples: [{ input: [[1], [2]], size: [2, 3] }],
});
