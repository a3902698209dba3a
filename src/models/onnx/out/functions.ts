/** Functions of formulas that ONNX lacks, or onnxruntime has in float32 alone, in operators that there are. */
import type { FunctionName } from '../../../kernels/formula/expression.ts';
import type { GraphBuilder, Ref } from './builder.ts';

type Unary = (b: GraphBuilder, x: Ref) => Ref;

/** Coefficients times powers of `x`, the constant first. */
export function polynomial(b: GraphBuilder, coefficients: readonly number[], x: Ref): Ref {
  let sum: Ref = b.scalar(coefficients[coefficients.length - 1], x.dtype);
  for (let i = coefficients.length - 2; i >= 0; i--) sum = b.add(b.mul(x, sum), coefficients[i]);
  return sum;
}

/** log(1 + x): near 0 the rounding of 1 + x is taken out again. */
export function log1p(b: GraphBuilder, x: Ref): Ref {
  const sum = b.add(x, 1);
  const part = b.sub(sum, 1);
  const near = b.where(b.equal(part, 0), x, b.mul(b.log(sum), b.div(x, part)));
  return b.where(b.less(b.abs(x), 0.5), near, b.log(sum));
}

export function expm1(b: GraphBuilder, x: Ref): Ref {
  const e = b.exp(x);
  const far = b.sub(e, 1);
  const near = b.where(b.equal(e, 1), x, b.mul(far, b.div(x, b.log(e))));
  return b.where(b.less(b.abs(x), 0.5), near, far);
}

/** −1 or 1: the sign of x, that of zero included. */
const signOf = (b: GraphBuilder, x: Ref): Ref =>
  b.where(b.or(b.less(x, 0), b.less(b.div(b.like(1, x), x), 0)), b.like(-1, x), b.like(1, x));

/** An odd function of what it is on the right. */
const odd =
  (right: Unary): Unary =>
  (b, x) =>
    b.mul(signOf(b, x), right(b, b.abs(x)));

const byDtype =
  (single: string, double: Unary): Unary =>
  (b, x) =>
    x.dtype === 'float64' ? double(b, x) : b.unary(single, x);

/** For x ≥ 0: a first value in float32, and one step of Newton's on the tangent, which squares the error. */
function atanRight(b: GraphBuilder, x: Ref): Ref {
  const large = b.greater(x, 1);
  const small = b.where(large, b.div(b.like(1, x), x), x);
  const first = b.cast(b.unary('Atan', b.cast(small, 'float32')), 'float64');
  const [sin, cos] = [b.unary('Sin', first), b.unary('Cos', first)];
  const step = b.div(b.sub(b.mul(small, cos), sin), b.add(b.mul(small, sin), cos));
  const value = b.add(first, step);
  return b.where(large, b.sub(b.like(Math.PI / 2, x), value), value);
}

const atan = byDtype('Atan', odd(atanRight));

const rightAngle = (b: GraphBuilder, x: Ref): Ref => b.sqrt(b.mul(b.sub(b.like(1, x), x), b.add(x, 1)));

const asin = byDtype('Asin', (b, x) => {
  const legs = rightAngle(b, x);
  const inner = atan(b, b.div(x, legs));
  return b.where(b.equal(legs, 0), b.mul(x, Math.PI / 2), inner);
});

const acos = byDtype('Acos', (b, x) => b.mul(atan(b, b.sqrt(b.div(b.sub(b.like(1, x), x), b.add(x, 1)))), 2));

/** As C's: which half-plane the point is in decides, signed zeros included. */
function atan2(b: GraphBuilder, y: Ref, x: Ref): Ref {
  const [ay, ax] = [b.abs(y), b.abs(x)];
  const [low, high] = [b.min(ax, ay), b.max(ax, ay)];
  // Both infinite, or both zero: the diagonal, or the axis.
  const infinite = b.equal(low, Number.POSITIVE_INFINITY);
  const ratio = b.where(b.equal(high, 0), b.like(0, low), b.where(infinite, b.like(1, low), b.div(low, high)));
  const first = atan(b, ratio);
  const turned = b.where(b.greater(ay, ax), b.sub(b.like(Math.PI / 2, first), first), first);
  const left = b.less(signOf(b, x), 0);
  const angle = b.mul(b.where(left, b.sub(b.like(Math.PI, turned), turned), turned), signOf(b, y));
  return b.where(b.or(b.isNan(x), b.isNan(y)), b.add(x, y), angle);
}

const sinh: Unary = odd((b, a) => {
  // e^x is taken in halves, so that it overflows where sinh does.
  const half = b.exp(b.mul(a, 0.5));
  const far = b.mul(b.mul(half, 0.5), half);
  const e = expm1(b, a);
  const near = b.mul(b.add(e, b.div(e, b.add(e, 1))), 0.5);
  return b.where(b.less(a, 20), near, far);
});

const cosh: Unary = (b, x) => {
  const half = b.exp(b.mul(b.abs(x), 0.5));
  return b.add(b.mul(b.mul(half, 0.5), half), b.div(b.like(0.5, x), b.mul(half, half)));
};

const asinh: Unary = odd((b, a) => {
  const square = b.mul(a, a);
  const near = log1p(b, b.add(a, b.div(square, b.add(b.sqrt(b.add(square, 1)), 1))));
  return b.where(b.less(a, 1e8), near, b.add(b.log(a), Math.LN2));
});

const acosh: Unary = (b, x) => {
  const less = b.sub(x, 1);
  const near = log1p(b, b.add(less, b.sqrt(b.add(b.mul(less, 2), b.mul(less, less)))));
  return b.where(b.less(x, 1e8), near, b.add(b.log(x), Math.LN2));
};

const atanh: Unary = odd((b, a) => b.mul(log1p(b, b.div(b.mul(a, 2), b.sub(b.like(1, a), a))), 0.5));

const logOf =
  (scale: number): Unary =>
  (b, x) =>
    b.mul(b.log(x), scale);

/** fdlibm's rational approximations of the error function, by stretches of |x|. */
const NEAR_P = [
  0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -2.3763016656650163e-5,
];
const NEAR_Q = [
  1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -3.960228278775368e-6,
];
const MIDDLE = 0.8450629115104675;
const MIDDLE_P = [
  -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668,
  0.035478304325618236, -0.002166375594868791,
];
const MIDDLE_Q = [
  1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905,
  0.011984499846799107,
];
const TAIL_P = [
  -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347,
  -184.60509290671104, -81.2874355063066, -9.814329344169145,
];
const TAIL_Q = [
  1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783,
  108.63500554177944, 6.570249770319282, -0.0604244152148581,
];
const FAR_P = [
  -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896,
  -1025.0951316110772, -483.5191916086514,
];
const FAR_Q = [
  1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644,
  474.52854120695537, -22.44095244658582,
];

const ratio = (b: GraphBuilder, p: readonly number[], q: readonly number[], x: Ref): Ref =>
  b.div(polynomial(b, p, x), polynomial(b, q, x));

/** For a ≥ 0: what is left of ln(a e^(a²) erfc(a)). */
function tail(b: GraphBuilder, a: Ref): Ref {
  const s = b.div(b.like(1, a), b.mul(a, a));
  return b.where(b.less(a, 1 / 0.35), ratio(b, TAIL_P, TAIL_Q, s), ratio(b, FAR_P, FAR_Q, s));
}

/** Functions that are computed in float64 whatever comes in, since float32 would lose digits on the way. */
const inDouble =
  (double: Unary): Unary =>
  (b, x) =>
    b.cast(double(b, b.cast(x, 'float64')), x.dtype);

/** e^(−a²), with a² taken apart so that its rounding does not reach the result. */
function bell(b: GraphBuilder, a: Ref): Ref {
  const head = b.cast(b.cast(a, 'float32'), 'float64');
  return b.mul(b.exp(b.neg(b.mul(head, head))), b.exp(b.mul(b.sub(head, a), b.add(head, a))));
}

/** erfc of |x| from 1.25 on, of 0.84375 to there, and erf below, of which each is taken where it holds. */
function pieces(b: GraphBuilder, x: Ref): { a: Ref; near: Ref; middle: Ref; far: Ref } {
  const a = b.abs(x);
  const near = b.add(x, b.mul(x, ratio(b, NEAR_P, NEAR_Q, b.mul(x, x))));
  const middle = b.add(ratio(b, MIDDLE_P, MIDDLE_Q, b.sub(a, 1)), MIDDLE);
  const clipped = b.min(a, 28);
  const far = b.div(b.mul(bell(b, clipped), b.exp(b.sub(tail(b, clipped), 0.5625))), clipped);
  return { a, near, middle, far };
}

const erfDouble: Unary = (b, x) => {
  const { a, near, middle, far } = pieces(b, x);
  const right = b.where(b.less(a, 1.25), middle, b.where(b.less(a, 6), b.sub(b.like(1, far), far), b.like(1, far)));
  return b.where(b.less(a, 0.84375), near, b.where(b.isNan(x), x, b.mul(b.unary('Sign', x), right)));
};

const erfc: Unary = inDouble((b, x) => {
  const { a, near, middle, far } = pieces(b, x);
  const one = b.like(1, x);
  const negative = b.less(x, 0);
  const tails = b.where(b.less(a, 28), far, b.like(0, far));
  const right = b.where(b.less(a, 1.25), b.sub(one, middle), tails);
  const value = b.where(b.less(a, 0.84375), b.sub(one, near), b.where(negative, b.sub(b.like(2, x), right), right));
  return b.where(b.isNan(x), x, value);
});

/** e^(x²) erfc(x). */
const erfcx: Unary = inDouble((b, x) => {
  const square = b.exp(b.mul(x, x));
  const clipped = b.max(x, 1.25);
  const s = b.div(b.like(0.5, x), b.mul(clipped, clipped));
  let series = b.like(1, x);
  for (let k = 13; k > 0; k -= 2) series = b.sub(b.like(1, x), b.mul(b.mul(s, series), k));
  const right = b.where(
    b.less(clipped, 28),
    b.div(b.exp(b.sub(tail(b, clipped), 0.5625)), clipped),
    b.mul(b.div(b.like(0.5641895835477563, x), clipped), series),
  );
  return b.where(b.isNan(x), x, b.where(b.less(x, 1.25), b.mul(square, erfc(b, x)), right));
});

const ndtr: Unary = (b, x) => b.mul(erfc(b, b.mul(x, -Math.SQRT1_2)), 0.5);

const logNdtr: Unary = inDouble((b, x) => {
  const t = b.mul(x, -Math.SQRT1_2);
  // On the left through e^(t²) erfc(t), which does not vanish.
  const left = b.sub(b.log(b.mul(erfcx(b, b.max(t, 0)), 0.5)), b.mul(t, t));
  const right = log1p(b, b.mul(erfc(b, b.neg(t)), -0.5));
  return b.where(b.less(x, -1), left, right);
});

/** Giles' first guess, then Halley's method, as our own kernel has it. */
const GUESS_CENTRE = [
  1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-6, -3.5233877e-6, 3.43273939e-7,
  2.81022636e-8,
];
const GUESS_TAIL = [
  2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322, 0.000100950558,
  -0.000200214257,
];

const erfinv: Unary = inDouble(
  odd((b, a) => {
    const w = b.neg(b.log(b.mul(b.sub(b.like(1, a), a), b.add(a, 1))));
    const guess = b.where(
      b.less(w, 5),
      polynomial(b, GUESS_CENTRE, b.sub(w, 2.5)),
      polynomial(b, GUESS_TAIL, b.sub(b.sqrt(w), 3)),
    );
    let x = b.mul(a, guess);
    for (let step = 0; step < 3; step++) {
      const near = b.sub(erfDouble(b, x), a);
      const miss = b.where(b.less(a, 0.5), near, b.sub(b.sub(b.like(1, a), a), erfc(b, x)));
      const newton = b.div(miss, b.mul(bell(b, x), 1.1283791670955126));
      x = b.sub(x, b.div(newton, b.add(b.mul(x, newton), 1)));
    }
    return b.where(b.equal(a, 1), b.like(Number.POSITIVE_INFINITY, a), x);
  }),
);

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Lanczos' series from 1/2 on, reflected to the left. */
const lgamma: Unary = inDouble((b, x) => {
  const one = b.like(1, x);
  const mirrored = b.less(x, 0.5);
  const z = b.sub(b.where(mirrored, b.sub(one, x), x), 1);
  let sum: Ref = b.like(LANCZOS[0], z);
  for (let i = 1; i < LANCZOS.length; i++) sum = b.add(b.div(b.like(LANCZOS[i], z), b.add(z, i)), sum);
  const t = b.add(z, 7.5);
  const direct = b.add(b.sub(b.add(b.mul(b.add(z, 0.5), b.log(t)), 0.9189385332046727), t), b.log(sum));
  const rest = b.sub(x, b.floor(x));
  const sine = b.unary('Sin', b.mul(rest, Math.PI));
  const reflected = b.sub(b.log(b.div(b.like(Math.PI, sine), b.abs(sine))), direct);
  const pole = b.and(b.lessEqual(x, 0), b.equal(rest, 0));
  const infinite = b.or(pole, b.equal(b.abs(x), Number.POSITIVE_INFINITY));
  return b.where(infinite, b.like(Number.POSITIVE_INFINITY, x), b.where(mirrored, reflected, direct));
});

/** Bernoulli's numbers over twice their places, of the asymptotic series. */
const PSI = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

const digamma: Unary = inDouble((b, x) => {
  const mirrored = b.less(x, 0);
  let z = b.where(mirrored, b.sub(b.like(1, x), x), x);
  let sum: Ref = b.like(0, z);
  for (let i = 0; i < 10; i++) {
    sum = b.sub(sum, b.div(b.like(1, z), z));
    z = b.add(z, 1);
  }
  const inverse = b.div(b.like(1, z), b.mul(z, z));
  const series = b.mul(inverse, polynomial(b, PSI, inverse));
  const direct = b.add(sum, b.sub(b.sub(b.log(z), b.div(b.like(0.5, z), z)), series));
  const rest = b.sub(x, b.floor(x));
  const angle = b.mul(rest, Math.PI);
  const reflected = b.sub(direct, b.div(b.mul(b.unary('Cos', angle), Math.PI), b.unary('Sin', angle)));
  const value = b.where(mirrored, b.where(b.equal(rest, 0), b.like(Number.NaN, x), reflected), direct);
  const pole = b.div(b.like(-1, x), x);
  return b.where(b.equal(x, 0), pole, value);
});

/** Of its asymptotic series, after ten steps up; reflected on the left. In float64. */
export function trigamma(b: GraphBuilder, x: Ref): Ref {
  const mirrored = b.less(x, 0.5);
  let z = b.where(mirrored, b.sub(b.like(1, x), x), x);
  let sum: Ref = b.like(0, z);
  for (let i = 0; i < 10; i++) {
    sum = b.add(sum, b.div(b.like(1, z), b.mul(z, z)));
    z = b.add(z, 1);
  }
  const inverse = b.div(b.like(1, z), z);
  const square = b.mul(inverse, inverse);
  const series = polynomial(b, [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6], square);
  const direct = b.add(sum, b.add(inverse, b.add(b.mul(square, 0.5), b.mul(b.mul(square, inverse), series))));
  const rest = b.sub(x, b.floor(x));
  const sine = b.div(b.unary('Sin', b.mul(rest, Math.PI)), Math.PI);
  const squared = b.div(b.like(1, sine), b.mul(sine, sine));
  return b.where(
    mirrored,
    b.where(b.equal(rest, 0), b.like(Number.POSITIVE_INFINITY, x), b.sub(squared, direct)),
    direct,
  );
}

const hypot = (b: GraphBuilder, x: Ref, y: Ref): Ref => {
  const [ax, ay] = [b.abs(x), b.abs(y)];
  const high = b.max(ax, ay);
  const low = b.div(b.min(ax, ay), b.where(b.equal(high, 0), b.like(1, high), high));
  const value = b.mul(high, b.sqrt(b.add(b.mul(low, low), 1)));
  return b.where(b.equal(high, Number.POSITIVE_INFINITY), high, value);
};

const sigmoid: Unary = (b, x) => b.unary('Sigmoid', x);
const erf = byDtype('Erf', erfDouble);

/** The sign of the quotient's remainder: `divisor`'s as Python has it, or the dividend's as C. */
export function remainder(b: GraphBuilder, x: Ref, y: Ref, of: 'dividend' | 'divisor'): Ref {
  const floating = x.dtype === 'float32' || x.dtype === 'float64';
  if (!floating) return b.binary('Mod', x, y, { fmod: of === 'dividend' ? 1 : 0 });
  const rest = b.binary('Mod', x, y, { fmod: 1 });
  if (of === 'dividend') return rest;
  const crosses = b.and(b.not(b.equal(rest, 0)), b.op('Xor', [b.less(rest, 0), b.less(y, 0)], 'bool', rest.shape));
  return b.where(crosses, b.add(rest, y), rest);
}

/** Python's floor division. */
export function floorQuotient(b: GraphBuilder, x: Ref, y: Ref): Ref {
  const floating = x.dtype === 'float32' || x.dtype === 'float64';
  const rest = remainder(b, x, y, 'divisor');
  if (!floating) return b.div(b.sub(x, rest), y);
  const quotient = b.unary('Round', b.div(b.sub(x, rest), y));
  return b.where(b.equal(y, 0), b.div(x, y), quotient);
}

export const FUNCTIONS: Readonly<Partial<Record<FunctionName, (b: GraphBuilder, x: Ref, y: Ref) => Ref>>> = {
  fround: (b, x) => b.cast(b.cast(x, 'float32'), x.dtype),
  exp: (b, x) => b.exp(x),
  exp2: (b, x) => b.binary('Pow', b.like(2, x), x),
  expm1,
  log: (b, x) => b.log(x),
  log1p,
  log2: logOf(Math.LOG2E),
  log10: logOf(Math.LOG10E),
  sin: (b, x) => b.unary('Sin', x),
  cos: (b, x) => b.unary('Cos', x),
  tan: byDtype('Tan', (b, x) => b.div(b.unary('Sin', x), b.unary('Cos', x))),
  asin,
  acos,
  atan,
  atan2,
  sinh,
  cosh,
  tanh: (b, x) => b.unary('Tanh', x),
  sigmoid,
  softplusTail: (b, x) => log1p(b, b.exp(b.neg(b.abs(x)))),
  asinh,
  acosh,
  atanh,
  fmod: (b, x, y) => remainder(b, x, y, 'dividend'),
  remainder: (b, x, y) => remainder(b, x, y, 'divisor'),
  floorQuotient,
  hypot,
  pow: (b, x, y) => b.binary('Pow', x, y),
  erf,
  erfc,
  erfinv,
  erfcx,
  ndtr,
  gelu: (b, x) => b.mul(x, b.mul(b.add(erf(b, b.mul(x, Math.SQRT1_2)), 1), 0.5)),
  geluSlope: (b, x) =>
    b.add(
      b.mul(b.add(erf(b, b.mul(x, Math.SQRT1_2)), 1), 0.5),
      b.mul(x, b.mul(b.exp(b.mul(b.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))),
    ),
  logNdtr,
  lgamma,
  digamma,
};
