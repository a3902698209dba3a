/** Incomplete gamma functions, zeta, the normal quantile, and the gamma function of several dimensions. */
import { GAMMA_P, GAMMA_Q, NDTRI, ZETA } from '../../kernels/formula/plain.ts';
import { valueRange } from '../../tensor/errors.ts';
import type { Scalar } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, constant, constantOperand, integer, operand, tensor } from '../params.ts';
import { asTensor, commonType, floating1, floating2, floatType } from '../promote.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { eq, le } from './comparison.ts';
import { exp, log, log1p } from './exponential.ts';
import { lgamma } from './gamma.ts';
import { logicalAnd } from './logical.ts';
import { where } from './select.ts';

/** The density of the gamma distribution, x^(a-1) e^-x / Γ(a): the slope of P by x. */
const density = (a: Tensor, x: Tensor): Tensor => exp(sub(sub(mul(sub(a, 1), log(x)), x), lgamma(a)));

export const igamma = defineOp({
  name: 'igamma',
  aliases: ['gammainc'],
  category: 'pointwise',
  in: ['torch:igamma', 'Tensor_:igamma', 'special:gammainc'],
  summary: 'Regularized lower incomplete gamma function',
  params: [constant('input', { doc: 'The parameter a' }), tensor('other', { doc: 'Up to where' })],
  formula: String.raw`P(a, x) = \tfrac{1}{\Gamma(a)} \int_0^x t^{a - 1} e^{-t} dt`,
  derivative: String.raw`\tfrac{x^{a - 1} e^{-x}}{\Gamma(a)}`,
  forward: ({ input, other }) => floating2(GAMMA_P, input, other),
  saves: ['input', 'other'],
  gradient: { other: ({ input, other }, grad): Tensor => mul(grad, density(input, other)) },
  examples: ['{"input": [[2, 0.5, 3]], "other": [[1, 0.5, 5]]}'],
});

export const igammac = defineOp({
  name: 'igammac',
  aliases: ['gammaincc'],
  category: 'pointwise',
  in: ['torch:igammac', 'Tensor_:igammac', 'special:gammaincc'],
  summary: 'Regularized upper incomplete gamma function',
  params: [constant('input', { doc: 'The parameter a' }), tensor('other', { doc: 'From where' })],
  formula: String.raw`Q(a, x) = \tfrac{1}{\Gamma(a)} \int_x^\infty t^{a - 1} e^{-t} dt`,
  derivative: String.raw`-\tfrac{x^{a - 1} e^{-x}}{\Gamma(a)}`,
  forward: ({ input, other }) => floating2(GAMMA_Q, input, other),
  saves: ['input', 'other'],
  gradient: { other: ({ input, other }, grad): Tensor => neg(mul(grad, density(input, other))) },
  examples: ['{"input": [[2, 0.5, 3]], "other": [[1, 0.5, 5]]}'],
});

export const zeta = defineOp({
  name: 'zeta',
  category: 'pointwise',
  in: ['special'],
  summary: "Hurwitz's zeta function",
  params: [constantOperand('input', { doc: 'The exponent s' }), operand('other', { doc: 'Where the sum begins' })],
  formula: String.raw`\zeta(s, q) = \sum_{k=0}^\infty \frac{1}{(k + q)^s}`,
  derivative: String.raw`\tfrac{\partial}{\partial q} = -s\, \zeta(s + 1, q)`,
  forward: ({ input, other }) => floating2(ZETA, input, other),
  saves: ['input', 'other'],
  gradFn: 'SpecialZetaBackward0',
  gradient: {
    other: ({ input, other }, grad): Tensor => {
      const s = input instanceof Tensor ? input : asTensor(input, (other as Tensor).dtype);
      return mul(neg(mul(grad, s)), zeta(add(s, 1), other));
    },
  },
  examples: [{ input: [2, 3, 4.5], other: [1, 0.5, 3] }],
});

export const ndtri = defineOp({
  name: 'ndtri',
  category: 'pointwise',
  in: ['special'],
  summary: 'Quantile of the standard normal distribution',
  params: [tensor('input')],
  formula: String.raw`\Phi^{-1}(x)`,
  derivative: String.raw`\sqrt{2 \pi}\, e^{y^2 / 2}`,
  forward: ({ input }) => floating1(NDTRI, input),
  saves: ['result'],
  gradFn: 'SpecialNdtriBackward0',
  gradient: {
    input: ({ result }, grad): Tensor => mul(mul(grad, Math.sqrt(2 * Math.PI)), exp(mul(mul(result, result), 0.5))),
  },
  examples: [{ input: [0.1, 0.5, 0.8] }],
});

const tensorOf = (value: Tensor | Scalar, like: Tensor | Scalar): Tensor =>
  value instanceof Tensor ? value : asTensor(value, floatType(commonType(value, like)));

export const xlog1py = defineOp({
  name: 'xlog1py',
  category: 'pointwise',
  in: ['special'],
  summary: 'x times the logarithm of 1 + y, 0 where x is 0',
  params: [operand('input'), operand('other')],
  formula: String.raw`\begin{cases} \mathrm{NaN} & y \ne y \\ 0 & x = 0 \\ x \ln(1 + y) & \text{else} \end{cases}`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = \ln(1 + y),\quad \tfrac{\partial}{\partial y} = \tfrac{x}{1 + y}`,
  forward: ({ input, other }) =>
    floating2((x, y) => (Number.isNaN(y) ? y : x === 0 ? 0 : x * Math.log1p(y)), input, other),
  saves: ['input', 'other'],
  gradFn: 'SpecialXlog1PyBackward0',
  gradient: {
    input: ({ input, other }, grad): Tensor => {
      const y = tensorOf(other, input);
      return where(logicalAnd(eq(input as Tensor, 0), le(y, -1)), 0, mul(grad, log1p(y)));
    },
    other: ({ input, other }, grad): Tensor => div(mul(grad, input), add(other as Tensor, 1)),
  },
  examples: [{ input: [0.5, 1, 2], other: [0.5, 2, 3] }],
});

/** Each dimension is an op of its own. */
const MOST_DIMENSIONS = 1000;

export const mvlgamma = defineOp({
  name: 'mvlgamma',
  aliases: ['multigammaln'],
  category: 'pointwise',
  in: ['torch:mvlgamma', 'Tensor_:mvlgamma', 'special:multigammaln'],
  summary: 'Logarithm of the gamma function of several dimensions',
  params: [tensor('input'), attr('p', integer(), { doc: 'How many dimensions' })],
  formula: String.raw`\tfrac{p (p - 1)}{4} \ln \pi + \sum_{j=1}^{p} \ln \Gamma\bigl(x + \tfrac{1 - j}{2}\bigr)`,
  derivative: String.raw`\sum_{j=1}^{p} \psi\bigl(x + \tfrac{1 - j}{2}\bigr)`,
  composite: ({ input, p }) => {
    if (p < 1) throw valueRange('p has to be greater than or equal to 1');
    if (p > MOST_DIMENSIONS) throw valueRange(`mvlgamma is computed for p up to ${MOST_DIMENSIONS}, but got ${p}`);
    const shifts = Array.from({ length: p }, (_, j) => -j / 2);
    const terms = shifts.map((shift) => lgamma(shift === 0 ? input : add(input, shift)));
    return add(
      terms.reduce((sum, term) => add(sum, term)),
      ((p * (p - 1)) / 4) * Math.log(Math.PI),
    );
  },
  examples: [{ input: [2, 3.5, 5], p: 2 }],
});
