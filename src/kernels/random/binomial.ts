/** Draws of the binomial distribution. */

import { broadcastShapes } from '../../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../../tensor/tensor.ts';
import { launch } from '../launch.ts';
import { pulse } from '../pulse.ts';
import { broadcastStrides } from '../strided.ts';
import { floatingFor } from './checks.ts';
import { currentGenerator } from './current.ts';
import { inMemoryOrder } from './fill.ts';
import type { Generator } from './generator.ts';

/** `torch.binomial(count, prob)`, both broadcast. */
export function binomial(count: Tensor, prob: Tensor, g: Generator = currentGenerator()): Tensor {
  floatingFor('binomial_cpu', count.dtype);
  const shape = broadcastShapes(count.shape, prob.shape);
  const out = empty(shape, count.dtype);
  return launch(out, () => {
    const to = dataOf(out) as Float64Array;
    const counts = dataOf(count) as Float64Array;
    const probs = dataOf(prob) as Float64Array;
    const strides = [count, prob].map((t) => broadcastStrides(t.shape, t.strides, shape));
    let drawn = 0;
    inMemoryOrder(out, strides, [count.offset, prob.offset], (o, [i, j]) => {
      if ((++drawn & 255) === 0) pulse(16_384);
      to[o] = binomialNumber(counts[i], probs[j], g);
    });
  });
}

function binomialNumber(count: number, prob: number, g: Generator): number {
  if (!Number.isFinite(count) || Number.isNaN(prob)) return Number.NaN;
  if (count <= 0 || prob <= 0) return 0;
  if (prob >= 1) return count;
  if (prob > 0.5) return count - rarer(count, 1 - prob, g);
  return rarer(count, prob, g);
}

const rarer = (count: number, prob: number, g: Generator): number =>
  count * prob >= 10 ? byRejection(count, prob, g) : byWaiting(count, prob, g);

/** How many waits for a success fit into the trials. */
function byWaiting(count: number, prob: number, g: Generator): number {
  const failed = Math.log1p(-prob);
  let trials = 0;
  for (let successes = 0; ; successes++) {
    trials += Math.ceil(Math.log(g.uniformDouble()) / failed);
    if (trials > count) return successes;
  }
}

/** What Stirling's formula leaves of log k!. */
const STIRLING = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
  0.0138761288230707, 0.0118967099458917, 0.010411265261972, 0.00925546218271273, 0.00833056343336287,
];

function stirling(k: number): number {
  if (k <= 9) return STIRLING[k];
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}

/** The transformed rejection method BTRS of Hörmann 1993. */
function byRejection(count: number, prob: number, g: Generator): number {
  const deviation = Math.sqrt(count * prob * (1 - prob));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * prob;
  const c = count * prob + 0.5;
  const accepted = 0.92 - 4.2 / b;
  const r = prob / (1 - prob);
  const alpha = (2.83 + 5.1 / b) * deviation;
  const m = Math.floor((count + 1) * prob);
  for (;;) {
    const u = g.uniformDouble() - 0.5;
    const v = g.uniformDouble();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (us >= 0.07 && v <= accepted) return k;
    if (!(k >= 0 && k <= count)) continue;
    const bound =
      (m + 0.5) * Math.log((m + 1) / (r * (count - m + 1))) +
      (count + 1) * Math.log((count - m + 1) / (count - k + 1)) +
      (k + 0.5) * Math.log((r * (count - k + 1)) / (k + 1)) +
      stirling(m) +
      stirling(count - m) -
      stirling(k) -
      stirling(count - k);
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}
