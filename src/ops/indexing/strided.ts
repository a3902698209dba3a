/**
 * Windows by strides over a tensor's elements in row-major order, and what replaces their elements:
 * histories of in-place writes through windows are made of these, whichever way a window came about.
 */
import { copy, copyInto, scatterAddInto } from '../../kernels/index.ts';
import { indexOutOfRange, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel, type Shape, sameShape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, integer, integerList, tensor } from '../params.ts';
import { checkGradient } from '../shape/placed.ts';

const sizeParam = attr('size', integerList, { doc: "The window's shape" });
const strideParam = attr('stride', integerList, {
  doc: 'For each dimension, how many elements lie between neighbours',
});
const offsetParam = attr('storage_offset', integer({ minimum: 0 }), {
  default: 0,
  doc: 'How many elements lie before the first',
});

/** Refuses a window that reaches beyond `numel` elements. */
function checkWindowOf(op: string, numel: number, size: Shape, stride: Shape, offset: number): void {
  if (size.length !== stride.length)
    throw shapeMismatch(
      `${op}: mismatch in length of strides and shape: ${showShape(stride)} for the size ${showShape(size)}`,
    );
  const negative = stride.find((n) => n < 0);
  if (negative !== undefined)
    throw valueRange(`${op}: negative strides are not supported, but got ${showShape(stride)}`);
  checkNumel(size);
  if (size.includes(0)) return;
  const last = size.reduce((at, n, d) => at + (n - 1) * stride[d], offset);
  if (last >= numel)
    throw indexOutOfRange(
      `${op}: size ${showShape(size)}, stride ${showShape(stride)} and storage_offset ${offset} reach element ${last} of ${numel}`,
    );
}

/** Whether a window shows an element more than once. */
export function overlaps(size: Shape, stride: Shape): boolean {
  const dims = size.map((n, d) => [n, stride[d]] as const).filter(([n]) => n > 1);
  let reach = 0;
  for (const [n, step] of dims.sort((a, b) => a[1] - b[1])) {
    if (step <= reach) return true;
    reach += (n - 1) * step;
  }
  return false;
}

/** The window on a tensor whose elements lie in order. */
const windowOn = (t: Tensor, size: Shape, stride: Shape, offset: number): Tensor =>
  t.alias(size, stride, t.offset + offset);

export const stridedWindow = defineOp({
  name: 'strided_window',
  category: 'indexing',
  in: [],
  summary: 'The elements, in row-major order, seen through a window of any shape and strides',
  params: [tensor('input'), sizeParam, strideParam, offsetParam],
  formula: String.raw`y_{i_1 \ldots i_k} = x_{\mathrm{offset} + \sum_d i_d\, \mathrm{stride}_d}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_j} = \sum_{i:\, \mathrm{offset} + \sum_d i_d\, \mathrm{stride}_d = j} G_i`,
  forward: ({ input, size, stride, storageOffset }) => {
    checkWindowOf('strided_window', input.numel, size, stride, storageOffset);
    return windowOn(input.isContiguous ? input : copy(input), size, stride, storageOffset);
  },
  gradient: {
    input: ({ input, size, stride, storageOffset }, grad): Tensor =>
      stridedWindowBackward(grad, input.shape, size, stride, storageOffset),
  },
  examples: [
    {
      input: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      size: [2, 2],
      stride: [1, 3],
      storage_offset: 1,
    },
  ],
});

export const stridedWindowBackward = defineOp({
  name: 'strided_window_backward',
  category: 'indexing',
  in: [],
  summary: 'Zeros to which a window by strides is added: the gradient of strided_window',
  params: [tensor('grad_output'), attr('input_sizes', integerList), sizeParam, strideParam, offsetParam],
  formula: String.raw`x_j = \sum_{i:\, \mathrm{offset} + \sum_d i_d\, \mathrm{stride}_d = j} G_i`,
  derivative: String.raw`\tfrac{\partial L}{\partial G_i} = H_{\mathrm{offset} + \sum_d i_d\, \mathrm{stride}_d}`,
  forward: ({ gradOutput, inputSizes, size, stride, storageOffset }) => {
    checkNumel(inputSizes);
    const out = empty(inputSizes, gradOutput.dtype);
    checkWindowOf('strided_window_backward', out.numel, size, stride, storageOffset);
    checkGradient('strided_window', gradOutput, inputSizes, size);
    const window = windowOn(out, size, stride, storageOffset);
    if (overlaps(size, stride)) scatterAddInto(window, gradOutput);
    else copyInto(window, gradOutput);
    return out;
  },
  gradient: {
    gradOutput: ({ size, stride, storageOffset }, grad): Tensor => stridedWindow(grad, size, stride, storageOffset),
  },
  examples: [
    {
      grad_output: [
        [1, 2],
        [3, 4],
      ],
      input_sizes: [4],
      size: [2, 2],
      stride: [1, 1],
    },
  ],
});

export const stridedWindowScatter = defineOp({
  name: 'strided_window_scatter',
  category: 'indexing',
  in: [],
  summary: 'A copy in which the elements of a window by strides are replaced',
  params: [tensor('input'), tensor('src'), sizeParam, strideParam, offsetParam],
  formula: String.raw`y_{\mathrm{offset} + \sum_d i_d\, \mathrm{stride}_d} = s_{i_1 \ldots i_k},\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial s} = 1`,
  forward: ({ input, src, size, stride, storageOffset }) => {
    checkWindowOf('strided_window_scatter', input.numel, size, stride, storageOffset);
    if (!sameShape(src.shape, size))
      throw shapeMismatch(
        `expected src to have a size equal to the slice of self. src size = ${showShape(src.shape)}, slice size = ${showShape(size)}`,
      );
    if (overlaps(size, stride))
      throw valueRange(
        `strided_window_scatter: more than one element of the window ${showShape(size)} by ${showShape(stride)} refers to a single place`,
      );
    const out = copy(input);
    copyInto(windowOn(out, size, stride, storageOffset), src);
    return out;
  },
  gradient: {
    input: ({ size, stride, storageOffset }, grad): Tensor =>
      stridedWindowScatter(grad, zeros(size, grad.dtype), size, stride, storageOffset),
    src: ({ size, stride, storageOffset }, grad): Tensor => stridedWindow(grad, size, stride, storageOffset),
  },
  examples: [{ input: [1, 2, 3, 4, 5], src: [10, 20], size: [2], stride: [2], storage_offset: 1 }],
});
