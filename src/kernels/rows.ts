/** A tensor as rows along some of its dimensions: what reductions, softmax, cumsum and sorting walk. */
import { computeType, type DType, isFloating, type TypedArray } from '../tensor/dtype.ts';
import { reducedShape } from '../tensor/shape.ts';
import { allocate } from '../tensor/storage.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { contiguous } from './copy.ts';
import { deferFrom, forEachTile } from './deferred.ts';
import { denseSums } from './dense-rows.ts';
import { launch, settleHalf } from './launch.ts';
import { pulse } from './pulse.ts';
import { walk } from './strided.ts';
import { sumKernels } from './wasm/sum.ts';

export interface Rows<A extends TypedArray = Float64Array> {
  readonly data: A;
  /** Elements in a row, and the step from one to the next. */
  readonly n: number;
  readonly stride: number;
  readonly count: number;
  /** Offset of each row's first element, in row-major order of the dimensions that are kept. */
  readonly starts: readonly number[] | Float64Array;
}

/** The rows of `t` along `dims` (normalised), copying only where no single step leads through a row. */
export function rowsOf<A extends TypedArray = Float64Array>(t: Tensor, dims: readonly number[]): Rows<A> {
  // Of all dimensions there is one row, which most often lies there as it is.
  if (dims.length === t.ndim && t.isContiguous)
    return { data: dataOf(t) as A, n: t.numel, stride: 1, count: 1, starts: [t.offset] };
  const kept = t.shape.map((_, d) => d).filter((d) => !dims.includes(d));
  const along = t.shape.map((_, d) => d).filter((d) => dims.includes(d));
  const sizes = along.map((d) => t.shape[d]);
  const inner = walk(sizes, [along.map((d) => t.strides[d])], [0]);
  const n = sizes.reduce((a, b) => a * b, 1);
  // Of no elements there is nothing to move: they are in order, whatever their strides are.
  if (n !== inner.n && t.numel > 0) {
    const order = [...kept, ...along];
    const moved = contiguous(
      t.alias(
        order.map((d) => t.shape[d]),
        order.map((d) => t.strides[d]),
      ),
    );
    return rowsOf<A>(
      moved,
      order.slice(kept.length).map((_, i) => kept.length + i),
    );
  }
  const count = kept.reduce((a, d) => a * t.shape[d], 1);
  const starts = count <= 64 ? new Array<number>(count) : (allocate('float64', [count]).data as Float64Array);
  let row = 0;
  const outer = walk(
    kept.map((d) => t.shape[d]),
    [kept.map((d) => t.strides[d])],
    [t.offset],
  );
  outer.each(([base]) => {
    for (let i = 0; i < outer.n; i++) starts[row++] = base + i * outer.steps[0];
  });
  return { data: dataOf(t) as A, n, stride: inner.steps[0], count, starts };
}

/** One number from each row. `body` gets the elements (bigints for int64), the row's start, step and length. */
export function reduceRows(
  t: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  outDtype: DType,
  body: (data: Float64Array, start: number, stride: number, n: number) => number,
): Tensor {
  const out = empty(reducedShape(t.shape, dims, keepdim), outDtype);
  return launch(out, () => {
    const { data, n, stride, count, starts } = rowsOf(t, dims);
    const to = dataOf(out) as Float64Array;
    for (let r = 0; r < count; r++) {
      to[r] = body(data, starts[r], stride, n);
      pulse(n);
    }
  });
}

/** A tensor of the same shape from each row, as softmax and cumsum give. `body` writes its own row. */
export function mapRows(
  t: Tensor,
  dim: number,
  outDtype: DType,
  body: (
    data: Float64Array,
    start: number,
    stride: number,
    n: number,
    out: Float64Array,
    at: number,
    step: number,
  ) => void,
): Tensor {
  const out = empty(t.shape, outDtype);
  return launch(out, () => {
    const dims = t.ndim === 0 ? [] : [dim];
    const from = rowsOf(t, dims);
    const to = rowsOf(out, dims);
    for (let r = 0; r < from.count; r++) {
      body(from.data, from.starts[r], from.stride, from.n, to.data, to.starts[r], to.stride);
      pulse(from.n);
    }
  });
}

/** Pairwise summation: the error grows with the logarithm of the length. */
export function sumRow(data: ArrayLike<number>, start: number, stride: number, n: number): number {
  if (n <= 128) {
    let sum = 0;
    for (let k = 0, i = start; k < n; k++, i += stride) sum += data[i];
    return sum;
  }
  // The deadline is looked at as the sum goes on, not only at its end.
  if (n >= 2 ** 20 && n < 2 ** 21) pulse(n);
  const half = n >>> 1;
  return sumRow(data, start, stride, half) + sumRow(data, start + half * stride, stride, n - half);
}

/** Sums of rows in halves, halves of halves and so on: the same to the bit wherever the elements lie. */
export const pairwiseSums = (t: Tensor, dims: readonly number[], keepdim: boolean, dtype: DType): Tensor =>
  reduceRows(t, dims, keepdim, dtype, sumRow);

/** A reduction of all dimensions. */
function single(t: Tensor, keepdim: boolean, dtype: DType, value: number): Tensor {
  const out = empty(keepdim ? t.shape.map(() => 1) : [], dtype);
  (dataOf(out) as Float64Array)[0] = value;
  return settleHalf(out);
}

/** The sum of all elements, tile by tile as they come about: they need not be in memory at any time. */
function sumAll(t: Tensor, keepdim: boolean, dtype: DType): Tensor {
  const sum = sumKernels()[computeType(t.dtype)];
  const parts: number[] = [];
  forEachTile(t, (at, n) => parts.push(sum(n, at)));
  const data = Float64Array.from(parts);
  return single(t, keepdim, dtype, sumRow(data, 0, 1, data.length));
}

/** Sums of rows, in bigints for int64. */
export function sumRows(t: Tensor, dims: readonly number[], keepdim: boolean, dtype: DType): Tensor {
  if (isFloating(t.dtype) && isFloating(dtype) && dims.length === t.ndim && t.numel >= deferFrom() && !t.storage.meta) {
    if (t.isContiguous) return sumAll(t, keepdim, dtype);
    // One number shown at every place, as the gradient of a sum is.
    if (t.strides.every((stride, d) => stride === 0 || t.shape[d] === 1))
      return single(t, keepdim, dtype, Number(t.storage.data[t.offset]) * t.numel);
  }
  if (isFloating(dtype) || t.dtype !== 'int64')
    return denseSums(t, dims, keepdim, dtype) ?? pairwiseSums(t, dims, keepdim, dtype);
  return reduceRows(t, dims, keepdim, dtype, ((data: BigInt64Array, start: number, stride: number, n: number) => {
    let sum = 0n;
    for (let k = 0, i = start; k < n; k++, i += stride) sum += data[i];
    return sum;
  }) as never);
}
