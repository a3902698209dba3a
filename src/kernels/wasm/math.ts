/**
 * Elementary functions of float32 vectors, within a few ulp over the whole range, denormals and
 * infinities included. Arguments are reduced as Cody and Waite do (Software Manual for the Elementary
 * Functions, 1980); the polynomials are minimax fits of our own, made for float32.
 */
import type { Lanes, Vector } from './lanes.ts';
import { erfc, gelu, geluSlope, ndtr } from './normal.ts';
import { cos, REACH, sin } from './trigonometric.ts';

/** ln 2 as a part of few bits, whose products with small integers are exact, and the rest. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444005469057e-4;
const LOG2_E = Math.LOG2E;

const SIGN = 0x80000000;
const MIN_NORMAL = 2 ** -126;

/** `(e^r - 1 - r) / r^2` for |r| up to half of ln 2. */
const EXP = [0.0013813144760206342, 0.008369418792426586, 0.04166845604777336, 0.16666515171527863, 0.4999999403953552];
/** The same, more exact: what is left when 1 is taken away shows more of it. */
const EXPM1 = [
  0.0001984595728572458, 0.0013941653305664659, 0.008333391509950161, 0.04166634753346443, 0.1666666567325592, 0.5,
];
/** `(ln(1 + f) - f + f^2 / 2) / f^3` for 1 + f between the roots of 1/2 and of 2. */
const LOG = [
  0.06936763972043991, -0.11825859546661377, 0.11882615834474564, -0.12379240244626999, 0.14216803014278412,
  -0.16669465601444244, 0.20002317428588867, -0.24999983608722687, 0.3333331048488617,
];
/** `erf(x) / x - 1` in x^2, for |x| up to 0.95. */
const ERF_SMALL = [
  8.185090700862929e-5, -0.0008097702520899475, 0.005196951795369387, -0.026857705786824226, 0.11283663660287857,
  -0.37612631916999817, 0.12837916612625122,
];
/** `-ln(1 - erf(x)) / x - 1` for x from 0.92 to 4. */
const ERF_LARGE = [
  1.1231465578021016e-5, -0.000322805397445336, 0.0036424649879336357, -0.02376207523047924, 0.10623688995838165,
  0.6351513266563416, 0.12864848971366882,
];

/** Adding it to a number of less than 2^22 rounds that to an integer, which then stands in the low bits. */
const ROUNDER = 1.5 * 2 ** 23;
const ROUNDER_BITS = 0x4b400000;

/** `x` cut to an interval; NaN stays. One instruction each, unlike min and max. */
const clamp = (l: Lanes, x: Vector, low: number, high: number): Vector =>
  l.op('pmax', l.op('pmin', x, l.constant(high)), l.constant(low));

/** `x = n ln 2 + r`: n as integers and in float32, and r. */
function reduce(l: Lanes, x: Vector): { whole: Vector; n: Vector; r: Vector } {
  const rounded = l.fma(x, l.constant(LOG2_E), l.constant(ROUNDER));
  const n = l.op('sub', rounded, l.constant(ROUNDER));
  const r = l.fnma(n, l.constant(LN2_LOW), l.fnma(n, l.constant(LN2_HIGH), x));
  return { whole: l.raw('i32x4.sub', rounded, l.bits32(ROUNDER_BITS)), n, r };
}

/** 2^n of integers n between -126 and 127. */
const power2 = (l: Lanes, n: Vector): Vector => l.shift('i32x4.shl', l.raw('i32x4.add', n, l.bits32(127)), 23);

function exp(l: Lanes, x: Vector): Vector {
  // Beyond these nothing but infinity and zero comes out.
  const { whole, r } = reduce(l, clamp(l, x, -104, 89));
  const q = l.polynomial(r, EXP);
  const p = l.op('add', l.fma(l.op('mul', r, r), q, r), l.constant(1));
  // In two steps: 2^n itself may be no float32, at either end.
  const half = l.shift('i32x4.shr_s', whole, 1);
  return l.op('mul', l.op('mul', p, power2(l, half)), power2(l, l.raw('i32x4.sub', whole, half)));
}

/** Rounds to a whole number, as the constant above does, and adds 127: the low bits are then a biased exponent. */
const BIASED_ROUNDER = ROUNDER + 127;

/**
 * e^x of what is no larger than 88, cheaper than the general one: what falls below the least normal
 * number, 2^-126, is 0.
 */
export function probability(l: Lanes, x: Vector): Vector {
  const limited = l.op('pmax', x, l.constant(-88));
  const rounded = l.fma(limited, l.constant(LOG2_E), l.constant(BIASED_ROUNDER));
  const n = l.op('sub', rounded, l.constant(BIASED_ROUNDER));
  const r = l.fnma(n, l.constant(LN2_LOW), l.fnma(n, l.constant(LN2_HIGH), limited));
  const power = l.op('add', l.fma(l.op('mul', r, r), l.polynomial(r, EXP), r), l.constant(1));
  return l.op('mul', power, l.shift('i32x4.shl', rounded, 23));
}

function expm1(l: Lanes, x: Vector): Vector {
  const { whole, n, r } = reduce(l, clamp(l, x, -30, 89));
  const q = l.fma(l.op('mul', r, r), l.polynomial(r, EXPM1), r);
  // 2^n q + 2^n - 1, at half its size: 2^128 is no float32. Zeros keep their sign, which the sum would lose.
  const scale = power2(l, l.raw('i32x4.sub', whole, l.bits32(1)));
  const halved = l.fma(scale, q, l.op('sub', scale, l.constant(0.5)));
  return l.select(l.op('eq', n, l.constant(0)), q, l.op('add', halved, halved));
}

function log(l: Lanes, x: Vector): Vector {
  const small = l.op('lt', x, l.constant(MIN_NORMAL));
  const normal = l.select(small, l.op('mul', x, l.constant(2 ** 23)), x);
  // Bits above the root of 1/2's give the exponent, the others a number between it and the root of 2.
  const shifted = l.raw('i32x4.sub', normal, l.bits32(0x3f3504f3));
  const exponent = l.raw('f32x4.convert_i32x4_s', l.shift('i32x4.shr_s', shifted, 23));
  const mantissa = l.raw('i32x4.add', l.raw('v128.and', shifted, l.bits32(0x007fffff)), l.bits32(0x3f3504f3));
  const n = l.op('sub', exponent, l.raw('v128.and', small, l.constant(23)));
  const f = l.op('sub', mantissa, l.constant(1));
  const square = l.op('mul', f, f);
  const tail = l.fma(l.op('mul', f, square), l.polynomial(f, LOG), l.op('mul', n, l.constant(LN2_LOW)));
  const sum = l.op('add', l.fnma(l.constant(0.5), square, tail), f);
  const finite = l.fma(n, l.constant(LN2_HIGH), sum);
  const endless = l.select(l.op('lt', x, l.constant(Infinity)), finite, x);
  const zero = l.select(l.op('eq', x, l.constant(0)), l.constant(-Infinity), endless);
  return l.select(l.op('lt', x, l.constant(0)), l.constant(Number.NaN), zero);
}

/** By Kahan's way: the logarithm of the rounded 1 + x, and a correction for the rounding. */
function log1p(l: Lanes, x: Vector): Vector {
  const u = l.op('add', x, l.constant(1));
  const lost = l.op('sub', x, l.op('sub', u, l.constant(1)));
  const logarithm = log(l, u);
  const corrected = l.op('add', logarithm, l.op('div', lost, u));
  // At u = 0 and at infinity the correction is no number; where u = 1 the logarithm is x itself.
  const plain = l.raw('v128.or', l.op('eq', u, l.constant(0)), l.op('eq', u, l.constant(Infinity)));
  const result = l.select(plain, logarithm, corrected);
  return l.select(l.op('eq', u, l.constant(1)), x, result);
}

/** `2 artanh(s) / s` in s², for s up to a third. */
const ARTANH = [0.28052791953086853, 0.279941588640213, 0.40021950006484985, 0.6666641235351562, 2];
/** Twice `e^-r` for |r| up to half of ln 2. */
const EXP_NEGATIVE = [
  0.002768680481240153, -0.016748741269111633, 0.08333603292703629, -0.33332857489585876, 0.9999998807907104, -2, 2,
];

/** `e^-x` for x from -89 to 87.4. It is made at half its size, so that one power of two is enough. */
function negativeExp(l: Lanes, x: Vector): Vector {
  const rounded = l.fma(x, l.constant(-LOG2_E), l.constant(ROUNDER + 126));
  const n = l.op('sub', rounded, l.constant(ROUNDER + 126));
  const r = l.fma(n, l.constant(LN2_LOW), l.fma(n, l.constant(LN2_HIGH), x));
  return l.op('mul', l.polynomial(r, EXP_NEGATIVE), l.shift('i32x4.shl', rounded, 23));
}

/** `1 / (1 + e^-x)`: the exponential is infinite where PyTorch's is. */
function sigmoid(l: Lanes, x: Vector): Vector {
  return l.op('div', l.constant(1), l.op('add', l.constant(1), negativeExp(l, clamp(l, x, -89, 80))));
}

/** `log(1 + e^-|x|) = 2 artanh(s)` with `s = e / (2 + e)`, at most a third. */
function softplusTail(l: Lanes, x: Vector): Vector {
  const e = negativeExp(l, l.op('pmin', l.op('abs', x), l.constant(87.3)));
  const s = l.op('div', e, l.op('add', e, l.constant(2)));
  return l.op('mul', s, l.polynomial(l.op('mul', s, s), ARTANH));
}

/** By expm1 of twice the size, cut where the quotient is 1: there 2^n is a float32 at once, and signs come last. */
function tanh(l: Lanes, x: Vector): Vector {
  const sign = l.raw('v128.and', x, l.bits32(SIGN));
  const size = l.op('pmin', l.op('abs', x), l.constant(10));
  const rounded = l.fma(size, l.constant(2 * LOG2_E), l.constant(ROUNDER + 127));
  const n = l.op('sub', rounded, l.constant(ROUNDER + 127));
  const r = l.fnma(n, l.constant(LN2_LOW), l.fnma(n, l.constant(LN2_HIGH), l.op('add', size, size)));
  const q = l.fma(l.op('mul', r, r), l.polynomial(r, EXPM1), r);
  const scale = l.shift('i32x4.shl', rounded, 23);
  const t = l.fma(scale, q, l.op('sub', scale, l.constant(1)));
  return l.raw('v128.or', l.op('div', t, l.op('add', t, l.constant(2))), sign);
}

function erf(l: Lanes, x: Vector): Vector {
  const sign = l.raw('v128.and', x, l.bits32(SIGN));
  const size = l.op('pmin', l.op('abs', x), l.constant(4));
  const square = l.op('mul', x, x);
  const small = l.fma(x, l.polynomial(square, ERF_SMALL), x);
  const large = l.op('sub', l.constant(1), exp(l, l.op('neg', l.fma(size, l.polynomial(size, ERF_LARGE), size))));
  return l.select(l.op('lt', l.op('abs', x), l.constant(0.93)), small, l.raw('v128.or', large, sign));
}

type VectorFunction = (l: Lanes, ...args: Vector[]) => Vector;

/** By the names of formula/functions.ts, for float32 vectors. */
export const MATH32: Readonly<Record<string, VectorFunction | undefined>> = {
  fround: (_, x) => x,
  exp,
  expm1,
  log,
  log1p,
  sigmoid,
  softplusTail,
  tanh,
  erf,
  erfc,
  ndtr,
  gelu,
  geluSlope,
  sin,
  cos,
};

/** How far from 0 the vector forms reach that do not reach everywhere; beyond, the scalar functions are called. */
export const REACHES: Readonly<Record<string, number | undefined>> = { sin: REACH, cos: REACH };

/** The functions that float64 vectors have a form of. */
export const MATH64: Readonly<Record<string, VectorFunction | undefined>> = {
  fround: (l, x) => l.raw('f64x2.promote_low_f32x4', l.raw('f32x4.demote_f64x2_zero', x)),
};
