/** Running sums and products along a dimension. Floating ones are carried in float64 and rounded at each store. */
import { type DType, isFloating } from '../tensor/dtype.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';
import { mapRows, rowsOf } from './rows.ts';

/** A step of a scan, in numbers, wrapped 32-bit integers and bigints. */
export interface Step {
  readonly first: 0 | 1;
  number(carried: number, x: number): number;
  int32(carried: number, x: number): number;
  int64(carried: bigint, x: bigint): bigint;
}

export const PLUS: Step = { first: 0, number: (s, x) => s + x, int32: (s, x) => (s + x) | 0, int64: (s, x) => s + x };
export const TIMES: Step = {
  first: 1,
  number: (s, x) => s * x,
  int32: Math.imul,
  int64: (s, x) => BigInt.asIntN(64, s * x),
};

/** The step for elements of `dtype`, and what it starts from; int64 elements are bigints. */
export function stepFor(step: Step, dtype: DType): [first: number, apply: (carried: number, x: number) => number] {
  if (dtype === 'int64') return [BigInt(step.first) as never, step.int64 as never];
  return [step.first, isFloating(dtype) ? step.number : step.int32];
}

/** `out[k] = out[k-1] (step) t[k]`. `t` is of `dtype`. */
export function scanRows(t: Tensor, dim: number, step: Step): Tensor {
  const [first, apply] = stepFor(step, t.dtype);
  return mapRows(t, dim, t.dtype, (data, start, stride, n, out, at, by) => {
    let carried = first;
    for (let k = 0, i = start, o = at; k < n; k++, i += stride, o += by) {
      carried = apply(carried, data[i]);
      out[o] = carried;
    }
  });
}

/** log(e^a + e^b) that neither overflows nor loses the smaller. */
function logAddExp(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  const [low, high] = a < b ? [a, b] : [b, a];
  return high === low ? high + Math.LN2 : high + Math.log1p(Math.exp(low - high));
}

/** The logarithm of the sum of exponentials so far. */
export const runningLogSumExp = (t: Tensor, dim: number, dtype: DType): Tensor =>
  mapRows(t, dim, dtype, (data, start, stride, n, out, at, by) => {
    let carried = Number.NEGATIVE_INFINITY;
    for (let k = 0, i = start, o = at; k < n; k++, i += stride, o += by) {
      carried = carried === Number.NEGATIVE_INFINITY ? data[i] : logAddExp(carried, data[i]);
      out[o] = carried;
    }
  });

/** `h[k] = x[k] + decay[k] * h[k-1]`, or from the other end `h[k] = x[k] + decay[k] * h[k+1]`. */
export function recurrenceRows(x: Tensor, decay: Tensor, dim: number, reverse: boolean): Tensor {
  const out = empty(x.shape, x.dtype);
  return launch(out, () => {
    const dims = x.ndim === 0 ? [] : [dim];
    const [a, b, c] = [rowsOf(x, dims), rowsOf(decay, dims), rowsOf(out, dims)];
    const { n, count } = a;
    if (n === 0) return;
    const end = reverse ? n - 1 : 0;
    const sign = reverse ? -1 : 1;
    for (let r = 0; r < count; r++) {
      pulse(n);
      let i = a.starts[r] + end * a.stride;
      let j = b.starts[r] + end * b.stride;
      let o = c.starts[r] + end * c.stride;
      let h = a.data[i];
      c.data[o] = h;
      for (let k = 1; k < n; k++) {
        i += sign * a.stride;
        j += sign * b.stride;
        o += sign * c.stride;
        h = a.data[i] + b.data[j] * h;
        c.data[o] = h;
      }
    }
  });
}
