/** What the indexing ops share: checks of index tensors, and where advanced indices lead. */

import { targetFor } from '../../autograd/inplace.ts';
import { cast, copy, type Lookup, nonzeroRows, offsetsOf } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { EngineError, indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { broadcastAll, normalizeDim, type Shape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';

/** A 0-d tensor read as one of one element. */
export const atLeast1 = (t: Tensor): Tensor => (t.ndim === 0 ? t.alias([1], [1]) : t);

/** A dimension of a tensor that may have none. */
export const dimOf = (dim: number, t: TensorMeta): number => normalizeDim(dim, t.shape.length);

export function checkIndex(op: string, index: Tensor, int32 = false): void {
  if (index.dtype === 'int64' || (int32 && index.dtype === 'int32')) return;
  throw new EngineError(
    'dtype',
    `${op}(): Expected dtype ${int32 ? 'int32 or ' : ''}int64 for index, but got ${index.dtype}`,
  );
}

/** Offsets that one index tensor gives along a dimension of `t`. */
export const offsetsAlong = (t: Tensor, dim: number, index: Tensor, wrap = false): Tensor =>
  offsetsOf([{ index, dim, size: t.shape[dim], stride: t.strides[dim] }], wrap);

/**
 * A copy of `t` that `write` writes to, or what an in-place write of this op goes to. Where it adds up
 * (`wide`), sums of floats are held in float64 and rounded once. An op that says that it `overwrites`
 * gives what this gives, and has read all that shares elements with its input before.
 */
export function written(t: Tensor, write: (out: Tensor) => void, wide = false): Tensor {
  const target = targetFor(t);
  if (target !== null) {
    write(target);
    return target.alias();
  }
  const out = copy(t, wide && isFloating(t.dtype) ? 'float64' : t.dtype);
  write(out);
  return cast(out, t.dtype);
}

const isMask = (t: TensorMeta): boolean => t.dtype === 'bool' || t.dtype === 'uint8';

/** How many dimensions an index tensor stands for. */
export const spanOf = (index: TensorMeta): number => (isMask(index) ? index.shape.length : 1);

/** The dimensions that index tensors begin at: those asked for, or one after another from the first. */
export function startsOf(indices: readonly TensorMeta[], dims: readonly number[] | undefined): readonly number[] {
  if (dims !== undefined) {
    if (dims.length !== indices.length)
      throw shapeMismatch(`${indices.length} index tensors need as many dims, but got ${showShape(dims)}`);
    return dims;
  }
  let at = 0;
  return indices.map((t) => {
    const start = at;
    at += spanOf(t);
    return start;
  });
}

/** An index for each dimension of a mask. Reads values. */
function fromMask(mask: Tensor, dim: number, shape: Shape): { index: Tensor; dim: number }[] {
  mask.shape.forEach((size, k) => {
    if (size !== shape[dim + k]) {
      throw indexOutOfRange(
        `The shape of the mask ${showShape(mask.shape)} at index ${k} does not match the shape of the indexed tensor ${showShape(shape)} at index ${dim + k}`,
      );
    }
  });
  const rows = nonzeroRows(mask);
  return mask.shape.map((_, k) => ({ index: rows.alias([rows.shape[0]], [rows.strides[0]], k), dim: dim + k }));
}

export interface Plan {
  /** Shape of what the indices pick. */
  readonly shape: Shape;
  /** Strides of the indexed tensor over that shape, 0 where an index leads. */
  readonly strides: readonly number[];
  readonly offsets: Tensor;
}

/**
 * Where advanced indices of `t` lead. The dimensions of the broadcast indices stand where the indexed
 * ones stood if these are neighbours, else in front, as in NumPy.
 */
export function planIndex(t: Tensor, indices: readonly Tensor[], dims: readonly number[] | undefined): Plan {
  const starts = startsOf(indices, dims);
  const found: { index: Tensor; dim: number }[] = [];
  indices.forEach((index, i) => {
    const span = spanOf(index);
    if (starts[i] < 0 || starts[i] + span > t.ndim)
      throw indexOutOfRange(
        `too many indices for tensor of dimension ${t.ndim} (got ${starts[i] + span}), of shape ${showShape(t.shape)}`,
      );
    if (isMask(index)) found.push(...fromMask(index, starts[i], t.shape));
    else if (index.dtype === 'int64') found.push({ index, dim: starts[i] });
    else
      throw new EngineError(
        'dtype',
        `tensors used as indices must be long, byte or bool tensors, but got ${index.dtype}`,
      );
  });
  const taken = found.map((f) => f.dim);
  if (new Set(taken).size !== taken.length) throw shapeMismatch(`a dimension is indexed twice: ${showShape(taken)}`);
  let common: Shape;
  try {
    common = broadcastAll(found.map((f) => f.index.shape));
  } catch {
    throw indexOutOfRange(
      `shape mismatch: indexing tensors could not be broadcast together with shapes ${found.map((f) => showShape(f.index.shape)).join(', ')}`,
    );
  }
  const rest = t.shape.map((_, d) => d).filter((d) => !taken.includes(d));
  const neighbours = taken.every((d, i) => i === 0 || d === taken[i - 1] + 1);
  const before = neighbours && taken.length > 0 ? rest.filter((d) => d < taken[0]) : [];
  const after = rest.slice(before.length);
  const pick = (list: readonly number[], ds: readonly number[]): number[] => ds.map((d) => list[d]);
  const lookups: Lookup[] = found.map(({ index, dim }) => ({ index, dim, size: t.shape[dim], stride: t.strides[dim] }));
  const offsets = offsetsOf(lookups, true);
  return {
    shape: [...pick(t.shape, before), ...common, ...pick(t.shape, after)],
    strides: [...pick(t.strides, before), ...common.map(() => 0), ...pick(t.strides, after)],
    offsets: offsets.alias([...common, ...after.map(() => 1)], [...offsets.strides, ...after.map(() => 0)]),
  };
}
