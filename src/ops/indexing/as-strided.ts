/** Windows by strides over all elements of a tensor's storage, whether the tensor shows them or not. */
import { copyInto } from '../../kernels/index.ts';
import { type DType, elementSize } from '../../tensor/dtype.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { ones, zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, integer, integerList, optionalAttr, tensor } from '../params.ts';
import { div } from '../pointwise/arithmetic.ts';
import { clampMin } from '../pointwise/clamp.ts';
import { reshape } from '../shape/index.ts';
import { overlaps, stridedWindow, stridedWindowBackward, stridedWindowScatter } from './strided.ts';

const sizeParam = attr('size', integerList, { doc: "The window's shape" });
const strideParam = attr('stride', integerList, {
  doc: 'For each dimension, how many elements lie between neighbours',
});
const offsetParam = optionalAttr('storage_offset', integer({ minimum: 0 }), {
  doc: 'How many elements of the storage lie before the first; as many as before the first of the input where absent',
});

/** How many elements a window reaches over, from the storage's first. */
export const reachOf = (size: Shape, stride: Shape, offset: number): number =>
  size.includes(0) ? 0 : size.reduce((at, n, d) => at + (n - 1) * stride[d], offset) + 1;

/** Refuses a window that reaches beyond a storage of `numel` elements. */
export function checkReach(size: Shape, stride: Shape, offset: number, dtype: DType, numel: number): void {
  if (size.length !== stride.length)
    throw shapeMismatch(
      `mismatch in length of strides and shape: ${showShape(stride)} for the size ${showShape(size)}`,
    );
  checkNumel(size);
  if (stride.some((n) => n < 0))
    throw valueRange(`as_strided: Negative strides are not supported at the moment, got strides: ${showShape(stride)}`);
  const reach = reachOf(size, stride, offset);
  if (reach > numel) {
    const bytes = elementSize(dtype);
    throw valueRange(
      `setStorage: sizes ${showShape(size)}, strides ${showShape(stride)}, storage offset ${offset}, and itemsize ${bytes} requiring a storage size of ${bytes * reach} are out of bounds for storage of size ${bytes * numel}`,
    );
  }
}

/** Shows elements of the storage that the input does not reach, too; those have no gradient. */
export const storageWindow = defineOp({
  name: 'storage_window',
  category: 'indexing',
  in: [],
  summary: 'A window by strides over the elements of a storage, of which the input shows those at strides of its own',
  params: [
    tensor('input'),
    sizeParam,
    strideParam,
    attr('storage_offset', integer({ minimum: 0 })),
    attr('input_stride', integerList, { doc: "The input's own strides" }),
    attr('input_offset', integer({ minimum: 0 }), { doc: "Where the input's first element lies" }),
    attr('length', integer({ minimum: 0 }), { doc: 'How many elements the storage has' }),
  ],
  formula: String.raw`y_{i} = s_{\mathrm{offset} + \sum_d i_d\, \mathrm{stride}_d}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_j} = \sum_{i:\, y_i = x_j} G_i`,
  forward: ({ input, size, stride, storageOffset, inputStride, inputOffset, length }) => {
    checkReach(size, stride, storageOffset, input.dtype, length);
    checkReach(input.shape, inputStride, inputOffset, input.dtype, length);
    const inPlace = input.offset === inputOffset && input.strides.join() === inputStride.join();
    if (inPlace && input.storage.numel === length) return input.alias(size, stride, storageOffset);
    // Elsewhere than in its storage: what the input does not show is zero.
    const whole = zerosWith(input, inputStride, inputOffset, length);
    return whole.alias(size, stride, storageOffset);
  },
  gradFn: 'AsStridedBackward0',
  gradient: {
    input: ({ input, size, stride, storageOffset, inputStride, inputOffset, length }, grad): Tensor =>
      stridedWindow(
        shared(
          stridedWindowBackward(grad, [length], size, stride, storageOffset),
          input.shape,
          inputStride,
          inputOffset,
        ),
        input.shape,
        inputStride,
        inputOffset,
      ),
  },
  examples: [
    {
      input: [1, 2, 3, 4],
      size: [2, 2],
      stride: [1, 2],
      storage_offset: 0,
      input_stride: [1],
      input_offset: 0,
      length: 4,
    },
  ],
});

/** What an element of the storage has, shared evenly by the places at which the input shows it. */
function shared(t: Tensor, shape: Shape, stride: Shape, offset: number): Tensor {
  if (!overlaps(shape, stride)) return t;
  const times = stridedWindowBackward(ones(shape, t.dtype), t.shape, shape, stride, offset);
  return div(t, clampMin(times, 1));
}

/** A storage of zeros, but for the elements of `t` at their places. */
function zerosWith(t: Tensor, stride: Shape, offset: number, length: number): Tensor {
  const out = zeros([length], t.dtype);
  copyInto(out.alias(t.shape, stride, offset), t);
  return out;
}

/** Whether a window shows elements of the input alone, which lie in order. */
const isWithin = (input: Tensor, size: Shape, stride: Shape, offset: number): boolean =>
  input.isContiguous &&
  offset >= input.offset &&
  size.length === stride.length &&
  stride.every((n) => n >= 0) &&
  reachOf(size, stride, offset) <= input.offset + input.numel;

export const asStrided = defineOp({
  name: 'as_strided',
  category: 'indexing',
  in: ['torch_', 'Tensor_'],
  summary: "A window of any shape and strides on the elements of a tensor's storage",
  params: [tensor('input'), sizeParam, strideParam, offsetParam],
  formula: String.raw`y_{i_1 \ldots i_k} = x_{\mathrm{offset} + \sum_d i_d\, \mathrm{stride}_d}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_j} = \sum_{i:\, \mathrm{offset} + \sum_d i_d\, \mathrm{stride}_d = j} G_i`,
  composite: ({ input, size, stride, storageOffset = input.offset }) => {
    if (isWithin(input, size, stride, storageOffset))
      return stridedWindow(input, size, stride, storageOffset - input.offset);
    return storageWindow(input, size, stride, storageOffset, input.strides, input.offset, input.storage.numel);
  },
  examples: ['{"input": [1, 2, 3, 4], "size": [3, 2], "stride": [1, 1]}'],
});

export const asStridedScatter = defineOp({
  name: 'as_strided_scatter',
  category: 'indexing',
  summary: 'A copy in which the elements of a window by strides are replaced',
  params: [tensor('input'), tensor('src'), sizeParam, strideParam, offsetParam],
  formula: String.raw`y_{\mathrm{offset} + \sum_d i_d\, \mathrm{stride}_d} = s_{i_1 \ldots i_k},\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial s} = 1`,
  composite: ({ input, src, size, stride, storageOffset = input.offset }) => {
    checkReach(size, stride, storageOffset, input.dtype, input.storage.numel);
    if (!isWithin(input, size, stride, storageOffset))
      throw valueRange(
        `as_strided_scatter: the window ${showShape(size)} by ${showShape(stride)} from ${storageOffset} on shows elements that are none of the input's`,
      );
    return reshape(stridedWindowScatter(input, src, size, stride, storageOffset - input.offset), input.shape);
  },
  examples: ['{"input": [1, 2, 3, 4], "src": [9, 8], "size": [2], "stride": [2]}'],
});
