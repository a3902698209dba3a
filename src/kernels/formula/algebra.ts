/**
 * Sums, products and choices that are simplified as they are written: what is zero goes, what is common
 * comes out of a sum, and choices come outermost, so that what is not chosen takes no part in a product.
 */
import { abs, add, type Composed, call, constant, div, type Expression, mul, neg, select, sub } from './expression.ts';

export const ZERO = constant(0);
export const ONE = constant(1);

const isZero = (e: Expression): boolean => e.kind === 'constant' && e.value === 0;

/** `coefficient / over * the product of above / the product of below`. */
export interface Product {
  readonly coefficient: number;
  readonly over: number;
  readonly above: readonly Expression[];
  readonly below: readonly Expression[];
}

/** Whether a number is a whole one, or a fraction with a small divisor; all others are kept apart, as pi is. */
const isFraction = (x: number): boolean =>
  !Number.isFinite(x) || [1, 2, 3, 4, 5, 6, 8, 10, 12].some((k) => Number.isInteger(x * k));

export function split(e: Expression): Product {
  if (e.kind === 'constant' && e.value < 0 && !isFraction(e.value))
    return { coefficient: -1, over: 1, above: [constant(-e.value)], below: [] };
  if (e.kind === 'constant' && isFraction(e.value)) return { coefficient: e.value, over: 1, above: [], below: [] };
  if (e.kind === 'arithmetic' && e.name === 'neg') {
    const p = split(e.args[0]);
    return { ...p, coefficient: -p.coefficient };
  }
  if (e.kind === 'arithmetic' && (e.name === 'mul' || e.name === 'div')) {
    const [a, b] = e.args.map(split);
    const [c, d] = e.name === 'mul' ? [b, false] : [b, true];
    return {
      coefficient: a.coefficient * (d ? c.over : c.coefficient),
      over: a.over * (d ? c.coefficient : c.over),
      above: [...a.above, ...(d ? c.below : c.above)],
      below: [...a.below, ...(d ? c.above : c.below)],
    };
  }
  return { coefficient: 1, over: 1, above: [e], below: [] };
}

/** One list less what is in another, each as often as it is there. */
function without(list: readonly Expression[], taken: readonly Expression[]): Expression[] {
  const rest = [...list];
  for (const e of taken) {
    const at = rest.indexOf(e);
    if (at >= 0) rest.splice(at, 1);
  }
  return rest;
}

const shared = (a: readonly Expression[], b: readonly Expression[]): Expression[] => without(a, without(a, b));

/** Whole numbers are kept in a fraction that is in lowest terms, if it is one of a whole number or its inverse. */
function reduced(coefficient: number, over: number): [number, number] {
  const [c, o] = over < 0 ? [-coefficient, -over] : [coefficient, over];
  if (Number.isInteger(c / o)) return [c / o, 1];
  if (Number.isInteger(o / c)) return [Math.sign(c), o / Math.abs(c)];
  return [c, o];
}

/** A number times its sign is its size. */
function sized(factors: readonly Expression[]): readonly Expression[] {
  for (const e of factors) {
    if (e.kind === 'defined' && e.name === 'sign' && factors.includes(e.args[0]))
      return sized([...without(factors, [e, e.args[0]]), abs(e.args[0])]);
  }
  return factors;
}

/** Numbers first. */
function chain(factors: readonly Expression[]): Expression {
  const constants = factors.filter((e) => e.kind === 'constant');
  const ordered = [...constants, ...factors.filter((e) => e.kind !== 'constant')];
  return ordered.length === 0 ? ONE : ordered.reduce((a, b) => mul(a, b));
}

function join(p: Product): Expression {
  const common = shared(p.above, p.below);
  const above = sized(without(p.above, common));
  const below = without(p.below, common);
  const [coefficient, over] = reduced(p.coefficient, p.over);
  if (coefficient === 0) return ZERO;
  const choice = above.find((e) => e.kind === 'select');
  if (choice?.kind === 'select') {
    const rest = { coefficient, over, below, above: without(above, [choice]) };
    const [condition, then, otherwise] = choice.args;
    return either(condition, times(join(rest), then), times(join(rest), otherwise));
  }
  // Powers of two divide exactly: the number is one factor then.
  const whole = below.length === 0 && Number.isInteger(Math.log2(over));
  const factor = whole ? coefficient / over : coefficient;
  const divisor = whole ? 1 : over;
  const size = factor === -1 ? 1 : factor;
  const top = above.length === 0 ? constant(size) : size === 1 ? chain(above) : mul(size, chain(above));
  const bottom = divisor === 1 ? chain(below) : below.length === 0 ? constant(divisor) : mul(divisor, chain(below));
  const value = bottom === ONE ? top : div(top, bottom);
  if (factor !== -1) return value;
  return value === ONE ? constant(-1) : neg(value);
}

export function times(a: Expression, b: Expression): Expression {
  const [p, q] = [split(a), split(b)];
  return join({
    coefficient: p.coefficient * q.coefficient,
    over: p.over * q.over,
    above: [...p.above, ...q.above],
    below: [...p.below, ...q.below],
  });
}

export function over(a: Expression, b: Expression): Expression {
  const q = split(b);
  return times(a, join({ coefficient: q.over, over: q.coefficient, above: q.below, below: q.above }));
}

export const minus = (e: Expression): Expression => times(constant(-1), e);

/** The terms of a sum, each with what it is multiplied by. */
function termsOf(e: Expression, sign: 1 | -1, into: Product[]): void {
  if (e.kind === 'arithmetic' && (e.name === 'add' || e.name === 'sub')) {
    termsOf(e.args[0], sign, into);
    termsOf(e.args[1], e.name === 'add' ? sign : (-sign as 1 | -1), into);
    return;
  }
  const p = split(e);
  into.push({ ...p, coefficient: sign * p.coefficient });
}

/** A multiple of a sum is the sum of the multiples of its terms. */
function flattened(p: Product): Product[] {
  const [only] = p.above;
  if (p.above.length !== 1 || p.below.length > 0) return [p];
  if (only.kind !== 'arithmetic' || (only.name !== 'add' && only.name !== 'sub')) return [p];
  const terms: Product[] = [];
  termsOf(only, 1, terms);
  return terms.map((q) => ({ ...q, coefficient: p.coefficient * q.coefficient, over: p.over * q.over }));
}

const bare = (p: Product): Expression => join({ ...p, coefficient: 1, over: 1 });

/** Terms that differ in their coefficients alone are one. */
function collected(terms: readonly Product[]): Product[] {
  const found = new Map<Expression, Product>();
  for (const p of terms) {
    const key = bare(p);
    const before = found.get(key);
    const sum =
      before === undefined
        ? p
        : before.over === p.over
          ? { ...before, coefficient: before.coefficient + p.coefficient }
          : { ...before, coefficient: before.coefficient / before.over + p.coefficient / p.over, over: 1 };
    found.set(key, sum);
  }
  return [...found.values()].filter((p) => p.coefficient !== 0);
}

function sumOf(terms: readonly Product[]): Expression {
  const list = collected(terms.flatMap(flattened));
  if (list.length === 0) return ZERO;
  if (list.length === 1) return join(list[0]);
  const above = list.map((p) => p.above).reduce(shared);
  const below = list.map((p) => p.below).reduce(shared);
  const [{ coefficient, over: divisor }] = list;
  const size = list.every((p) => Math.abs(p.coefficient) === Math.abs(coefficient)) ? Math.abs(coefficient) : 1;
  const part = list.every((p) => p.over === divisor) ? divisor : 1;
  if (above.length + below.length > 0 || size !== 1 || part !== 1) {
    const rest = list.map((p) => ({
      coefficient: p.coefficient / size,
      over: p.over / part,
      above: without(p.above, above),
      below: without(p.below, below),
    }));
    return times(join({ coefficient: size, over: part, above, below }), sumOf(rest));
  }
  const first = list.findIndex((p) => p.coefficient > 0);
  if (first < 0) return minus(sumOf(list.map((p) => ({ ...p, coefficient: -p.coefficient }))));
  const ordered = [list[first], ...list.filter((_, i) => i !== first)];
  return ordered
    .slice(1)
    .reduce(
      (sum, p) => (p.coefficient > 0 ? add(sum, join(p)) : sub(sum, join({ ...p, coefficient: -p.coefficient }))),
      join(ordered[0]),
    );
}

export function plus(a: Expression, b: Expression): Expression {
  if (isZero(a)) return b;
  if (isZero(b)) return a;
  if (a.kind === 'select') {
    const [condition, then, otherwise] = a.args;
    const same = b.kind === 'select' && b.args[0] === condition;
    return either(condition, plus(then, same ? b.args[1] : b), plus(otherwise, same ? b.args[2] : b));
  }
  if (b.kind === 'select') return plus(b, a);
  // Before sums are taken apart: one of them may be what is common.
  const [p, q] = [split(a), split(b)];
  const common = shared(p.above, q.above);
  if (common.length > 0 && p.below.length === 0 && q.below.length === 0) {
    const rest = [p, q].map((each) => join({ ...each, above: without(each.above, common) }));
    return times(chain(common), plus(rest[0], rest[1]));
  }
  const terms: Product[] = [];
  termsOf(a, 1, terms);
  termsOf(b, 1, terms);
  return sumOf(terms);
}

export const less = (a: Expression, b: Expression): Expression => plus(a, minus(b));

/** The one where a condition holds, the other elsewhere. */
export const either = (condition: Expression, then: Expression, otherwise: Expression): Expression =>
  then === otherwise ? then : select(condition, then, otherwise);

/** A gradient times a slope: in the order of PyTorch's rules, and past a choice only what is chosen. */
export function scaled(grad: Expression, slope: Expression): Expression {
  if (slope === ZERO) return ZERO;
  if (slope === ONE) return grad;
  if (slope.kind === 'select') {
    const [condition, then, otherwise] = slope.args;
    return either(condition, scaled(grad, then), scaled(grad, otherwise));
  }
  if (slope.kind === 'arithmetic' && slope.name === 'neg') return neg(scaled(grad, slope.args[0]));
  if (slope.kind === 'arithmetic' && slope.name === 'div' && slope.args[0] === ONE) return div(grad, slope.args[1]);
  return mul(grad, slope);
}

/** One to the power of the other. */
export function power(x: Expression, y: Expression): Expression {
  if (y.kind === 'constant' && y.value === 0) return ONE;
  return y === ONE ? x : call('pow', x, y);
}

/** An expression with other things in the place of some of its parts. */
export function replaced(
  e: Expression,
  by: ReadonlyMap<Expression, Expression>,
  again: (e: Composed, args: readonly Expression[]) => Expression,
): Expression {
  const known = new Map<Expression, Expression>();
  const go = (part: Expression): Expression => {
    const other = by.get(part) ?? known.get(part);
    if (other !== undefined) return other;
    if (part.kind === 'operand' || part.kind === 'constant') return part;
    const args = part.args.map(go);
    const made = args.every((arg, i) => arg === part.args[i]) ? part : again(part, args);
    known.set(part, made);
    return made;
  };
  return go(e);
}
