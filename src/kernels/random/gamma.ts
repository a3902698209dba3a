/** Draws of the gamma and Dirichlet distributions. */
import { rounded } from '../../tensor/dtype.ts';
import { dataOf, empty, type Tensor } from '../../tensor/tensor.ts';
import { contiguous } from '../copy.ts';
import { launch } from '../launch.ts';
import { pulse } from '../pulse.ts';
import { floatingFor } from './checks.ts';
import { currentGenerator } from './current.ts';
import { inMemoryOrder } from './fill.ts';
import type { Generator } from './generator.ts';

/** The least normal numbers, below which no draw falls. */
const leastOf = (t: Tensor): number =>
  t.dtype === 'float64' ? 2 ** -1022 : t.dtype === 'float16' ? 2 ** -14 : 2 ** -126;

/**
 * One draw, by Marsaglia and Tsang 2000. What is no shape of a gamma distribution gives NaN, where the
 * method would draw forever.
 */
function gammaNumber(shape: number, g: Generator): number {
  if (!(shape >= 0)) return Number.NaN;
  if (shape === 0) return 0;
  let scale = 1;
  let alpha = shape;
  if (alpha < 1) {
    scale = (1 - g.uniformDouble()) ** (1 / alpha);
    alpha += 1;
  }
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  if (c === 0) return Number.POSITIVE_INFINITY;
  for (;;) {
    let x: number;
    let y: number;
    do {
      x = g.normal();
      y = 1 + c * x;
    } while (y <= 0);
    const v = y * y * y;
    const u = 1 - g.uniformDouble();
    const xx = x * x;
    if (u < 1 - 0.0331 * xx * xx || Math.log(u) < 0.5 * xx + d * (1 - v + Math.log(v))) return scale * d * v;
  }
}

/** `torch._standard_gamma(alpha)`. */
export function standardGamma(alpha: Tensor, g: Generator = currentGenerator()): Tensor {
  floatingFor('gamma_cpu', alpha.dtype);
  const out = empty(alpha.shape, alpha.dtype);
  return launch(out, () => {
    const to = dataOf(out) as Float64Array;
    const from = dataOf(alpha) as Float64Array;
    const least = leastOf(out);
    let drawn = 0;
    inMemoryOrder(out, [alpha.strides], [alpha.offset], (o, [i]) => {
      if ((++drawn & 1023) === 0) pulse(16_384);
      const x = gammaNumber(from[i], g);
      to[o] = x < least ? least : x;
    });
  });
}

/** `torch._sample_dirichlet(alpha)`: draws of gamma, divided by their sum along the last dimension. */
export function dirichlet(alpha: Tensor, g: Generator = currentGenerator()): Tensor {
  floatingFor('dirichlet', alpha.dtype);
  const out = empty(alpha.shape, alpha.dtype);
  return launch(out, () => {
    const to = dataOf(out) as Float64Array;
    const source = contiguous(alpha);
    const from = dataOf(source) as Float64Array;
    const width = alpha.shape.at(-1) ?? 1;
    const least = leastOf(out);
    const most = rounded(out.dtype === 'float64' ? 1 - 2 ** -53 : 1 - 2 ** -24, out.dtype);
    const row = new Float64Array(width);
    for (let begin = 0; begin < out.numel; begin += width) {
      pulse(16 * width);
      let sum = 0;
      for (let k = 0; k < width; k++) {
        row[k] = gammaNumber(from[source.offset + begin + k], g);
        sum += row[k];
      }
      for (let k = 0; k < width; k++) to[out.offset + begin + k] = Math.min(most, Math.max(least, row[k] / sum));
    }
  });
}
