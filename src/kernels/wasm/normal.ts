/**
 * Functions of the normal distribution, of float32 vectors: its distribution function Φ, what gelu and its
 * gradient make of it, and the complementary error function. All go by the tail, Φ(-a) = e^(-a²/2) R(a): one
 * exponential, which the density needs as well, and a quotient of polynomials, a fit of our own.
 */
import type { Lanes, Vector } from './lanes.ts';

/** Where e^(-a²/2) is no normal float32 any more: from here on it is 0. */
const FARTHEST = 13.2675;
/** e^(-a²), denormals included. */
const FARTHEST_ERFC = 10.2;

/** R(a), to 2e-7 of it below a = 5 and to 2e-6 beyond. The exponential's rounded log2 e / 2 is allowed for. */
const R_ABOVE = [0.015287674963474274, 0.11204894632101059, 0.34884774684906006, 0.5];
const R_BELOW = [0.03832998499274254, 0.2805391550064087, 0.9174577593803406, 1.495573878288269, 1];

/** e^(a²) erfc(a), to 3e-8 of it, log2 e likewise. */
const ERFC_ABOVE = [0.034468263387680054, 0.23758266866207123, 0.7496612668037415, 1.2563347816467285, 1];
const ERFC_BELOW = [
  0.06109356880187988, 0.421114444732666, 1.3590112924575806, 2.4405136108398438, 2.384714365005493, 1,
];

/** `2^-r` for |r| up to a half. */
const POWER = [
  -0.001326418132521212, 0.009671938605606556, -0.05550738796591759, 0.24022234976291656, -0.6931469440460205, 1,
];
/** Less something, it rounds to an integer n; n + 127 then stands in the low bits, which moved up are 2^n. */
const ROUNDER = 1.5 * 2 ** 23 + 127;
const ROUNDER_BITS = 0x4b400000 + 127;
const DENSITY = 1 / Math.sqrt(2 * Math.PI);

/**
 * `e^(-scale a²) = 2^n p`, with n + {@link ROUNDER} as it stands. What the square loses in rounding is a few
 * ulp of the result where that is still large; `exact` makes it good.
 */
function bell(l: Lanes, a: Vector, scale: number, exact: boolean): { rounded: Vector; p: Vector } {
  const binary = l.constant(scale * Math.LOG2E);
  const square = l.op('mul', a, a);
  const rounded = l.fnma(square, binary, l.constant(ROUNDER));
  let r = l.fma(square, binary, l.op('sub', rounded, l.constant(ROUNDER)));
  if (exact) r = l.fnma(l.fnma(a, a, square), binary, r);
  return { rounded, p: l.polynomial(r, POWER) };
}

/** |x|, e^(-x²/2) and R(|x|). */
function parts(l: Lanes, x: Vector, exact = false): { size: Vector; density: Vector; ratio: Vector } {
  const size = l.op('abs', x);
  const a = l.op('pmin', size, l.constant(FARTHEST));
  const { rounded, p } = bell(l, a, 0.5, exact);
  const density = l.op('mul', p, l.shift('i32x4.shl', rounded, 23));
  const ratio = l.op('div', l.polynomial(a, R_ABOVE), l.polynomial(a, R_BELOW));
  return { size, density, ratio };
}

/** `tail` left of 0, `whole - tail` right of it. */
const bothSides = (l: Lanes, x: Vector, tail: Vector, whole: number): Vector =>
  l.select(l.op('lt', x, l.constant(0)), tail, l.op('sub', l.constant(whole), tail));

function distribution(l: Lanes, x: Vector, exact: boolean): Vector {
  const { density, ratio } = parts(l, x, exact);
  return bothSides(l, x, l.op('mul', density, ratio), 1);
}

/** Φ(x) */
export const ndtr = (l: Lanes, x: Vector): Vector => distribution(l, x, true);

/** x Φ(x) */
export const gelu = (l: Lanes, x: Vector): Vector => l.op('mul', x, distribution(l, x, false));

/** Φ(x) + x φ(x), the slope of gelu. Both terms have the factor e^(-x²/2). */
export function geluSlope(l: Lanes, x: Vector): Vector {
  const { size, density, ratio } = parts(l, x);
  return bothSides(l, x, l.op('mul', density, l.fnma(size, l.constant(DENSITY), ratio)), 1);
}

export function erfc(l: Lanes, x: Vector): Vector {
  const a = l.op('pmin', l.op('abs', x), l.constant(FARTHEST_ERFC));
  const { rounded, p } = bell(l, a, 1, true);
  const ratio = l.op('div', l.polynomial(a, ERFC_ABOVE), l.polynomial(a, ERFC_BELOW));
  // In two steps: 2^n itself may be no normal float32.
  const n = l.raw('i32x4.sub', rounded, l.bits32(ROUNDER_BITS));
  const half = l.shift('i32x4.shr_s', n, 1);
  const power = (k: Vector): Vector => l.shift('i32x4.shl', l.raw('i32x4.add', k, l.bits32(127)), 23);
  const first = l.op('mul', l.op('mul', p, ratio), power(half));
  return bothSides(l, l.op('neg', x), l.op('mul', first, power(l.raw('i32x4.sub', n, half))), 2);
}
