/** Derivatives of expressions, with the conventions of PyTorch's derivatives.yaml at kinks. */
import { either, less, minus, ONE, over, plus, power, times, ZERO } from './algebra.ts';
import type { FunctionName } from './expression.ts';
import {
  abs,
  call,
  constant,
  type DefinedName,
  type Expression,
  exp,
  floor,
  gt,
  log,
  lt,
  mul,
  neg,
  rsqrt,
  sigmoid,
  sign,
  trunc,
} from './expression.ts';

/** By argument. What a rule does not name has a derivative of 0. */
type Rule = (args: readonly Expression[], self: Expression) => readonly Expression[];

const number = constant;
const squared = (x: Expression): Expression => times(x, x);
/** The density of the standard normal distribution. */
const density = (x: Expression): Expression =>
  times(number(1 / Math.sqrt(2 * Math.PI)), exp(times(number(-0.5), squared(x))));
const bell = (scale: number, x: Expression): Expression => times(number(scale), exp(minus(squared(x))));
const inverse = (x: Expression): Expression => over(ONE, x);

const FLAT: Rule = () => [];

const FUNCTIONS: Readonly<Record<FunctionName, Rule>> = {
  fround: () => [ONE],
  exp: (_, y) => [y],
  exp2: (_, y) => [times(y, number(Math.LN2))],
  expm1: (_, y) => [plus(y, ONE)],
  log: ([x]) => [inverse(x)],
  log1p: ([x]) => [inverse(plus(x, ONE))],
  log2: ([x]) => [inverse(times(x, number(Math.LN2)))],
  log10: ([x]) => [inverse(times(x, number(Math.LN10)))],
  sin: ([x]) => [call('cos', x)],
  cos: ([x]) => [neg(call('sin', x))],
  tan: (_, y) => [plus(squared(y), ONE)],
  asin: ([x]) => [rsqrt(less(ONE, squared(x)))],
  acos: ([x]) => [neg(rsqrt(less(ONE, squared(x))))],
  atan: ([x]) => [inverse(plus(squared(x), ONE))],
  atan2: ([y, x]) => [over(x, plus(squared(x), squared(y))), over(minus(y), plus(squared(x), squared(y)))],
  sinh: ([x]) => [call('cosh', x)],
  cosh: ([x]) => [call('sinh', x)],
  tanh: (_, y) => [less(ONE, squared(y))],
  sigmoid: (_, y) => [times(y, less(ONE, y))],
  softplusTail: ([x]) => [minus(times(sign(x), sigmoid(neg(abs(x)))))],
  asinh: ([x]) => [rsqrt(plus(squared(x), ONE))],
  acosh: ([x]) => [rsqrt(less(squared(x), ONE))],
  atanh: ([x]) => [inverse(less(ONE, squared(x)))],
  fmod: ([x, y]) => [ONE, minus(trunc(over(x, y)))],
  remainder: ([x, y]) => [ONE, minus(floor(over(x, y)))],
  floorQuotient: FLAT,
  hypot: ([x, y], z) => [over(x, z), over(y, z)],
  pow: ([x, y], z) => [times(y, power(x, less(y, ONE))), times(z, log(x))],
  erf: ([x]) => [bell(2 / Math.sqrt(Math.PI), x)],
  erfc: ([x]) => [bell(-2 / Math.sqrt(Math.PI), x)],
  erfinv: (_, y) => [times(number(Math.sqrt(Math.PI) / 2), exp(squared(y)))],
  erfcx: ([x], y) => [less(times(times(number(2), x), y), number(2 / Math.sqrt(Math.PI)))],
  ndtr: ([x]) => [density(x)],
  gelu: ([x]) => [call('geluSlope', x)],
  geluSlope: ([x]) => [times(density(x), less(number(2), squared(x)))],
  logNdtr: ([x]) => [over(number(Math.sqrt(2 / Math.PI)), call('erfcx', mul(x, -Math.SQRT1_2)))],
  lgamma: ([x]) => [call('digamma', x)],
  digamma: ([x]) => [call('polygamma', 1, x)],
  polygamma: ([n, x]) => [ZERO, call('polygamma', plus(n, ONE), x)],
  i0: ([x]) => [call('i1', x)],
  i0e: ([x], y) => [less(call('i1e', x), times(sign(x), y))],
  i1: ([x], y) => [less(call('i0', x), over(y, x))],
  i1e: ([x], y) => [less(call('i0e', x), times(y, plus(sign(x), inverse(x))))],
};

const DEFINED: Readonly<Record<DefinedName, Rule>> = {
  sign: FLAT,
  rsqrt: (_, y) => [times(number(-0.5), times(y, squared(y)))],
  softplus: ([x]) => [sigmoid(x)],
  logSigmoid: ([x]) => [sigmoid(minus(x))],
};

/** Of two that are equal each has half, as of PyTorch's maximum and minimum. */
const extremum = (wins: Expression, loses: Expression): readonly Expression[] => {
  const part = (a: Expression, b: Expression): Expression => either(a, ONE, either(b, ZERO, number(0.5)));
  return [part(wins, loses), part(loses, wins)];
};

const ARITHMETIC: Readonly<Record<string, Rule>> = {
  add: () => [ONE, ONE],
  sub: () => [ONE, number(-1)],
  mul: ([a, b]) => [b, a],
  neg: () => [number(-1)],
  max: ([a, b]) => extremum(gt(a, b), lt(a, b)),
  min: ([a, b]) => extremum(lt(a, b), gt(a, b)),
  abs: ([a]) => [sign(a)],
  sqrt: (_, y) => [inverse(times(number(2), y))],
};

function ruleOf(e: Exclude<Expression, { kind: 'operand' | 'constant' | 'select' }>): Rule {
  if (e.kind === 'function') return FUNCTIONS[e.name];
  if (e.kind === 'defined') return DEFINED[e.name];
  return ARITHMETIC[e.name] ?? FLAT;
}

/** The derivative of an expression with respect to its `index`-th operand, simplified. */
export function derivativeOf(e: Expression, index: number): Expression {
  const known = new Map<Expression, Expression>();
  const slope = (part: Expression): Expression => {
    let found = known.get(part);
    if (found === undefined) {
      found = make(part);
      known.set(part, found);
    }
    return found;
  };
  const make = (part: Expression): Expression => {
    if (part.kind === 'operand') return part.index === index ? ONE : ZERO;
    if (part.kind === 'constant') return ZERO;
    if (part.kind === 'select') {
      const [condition, then, otherwise] = part.args;
      return either(condition, slope(then), slope(otherwise));
    }
    const inner = part.args.map(slope);
    if (inner.every((s) => s === ZERO)) return ZERO;
    if (part.kind === 'arithmetic' && part.name === 'div') {
      const [a, b] = part.args;
      const [da, db] = inner;
      if (db === ZERO) return over(da, b);
      if (da === ZERO) return minus(over(times(a, db), times(b, b)));
      return over(less(times(da, b), times(a, db)), times(b, b));
    }
    const outer = ruleOf(part)(part.args, part);
    return inner.map((s, i) => (s === ZERO ? ZERO : times(outer[i] ?? ZERO, s))).reduce(plus);
  };
  return slope(e);
}
