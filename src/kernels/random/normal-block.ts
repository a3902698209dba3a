/**
 * Normal numbers in blocks of sixteen by Box and Muller's transform: element k and k + 8 are made of
 * each other. Floats go through the arithmetic of PyTorch's vector units, operation by operation:
 * Cephes' polynomials for logarithm, sine and cosine (Stephen L. Moshier), multiplications and
 * additions fused where the compiler fuses them.
 */
import { fma } from './fma.ts';
import { preciseLog, preciseSinCos } from './precise.ts';

const f = Math.fround;
const asFloat = new Float32Array(1);
const asInt = new Int32Array(asFloat.buffer);

/** `a * b + c` in floats, rounded once: the product of two floats is exact in a double. */
const fused = (a: number, b: number, c: number): number => f(a * b + c);

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f);
const LN2_HIGH = f(0.693359375);
const LN2_LOW = f(-2.1219444e-4);
const SQRT_HALF = f(Math.SQRT1_2);

/** The logarithm of a float from (0, 1]. */
function logFloat(argument: number): number {
  asFloat[0] = argument;
  const all = asInt[0];
  let exponent = (all >>> 23) - 126;
  asInt[0] = (all & 0x807fffff) | 0x3f000000;
  const mantissa = asFloat[0];
  let x = f(mantissa - 1);
  if (mantissa < SQRT_HALF) {
    exponent--;
    x = f(x + mantissa);
  }
  const square = f(x * x);
  let y = LOG[0];
  for (let i = 1; i < LOG.length; i++) y = fused(y, x, LOG[i]);
  y = fused(f(y * x), square, f(exponent * LN2_LOW));
  y = fused(square, -0.5, y);
  return fused(exponent, LN2_HIGH, f(x + y));
}

const COS = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f);
const SIN = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f);
/** A quarter of pi in three parts, negative. */
const QUARTER_1 = f(-0.78515625);
const QUARTER_2 = f(-2.41875648498535e-4);
const QUARTER_3 = f(-3.77489497744594e-8);
const FOUR_OVER_PI = f(1.27323954473516);
const TWO_PI = f(2 * Math.PI);

/** Sine and cosine, left here by who computes them: a pair of numbers that is no new object each time. */
const pair = new Float64Array(2);

/** Of a float from [0, 2 pi]. */
function sinCosFloat(angle: number): void {
  const octant = (Math.trunc(f(angle * FOUR_OVER_PI)) + 1) & ~1;
  const x = fused(octant, QUARTER_3, fused(octant, QUARTER_2, fused(octant, QUARTER_1, angle)));
  const square = f(x * x);
  let c = fused(fused(COS[0], square, COS[1]), square, COS[2]);
  c = f(fused(f(c * square), square, -f(square * 0.5)) + 1);
  let s = fused(fused(SIN[0], square, SIN[1]), square, SIN[2]);
  s = fused(f(s * square), x, x);
  const swap = (octant & 2) !== 0;
  pair[0] = (octant & 4 ? -1 : 1) * (swap ? c : s);
  pair[1] = ((octant - 2) & 4 ? 1 : -1) * (swap ? s : c);
}

/** Makes 16 floats, drawn from [0, 1), normal ones. */
export function normalBlockFloat(data: Float32Array, begin: number, mean: number, std: number): void {
  for (let k = begin; k < begin + 8; k++) {
    const radius = f(Math.sqrt(f(-2 * logFloat(f(1 - data[k])))));
    sinCosFloat(f(TWO_PI * data[k + 8]));
    data[k] = fused(f(radius * pair[1]), std, mean);
    data[k + 8] = fused(f(radius * pair[0]), std, mean);
  }
}

/** Fills 16 doubles with normal numbers. */
export function normalBlockDouble(data: Float64Array, begin: number, mean: number, std: number): void {
  for (let k = begin; k < begin + 8; k++) {
    const radius = Math.sqrt(-2 * preciseLog(1 - data[k]));
    preciseSinCos(2 * Math.PI * data[k + 8], pair);
    data[k] = fma(radius * pair[1], std, mean);
    data[k + 8] = fma(radius * pair[0], std, mean);
  }
}
