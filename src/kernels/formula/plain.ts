/** Formulas that are functions alone: plain loops compute them, in doubles, rounded once. */
import * as cylinder from '../special/cylinder.ts';
import * as incomplete from '../special/incomplete-gamma.ts';
import * as polynomials from '../special/polynomials.ts';
import type { Formula1, Formula2 } from './formula.ts';

const of1 = (number: (x: number) => number): Formula1 => ({ number });
const of2 = (number: (x: number, y: number) => number): Formula2 => ({ number });

export const CYLINDER = {
  airy: of1(cylinder.airy),
  besselJ0: of1(cylinder.besselJ0),
  besselJ1: of1(cylinder.besselJ1),
  besselY0: of1(cylinder.besselY0),
  besselY1: of1(cylinder.besselY1),
  besselK0: of1(cylinder.besselK0),
  besselK1: of1(cylinder.besselK1),
  scaledK0: of1(cylinder.scaledK0),
  scaledK1: of1(cylinder.scaledK1),
  sphericalJ0: of1(cylinder.sphericalJ0),
} as const;

export const POLYNOMIALS = {
  chebyshevT: of2(polynomials.chebyshevT),
  chebyshevU: of2(polynomials.chebyshevU),
  chebyshevV: of2(polynomials.chebyshevV),
  chebyshevW: of2(polynomials.chebyshevW),
  shiftedChebyshevT: of2(polynomials.shiftedChebyshevT),
  shiftedChebyshevU: of2(polynomials.shiftedChebyshevU),
  shiftedChebyshevV: of2(polynomials.shiftedChebyshevV),
  shiftedChebyshevW: of2(polynomials.shiftedChebyshevW),
  hermiteH: of2(polynomials.hermiteH),
  hermiteHe: of2(polynomials.hermiteHe),
  laguerreL: of2(polynomials.laguerreL),
  legendreP: of2(polynomials.legendreP),
} as const;

export const NDTRI = of1(incomplete.ndtri);
export const GAMMA_P = of2(incomplete.gammaP);
export const GAMMA_Q = of2(incomplete.gammaQ);
export const ZETA = of2(incomplete.zeta);

const words = new DataView(new ArrayBuffer(8));

/** The next double after x in the direction of y. */
const nextDouble = (x: number, y: number): number => {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  words.setFloat64(0, x);
  const bits = words.getBigInt64(0);
  words.setBigInt64(0, y > x === x > 0 ? bits + 1n : bits - 1n);
  return words.getFloat64(0);
};

const nextSingle = (x: number, y: number): number => {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? 2 ** -149 : -(2 ** -149);
  words.setFloat32(0, x);
  const bits = words.getInt32(0);
  words.setInt32(0, y > x === x > 0 ? bits + 1 : bits - 1);
  return words.getFloat32(0);
};

export const NEXT_AFTER = { float32: of2(nextSingle), float64: of2(nextDouble) } as const;

/** x as m 2^e with 1/2 ≤ |m| < 1: the exponent. */
function exponentOf(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return 0;
  words.setFloat64(0, x);
  const biased = (words.getUint16(0) >> 4) & 0x7ff;
  return biased === 0 ? exponentOf(x * 2 ** 64) - 64 : biased - 1022;
}

export const EXPONENT = of1(exponentOf);
export const MANTISSA = of1((x) => {
  const e = exponentOf(x);
  // In two steps, so that no power of 2 overflows.
  const half = Math.trunc(e / 2);
  return x * 2 ** -half * 2 ** (half - e);
});

export { i0 } from '../special/bessel.ts';
