/** One number from each row, other than its sum and its extrema: mean, variance, norm, product, truth. */
import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { reduceRows, sumRow } from './rows.ts';
import { stepFor, TIMES } from './scan.ts';

type Body = (data: Float64Array, start: number, stride: number, n: number) => number;

/** Means, in the dtype of `t`. */
export const meanRows = (t: Tensor, dims: readonly number[], keepdim: boolean): Tensor =>
  reduceRows(t, dims, keepdim, t.dtype, (data, start, stride, n) => sumRow(data, start, stride, n) / n);

/** Variance in two passes, the mean first, so that large values of little spread do not cancel. */
function varianceOf(data: Float64Array, start: number, stride: number, n: number, less: number): number {
  const center = sumRow(data, start, stride, n) / n;
  let squares = 0;
  let rest = 0;
  for (let k = 0, i = start; k < n; k++, i += stride) {
    const d = data[i] - center;
    squares += d * d;
    rest += d;
  }
  // What rounding left in the mean is taken out again.
  return (n === 0 ? 0 : squares - (rest * rest) / n) / Math.max(0, n - less);
}

/** Variances: squares from the mean, divided by `less` less than there are elements. */
export const varianceRows = (t: Tensor, dims: readonly number[], keepdim: boolean, less: number): Tensor =>
  reduceRows(t, dims, keepdim, t.dtype, (data, start, stride, n) => varianceOf(data, start, stride, n, less));

/** Their roots, which are rounded once. */
export const deviationRows = (t: Tensor, dims: readonly number[], keepdim: boolean, less: number): Tensor =>
  reduceRows(t, dims, keepdim, t.dtype, (data, start, stride, n) =>
    Math.sqrt(varianceOf(data, start, stride, n, less)),
  );

const folded =
  (first: number, step: (sum: number, x: number) => number, finish: (sum: number) => number = (s) => s): Body =>
  (data, start, stride, n) => {
    let total = first;
    for (let k = 0, i = start; k < n; k++, i += stride) total = step(total, Math.abs(data[i]));
    return finish(total);
  };

/** The p-norm of one row, for each p that has a simpler form. */
function normOf(p: number): Body {
  if (p === Infinity) return folded(0, (m, x) => (x > m || Number.isNaN(x) ? x : m));
  if (p === -Infinity) {
    const smallest = folded(Infinity, (m, x) => (x < m || Number.isNaN(x) ? x : m));
    return (data, start, stride, n) => (n === 0 ? 0 : smallest(data, start, stride, n));
  }
  if (p === 0) return folded(0, (count, x) => (x === 0 ? count : count + 1));
  if (p === 1) return folded(0, (s, x) => s + x);
  if (p === 2) return folded(0, (s, x) => s + x * x, Math.sqrt);
  if (p === 3)
    return folded(
      0,
      (s, x) => s + x * x * x,
      (s) => s ** (1 / 3),
    );
  const root = folded(
    0,
    (s, x) => s + x ** p,
    (s) => s ** (1 / p),
  );
  return (data, start, stride, n) => (n === 0 ? 0 : root(data, start, stride, n));
}

/** p-norms, in the dtype of `t`; that of an empty row is 0. */
export const normRows = (t: Tensor, dims: readonly number[], keepdim: boolean, p: number): Tensor =>
  reduceRows(t, dims, keepdim, t.dtype, normOf(p));

/** Products, in the dtype of `t`. */
export function productRows(t: Tensor, dims: readonly number[], keepdim: boolean): Tensor {
  const [first, times] = stepFor(TIMES, t.dtype);
  return reduceRows(t, dims, keepdim, t.dtype, (data, start, stride, n) => {
    let product = first as number;
    for (let k = 0, i = start; k < n; k++, i += stride) product = times(product, data[i]);
    return product;
  });
}

/** Logarithms of sums of exponentials, in the dtype of `t`. */
export const logSumExpRows = (t: Tensor, dims: readonly number[], keepdim: boolean): Tensor =>
  reduceRows(t, dims, keepdim, t.dtype, (data, start, stride, n) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0, i = start; k < n; k++, i += stride) if (data[i] > largest) largest = data[i];
    // Nothing infinite is subtracted: infinities and NaN then come out as they should.
    const shift = Number.isFinite(largest) ? largest : 0;
    let sum = 0;
    for (let k = 0, i = start; k < n; k++, i += stride) sum += Math.exp(data[i] - shift);
    return shift + Math.log(sum);
  });

/** NaN is true. int64 elements are bigints here: their zero is false as well. */
const isTrue = (x: number): boolean => Boolean(x) || Number.isNaN(x);

/** `found` where a row holds an element whose truth is `sought`, else the other of 0 and 1. */
const holds = (
  t: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  dtype: DType,
  sought: boolean,
  found: 0 | 1,
): Tensor =>
  reduceRows(t, dims, keepdim, dtype, (data, start, stride, n) => {
    for (let k = 0, i = start; k < n; k++, i += stride) if (isTrue(data[i]) === sought) return found;
    return 1 - found;
  });

/** Whether all elements of a row are true, as 0 or 1. */
export const allTrueRows = (t: Tensor, dims: readonly number[], keepdim: boolean, dtype: DType): Tensor =>
  holds(t, dims, keepdim, dtype, false, 0);

/** Whether any element of a row is true, as 0 or 1. */
export const anyTrueRows = (t: Tensor, dims: readonly number[], keepdim: boolean, dtype: DType): Tensor =>
  holds(t, dims, keepdim, dtype, true, 1);

/** How many elements of a row are true, as int64. */
export const countTrueRows = (t: Tensor, dims: readonly number[], keepdim: boolean): Tensor =>
  reduceRows(t, dims, keepdim, 'int64', ((data: Float64Array, start: number, stride: number, n: number) => {
    let count = 0;
    for (let k = 0, i = start; k < n; k++, i += stride) if (isTrue(data[i])) count++;
    return BigInt(count);
  }) as never);
