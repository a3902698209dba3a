/** Softmax and its logarithm along a dimension, shifted by the row's maximum so that nothing overflows. */
import type { DType } from '../tensor/dtype.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { mapRows } from './rows.ts';

/** NaN is never larger: it comes through in the exponentials. */
function rowMax(data: Float64Array, start: number, stride: number, n: number): number {
  let max = -Infinity;
  for (let k = 0, i = start; k < n; k++, i += stride) if (data[i] > max) max = data[i];
  return max;
}

/** `exp(x - max) / sum(exp(x - max))`. The exponentials wait in float64 for their sum. */
export function softmaxRows(t: Tensor, dim: number, dtype: DType): Tensor {
  const scratch = empty([t.shape[dim] ?? 1], 'float64');
  return mapRows(t, dim, dtype, (data, start, stride, n, out, at, step) => {
    const e = dataOf(scratch) as Float64Array;
    const max = rowMax(data, start, stride, n);
    let sum = 0;
    for (let k = 0, i = start; k < n; k++, i += stride) sum += e[k] = Math.exp(data[i] - max);
    for (let k = 0, o = at; k < n; k++, o += step) out[o] = e[k] / sum;
  });
}

/** `x - max - log(sum(exp(x - max)))`. */
export function logSoftmaxRows(t: Tensor, dim: number, dtype: DType): Tensor {
  return mapRows(t, dim, dtype, (data, start, stride, n, out, at, step) => {
    const max = rowMax(data, start, stride, n);
    let sum = 0;
    for (let k = 0, i = start; k < n; k++, i += stride) sum += Math.exp(data[i] - max);
    const log = Math.log(sum);
    for (let k = 0, i = start, o = at; k < n; k++, i += stride, o += step) out[o] = data[i] - max - log;
  });
}
