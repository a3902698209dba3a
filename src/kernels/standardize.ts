/** Means and variances over some dimensions, and the map that brings them to 0 and 1. */
import { reducedShape } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';
import { rowsOf, sumRow } from './rows.ts';
import { broadcastStrides, walk } from './strided.ts';

/** Mean and variance (divided by n) along `dims`, kept with size 1, in float64. */
export function moments(x: Tensor, dims: readonly number[]): { mean: Tensor; variance: Tensor } {
  const shape = reducedShape(x.shape, dims, true);
  const mean = empty(shape, 'float64');
  const variance = empty(shape, 'float64');
  launch(mean, () => {
    const { data, n, stride, count, starts } = rowsOf(x, dims);
    const m = dataOf(mean) as Float64Array;
    const v = dataOf(variance) as Float64Array;
    for (let r = 0; r < count; r++) {
      pulse(2 * n);
      const center = n === 0 ? 0 : sumRow(data, starts[r], stride, n) / n;
      let squares = 0;
      let rest = 0;
      for (let k = 0, i = starts[r]; k < n; k++, i += stride) {
        const d = data[i] - center;
        squares += d * d;
        rest += d;
      }
      m[r] = center;
      // What rounding left in the mean is taken out again.
      v[r] = (squares - (rest * rest) / n) / n;
    }
  });
  return { mean, variance };
}

/** `(x - mean) / sqrt(variance + eps) * weight + bias`, all broadcast to x, rounded once. */
export function standardize(
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  eps: number,
  weight: Tensor | undefined,
  bias: Tensor | undefined,
): Tensor {
  const out = empty(x.shape, x.dtype);
  return launch(out, () => {
    if (out.numel === 0) return;
    const operands = [out, x, mean, variance, ...(weight ? [weight] : []), ...(bias ? [bias] : [])];
    const [to, from, means, variances] = operands.map((t) => dataOf(t) as Float64Array);
    const w = weight === undefined ? undefined : (dataOf(weight) as Float64Array);
    const b = bias === undefined ? undefined : (dataOf(bias) as Float64Array);
    const { n, steps, each } = walk(
      x.shape,
      operands.map((t) => broadcastStrides(t.shape, t.strides, x.shape)),
      operands.map((t) => t.offset),
    );
    const last = operands.length - 1;
    each((at) => {
      let [o, i, m, v] = at;
      let j = at[4];
      let k = at[last];
      let scaled = Number.NaN;
      let before = -1;
      for (let r = 0; r < n; r++) {
        // Rows mostly share one variance: its root is taken once.
        if (v !== before) scaled = 1 / Math.sqrt(variances[v] + eps);
        before = v;
        let y = (from[i] - means[m]) * scaled;
        if (w !== undefined) y *= w[j];
        if (b !== undefined) y += b[k];
        to[o] = y;
        o += steps[0];
        i += steps[1];
        m += steps[2];
        v += steps[3];
        j += steps[4];
        k += steps[last];
      }
    });
  });
}
