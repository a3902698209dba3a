/**
 * Softmax and its logarithm along a dimension, shifted by the row's maximum so that nothing overflows,
 * and the gradients of both. Large float32 tensors go through WebAssembly where their rows lie in order.
 */
import type { DType } from '../tensor/dtype.ts';
import { reserve } from '../tensor/memory.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { contiguous } from './copy.ts';
import { launch } from './launch.ts';
import { OneEach } from './nll.ts';
import { pulse, STRETCH } from './pulse.ts';
import { mapRows, rowsOf } from './rows.ts';
import { WasmModule } from './wasm/emitter.ts';
import { linked } from './wasm/link.ts';
import { blank, withAddresses } from './wasm/place.ts';
import { emitSoftmaxRows } from './wasm/softmax-rows.ts';

/** Fewer elements are done sooner by a plain loop. */
const WORTH = 1024;

const kernels = linked(
  () => {
    const m = new WasmModule();
    emitSoftmaxRows(m);
    return m;
  },
  'softmax',
  true,
);

/** Whether rows along `dim` lie in order, and there are enough elements. */
const isDense = (t: Tensor, dim: number, dtype: DType): boolean =>
  dtype === 'float32' &&
  t.dtype === 'float32' &&
  t.numel >= WORTH &&
  dim === t.ndim - 1 &&
  t.isContiguous &&
  !t.storage.meta;

/** Runs one of the kernels over all rows, some of them at a time. */
function denseRows(name: string, inputs: readonly Tensor[], out = blank(inputs[0].shape, 'float32')): Tensor {
  const [{ shape, numel }] = inputs;
  const n = shape[shape.length - 1];
  const count = numel / n;
  withAddresses(inputs, out, (addresses) => {
    const kernel = kernels()[name];
    const spare = reserve(64);
    const step = Math.max(1, Math.floor(STRETCH / n));
    for (let row = 0; row < count; row += step) {
      const rows = Math.min(step, count - row);
      kernel(rows, n, spare, ...addresses.map((at) => at + 4 * n * row));
      // An element takes about as long as four multiplications.
      pulse(4 * rows * n);
    }
  });
  return out;
}

/** NaN is never larger: it comes through in the exponentials. */
function rowMax(data: Float64Array, start: number, stride: number, n: number): number {
  let max = -Infinity;
  for (let k = 0, i = start; k < n; k++, i += stride) if (data[i] > max) max = data[i];
  return max;
}

/** `exp(x - max) / sum(exp(x - max))`. The exponentials wait in float64 for their sum. */
export function softmaxRows(t: Tensor, dim: number, dtype: DType): Tensor {
  if (isDense(t, dim, dtype)) return denseRows('softmax', [t]);
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
  if (isDense(t, dim, dtype)) return denseRows('log_softmax', [t]);
  return mapRows(t, dim, dtype, (data, start, stride, n, out, at, step) => {
    const max = rowMax(data, start, stride, n);
    let sum = 0;
    for (let k = 0, i = start; k < n; k++, i += stride) sum += Math.exp(data[i] - max);
    const log = Math.log(sum);
    for (let k = 0, i = start, o = at; k < n; k++, i += stride, o += step) out[o] = data[i] - max - log;
  });
}

/** A row of a gradient, of a result, and of what comes out: elements, the first one's place, the step. */
type Row = readonly [data: Float64Array, start: number, stride: number];

/** A tensor from the rows of two others of its shape and dtype. */
function combineRows(
  grad: Tensor,
  output: Tensor,
  dim: number,
  body: (grad: Row, output: Row, out: Row, n: number) => void,
): Tensor {
  const out = empty(output.shape, output.dtype);
  return launch(out, () => {
    const dims = output.ndim === 0 ? [] : [dim];
    const [g, y, to] = [rowsOf(grad, dims), rowsOf(output, dims), rowsOf(out, dims)];
    for (let r = 0; r < y.count; r++) {
      body([g.data, g.starts[r], g.stride], [y.data, y.starts[r], y.stride], [to.data, to.starts[r], to.stride], y.n);
      pulse(y.n);
    }
  });
}

/** `y (g - sum(g y))`: the gradient with respect to what `y` is the softmax of. Both are of one shape and dtype. */
export function softmaxBackwardRows(grad: Tensor, output: Tensor, dim: number): Tensor {
  if (isDense(output, dim, grad.dtype)) return denseRows('softmax_backward', [contiguous(grad), output]);
  return combineRows(grad, output, dim, ([g, gs, gd], [y, ys, yd], [out, os, od], n) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += g[gs + k * gd] * y[ys + k * yd];
    for (let k = 0; k < n; k++) out[os + k * od] = y[ys + k * yd] * (g[gs + k * gd] - sum);
  });
}

/** The gradient of log_softmax where each row of the gradient that comes in has one element, which is its own sum; `out` lies in the memory. */
function logSoftmaxBackwardOfOne({ places, values }: OneEach, output: Tensor, out: Tensor): Tensor {
  const data = dataOf(out) as Float32Array;
  const n = output.shape[output.ndim - 1];
  for (let r = 0; r < values.length; r++) data[r * n] = values[r];
  denseRows('log_softmax_backward_of_one', [output], out);
  for (let r = 0; r < values.length; r++) data[places[r]] += values[r];
  return out;
}

/** `g - exp(y) sum(g)`: the gradient with respect to what `y` is the logarithm of the softmax of. Both are of one shape and dtype. */
export function logSoftmaxBackwardRows(grad: Tensor, output: Tensor, dim: number): Tensor {
  if (isDense(output, dim, grad.dtype)) {
    const out = blank(output.shape, 'float32');
    const one = OneEach.of(grad);
    if (one !== null && out.storage.ptr >= 0) return logSoftmaxBackwardOfOne(one, output, out);
    return denseRows('log_softmax_backward', [contiguous(grad), output], out);
  }
  return combineRows(grad, output, dim, ([g, gs, gd], [y, ys, yd], [out, os, od], n) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += g[gs + k * gd];
    for (let k = 0; k < n; k++) out[os + k * od] = g[gs + k * gd] - Math.exp(y[ys + k * yd]) * sum;
  });
}
