/**
 * Formulas of pointwise ops as data: a scalar expression of its operands, written once. The plain
 * TypeScript function of it, which runs over few or oddly laid elements and is the reference in tests,
 * and the WebAssembly kernels for every dtype and layout are all made from it.
 *
 * @example
 * const SOFTSIGN = formula((x) => div(x, add(1, abs(x))));
 * SOFTSIGN.number(-3); // -0.75
 */
import { type FUNCTIONS, roundEven } from './functions.ts';

/** What a kernel can do with vectors of numbers in one instruction. */
export const ARITHMETIC = {
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
export const COMPARISONS = {
  lt: (a: number, b: number) => (a < b ? 1 : 0),
  le: (a: number, b: number) => (a <= b ? 1 : 0),
  gt: (a: number, b: number) => (a > b ? 1 : 0),
  ge: (a: number, b: number) => (a >= b ? 1 : 0),
  eq: (a: number, b: number) => (a === b ? 1 : 0),
  ne: (a: number, b: number) => (a !== b ? 1 : 0),
} as const;

export const LOGIC = {
  and: (a: number, b: number) => (a !== 0 && b !== 0 ? 1 : 0),
  or: (a: number, b: number) => (a !== 0 || b !== 0 ? 1 : 0),
  not: (a: number) => (a === 0 ? 1 : 0),
} as const;

export type ArithmeticName = keyof typeof ARITHMETIC;
export type ComparisonName = keyof typeof COMPARISONS;
export type LogicName = keyof typeof LOGIC;
export type FunctionName = keyof typeof FUNCTIONS;

/** Functions that are written in others. */
export type DefinedName = 'sign' | 'rsqrt' | 'softplus' | 'logSigmoid';

interface Numbered {
  /** Equal expressions are one object: what is written twice is computed once. */
  readonly id: number;
}

export type Expression = Numbered &
  (
    | { readonly kind: 'operand'; readonly index: number }
    | { readonly kind: 'constant'; readonly value: number }
    | { readonly kind: 'arithmetic'; readonly name: ArithmeticName; readonly args: readonly Expression[] }
    | { readonly kind: 'function'; readonly name: FunctionName; readonly args: readonly Expression[] }
    | { readonly kind: 'comparison'; readonly name: ComparisonName; readonly args: readonly Expression[] }
    | { readonly kind: 'logic'; readonly name: LogicName; readonly args: readonly Expression[] }
    /** The second where the first, a mask, is set, else the third. */
    | { readonly kind: 'select'; readonly args: readonly [Expression, Expression, Expression] }
    /** Computed as `body`; differentiated and written as what it is called. */
    | {
        readonly kind: 'defined';
        readonly name: DefinedName;
        readonly args: readonly [Expression];
        readonly body: Expression;
      }
  );

/** A part of a formula: an expression, or a number. */
export type Term = Expression | number;

type Unnumbered = Expression extends infer E ? (E extends Numbered ? Omit<E, 'id'> : never) : never;

const known = new Map<string, Expression>();

/** The one object of an expression. They are made while modules load, and are as many as formulas need. */
function one(key: string, e: Unnumbered): Expression {
  let found = known.get(key);
  if (found === undefined) {
    found = { ...e, id: known.size } as Expression;
    known.set(key, found);
  }
  return found;
}

export const constant = (value: number): Expression =>
  one(`constant ${Object.is(value, -0) ? '-0' : value}`, { kind: 'constant', value });
export const operand = (index: number): Expression => one(`operand ${index}`, { kind: 'operand', index });

const lift = (term: Term): Expression => (typeof term === 'number' ? constant(term) : term);
const keyOf = (name: string, args: readonly Expression[]): string => `${name} ${args.map((a) => a.id).join()}`;

/** An expression that has arguments. */
export type Composed = Exclude<Expression, { readonly kind: 'operand' | 'constant' }>;

/** The same of other arguments. */
export function withArgs(e: Composed, args: readonly Expression[]): Expression {
  if (e.kind === 'defined') return DEFINED[e.name](args[0]);
  return one(keyOf(e.kind === 'select' ? 'select' : e.name, args), { ...e, args } as Unnumbered);
}

/** The numbers that stand in an expression, as kernels compute it. */
export function constantsOf(e: Expression, found = new Set<number>()): Set<number> {
  if (e.kind === 'constant') found.add(e.value);
  else if (e.kind === 'defined') constantsOf(e.body, found);
  else if (e.kind !== 'operand') for (const arg of e.args) constantsOf(arg, found);
  return found;
}

const make = (
  kind: 'arithmetic' | 'comparison' | 'logic' | 'function',
  name: string,
  terms: readonly Term[],
): Expression => {
  const args = terms.map(lift);
  return one(keyOf(name, args), { kind, name, args } as Unnumbered);
};

const unary =
  (name: ArithmeticName) =>
  (a: Term): Expression =>
    make('arithmetic', name, [a]);
const binary =
  (name: ArithmeticName) =>
  (a: Term, b: Term): Expression =>
    make('arithmetic', name, [a, b]);
const comparison =
  (name: ComparisonName) =>
  (a: Term, b: Term): Expression =>
    make('comparison', name, [a, b]);

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

export const and = (a: Term, b: Term): Expression => make('logic', 'and', [a, b]);
export const or = (a: Term, b: Term): Expression => make('logic', 'or', [a, b]);
export const not = (a: Term): Expression => make('logic', 'not', [a]);

export const select = (condition: Expression, then: Term, otherwise: Term): Expression => {
  const args = [condition, lift(then), lift(otherwise)] as const;
  return one(keyOf('select', args), { kind: 'select', args });
};

/** A function of {@link FUNCTIONS}. */
export const call = (name: FunctionName, ...args: Term[]): Expression => make('function', name, args);

const defined =
  (name: DefinedName, write: (x: Expression) => Expression) =>
  (x: Term): Expression => {
    const args = [lift(x)] as const;
    return one(keyOf(name, args), { kind: 'defined', name, args, body: write(args[0]) });
  };

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

/** -1, 0 or 1; 0 for NaN and for either zero, as PyTorch has it. */
export const sign = defined('sign', (x) => sub(gt(x, 0), lt(x, 0)));
export const rsqrt = defined('rsqrt', (x) => div(1, sqrt(x)));
/** `log(1 + e^x)`, without overflow. */
export const softplus = defined('softplus', (x) => add(max(x, 0), softplusTail(x)));
/** `-log(1 + e^-x)`, without overflow. */
export const logSigmoid = defined('logSigmoid', (x) => sub(min(x, 0), softplusTail(x)));

const DEFINED: Readonly<Record<DefinedName, (x: Term) => Expression>> = { sign, rsqrt, softplus, logSigmoid };

/** Up to so many operands. */
export const MAX_OPERANDS = 6;

/** The operands of a formula, in order. */
export const OPERANDS: readonly Expression[] = Array.from({ length: MAX_OPERANDS }, (_, index) => operand(index));
