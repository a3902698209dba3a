/** Logarithms of sums of powers, which do not overflow on the way. */
import * as f from '../../kernels/formula/expression.ts';
import { tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';

type Unary = (x: f.Expression) => f.Expression;

/** Infinities of one sign have no difference. */
const sum = (x: f.Expression, y: f.Expression, tail: Unary): f.Expression =>
  f.select(f.and(f.eq(x, y), f.eq(f.abs(x), Infinity)), x, f.add(f.max(x, y), tail(f.sub(x, y))));

/** The share that `x` has in the sum. */
const share = (x: f.Expression, y: f.Expression, power: Unary): f.Expression => f.div(1, f.add(power(f.sub(y, x)), 1));

const exp2: Unary = (x) => f.call('exp2', x);

export const logaddexp = definePointwise({
  name: 'logaddexp',
  summary: 'Logarithm of the sum of powers of e',
  params: [tensor('input'), tensor('other')],
  expression: (x, { other }) => sum(x, other, f.softplusTail),
  slope: [(x, { other }) => share(x, other, f.exp), (x, { other }) => share(other, x, f.exp)],
  floatingOnly: true,
  formula: String.raw`\ln\!\left(e^x + e^y\right)`,
  examples: [{ input: [1, 2, -100], other: [3, 2, 100] }],
});

export const logaddexp2 = definePointwise({
  name: 'logaddexp2',
  summary: 'Logarithm of the sum of powers of two',
  params: [tensor('input'), tensor('other')],
  expression: (x, { other }) => sum(x, other, (d) => f.mul(f.log1p(exp2(f.neg(f.abs(d)))), Math.LOG2E)),
  slope: [(x, { other }) => share(x, other, exp2), (x, { other }) => share(other, x, exp2)],
  wide: true,
  floatingOnly: true,
  formula: String.raw`\log_2\!\left(2^x + 2^y\right)`,
  examples: [{ input: [1, 2, -100], other: [3, 2, 100] }],
});
