/** Draws of the discrete distributions, and the noise of dropout and rrelu. */
import { computeType, isFloating, rounded } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { dataOf, empty, type Tensor } from '../../tensor/tensor.ts';
import { contiguous } from '../copy.ts';
import { launch } from '../launch.ts';
import { lgamma } from '../special/gamma.ts';
import { broadcastStrides } from '../strided.ts';
import { check, digits, floatingFor, notImplemented } from './checks.ts';
import { currentGenerator } from './current.ts';
import { fillNumbers, inMemoryOrder } from './fill.ts';
import type { Generator } from './generator.ts';

/** `t.bernoulli_(p)`: 1 with probability `p`, a number or a tensor that broadcasts to `t`. */
export function bernoulliFill(t: Tensor, p: Tensor | number = 0.5, g: Generator = currentGenerator()): Tensor {
  if (typeof p === 'number') {
    check(p >= 0 && p <= 1, () => `bernoulli_ expects p to be in [0, 1], but got p=${digits(p)}`);
    return fillNumbers(t, () => (g.uniformDouble() < p ? 1 : 0));
  }
  if (!isFloating(p.dtype)) throw notImplemented('bernoulli_tensor_cpu_p_', p.dtype);
  return launch(t, () => {
    const to = dataOf(t) as Float64Array;
    const from = dataOf(p) as Float64Array;
    // A float's probability is met by a float's draw, 24 bits of one word.
    const single = p.dtype !== 'float64';
    const whole = t.dtype === 'int64' ? BigInt : Number;
    inMemoryOrder(t, [broadcastStrides(p.shape, p.strides, t.shape)], [p.offset], (o, [i]) => {
      const chance = from[i];
      check(chance >= 0 && chance <= 1, () => 'Expected p_in >= 0 && p_in <= 1 to be true, but got false.');
      to[o] = whole((single ? g.uniformFloat() : g.uniformDouble()) < chance ? 1 : 0) as number;
    });
  });
}

/** `torch.bernoulli(p)`: a new tensor of `p`'s dtype. */
export const bernoulli = (p: Tensor, g?: Generator): Tensor => bernoulliFill(empty(p.shape, p.dtype), p, g);

/** `t.geometric_(p)`: how many trials until one succeeds. */
export function geometricFill(t: Tensor, p: number, g: Generator = currentGenerator()): Tensor {
  check(p > 0 && p < 1, () => `geometric_ expects p to be in (0, 1), but got p=${digits(p)}`);
  if (t.dtype === 'bool') throw notImplemented('geometric_cpu', t.dtype);
  const failed = Math.log(1 - p);
  return fillNumbers(t, () => Math.ceil(Math.log(g.uniformDouble()) / failed));
}

/** What `F.dropout` keeps, as ones and zeros; of `F.dropout2d` and its like, whole channels. */
export function dropoutMask(input: Tensor, p: number, channels = false, g: Generator = currentGenerator()): Tensor {
  check(p >= 0 && p <= 1, () => `dropout probability has to be between 0 and 1, but got ${digits(p)}`);
  check(!channels || input.ndim >= 2, () => 'Feature dropout requires at least 2 dimensions in the input');
  const shape = input.shape.map((size, d) => (d < 2 ? size : 1));
  return bernoulliFill(empty(channels ? shape : input.shape, input.dtype), 1 - p, g);
}

/** What `F.dropout` multiplies its input by: 0, or 1 / (1 - p). It draws nothing where `p` is 0 or 1. */
export function dropoutNoise(input: Tensor, p: number, channels = false, g: Generator = currentGenerator()): Tensor {
  check(p >= 0 && p <= 1, () => `dropout probability has to be between 0 and 1, but got ${digits(p)}`);
  if (p === 1 || p === 0 || input.numel === 0) {
    const out = empty(input.shape, input.dtype);
    return p === 1 ? out : fillNumbers(out, () => 1);
  }
  if (!isFloating(input.dtype)) throw dtypeError("result type Float can't be cast to the desired output type Long");
  const noise = dropoutMask(input, p, channels, g);
  return launch(noise, () => {
    const data = dataOf(noise) as Float64Array;
    const scale = 1 / rounded(1 - p, computeType(noise.dtype));
    for (let i = 0; i < noise.numel; i++) data[i] *= scale;
  });
}

/** The slopes of `F.rrelu` in training: drawn for what is not above zero, 1 elsewhere. */
export function rreluNoise(input: Tensor, lower: number, upper: number, g: Generator = currentGenerator()): Tensor {
  floatingFor('rrelu_with_noise_out_cpu', input.dtype);
  const noise = empty(input.shape, input.dtype);
  return launch(noise, () => {
    const to = dataOf(noise) as Float64Array;
    const source = contiguous(input);
    const from = dataOf(source) as Float64Array;
    const [low, high] = [lower, upper].map((bound) => rounded(bound, computeType(noise.dtype)));
    for (let i = 0; i < noise.numel; i++) {
      to[i] = from[source.offset + i] <= 0 ? g.uniformDouble() * (high - low) + low : 1;
    }
  });
}

/** `torch.poisson(rates)`. */
export function poisson(rates: Tensor, g: Generator = currentGenerator()): Tensor {
  floatingFor('poisson_cpu', rates.dtype);
  const out = empty(rates.shape, rates.dtype);
  return launch(out, () => {
    const to = dataOf(out) as Float64Array;
    const from = dataOf(rates) as Float64Array;
    inMemoryOrder(out, [rates.strides], [rates.offset], (o, [i]) => {
      to[o] = poissonNumber(from[i], g);
    });
  });
}

function poissonNumber(rate: number, g: Generator): number {
  check(rate >= 0, () => 'invalid Poisson rate, expected rate to be non-negative');
  if (rate === 0) return 0;
  return rate < 10 ? poissonByProducts(rate, g) : poissonByRejection(rate, g);
}

/** How many uniform numbers are multiplied before they fall below exp(-rate). */
function poissonByProducts(rate: number, g: Generator): number {
  const bound = Math.exp(-rate);
  let product = g.uniformDouble();
  let count = 0;
  for (; product > bound; count++) product *= g.uniformDouble();
  return count;
}

/** The transformed rejection method PTRS of Hörmann 1993. */
function poissonByRejection(rate: number, g: Generator): number {
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const accepted = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = g.uniformDouble() - 0.5;
    const v = g.uniformDouble();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= accepted) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const left = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (left <= -rate + k * Math.log(rate) - lgamma(k + 1)) return k;
    if (!Number.isFinite(rate)) return Number.NaN;
  }
}
