/**
 * Formulas of pointwise ops as data: a scalar expression of its operands, written once. The plain
 * TypeScript function of it, which runs over few or oddly laid elements and is the reference in tests,
 * and the WebAssembly kernels for every dtype and layout are all made from it.
 *
 * @example
 * const SOFTSIGN = formula((x) => div(x, add(1, abs(x))));
 * SOFTSIGN.number(-3); // -0.75
 */
import { FUNCTIONS, roundEven } from './functions.ts';

/** What a kernel can do with vectors of numbers in one instruction. */
const ARITHMETIC = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  /** NaN where either is; −0 is less than 0. */
  min: (a: number, b: number) => Math.min(a, b),
  max: (a: number, b: number) => Math.max(a, b),
  neg: (a: number) => -a,
  abs: (a: number) => Math.abs(a),
  sqrt: (a: number) => Math.sqrt(a),
  ceil: (a: number) => Math.ceil(a),
  floor: (a: number) => Math.floor(a),
  trunc: (a: number) => Math.trunc(a),
  /** To the nearest whole number, halves to the even one. */
  nearest: roundEven,
} as const;

/** Comparisons, which give a mask: 1 or 0. False where either is NaN, but for `ne`. */
const COMPARISONS = {
  lt: (a: number, b: number) => (a < b ? 1 : 0),
  le: (a: number, b: number) => (a <= b ? 1 : 0),
  gt: (a: number, b: number) => (a > b ? 1 : 0),
  ge: (a: number, b: number) => (a >= b ? 1 : 0),
  eq: (a: number, b: number) => (a === b ? 1 : 0),
  ne: (a: number, b: number) => (a !== b ? 1 : 0),
} as const;

const LOGIC = {
  and: (a: number, b: number) => (a !== 0 && b !== 0 ? 1 : 0),
  or: (a: number, b: number) => (a !== 0 || b !== 0 ? 1 : 0),
  not: (a: number) => (a === 0 ? 1 : 0),
} as const;

export type ArithmeticName = keyof typeof ARITHMETIC;
export type ComparisonName = keyof typeof COMPARISONS;
export type LogicName = keyof typeof LOGIC;
export type FunctionName = keyof typeof FUNCTIONS;

export type Expression =
  | { readonly kind: 'operand'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'arithmetic'; readonly name: ArithmeticName; readonly args: readonly Expression[] }
  | { readonly kind: 'function'; readonly name: FunctionName; readonly args: readonly Expression[] }
  | { readonly kind: 'comparison'; readonly name: ComparisonName; readonly args: readonly Expression[] }
  | { readonly kind: 'logic'; readonly name: LogicName; readonly args: readonly Expression[] }
  /** The second where the first, a mask, is set, else the third. */
  | { readonly kind: 'select'; readonly args: readonly [Expression, Expression, Expression] };

/** A part of a formula: an expression, or a number. */
export type Term = Expression | number;

const lift = (term: Term): Expression => (typeof term === 'number' ? { kind: 'constant', value: term } : term);

const unary =
  (name: ArithmeticName) =>
  (a: Term): Expression => ({ kind: 'arithmetic', name, args: [lift(a)] });
const binary =
  (name: ArithmeticName) =>
  (a: Term, b: Term): Expression => ({ kind: 'arithmetic', name, args: [lift(a), lift(b)] });
const comparison =
  (name: ComparisonName) =>
  (a: Term, b: Term): Expression => ({ kind: 'comparison', name, args: [lift(a), lift(b)] });

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
export const min = binary('min');
export const max = binary('max');
export const neg = unary('neg');
export const abs = unary('abs');
export const sqrt = unary('sqrt');
export const ceil = unary('ceil');
export const floor = unary('floor');
export const trunc = unary('trunc');
export const nearest = unary('nearest');

export const lt = comparison('lt');
export const le = comparison('le');
export const gt = comparison('gt');
export const ge = comparison('ge');
export const eq = comparison('eq');
export const ne = comparison('ne');

export const and = (a: Term, b: Term): Expression => ({ kind: 'logic', name: 'and', args: [lift(a), lift(b)] });
export const or = (a: Term, b: Term): Expression => ({ kind: 'logic', name: 'or', args: [lift(a), lift(b)] });
export const not = (a: Term): Expression => ({ kind: 'logic', name: 'not', args: [lift(a)] });

export const select = (condition: Expression, then: Term, otherwise: Term): Expression => ({
  kind: 'select',
  args: [condition, lift(then), lift(otherwise)],
});

/** A function of {@link FUNCTIONS}. */
export const call = (name: FunctionName, ...args: Term[]): Expression => ({
  kind: 'function',
  name,
  args: args.map(lift),
});

/** x rounded to float32. */
export const fround = (x: Term): Expression => call('fround', x);
/** Set where x is NaN. */
export const isNan = (x: Expression): Expression => ne(x, x);
/** Set where x is negative, or −0. */
export const isNegative = (x: Expression): Expression => or(lt(x, 0), lt(div(1, x), 0));

export const exp = (x: Term): Expression => call('exp', x);
export const log = (x: Term): Expression => call('log', x);
export const log1p = (x: Term): Expression => call('log1p', x);
export const expm1 = (x: Term): Expression => call('expm1', x);
export const sigmoid = (x: Term): Expression => call('sigmoid', x);
/** `log(1 + e^-|x|)` */
export const softplusTail = (x: Term): Expression => call('softplusTail', x);
export const tanh = (x: Term): Expression => call('tanh', x);
export const erf = (x: Term): Expression => call('erf', x);

type Scalar = (...xs: number[]) => number;

/** The scalar functions by kind and name. */
const implementation = (e: Extract<Expression, { name: string }>): Scalar =>
  (e.kind === 'arithmetic'
    ? ARITHMETIC[e.name]
    : e.kind === 'comparison'
      ? COMPARISONS[e.name]
      : e.kind === 'logic'
        ? LOGIC[e.name]
        : FUNCTIONS[e.name].number) as Scalar;

/** One number of the operands, or a constant. */
const operandOf = (index: number): Scalar =>
  index === 0 ? (x) => x : index === 1 ? (_, y) => y : index === 2 ? (_, __, z) => z : (_, __, ___, w) => w;

/** `f(a, b)`, with no call of a function for what is an operand or a constant as it stands. */
function binaryOf(f: Scalar, a: Expression, b: Expression): Scalar {
  if (b.kind === 'constant') {
    const { value } = b;
    if (a.kind === 'operand' && a.index === 0) return (x) => f(x, value);
    const left = scalarOf(a);
    return (x, y, z, w) => f(left(x, y, z, w), value);
  }
  if (a.kind === 'constant') {
    const { value } = a;
    if (b.kind === 'operand' && b.index === 0) return (x) => f(value, x);
    const right = scalarOf(b);
    return (x, y, z, w) => f(value, right(x, y, z, w));
  }
  const right = scalarOf(b);
  if (a.kind === 'operand' && a.index === 0) return (x, y, z, w) => f(x, right(x, y, z, w));
  const left = scalarOf(a);
  return (x, y, z, w) => f(left(x, y, z, w), right(x, y, z, w));
}

/** The plain function of an expression, in doubles. */
export function scalarOf(e: Expression): Scalar {
  switch (e.kind) {
    case 'operand':
      return operandOf(e.index);
    case 'constant': {
      const { value } = e;
      return () => value;
    }
    case 'select': {
      const [condition, then, otherwise] = e.args.map(scalarOf);
      return (x, y, z, w) => (condition(x, y, z, w) ? then(x, y, z, w) : otherwise(x, y, z, w));
    }
  }
  const f = implementation(e);
  // One op of the operands as they come is that op.
  if (e.args.every((arg, i) => arg.kind === 'operand' && arg.index === i)) return f;
  const [a, b] = e.args;
  if (b !== undefined) return binaryOf(f, a, b);
  const inner = scalarOf(a);
  return (x, y, z, w) => f(inner(x, y, z, w));
}

/** Up to so many operands. */
export const MAX_OPERANDS = 4;

/** The operands of a formula, in order. */
export const OPERANDS: readonly Expression[] = Array.from({ length: MAX_OPERANDS }, (_, index) => ({
  kind: 'operand',
  index,
}));
