/** The error function and the normal distribution's integral; products with logarithms; log-odds. */

import * as f from '../../kernels/formula/expression.ts';
import { formula, narrow as kernel } from '../../kernels/formula/formula.ts';
import { mapN } from '../../kernels/index.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { type Scalar, scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { number, operand, optionalAttr, tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';
import { asTensor, floating1, floating2, floatType } from '../promote.ts';
import { add, div, mul, neg } from './arithmetic.ts';
import { eq, gt, le, lt } from './comparison.ts';
import { log } from './exponential.ts';
import { logicalAnd, logicalOr } from './logical.ts';
import { reciprocal } from './powers.ts';
import { where } from './select.ts';

export const erf = definePointwise({
  name: 'erf',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Error function',
  expression: f.erf,
  formula: String.raw`\operatorname{erf} x = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt`,
  examples: [{ input: [-1, 0, 0.5] }],
});

export const erfc = definePointwise({
  name: 'erfc',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'One less the error function, exact in the right tail',
  expression: (x) => f.call('erfc', x),
  formula: String.raw`1 - \operatorname{erf} x`,
  examples: [{ input: [-1, 0, 2] }],
});

export const erfinv = definePointwise({
  name: 'erfinv',
  in: ['torch', 'Tensor_', 'special'],
  summary: 'Inverse of the error function',
  expression: (x) => f.call('erfinv', x),
  wide: true,
  saves: ['result'],
  examples: [{ input: [-0.9, 0.1, 0.5] }],
});

export const erfcx = definePointwise({
  name: 'erfcx',
  in: ['special'],
  summary: 'Scaled complementary error function',
  expression: (x) => f.call('erfcx', x),
  wide: true,
  saves: ['input', 'result'],
  gradFn: 'SpecialErfcxBackward0',
  examples: [{ input: [-1, 0.5, 3] }],
});

export const ndtr = definePointwise({
  name: 'ndtr',
  in: ['special'],
  summary: 'Distribution function of the standard normal',
  expression: (x) => f.call('ndtr', x),
  gradFn: 'SpecialNdtrBackward0',
  formula: String.raw`\Phi(x) = \tfrac12 \operatorname{erfc}\!\left(-\tfrac{x}{\sqrt2}\right)`,
  examples: [{ input: [-2, 0, 1] }],
});

export const logNdtr = definePointwise({
  name: 'log_ndtr',
  in: ['special'],
  summary: 'Logarithm of the standard normal distribution function, exact in both tails',
  expression: (x) => f.call('logNdtr', x),
  wide: true,
  gradFn: 'SpecialLogNdtrBackward0',
  derivative: String.raw`\sqrt{\tfrac2\pi} \Big/ \left(e^{x^2/2} \operatorname{erfc}\!\left(-\tfrac{x}{\sqrt2}\right)\right)`,
  examples: [{ input: [-3, 0, 1] }],
});

const either = (name: string, x: Tensor | Scalar, y: Tensor | Scalar): void => {
  if (!(x instanceof Tensor) && !(y instanceof Tensor))
    throw dtypeError(`${name} is for a tensor and a number, or for two tensors, but got two numbers`);
};

const XLOGY = kernel((x, y) => f.select(f.isNan(y), y, f.select(f.eq(x, 0), 0, f.mul(x, f.log(y)))));
const odds = (x: f.Expression): f.Expression => f.log(f.div(x, f.sub(1, x)));
const LOGIT = formula(odds);
const LOGIT_WITHIN = formula((x, low, high) => odds(f.select(f.lt(x, low), low, f.select(f.gt(x, high), high, x))));

export const xlogy = defineOp({
  name: 'xlogy',
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'x times the logarithm of y, 0 where x is 0',
  params: [operand('input'), operand('other')],
  formula: String.raw`\begin{cases} \mathrm{NaN} & y \ne y \\ 0 & x = 0 \\ x \ln y & \text{else} \end{cases}`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = \ln y,\quad \tfrac{\partial}{\partial y} = \tfrac{x}{y}`,
  forward: ({ input, other }) => {
    either('xlogy', input, other);
    return floating2(XLOGY, input, other);
  },
  saves: ['input', 'other'],
  gradFn: ({ input, other }) =>
    !(input instanceof Tensor) ? 'XlogyBackward1' : other instanceof Tensor ? 'XlogyBackward0' : 'XlogyBackward2',
  gradient: {
    input: ({ input, other }, grad): Tensor => {
      const x = input as Tensor;
      if (!(other instanceof Tensor)) {
        const slope = mul(grad, asTensor(Math.log(scalarToNumber(other)), floatType(x.dtype)));
        return scalarToNumber(other) > 0 ? slope : where(eq(x, 0), 0, slope);
      }
      return where(logicalAnd(eq(x, 0), le(other, 0)), 0, mul(grad, log(other)));
    },
    other: ({ input, other }, grad): Tensor => div(mul(grad, input), other),
  },
  examples: [{ input: [0.5, 1, 2], other: [0.5, 2, 3] }],
});

export const entr = definePointwise({
  name: 'entr',
  in: ['special'],
  summary: "Entropy's summand",
  expression: (x) =>
    f.select(
      f.gt(x, 0),
      f.mul(f.neg(x), f.log(x)),
      f.select(f.eq(x, 0), 0, f.select(f.isNan(x), x, Number.NEGATIVE_INFINITY)),
    ),
  slope: (x) => f.neg(f.add(f.log(x), 1)),
  gradFn: 'SpecialEntrBackward0',
  formula: String.raw`\begin{cases} -x \ln x & x > 0 \\ 0 & x = 0 \\ -\infty & x < 0 \end{cases}`,
  examples: [{ input: [0.2, 0.5, 1.5] }],
});

export const logit = defineOp({
  name: 'logit',
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Log-odds, the inverse of the logistic function',
  params: [tensor('input'), optionalAttr('eps', number(), { doc: 'Elements are first brought into [eps, 1 - eps]' })],
  formula: String.raw`\ln \frac{x}{1 - x}`,
  derivative: String.raw`\frac{1}{x\,(1 - x)}`,
  forward: ({ input, eps }) => {
    const dtype = floatType(input.dtype);
    if (eps === undefined || eps < 0) return floating1(LOGIT, input);
    return mapN(LOGIT_WITHIN, [input, eps, 1 - eps], dtype);
  },
  saves: ['input'],
  gradient: {
    input: ({ input, eps }, grad) => {
      const slope = mul(grad, reciprocal(mul(input, add(neg(input), 1))));
      const bounded = eps !== undefined && eps >= 0;
      const [low, high] = bounded ? [eps, 1 - eps] : [0, 1];
      return where(logicalOr(lt(input, low), gt(input, high)), bounded ? 0 : Number.NaN, slope);
    },
  },
  examples: [{ input: [0.1, 0.5, 0.9] }, { input: [0.1, 0.3, 0.9], eps: 0.2 }],
});
