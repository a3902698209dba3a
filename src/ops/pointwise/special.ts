/** The error function and the normal distribution's integral; products with logarithms; log-odds. */
import * as f from '../../kernels/formula/expression.ts';
import { formula, narrow as kernel } from '../../kernels/formula/formula.ts';
import { mapN } from '../../kernels/pointwise.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { type Scalar, scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { number, operand, optionalAttr, tensor } from '../params.ts';
import { asTensor, floating1, floating2, floatType } from '../promote.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { eq, gt, le, lt } from './comparison.ts';
import { exp, log } from './exponential.ts';
import { logicalAnd, logicalOr } from './logical.ts';
import { reciprocal } from './powers.ts';
import { where } from './select.ts';

const ERF = kernel((x) => f.call('erf', x));
const ERFC = kernel((x) => f.call('erfc', x));
const ERFINV = formula((x) => f.call('erfinv', x));
const ERFCX = formula((x) => f.call('erfcx', x));
const NDTR = kernel((x) => f.call('ndtr', x));
const LOG_NDTR = formula((x) => f.call('logNdtr', x));

const TWO_OVER_ROOT_PI = 1.1283791670955126;

/** `scale * grad * e^(rate * x²)` */
const bell = (grad: Tensor, x: Tensor, scale: number, rate: number): Tensor =>
  mul(mul(exp(mul(mul(x, x), rate)), scale), grad);

export const erf = defineOp({
  name: 'erf',
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Error function',
  params: [tensor('input')],
  formula: String.raw`\operatorname{erf} x = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt`,
  derivative: String.raw`\frac{2}{\sqrt\pi} e^{-x^2}`,
  forward: ({ input }) => floating1(ERF, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => bell(grad, input, TWO_OVER_ROOT_PI, -1) },
  examples: [{ input: [-1, 0, 0.5] }],
});

export const erfc = defineOp({
  name: 'erfc',
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'One less the error function, exact in the right tail',
  params: [tensor('input')],
  formula: String.raw`1 - \operatorname{erf} x`,
  derivative: String.raw`-\frac{2}{\sqrt\pi} e^{-x^2}`,
  forward: ({ input }) => floating1(ERFC, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => bell(grad, input, -TWO_OVER_ROOT_PI, -1) },
  examples: [{ input: [-1, 0, 2] }],
});

export const erfinv = defineOp({
  name: 'erfinv',
  category: 'pointwise',
  in: ['torch', 'Tensor_', 'special'],
  summary: 'Inverse of the error function',
  params: [tensor('input')],
  formula: String.raw`\operatorname{erf}^{-1} x`,
  derivative: String.raw`\tfrac{\sqrt\pi}{2} e^{(\operatorname{erf}^{-1} x)^2}`,
  forward: ({ input }) => floating1(ERFINV, input),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => bell(grad, result, 0.886226925452758, 1) },
  examples: [{ input: [-0.9, 0.1, 0.5] }],
});

export const erfcx = defineOp({
  name: 'erfcx',
  category: 'pointwise',
  in: ['special'],
  summary: 'Scaled complementary error function',
  params: [tensor('input')],
  formula: String.raw`e^{x^2} \operatorname{erfc} x`,
  derivative: String.raw`2x\,e^{x^2} \operatorname{erfc} x - \frac{2}{\sqrt\pi}`,
  forward: ({ input }) => floating1(ERFCX, input),
  saves: ['input', 'result'],
  gradFn: 'SpecialErfcxBackward0',
  gradient: { input: ({ input, result }, grad) => mul(sub(mul(mul(input, 2), result), TWO_OVER_ROOT_PI), grad) },
  examples: [{ input: [-1, 0.5, 3] }],
});

export const ndtr = defineOp({
  name: 'ndtr',
  category: 'pointwise',
  in: ['special'],
  summary: 'Distribution function of the standard normal',
  params: [tensor('input')],
  formula: String.raw`\Phi(x) = \tfrac12 \operatorname{erfc}\!\left(-\tfrac{x}{\sqrt2}\right)`,
  derivative: String.raw`\frac{1}{\sqrt{2\pi}} e^{-x^2/2}`,
  forward: ({ input }) => floating1(NDTR, input),
  saves: ['input'],
  gradFn: 'SpecialNdtrBackward0',
  gradient: { input: ({ input }, grad) => bell(grad, input, 0.3989422804014327, -0.5) },
  examples: [{ input: [-2, 0, 1] }],
});

export const logNdtr = defineOp({
  name: 'log_ndtr',
  category: 'pointwise',
  in: ['special'],
  summary: 'Logarithm of the standard normal distribution function, exact in both tails',
  params: [tensor('input')],
  formula: String.raw`\ln \Phi(x)`,
  derivative: String.raw`\sqrt{\tfrac2\pi} \Big/ \left(e^{x^2/2} \operatorname{erfc}\!\left(-\tfrac{x}{\sqrt2}\right)\right)`,
  forward: ({ input }) => floating1(LOG_NDTR, input),
  saves: ['input'],
  gradFn: 'SpecialLogNdtrBackward0',
  gradient: { input: ({ input }, grad) => mul(div(grad, erfcx(mul(input, -Math.SQRT1_2))), 0.7978845608028654) },
  examples: [{ input: [-3, 0, 1] }],
});

const either = (name: string, x: Tensor | Scalar, y: Tensor | Scalar): void => {
  if (!(x instanceof Tensor) && !(y instanceof Tensor))
    throw dtypeError(`${name} is for a tensor and a number, or for two tensors, but got two numbers`);
};

const XLOGY = kernel((x, y) => f.select(f.isNan(y), y, f.select(f.eq(x, 0), 0, f.mul(x, f.log(y)))));
const ENTR = kernel((x) =>
  f.select(
    f.gt(x, 0),
    f.mul(f.neg(x), f.log(x)),
    f.select(f.eq(x, 0), 0, f.select(f.isNan(x), x, Number.NEGATIVE_INFINITY)),
  ),
);
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

export const entr = defineOp({
  name: 'entr',
  category: 'pointwise',
  in: ['special'],
  summary: "Entropy's summand",
  params: [tensor('input')],
  formula: String.raw`\begin{cases} -x \ln x & x > 0 \\ 0 & x = 0 \\ -\infty & x < 0 \end{cases}`,
  derivative: String.raw`-(1 + \ln x)`,
  forward: ({ input }) => floating1(ENTR, input),
  saves: ['input'],
  gradFn: 'SpecialEntrBackward0',
  gradient: { input: ({ input }, grad) => mul(grad, neg(add(log(input), 1))) },
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
