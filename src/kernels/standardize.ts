/** Means and variances over some dimensions, and the map that brings them to 0 and 1. */
import type { DType } from '../tensor/dtype.ts';
import { reducedShape } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { add, div, sqrt } from './formula/expression.ts';
import { formula } from './formula/formula.ts';
import { launch } from './launch.ts';
import { mapN } from './pointwise.ts';
import { pulse } from './pulse.ts';
import { broadcastStrides, type Walk, walk } from './strided.ts';

/**
 * Calls `body` for each row along `dims` of tensors of one shape: with its number and where it begins in
 * each of them. `runs` then walks one row, whatever its layout.
 */
function eachRow(
  operands: readonly Tensor[],
  dims: readonly number[],
  body: (row: number, starts: readonly number[]) => void,
): void {
  const kept = operands[0].shape.map((_, d) => d).filter((d) => !dims.includes(d));
  const { n, steps, each } = walk(
    kept.map((d) => operands[0].shape[d]),
    operands.map((t) => kept.map((d) => t.strides[d])),
    operands.map((t) => t.offset),
  );
  let row = 0;
  const starts = operands.map(() => 0);
  each((at) => {
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < starts.length; j++) starts[j] = at[j] + k * steps[j];
      body(row++, starts);
    }
  });
}

/** The runs of a row along `dims`. */
const runsOf = (operands: readonly Tensor[], dims: readonly number[]): Walk =>
  walk(
    dims.map((d) => operands[0].shape[d]),
    operands.map((t) => dims.map((d) => t.strides[d])),
    operands.map(() => 0),
  );

/** Mean and variance of one row of `count` numbers. */
function momentsOf(
  data: Float64Array,
  start: number,
  count: number,
  { n, steps, each }: Walk,
): [mean: number, variance: number] {
  const step = steps[0];
  let sum = 0;
  each(([at]) => {
    for (let k = 0, i = start + at; k < n; k++, i += step) sum += data[i];
  });
  const center = count === 0 ? 0 : sum / count;
  let squares = 0;
  let rest = 0;
  each(([at]) => {
    for (let k = 0, i = start + at; k < n; k++, i += step) {
      const d = data[i] - center;
      squares += d * d;
      rest += d;
    }
  });
  // What rounding left in the mean is taken out again.
  return [center, (squares - (rest * rest) / count) / count];
}

/** Mean and variance (divided by n) along `dims`, kept with size 1, in float64. */
export function moments(x: Tensor, dims: readonly number[]): { mean: Tensor; variance: Tensor } {
  const shape = reducedShape(x.shape, dims, true);
  const mean = empty(shape, 'float64');
  const variance = empty(shape, 'float64');
  launch(mean, () => {
    if (mean.numel === 0) return;
    const data = dataOf(x) as Float64Array;
    const [m, v] = [mean, variance].map((t) => dataOf(t) as Float64Array);
    const count = dims.reduce((n, d) => n * x.shape[d], 1);
    const runs = runsOf([x], dims);
    eachRow([x], dims, (row, [start]) => {
      pulse(2 * count);
      [m[row], v[row]] = momentsOf(data, start, count, runs);
    });
  });
  return { mean, variance };
}

/**
 * The gradient of standardising x along `dims`: `(g - mean(g) - y mean(g y)) / sqrt(variance + eps)`, y being
 * the standardised x. Rounded once.
 */
export function standardizeBackward(grad: Tensor, x: Tensor, dims: readonly number[], eps: number): Tensor {
  const out = empty(x.shape, grad.dtype);
  return launch(out, () => {
    if (out.numel === 0) return;
    const [to, from, g] = [out, x, grad].map((t) => dataOf(t) as Float64Array);
    const count = dims.reduce((n, d) => n * x.shape[d], 1);
    const runs = runsOf([out, x, grad], dims);
    const { n, each } = runs;
    const [so, sx, sg] = runs.steps;
    const lone = runsOf([x], dims);
    eachRow([out, x, grad], dims, (_, [o0, x0, g0]) => {
      pulse(4 * count);
      const [center, variance] = momentsOf(from, x0, count, lone);
      const scale = 1 / Math.sqrt(variance + eps);
      let [sum, along] = [0, 0];
      each(([, i, j]) => {
        for (let k = 0, p = x0 + i, q = g0 + j; k < n; k++, p += sx, q += sg) {
          sum += g[q];
          along += g[q] * (from[p] - center);
        }
      });
      const level = sum / count;
      const slope = (along / count) * scale * scale;
      each(([h, i, j]) => {
        for (let k = 0, o = o0 + h, p = x0 + i, q = g0 + j; k < n; k++, o += so, p += sx, q += sg) {
          to[o] = (g[q] - level - (from[p] - center) * slope) * scale;
        }
      });
    });
  });
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

const INVERSE_DEVIATION = formula((v, eps) => div(1, sqrt(add(v, eps))));

/** `1 / sqrt(variance + eps)` of float64 variances. */
export const inverseDeviation = (variance: Tensor, eps: number, dtype: DType): Tensor =>
  mapN(INVERSE_DEVIATION, [variance, eps], 'float64', dtype);
