/** Pointwise ops, comparisons and activations that are no one expression. */
import { type DType, isFloating, resultType } from '../../../tensor/dtype.ts';
import { type Scalar, scalarToNumber } from '../../../tensor/scalar.ts';
import { operandOf, type Tensor } from '../../../tensor/tensor.ts';
import { type GraphBuilder, type Ref, Unsupported } from './builder.ts';
import { type Call, computed, type Rule } from './call.ts';
import { FUNCTIONS, floorQuotient, remainder, trigamma } from './functions.ts';

/** The dtype in which two operands are compared. */
function commonDtype(call: Call, ...keys: readonly string[]): DType {
  return computed(resultType(keys.map((key) => operandOf(call.args[key] as Tensor | Scalar))));
}

const one =
  (write: (b: GraphBuilder, x: Ref, call: Call) => Ref): Rule =>
  (b, call) =>
    write(b, call.tensor('input', call.dtype), call);

/** Of two operands in the result's dtype. */
const two =
  (write: (b: GraphBuilder, x: Ref, y: Ref, call: Call) => Ref, other = 'other'): Rule =>
  (b, call) =>
    write(b, call.operand('input', call.dtype), call.operand(other, call.dtype), call);

/** Comparisons of bools are of 0 and 1. */
const comparable = (b: GraphBuilder, x: Ref): Ref => (x.dtype === 'bool' ? b.cast(x, 'int32') : x);

const compared =
  (operator: string, not = false): Rule =>
  (b, call) => {
    const dtype = commonDtype(call, 'input', 'other');
    const [x, y] = ['input', 'other'].map((key) => comparable(b, call.operand(key, dtype)));
    const made = b.compare(operator, x, y);
    return not ? b.not(made) : made;
  };

const logical =
  (operator: string): Rule =>
  (b, call) =>
    b.compare(operator, call.tensor('input', 'bool'), call.tensor('other', 'bool'));

const alphaOf = (call: Call): number => call.number('alpha', 1);
const scaled = (b: GraphBuilder, x: Ref, alpha: number): Ref => (alpha === 1 ? x : b.mul(x, alpha));

const add: Rule = two((b, x, y, call) => {
  if (call.dtype === 'bool') return alphaOf(call) === 0 ? b.or(x, b.and(y, b.not(y))) : b.or(x, y);
  return b.add(x, scaled(b, y, alphaOf(call)));
});

const divide: Rule = (b, call) => {
  const mode = call.attr<string | null | undefined>('roundingMode');
  const [x, y] = [call.operand('input', call.dtype), call.operand('other', call.dtype)];
  if (mode === 'floor') return floorQuotient(b, x, y);
  return mode === 'trunc' ? (isFloating(call.dtype) ? b.trunc(b.div(x, y)) : b.div(x, y)) : b.div(x, y);
};

/** Bits as whole numbers, taken apart: ONNX has no such operators before opset 18. */
const bitwise =
  (combine: (b: GraphBuilder, x: Ref, y: Ref) => Ref): Rule =>
  (b, call) => {
    const [x, y] = [call.operand('input', call.dtype), call.operand('other', call.dtype)];
    if (call.dtype === 'bool') return combine(b, x, y);
    const width = { int64: 64, int32: 32, int16: 16, int8: 8, uint8: 8 }[call.dtype as string] as number;
    // A negative number is its bits' number less 2^width: its bits come from floor divisions.
    const powers = Array.from({ length: width }, (_, i) => BigInt.asIntN(64, 1n << BigInt(i)));
    const [xs, ys] = [x, y].map((v) => bitsOf(b, b.unsqueeze(b.cast(v, 'int64'), -1), width));
    const bits = b.cast(combine(b, xs, ys), 'int64');
    powers[width - 1] = call.dtype === 'uint8' ? 128n : -(1n << BigInt(width - 1));
    const sum = b.sum(b.mul(bits, b.const(powers, [width], 'int64')), [-1]);
    return b.cast(sum, call.dtype);
  };

function bitsOf(b: GraphBuilder, x: Ref, width: number): Ref {
  const powers = Array.from({ length: width - 1 }, (_, i) => 1n << BigInt(i));
  const low = floorQuotient(b, x, b.const(powers, [width - 1], 'int64'));
  const bits = b.equal(remainder(b, low, b.scalar(2, 'int64'), 'divisor'), 1);
  // The highest bit is the sign, or of a byte the eighth.
  const high = width === 8 ? b.or(b.less(x, 0), b.greaterEqual(x, 128)) : b.less(x, 0);
  return b.concat([bits, high], x.rank - 1);
}

const shifted =
  (left: boolean): Rule =>
  (b, call) => {
    const [x, y] = [call.operand('input', 'int64'), call.operand('other', 'int64')];
    const power = b.cast(b.binary('Pow', b.scalar(2, 'int64'), y), 'int64');
    return b.cast(left ? b.mul(x, power) : floorQuotient(b, x, power), call.dtype);
  };

const clamp =
  (...keys: readonly ('min' | 'max')[]): Rule =>
  (b, call) => {
    let x = call.tensor('input', call.dtype);
    for (const key of keys) {
      if (call.args[key] === undefined || call.args[key] === null) continue;
      const bound = call.operand(key, call.dtype);
      x = key === 'min' ? b.max(x, bound) : b.min(x, bound);
    }
    return b.expand(x, call.shape);
  };

/** The other where one is NaN. */
const ignoringNan =
  (kind: 'max' | 'min'): Rule =>
  (b, call) => {
    const [x, y] = [call.operand('input', call.dtype), call.operand('other', call.dtype)];
    if (!isFloating(call.dtype)) return b[kind](x, y);
    return b.where(b.isNan(x), y, b.where(b.isNan(y), x, b[kind](x, y)));
  };

/** Set where a number is negative, −0 included. */
const signbit = (b: GraphBuilder, x: Ref): Ref =>
  x.dtype === 'bool'
    ? b.and(x, b.not(x))
    : isFloating(x.dtype)
      ? b.or(b.less(x, 0), b.less(b.div(b.like(1, x), x), 0))
      : b.less(x, 0);

const gcd = (b: GraphBuilder, x: Ref, y: Ref): Ref => {
  // Euclid's algorithm takes no more steps than this for numbers of 64 bits.
  let [high, low] = [b.abs(x), b.abs(y)];
  for (let i = 0; i < 93; i++) {
    const zero = b.equal(low, 0);
    const rest = b.binary('Mod', high, b.where(zero, b.like(1, low), low));
    [high, low] = [b.where(zero, high, low), b.where(zero, low, rest)];
  }
  return high;
};

const cast: Rule = (b, call) => {
  const x = call.tensor('input');
  // Floats beyond an integer's range are nobody's to say; NaN is told from zero only as a bool.
  return b.cast(x, call.dtype);
};

const power: Rule = (b, call) => {
  const [x, y] = [call.operand('input', call.dtype), call.operand('exponent', call.dtype)];
  const exponent = call.maybe('exponent') === undefined ? call.number('exponent') : undefined;
  if (exponent === 2) return b.mul(x, x);
  if (exponent === 1) return b.expand(x, call.shape);
  if (exponent === 0.5 && isFloating(call.dtype)) return b.sqrt(x);
  return b.binary('Pow', x, y);
};

const nanToNum: Rule = (b, call) => {
  const x = call.tensor('input', call.dtype);
  if (!isFloating(x.dtype)) return x;
  const most = x.dtype === 'float64' ? Number.MAX_VALUE : 3.4028234663852886e38;
  const [nan, high, low] = [call.number('nan', 0), call.number('posinf', most), call.number('neginf', -most)];
  const finite = b.where(
    b.equal(x, Number.POSITIVE_INFINITY),
    b.like(high, x),
    b.where(b.equal(x, Number.NEGATIVE_INFINITY), b.like(low, x), x),
  );
  return b.where(b.isNan(x), b.like(nan, x), finite);
};

const infinite =
  (value: number): Rule =>
  (b, call) => {
    const x = call.tensor('input');
    if (!isFloating(x.dtype)) return b.filled(0, x.shape, 'bool');
    return b.equal(value === 0 ? b.abs(x) : x, value === 0 ? Number.POSITIVE_INFINITY : value);
  };

const isClose: Rule = (b, call) => {
  const dtype = commonDtype(call, 'input', 'other');
  const inner: DType = isFloating(dtype) ? dtype : 'float64';
  const [x, y] = [call.operand('input', inner), call.operand('other', inner)];
  const allowed = b.add(b.mul(b.abs(y), call.number('rtol')), call.number('atol'));
  const distance = b.abs(b.sub(x, y));
  const near = b.and(b.lessEqual(distance, allowed), b.less(distance, Number.POSITIVE_INFINITY));
  const close = b.or(b.equal(x, y), near);
  return call.flag('equalNan') ? b.or(close, b.and(b.isNan(x), b.isNan(y))) : close;
};

const isIn: Rule = (b, call) => {
  const dtype = commonDtype(call, 'elements', 'testElements');
  const x = comparable(b, call.operand('elements', dtype));
  const tests = comparable(b, call.operand('testElements', dtype));
  const equal = b.equal(b.unsqueeze(x, -1), b.reshape(tests, [tests.numel]));
  const found = b.greater(b.reduce('Max', b.cast(equal, 'int32'), [-1]), 0);
  return call.flag('invert') ? b.not(found) : found;
};

const lerp: Rule = (b, call) => {
  const [x, end, weight] = ['input', 'end', 'weight'].map((key) => call.operand(key, call.dtype));
  // From each end by the shorter way, as PyTorch goes.
  const rest = b.sub(end, x);
  const near = b.add(x, b.mul(weight, rest));
  const far = b.sub(end, b.mul(rest, b.sub(b.like(1, weight), weight)));
  return b.where(b.less(b.abs(weight), 0.5), near, far);
};

const round: Rule = (b, call) => {
  const x = call.tensor('input', call.dtype);
  const decimals = call.number('decimals', 0);
  if (!isFloating(x.dtype)) return x;
  if (decimals === 0) return b.unary('Round', x);
  const scale = 10 ** Math.abs(decimals);
  return decimals > 0
    ? b.div(b.unary('Round', b.mul(x, scale)), scale)
    : b.mul(b.unary('Round', b.div(x, scale)), scale);
};

const xlogy =
  (log: (b: GraphBuilder, y: Ref) => Ref): Rule =>
  (b, call) => {
    const [x, y] = [call.operand('input', call.dtype), call.operand('other', call.dtype)];
    const value = b.where(b.equal(x, 0), b.like(0, x), b.mul(x, log(b, y)));
    return b.where(b.isNan(y), b.add(y, b.mul(x, 0)), value);
  };

const logit: Rule = (b, call) => {
  let x = call.tensor('input', call.dtype);
  const eps = call.args.eps;
  if (eps !== undefined && eps !== null) {
    const bound = scalarToNumber(eps as Scalar);
    x = b.min(b.max(x, bound), 1 - bound);
  }
  return b.log(b.div(x, b.sub(b.like(1, x), x)));
};

const heaviside: Rule = two(
  (b, x, values) =>
    b.where(
      b.equal(x, 0),
      values,
      isFloating(x.dtype) ? b.where(b.isNan(x), x, b.cast(b.greater(x, 0), x.dtype)) : b.cast(b.greater(x, 0), x.dtype),
    ),
  'values',
);

const where: Rule = (b, call) => {
  const condition = call.tensor('condition', 'bool');
  if (call.dtype === 'bool') {
    const [x, y] = ['input', 'other'].map((key) => b.cast(call.operand(key, 'bool'), 'uint8'));
    return b.cast(b.where(condition, x, y), 'bool');
  }
  return b.where(condition, call.operand('input', call.dtype), call.operand('other', call.dtype));
};

const tanhSlope = (b: GraphBuilder, x: Ref): { t: Ref; inner: Ref } => {
  const cube = b.mul(b.mul(x, x), x);
  const inner = b.mul(b.add(x, b.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI));
  return { t: b.unary('Tanh', inner), inner };
};

const gelu: Rule = (b, call) => {
  const x = call.tensor('input', call.dtype);
  if (call.attr('approximate') !== 'tanh') return (FUNCTIONS.gelu as (b: GraphBuilder, x: Ref) => Ref)(b, x);
  return b.mul(b.mul(x, 0.5), b.add(tanhSlope(b, x).t, 1));
};

const geluBackward: Rule = (b, call) => {
  const [g, x] = [call.tensor('gradOutput', call.dtype), call.tensor('self', call.dtype)];
  if (call.attr('approximate') !== 'tanh')
    return b.mul(g, (FUNCTIONS.geluSlope as (b: GraphBuilder, x: Ref) => Ref)(b, x));
  const { t } = tanhSlope(b, x);
  const slope = b.mul(b.add(b.mul(b.mul(x, x), 3 * 0.044715), 1), Math.sqrt(2 / Math.PI));
  const right = b.mul(b.mul(b.mul(x, 0.5), b.sub(b.like(1, t), b.mul(t, t))), slope);
  return b.mul(g, b.add(b.mul(b.add(t, 1), 0.5), right));
};

const prelu: Rule = (b, call) => {
  const [x, weight] = [call.tensor('input'), call.tensor('weight')];
  // One weight, or one for each channel, the second dimension.
  const slope =
    weight.numel === 1
      ? b.reshape(weight, [])
      : b.reshape(weight, [weight.numel, ...Array<number>(Math.max(0, x.rank - 2)).fill(1)]);
  return b.binary('PRelu', x, slope);
};

const glu: Rule = (b, call) => {
  const x = call.tensor('input');
  const [dim] = call.dims('dim', x.rank);
  const half = x.shape[dim] / 2;
  const [left, gate] = [b.slice(x, dim, 0, half), b.slice(x, dim, half, 2 * half)];
  return b.mul(left, b.unary('Sigmoid', gate));
};

const rrelu: Rule = (b, call) => {
  const x = call.tensor('input');
  const noise = call.maybe('noise');
  if (call.flag('training') && noise !== undefined) return b.mul(x, noise);
  const slope = (call.number('lower') + call.number('upper')) / 2;
  return b.where(b.lessEqual(x, 0), b.mul(x, slope), x);
};

/** The digamma function and its derivative: all that gradients of the first order ask for. */
const polygamma: Rule = (b, call) => {
  const n = call.number('n');
  const x = call.tensor('input', 'float64');
  if (n === 0) return b.cast((FUNCTIONS.digamma as (b: GraphBuilder, x: Ref) => Ref)(b, x), call.dtype);
  if (n === 1) return b.cast(trigamma(b, x), call.dtype);
  throw new Unsupported(`of order ${n} it is a series of its own`);
};

/** Polynomials by the recurrence of their family, of a degree that is a number. */
const recurrence =
  (
    first: (b: GraphBuilder, x: Ref) => Ref,
    next: (b: GraphBuilder, x: Ref, p: Ref, q: Ref, k: number) => Ref,
    shift = false,
  ): Rule =>
  (b, call) => {
    const inner = b.cast(call.operand('input', call.dtype), 'float64');
    const x = shift ? b.sub(b.mul(inner, 2), 1) : inner;
    const n = Math.trunc(call.number('n'));
    if (n > 200) throw new Unsupported(`a polynomial of degree ${n} has too many terms`);
    if (n < 0) return b.filled(0, call.shape, call.dtype);
    let before: Ref = b.filled(1, x.shape, 'float64');
    let at = n === 0 ? before : first(b, x);
    for (let k = 1; k < n; k++) [before, at] = [at, next(b, x, at, before, k)];
    return b.expand(b.cast(at, call.dtype), call.shape);
  };

const chebyshev = (a: number, c: number, shift = false): Rule =>
  recurrence(
    (b, x) => (c === 0 ? b.mul(x, a) : b.add(b.mul(x, a), c)),
    (b, x, p, q) => b.sub(b.mul(b.mul(x, p), 2), q),
    shift,
  );

const nextAfter: Rule = () => {
  throw new Unsupported('ONNX cannot reach the bits of a number');
};

export const POINTWISE: Readonly<Record<string, Rule>> = {
  abs: one((b, x) => (x.dtype === 'bool' ? x : b.abs(x))),
  add,
  sub: two((b, x, y, call) => b.sub(x, scaled(b, y, alphaOf(call)))),
  rsub: two((b, x, y, call) => b.sub(y, scaled(b, x, alphaOf(call)))),
  mul: two((b, x, y, call) => (call.dtype === 'bool' ? b.and(x, y) : b.mul(x, y))),
  div: divide,
  floor_divide: two((b, x, y) => floorQuotient(b, x, y)),
  remainder: two((b, x, y) => remainder(b, x, y, 'divisor')),
  fmod: two((b, x, y) => remainder(b, x, y, 'dividend')),
  pow: power,
  addcmul: (b, call) => {
    const [x, p, q] = ['input', 'tensor1', 'tensor2'].map((key) => call.tensor(key, call.dtype));
    return b.add(x, scaled(b, b.mul(p, q), call.number('value', 1)));
  },
  addcdiv: (b, call) => {
    const [x, p, q] = ['input', 'tensor1', 'tensor2'].map((key) => call.tensor(key, call.dtype));
    return b.add(x, scaled(b, b.div(p, q), call.number('value', 1)));
  },
  neg: one((b, x) => b.neg(x)),
  positive: one((_, x) => x),
  clone: one((_, x) => x),
  contiguous: one((_, x) => x),
  alias: one((_, x) => x),
  detach: one((_, x) => x),
  with_data: (_, call) => call.tensor('data'),
  to: cast,
  ceil: one((b, x) => b.ceil(x)),
  floor: one((b, x) => b.floor(x)),
  trunc: one((b, x) => b.trunc(x)),
  frac: one((b, x) => b.sub(x, b.trunc(x))),
  round,
  sign: one((b, x) => (x.dtype === 'bool' ? x : isFloating(x.dtype) ? signOrZero(b, x) : b.unary('Sign', x))),
  sgn: one((b, x) => (x.dtype === 'bool' ? x : isFloating(x.dtype) ? signOrZero(b, x) : b.unary('Sign', x))),
  signbit: (b, call) => signbit(b, call.tensor('input')),
  copysign: two((b, x, y) => b.where(signbit(b, y), b.neg(b.abs(x)), b.abs(x))),
  clamp: clamp('min', 'max'),
  clamp_min: clamp('min'),
  clamp_max: clamp('max'),
  maximum: two((b, x, y) => (x.dtype === 'bool' ? b.or(x, y) : b.max(x, y))),
  minimum: two((b, x, y) => (x.dtype === 'bool' ? b.and(x, y) : b.min(x, y))),
  fmax: ignoringNan('max'),
  fmin: ignoringNan('min'),
  gcd: two(gcd),
  lcm: two((b, x, y) => {
    const divisor = gcd(b, x, y);
    const zero = b.equal(divisor, 0);
    const safe = b.where(zero, b.like(1, divisor), divisor);
    return b.where(zero, b.like(0, divisor), b.abs(b.mul(b.div(x, safe), y)));
  }),
  bitwise_and: bitwise((b, x, y) => b.and(x, y)),
  bitwise_or: bitwise((b, x, y) => b.or(x, y)),
  bitwise_xor: bitwise((b, x, y) => b.compare('Xor', x, y)),
  bitwise_not: one((b, x) =>
    x.dtype === 'bool'
      ? b.not(x)
      : x.dtype === 'uint8'
        ? b.cast(b.sub(b.scalar(255, 'int32'), b.cast(x, 'int32')), 'uint8')
        : b.sub(b.neg(x), 1),
  ),
  bitwise_left_shift: shifted(true),
  bitwise_right_shift: shifted(false),
  nan_to_num: nanToNum,
  lerp,
  logit,
  heaviside,
  where,
  xlogy: xlogy((b, y) => b.log(y)),
  xlog1py: xlogy((b, y) => (FUNCTIONS.log1p as (b: GraphBuilder, x: Ref) => Ref)(b, y)),
  piecewise_backward: (_, call) => call.tensor('gradOutput'),
  nextafter: nextAfter,
  gelu,
  gelu_backward: geluBackward,
  prelu,
  glu,
  rrelu_with_noise: rrelu,
  polygamma,
  eq: compared('Equal'),
  ne: compared('Equal', true),
  lt: compared('Less'),
  le: compared('LessOrEqual'),
  gt: compared('Greater'),
  ge: compared('GreaterOrEqual'),
  isclose: isClose,
  isin: isIn,
  isnan: (b, call) => {
    const x = call.tensor('input');
    return isFloating(x.dtype) ? b.isNan(x) : b.filled(0, x.shape, 'bool');
  },
  isinf: infinite(0),
  isposinf: infinite(Number.POSITIVE_INFINITY),
  isneginf: infinite(Number.NEGATIVE_INFINITY),
  isfinite: (b, call) => {
    const x = call.tensor('input');
    return isFloating(x.dtype) ? b.less(b.abs(x), Number.POSITIVE_INFINITY) : b.filled(1, x.shape, 'bool');
  },
  logical_and: logical('And'),
  logical_or: logical('Or'),
  logical_xor: logical('Xor'),
  logical_not: (b, call) => b.not(call.tensor('input', 'bool')),
  chebyshev_polynomial_t: chebyshev(1, 0),
  chebyshev_polynomial_u: chebyshev(2, 0),
  chebyshev_polynomial_v: chebyshev(2, -1),
  chebyshev_polynomial_w: chebyshev(2, 1),
  shifted_chebyshev_polynomial_t: chebyshev(1, 0, true),
  shifted_chebyshev_polynomial_u: chebyshev(2, 0, true),
  shifted_chebyshev_polynomial_v: chebyshev(2, -1, true),
  shifted_chebyshev_polynomial_w: chebyshev(2, 1, true),
  hermite_polynomial_h: recurrence(
    (b, x) => b.mul(x, 2),
    (b, x, p, q, k) => b.sub(b.mul(b.mul(x, p), 2), b.mul(q, 2 * k)),
  ),
  hermite_polynomial_he: recurrence(
    (_, x) => x,
    (b, x, p, q, k) => b.sub(b.mul(x, p), b.mul(q, k)),
  ),
  laguerre_polynomial_l: recurrence(
    (b, x) => b.sub(b.like(1, x), x),
    (b, x, p, q, k) => b.div(b.sub(b.mul(b.sub(b.like(2 * k + 1, x), x), p), b.mul(q, k)), k + 1),
  ),
  legendre_polynomial_p: recurrence(
    (_, x) => x,
    (b, x, p, q, k) => b.div(b.sub(b.mul(b.mul(x, p), 2 * k + 1), b.mul(q, k)), k + 1),
  ),
};

function signOrZero(b: GraphBuilder, x: Ref): Ref {
  return b.sub(b.cast(b.greater(x, 0), x.dtype), b.cast(b.less(x, 0), x.dtype));
}
