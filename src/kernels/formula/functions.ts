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

/** As C's pow, which knows 1 to any power and -1 to an infinite one where JavaScript says NaN. */
export function power(x: number, y: number): number {
  return x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y;
}

export const FUNCTIONS = {
  exp: unary(Math.exp),
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
  asinh: unary(Math.asinh),
  acosh: unary(Math.acosh),
  atanh: unary(Math.atanh),
  hypot: binary(Math.hypot),
  pow: binary(power),
  erf: unary(special.erf),
  erfc: unary(special.erfc),
  erfinv: unary(special.erfinv),
  erfcx: unary(special.erfcx),
  ndtr: unary(special.ndtr),
  logNdtr: unary(special.logNdtr),
  lgamma: unary(special.lgamma),
  digamma: unary(special.digamma),
  i0: unary(special.i0),
  i0e: unary(special.i0e),
  i1: unary(special.i1),
  i1e: unary(special.i1e),
} as const;
