/**
 * Sine and cosine of float32 vectors, for |x| up to {@link REACH}: a multiple of π/2 is taken away, in
 * parts whose products are exact (Cody & Waite, Software Manual for the Elementary Functions, 1980), and
 * of what is left the one or the other polynomial is taken. The fits are our own.
 */
import type { Lanes, Vector } from './lanes.ts';

/** Beyond, more of π would be needed. */
export const REACH = 1e4;

const HALF_PI = [1.5703125, 0.0004837512969970703, 7.549790126404332e-8, -1.7151244994428829e-15];
/** `(sin r - r) / r³` in r². */
const SIN = [2.7180640245205723e-6, -0.00019839305605273694, 0.008333329111337662, -0.1666666716337204];
/** `(cos r - 1 + r²/2) / r⁴` in r². */
const COS = [2.4437898900941946e-5, -0.0013887363020330667, 0.04166664555668831];
const ROUNDER = 1.5 * 2 ** 23;

/** The sine of `x + quarters π/2`. */
function sine(l: Lanes, x: Vector, quarters: number): Vector {
  const rounded = l.fma(x, l.constant(2 / Math.PI), l.constant(ROUNDER));
  const n = l.op('sub', rounded, l.constant(ROUNDER));
  let r = x;
  for (const part of HALF_PI) r = l.fnma(n, l.constant(part), r);
  // Where nothing is taken away, a zero keeps its sign.
  r = l.select(l.op('eq', n, l.constant(0)), x, r);
  const square = l.op('mul', r, r);
  const sin = l.fma(l.op('mul', r, square), l.polynomial(square, SIN), r);
  const curve = l.fnma(l.constant(0.5), square, l.constant(1));
  const cos = l.fma(l.op('mul', square, square), l.polynomial(square, COS), curve);
  const whole = quarters === 0 ? rounded : l.raw('i32x4.add', rounded, l.bits32(quarters));
  // The low bit of n says which of them, the next one the sign.
  const odd = l.shift('i32x4.shr_s', l.shift('i32x4.shl', whole, 31), 31);
  const sign = l.shift('i32x4.shl', l.shift('i32x4.shr_u', whole, 1), 31);
  return l.raw('v128.xor', l.select(odd, cos, sin), sign);
}

export const sin = (l: Lanes, x: Vector): Vector => sine(l, x, 0);
export const cos = (l: Lanes, x: Vector): Vector => sine(l, x, 1);
