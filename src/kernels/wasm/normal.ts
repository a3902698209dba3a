/**
 * Functions of the normal distribution, of float32 vectors: its distribution function Φ, what gelu and its
 * gradient make of it, and the complementary error function. All go by the tail, Φ(-a) = e^(-a²/2) R(a): one
 * exponential, which the density needs as well, and a quotient of polynomials, a fit of our own.
 */
import type { Lanes, Vector } from './lanes.ts';

/** Where e^(-a²/2) is no normal float32 any more: from here on it is 0. */
const FARTHEST = 13.2675;
/** Likewise e^(-a²), denormals included. */
const FARTHEST_ERFC = 10.2;

/** R(a), to 2e-7 of it below a = 5 and to 2e-6 beyond. */
const R_ABOVE = [0.015315339900553226, 0.11217530816793442, 0.3490874171257019, 0.5];
const R_BELOW = [0.03839907795190811, 0.2808600962162018, 0.9180934429168701, 1.4960530996322632, 1];

/** e^(a²) erfc(a), to 3e-8 of it. */
const ERFC_ABOVE = [0.032798171043395996, 0.22922676801681519, 0.7316209673881531, 1.238426685333252, 1];
const ERFC_BELOW = [
  0.05813254415988922, 0.4063202738761902, 1.3253999948501587, 2.40226674079895, 2.3668065071105957, 1,
];

/** `e^r` for |r| up to half of ln 2. */
const EXP = [0.00829008687287569, 0.04189916327595711, 0.16667646169662476, 0.49999141693115234, 0.9999997019767761, 1];
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444005469057e-4;
/** Adding it rounds to an integer n; n + 127 then stands in the low bits, which moved up are 2^n. */
const ROUNDER = 1.5 * 2 ** 23 + 127;
const ROUNDER_BITS = 0x4b400000 + 127;
const DENSITY = 1 / Math.sqrt(2 * Math.PI);

/** `e^(-scale a²) = 2^n p`, with n + {@link ROUNDER} as it stands; what a² loses in rounding is made good. */
function bell(l: Lanes, a: Vector, scale: number): { rounded: Vector; p: Vector } {
  const square = l.op('mul', a, a);
  const lost = l.fnma(a, a, square);
  const rounded = l.fma(square, l.constant(-scale * Math.LOG2E), l.constant(ROUNDER));
  const n = l.op('sub', rounded, l.constant(ROUNDER));
  const start = l.op('mul', square, l.constant(-scale));
  const r = l.fnma(n, l.constant(LN2_LOW), l.fma(lost, l.constant(scale), l.fnma(n, l.constant(LN2_HIGH), start)));
  return { rounded, p: l.polynomial(r, EXP) };
}

/** |x|, e^(-x²/2) and R(|x|). */
function parts(l: Lanes, x: Vector): { size: Vector; density: Vector; ratio: Vector } {
  const size = l.op('abs', x);
  const a = l.op('pmin', size, l.constant(FARTHEST));
  const { rounded, p } = bell(l, a, 0.5);
  const density = l.op('mul', p, l.shift('i32x4.shl', rounded, 23));
  const ratio = l.op('div', l.polynomial(a, R_ABOVE), l.polynomial(a, R_BELOW));
  return { size, density, ratio };
}

/** `tail` left of 0, `whole - tail` right of it. */
const bothSides = (l: Lanes, x: Vector, tail: Vector, whole: number): Vector =>
  l.select(l.op('lt', x, l.constant(0)), tail, l.op('sub', l.constant(whole), tail));

/** Φ(x) */
export function ndtr(l: Lanes, x: Vector): Vector {
  const { density, ratio } = parts(l, x);
  return bothSides(l, x, l.op('mul', density, ratio), 1);
}

/** x Φ(x) */
export function gelu(l: Lanes, x: Vector): Vector {
  return l.op('mul', x, ndtr(l, x));
}

/** Φ(x) + x φ(x), the slope of gelu. Both terms have the factor e^(-x²/2). */
export function geluSlope(l: Lanes, x: Vector): Vector {
  const { size, density, ratio } = parts(l, x);
  return bothSides(l, x, l.op('mul', density, l.fnma(size, l.constant(DENSITY), ratio)), 1);
}

export function erfc(l: Lanes, x: Vector): Vector {
  const a = l.op('pmin', l.op('abs', x), l.constant(FARTHEST_ERFC));
  const { rounded, p } = bell(l, a, 1);
  const ratio = l.op('div', l.polynomial(a, ERFC_ABOVE), l.polynomial(a, ERFC_BELOW));
  // In two steps: 2^n itself may be no normal float32.
  const n = l.raw('i32x4.sub', rounded, l.bits32(ROUNDER_BITS));
  const half = l.shift('i32x4.shr_s', n, 1);
  const power = (k: Vector): Vector => l.shift('i32x4.shl', l.raw('i32x4.add', k, l.bits32(127)), 23);
  const first = l.op('mul', l.op('mul', p, ratio), power(half));
  return bothSides(l, l.op('neg', x), l.op('mul', first, power(l.raw('i32x4.sub', n, half))), 2);
}
