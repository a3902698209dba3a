/** Functions that formulas may call, in doubles. Some have a form in float32 vectors: see wasm/math.ts. */
import * as special from '../special.ts';

type Unary = (x: number) => number;
type Binary = (x: number, y: number) => number;

const unary = (number: Unary) => ({ number, arity: 1 }) as const;
const binary = (number: Binary) => ({ number, arity: 2 }) as const;

/** Near zero a quotient of polynomials keeps all digits; elsewhere one exponential is enough. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size < 0.5) {
    const z = x * x;
    return (x * (135135 + z * (17325 + z * (378 + z)))) / (135135 + z * (62370 + z * (3150 + z * 28)));
  }
  const e = Math.exp(-2 * size);
  return x < 0 ? (e - 1) / (e + 1) : (1 - e) / (1 + e);
}

/** To the nearest whole number, halves to the even one, the sign of zero kept. */
export function roundEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  const value = rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : rest >= 0.5 ? low + 1 : x;
  return value === 0 && (x < 0 || Object.is(x, -0)) ? -0 : value;
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What log(1 + e^x) is above the rectifier. */
export const softplusTail = (x: number): number => Math.log1p(Math.exp(-Math.abs(x)));

const DENSITY = 1 / Math.sqrt(2 * Math.PI);

/** The slope of x Φ(x): Φ(x) + x φ(x). */
export const geluSlope = (x: number): number => special.ndtr(x) + x * (Math.exp(-0.5 * x * x) * DENSITY);

/** Python's %: the sign is the divisor's. */
export function remainder(x: number, y: number): number {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

/** Floor division as Python's, by way of the remainder so that it is exact. */
export function floorQuotient(x: number, y: number): number {
  if (y === 0) return x / y;
  const mod = x % y;
  let quotient = (x - mod) / y;
  if (mod !== 0 && y < 0 !== mod < 0) quotient -= 1;
  if (quotient === 0) return x / y < 0 || Object.is(x / y, -0) ? -0 : 0;
  const floored = Math.floor(quotient);
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

/** As C's pow, which knows 1 to any power and -1 to an infinite one where JavaScript says NaN. */
export function power(x: number, y: number): number {
  return x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y;
}

export const FUNCTIONS = {
  fround: unary(Math.fround),
  exp: unary(Math.exp),
  /** Exact at whole numbers. */
  exp2: unary((x) => 2 ** x),
  expm1: unary(Math.expm1),
  log: unary(Math.log),
  log1p: unary(Math.log1p),
  log2: unary(Math.log2),
  log10: unary(Math.log10),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tan: unary(Math.tan),
  asin: unary(Math.asin),
  acos: unary(Math.acos),
  atan: unary(Math.atan),
  atan2: binary(Math.atan2),
  sinh: unary(Math.sinh),
  cosh: unary(Math.cosh),
  tanh: unary(tanh),
  sigmoid: unary(sigmoid),
  softplusTail: unary(softplusTail),
  asinh: unary(Math.asinh),
  acosh: unary(Math.acosh),
  atanh: unary(Math.atanh),
  /** C's fmod: the sign is the dividend's. */
  fmod: binary((x, y) => x % y),
  remainder: binary(remainder),
  floorQuotient: binary(floorQuotient),
  hypot: binary((x, y) => Math.hypot(x, y)),
  pow: binary(power),
  erf: unary(special.erf),
  erfc: unary(special.erfc),
  erfinv: unary(special.erfinv),
  erfcx: unary(special.erfcx),
  ndtr: unary(special.ndtr),
  gelu: unary((x) => x * special.ndtr(x)),
  geluSlope: unary(geluSlope),
  logNdtr: unary(special.logNdtr),
  lgamma: unary(special.lgamma),
  digamma: unary(special.digamma),
  polygamma: binary(special.polygamma),
  i0: unary(special.i0),
  i0e: unary(special.i0e),
  i1: unary(special.i1),
  i1e: unary(special.i1e),
} as const;
