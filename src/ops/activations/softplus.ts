/** A smooth rectifier. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { mapN } from '../../kernels/pointwise.ts';
import { computeType } from '../../tensor/dtype.ts';
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, number, tensor } from '../params.ts';
import { add, mul, neg } from '../pointwise/arithmetic.ts';
import { gt } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { backwardType, floatingOnly, inType } from './checks.ts';
import { sigmoid } from './sigmoid.ts';

/** The logarithm in a form that does not overflow, in whatever the kernel computes. */
const smooth = (x: f.Expression, beta: f.Expression, limit: f.Expression): f.Expression => {
  const z = f.mul(x, beta);
  return f.select(f.gt(z, limit), x, f.div(f.add(f.max(z, 0), f.softplusTail(z)), beta));
};
const SOFTPLUS = {
  float32: kernel(smooth, {
    number: (x, beta, limit) => (Math.fround(x * beta) > limit ? x : Math.log1p(Math.exp(x * beta)) / beta),
  }),
  float64: kernel(smooth, {
    number: (x, beta, limit) => (x * beta > limit ? x : Math.log1p(Math.exp(x * beta)) / beta),
  }),
};
/** Elements are rounded to `fit` before they are held against the threshold. */
const backward = (fit: (x: f.Expression) => f.Expression) =>
  kernel((g, x, beta, limit) => {
    const z = fit(f.mul(x, beta));
    return f.select(f.gt(z, limit), g, f.mul(g, f.sigmoid(z)));
  });
const SOFTPLUS_BACKWARD = { float32: backward(f.fround), float64: backward((x) => x) };

const beta = attr('beta', number(), { default: 1, doc: 'How sharp the bend is' });
const threshold = attr('threshold', number(), {
  default: 20,
  doc: 'The identity is taken where beta times the input is larger',
});

export const softplus = defineOp({
  name: 'softplus',
  category: 'activation',
  module: { name: 'Softplus', takes: 'beta=1, threshold=20' },
  summary: 'Smooth approximation of the rectifier, a straight line where it is one to within rounding',
  source: 'Dugas et al. 2000',
  params: [tensor('input'), beta, threshold],
  formula: String.raw`\begin{cases} x & \beta x > \mathrm{threshold} \\ \tfrac{1}{\beta} \log(1 + e^{\beta x}) & \text{else} \end{cases}`,
  derivative: String.raw`\begin{cases} 1 & \beta x > \mathrm{threshold} \\ \sigma(\beta x) & \text{else} \end{cases}`,
  forward: ({ input, beta, threshold }) => {
    floatingOnly('softplus', input);
    const [b, limit] = [inType(beta, input.dtype), inType(threshold, input.dtype)];
    return mapN(SOFTPLUS[computeType(input.dtype)], [input, b, limit], input.dtype);
  },
  saves: ['input'],
  gradient: {
    input: ({ input, beta, threshold }, grad): Tensor => softplusBackward(grad, input, beta, threshold),
  },
  examples: [{ input: [-30, -1, 0, 1, 30] }, { input: [-1, 0.5, 2], beta: 2, threshold: 10 }],
});

/** PyTorch's own name for the step, as sigmoid_backward. */
export const softplusBackward = defineOp({
  name: 'softplus_backward',
  category: 'pointwise',
  summary: 'The gradient of softplus, from its input',
  params: [tensor('grad_output'), tensor('self'), beta, threshold],
  formula: String.raw`\begin{cases} g & \beta x > \mathrm{threshold} \\ g\,\sigma(\beta x) & \text{else} \end{cases}`,
  derivative: String.raw`\tfrac{\partial}{\partial g} = \sigma(\beta x),\quad \tfrac{\partial}{\partial x} = g\,\beta\,\sigma(\beta x)\,(1 - \sigma(\beta x)) \quad\text{where } \beta x \le \mathrm{threshold}`,
  forward: ({ gradOutput, self, beta, threshold }) => {
    const dtype = backwardType(gradOutput, self);
    const [b, limit] = [inType(beta, dtype), inType(threshold, dtype)];
    return mapN(SOFTPLUS_BACKWARD[computeType(dtype)], [gradOutput, self, b, limit], dtype);
  },
  saves: ['gradOutput', 'self'],
  gradient: {
    gradOutput: ({ self, beta, threshold }, grad): Tensor => softplusBackward(grad, self, beta, threshold),
    self: ({ gradOutput, self, beta, threshold }, grad) => {
      const z = beta === 1 ? self : mul(self, float(beta));
      const s = sigmoid(z);
      const slope = mul(mul(s, add(neg(s), 1)), float(beta));
      return where(gt(z, float(threshold)), 0, mul(mul(grad, gradOutput), slope));
    },
  },
  examples: [{ grad_output: [1, -2, 0.5], self: [-3, 0.25, 2] }],
});
