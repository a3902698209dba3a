/**
 * In which order elements lie in memory. Results are laid out as PyTorch lays them out: in the order of the
 * operands, so that what was transposed stays so, and loops run along memory.
 */
import type { DType } from '../tensor/dtype.ts';
import { shapeMismatch } from '../tensor/errors.ts';
import { contiguousStrides, type Shape, sameShape } from '../tensor/shape.ts';
import { allocate } from '../tensor/storage.ts';
import { Tensor } from '../tensor/tensor.ts';
import { broadcastStrides, isDense } from './strided.ts';

/**
 * Dimensions from the one of the longest steps to that of the shortest, by the first operand that tells two of
 * them apart. A step of 0 says nothing of its dimension's place, so it is passed over, not sorted.
 */
export function memoryOrder(operands: readonly (readonly number[])[], shape: Shape): number[] {
  const order = shape.map((_, d) => shape.length - 1 - d);
  /** Positive where `inner` belongs outside of `outer`, 0 where no operand says. */
  const compare = (inner: number, outer: number): number => {
    for (const strides of operands) {
      const [a, b] = [strides[inner], strides[outer]];
      if (a === 0 || b === 0) continue;
      if (a !== b) return a - b;
      if (shape[inner] > shape[outer]) return 1;
    }
    return 0;
  };
  // Shortest first, by insertion: what is not told apart keeps its place.
  for (let i = 1; i < order.length; i++) {
    let moving = i;
    for (let k = i - 1; k >= 0; k--) {
      const sign = compare(order[k], order[moving]);
      if (sign < 0) break;
      if (sign > 0) {
        [order[k], order[moving]] = [order[moving], order[k]];
        moving = k;
      }
    }
  }
  return order.reverse();
}

/** Strides that lay `shape` out without gaps, its dimensions in `order`. */
function packed(order: readonly number[], shape: Shape): number[] {
  const steps = contiguousStrides(order.map((d) => shape[d]));
  const strides = new Array<number>(shape.length);
  order.forEach((d, i) => {
    strides[d] = steps[i];
  });
  return strides;
}

/** A layout that is not row-major order. */
export interface Layout {
  /** From the outermost dimension in memory to the innermost. */
  readonly order: readonly number[];
  readonly strides: readonly number[];
}

/** How a pointwise result of `operands` lies in memory; null for row-major order, which is the usual one. */
export function layoutOf(operands: readonly (Tensor | number)[], shape: Shape): Layout | null {
  let plain = true;
  for (const t of operands) plain &&= typeof t === 'number' || t.isContiguous;
  if (plain || shape.length < 2) return null;
  const tensors = operands.filter((t) => typeof t !== 'number');
  const [first] = tensors;
  const alike = tensors.every((t) => sameShape(t.shape, shape) && sameShape(t.strides, first.strides));
  const strides = tensors.map((t) => broadcastStrides(t.shape, t.strides, shape));
  const order = memoryOrder(strides, shape);
  if (alike && isDense(first)) return { order, strides: first.strides };
  return order.every((d, i) => d === i) ? null : { order, strides: packed(order, shape) };
}

/** A window that shows an operand of a result in the order of the result's memory. */
export function inOrderOf({ order }: Layout, t: Tensor, shape: Shape): Tensor {
  if (t.numel === 1) return t.ndim === 0 ? t : t.alias([], []);
  const strides = broadcastStrides(t.shape, t.strides, shape);
  return t.alias(
    order.map((d) => shape[d]),
    order.map((d) => strides[d]),
  );
}

/** Strides of a new tensor in the order of `t`'s elements, without gaps. */
export function denseStrides(t: Tensor): readonly number[] {
  if (t.isContiguous) return contiguousStrides(t.shape);
  return isDense(t) ? t.strides : packed(memoryOrder([t.strides], t.shape), t.shape);
}

/** `torch.empty_like`: a new tensor of zeros whose elements lie in the same order as those of `t`. */
export const emptyLike = (t: Tensor, dtype = t.dtype): Tensor =>
  new Tensor(allocate(dtype, t.shape), t.shape, denseStrides(t), 0);

/** PyTorch's memory formats of which a tensor can be. */
export type MemoryFormat = 'contiguous_format' | 'channels_last' | 'channels_last_3d';

/** Dimensions of a memory format from the outermost to the innermost. */
const CHANNELS_LAST: Readonly<Record<string, readonly number[]>> = {
  channels_last: [0, 2, 3, 1],
  channels_last_3d: [0, 2, 3, 4, 1],
};

/** Strides of a tensor of a memory format, without gaps. */
export function stridesIn(format: MemoryFormat, shape: Shape): readonly number[] {
  if (format === 'contiguous_format') return contiguousStrides(shape);
  const order = CHANNELS_LAST[format];
  if (shape.length !== order.length)
    throw shapeMismatch(`required rank ${order.length} tensor to use ${format} format`);
  return packed(order, shape);
}

/** Whether a tensor's elements lie as a memory format says. */
export function liesIn(format: MemoryFormat, t: Tensor): boolean {
  if (format === 'contiguous_format') return t.isContiguous;
  const order = CHANNELS_LAST[format];
  return (
    t.ndim === order.length &&
    t.alias(
      order.map((d) => t.shape[d]),
      order.map((d) => t.strides[d]),
    ).isContiguous
  );
}

/** The memory format that a tensor's strides speak for, which convolutions and their kin keep. */
export function formatOf(t: Tensor): MemoryFormat {
  const format = t.ndim === 4 ? 'channels_last' : t.ndim === 5 ? 'channels_last_3d' : undefined;
  if (format === undefined || t.isContiguous || t.strides[1] === 0) return 'contiguous_format';
  let least = 0;
  for (const d of [...CHANNELS_LAST[format]].reverse()) {
    const stride = t.strides[d];
    if (t.shape[d] === 0 || stride < least || (d === 0 && least === t.strides[1])) return 'contiguous_format';
    least = stride * t.shape[d];
  }
  return format;
}

/** A new tensor of zeros of a memory format. */
export const emptyIn = (format: MemoryFormat, shape: Shape, dtype: DType): Tensor =>
  new Tensor(allocate(dtype, shape), shape, stridesIn(format, shape), 0);
