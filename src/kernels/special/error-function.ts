/**
 * The error function and its kin in doubles, to about one unit in the last place.
 *
 * The rational approximations are those of W. J. Cody's method as Sun Microsystems published them in
 * fdlibm (s_erf.c, 1993): near 0 in x², around 1 in x - 1, and in the tails in 1/x² for the
 * logarithm of x e^(x²) erfc(x).
 */

/** Sum of coefficients times powers of `x`, the constant first. */
export function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i];
  return sum;
}

/** |x| < 0.84375: erf(x) = x + x P(x²) / Q(x²). */
const NEAR_P = [
  0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -2.3763016656650163e-5,
];
const NEAR_Q = [
  1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -3.960228278775368e-6,
];

/** 0.84375 ≤ |x| < 1.25: erf(x) = MIDDLE + P(|x| - 1) / Q(|x| - 1). */
const MIDDLE = 0.8450629115104675;
const MIDDLE_P = [
  -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668,
  0.035478304325618236, -0.002166375594868791,
];
const MIDDLE_Q = [
  1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905,
  0.011984499846799107,
];

/** 1.25 ≤ |x| < 1 / 0.35: ln(x e^(x²) erfc(x)) = P(1/x²) / Q(1/x²) - 0.5625. */
const TAIL_P = [
  -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347,
  -184.60509290671104, -81.2874355063066, -9.814329344169145,
];
const TAIL_Q = [
  1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783,
  108.63500554177944, 6.570249770319282, -0.0604244152148581,
];

/** The quotient of polynomials for the tail from 1 / 0.35 up to 28. */
const FAR_P = [
  -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896,
  -1025.0951316110772, -483.5191916086514,
];
const FAR_Q = [
  1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644,
  474.52854120695537, -22.44095244658582,
];

const nearRatio = (x: number): number => polynomial(NEAR_P, x * x) / polynomial(NEAR_Q, x * x);
const middleRatio = (s: number): number => polynomial(MIDDLE_P, s) / polynomial(MIDDLE_Q, s);

/** ln(x e^(x²) erfc(x)) + 0.5625 for 1.25 ≤ x < 28. */
function tailRatio(x: number): number {
  const s = 1 / (x * x);
  return x < 1 / 0.35 ? polynomial(TAIL_P, s) / polynomial(TAIL_Q, s) : polynomial(FAR_P, s) / polynomial(FAR_Q, s);
}

/** e^(x²) or, with the sign -1, e^(-x²), with x² taken apart so that its rounding does not reach the result. */
function expSquare(x: number, sign: 1 | -1): number {
  const head = Math.fround(x);
  return Math.exp(sign * head * head) * Math.exp(sign * (x - head) * (x + head));
}

/** erfc for 1.25 ≤ x. */
function erfcTail(x: number): number {
  if (x >= 28) return 0;
  const head = Math.fround(x);
  return (Math.exp(-head * head - 0.5625) * Math.exp((head - x) * (head + x) + tailRatio(x))) / x;
}

export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 0.84375) return a < 2 ** -28 ? x + NEAR_P[0] * x : x + x * nearRatio(x);
  if (Number.isNaN(x)) return x;
  const value = a < 1.25 ? MIDDLE + middleRatio(a - 1) : a < 6 ? 1 - erfcTail(a) : 1;
  return x < 0 ? -value : value;
}

export function erfc(x: number): number {
  const a = Math.abs(x);
  if (a < 0.84375) {
    if (a < 2 ** -56) return 1 - x;
    // From 1/4 up, 1 - x would lose what 1/2 - x keeps.
    return x < 0.25 ? 1 - (x + x * nearRatio(x)) : 0.5 - (x - 0.5 + x * nearRatio(x));
  }
  if (Number.isNaN(x)) return x;
  if (a < 1.25) return x < 0 ? 1 + (MIDDLE + middleRatio(a - 1)) : 1 - MIDDLE - middleRatio(a - 1);
  return x < 0 ? (a < 6 ? 2 - erfcTail(a) : 2) : erfcTail(a);
}

/** e^(x²) erfc(x), which neither overflows nor vanishes on the right. */
export function erfcx(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 1.25) {
    if (x > -1.25) return expSquare(x, 1) * erfc(x);
    return x < -26.7 ? Infinity : 2 * expSquare(x, 1) - erfcx(-x);
  }
  if (x < 28) return Math.exp(tailRatio(x) - 0.5625) / x;
  // Asymptotic series: seven terms reach a double's last place at 28.
  const s = 1 / (2 * x) / x;
  let sum = 1;
  for (let k = 13; k > 0; k -= 2) sum = 1 - k * s * sum;
  return (0.5641895835477563 / x) * sum;
}

/** A first guess at erfinv, to seven digits where 1 - y is no less than 1e-7: M. Giles, Approximating the erfinv function, 2010. */
const GUESS_CENTRE = [
  1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-6, -3.5233877e-6, 3.43273939e-7,
  2.81022636e-8,
];
const GUESS_TAIL = [
  2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322, 0.000100950558,
  -0.000200214257,
];

function guess(a: number): number {
  const w = -Math.log((1 - a) * (1 + a));
  if (w < 5) return polynomial(GUESS_CENTRE, w - 2.5);
  if (w < 16) return polynomial(GUESS_TAIL, Math.sqrt(w) - 3);
  // x² = -ln((1 - a) x √π), nearly.
  const t = -Math.log(1 - a) - 0.5723649429247001;
  const x = Math.sqrt(t - Math.log(t) / 2);
  return Math.sqrt(t - Math.log(x));
}

export function erfinv(y: number): number {
  const a = Math.abs(y);
  if (!(a < 1)) return a === 1 ? y * Infinity : Number.NaN;
  if (a < 1e-8) return y * 0.886226925452758;
  let x = a * guess(a);
  // Halley's method, each step tripling the digits; in the tail on erfc, where 1 - a is exact.
  for (let step = a < 0.9999999 ? 2 : 3; step > 0; step--) {
    const miss = a < 0.5 ? erf(x) - a : 1 - a - erfc(x);
    const newton = miss / (1.1283791670955126 * expSquare(x, -1));
    x -= newton / (1 + x * newton);
  }
  return y < 0 ? -x : x;
}

/** The normal distribution's integral up to x. */
export const ndtr = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);

export function logNdtr(x: number): number {
  const t = x * Math.SQRT1_2;
  return x < -1 ? Math.log(erfcx(-t) / 2) - t * t : Math.log1p(-erfc(t) / 2);
}
