/** Absolute error, and errors that are squared near zero and absolute beyond. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { cast, mapN } from '../../kernels/index.ts';
import { computeType, type DType, isFloating, rounded } from '../../tensor/dtype.ts';
import { dtypeError, valueRange } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { kink } from '../curve.ts';
import { defineOp } from '../define.ts';
import { ofAll, ofEach } from '../derivation.ts';
import { attr, number, type Reduction, reduction, tensor } from '../params.ts';
import { div, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { ge, le } from '../pointwise/comparison.ts';
import { logicalOr } from '../pointwise/logical.ts';
import { where } from '../pointwise/select.ts';
import { abs } from '../pointwise/sign.ts';
import { commonType } from '../promote.ts';
import { share } from './mse.ts';
import { reduceLoss, warnOfShapes } from './reduce.ts';

export const l1Loss = defineOp({
  name: 'l1_loss',
  category: 'loss',
  module: 'L1Loss',
  summary: 'Mean absolute error',
  breaks: ({ target: [y] }) => [kink(y)],
  params: [tensor('input'), tensor('target'), reduction],
  formula: String.raw`|x - y|`,
  derivative: String.raw`\operatorname{sgn}(x - y)`,
  composite: ({ input, target, reduction }) => {
    warnOfShapes(input, target);
    return reduceLoss(abs(sub(input, target)), reduction);
  },
  derivation: {
    formula: ({ reduction }) => ofAll(reduction, '|@input - @target|'),
    by: {
      input: (call) => ofEach(call, String.raw`\operatorname{sgn}(@input - @target)`),
      target: (call) => ofEach(call, String.raw`-\operatorname{sgn}(@input - @target)`),
    },
    ties: ['input', 'target'],
  },
  examples: [{ input: [2, 0.5], target: [1, 1] }],
});

function floatType(op: string, input: Tensor, target: Tensor): DType {
  const dtype = commonType(input, target);
  if (!isFloating(dtype)) throw dtypeError(`${op} is for floating dtypes, but got ${input.dtype} and ${target.dtype}`);
  return dtype;
}

/**
 * The slope of an error that is straight from `bend` on: `steep` there, in proportion to the
 * difference below. The straight parts take no part in the division, so that an infinite difference
 * has a finite second gradient.
 */
function bentSlope(input: Tensor, target: Tensor, bend: number, steep: number): Tensor {
  const d = sub(input, target);
  const [below, above] = [le(d, float(-bend)), ge(d, float(bend))];
  const middle = where(logicalOr(below, above), 0, d);
  const scale = bend === 0 ? 1 : bend / steep;
  return where(below, float(-steep), where(above, float(steep), scale === 1 ? middle : div(middle, float(scale))));
}

const bentGradient = (
  input: Tensor,
  target: Tensor,
  bend: number,
  steep: number,
  reduction: Reduction,
  grad: Tensor,
): Tensor => mul(bentSlope(input, target, bend, steep), share(grad, reduction, input, target));

const SMOOTH_L1 = kernel(
  (x, y, beta) => {
    const d = f.abs(f.sub(x, y));
    return f.select(f.lt(d, beta), f.div(f.mul(f.mul(0.5, d), d), beta), f.sub(d, f.mul(0.5, beta)));
  },
  {
    number: (x, y, beta) => {
      const d = Math.abs(x - y);
      return d < beta ? (0.5 * d * d) / beta : d - 0.5 * beta;
    },
  },
);
const HUBER = kernel(
  (x, y, delta) => {
    const d = f.abs(f.sub(x, y));
    return f.select(f.le(d, delta), f.mul(f.mul(0.5, d), d), f.mul(delta, f.sub(d, f.mul(0.5, delta))));
  },
  {
    number: (x, y, delta) => {
      const d = Math.abs(x - y);
      return d <= delta ? 0.5 * d * d : delta * (d - 0.5 * delta);
    },
  },
);

export const smoothL1Loss = defineOp({
  name: 'smooth_l1_loss',
  category: 'loss',
  module: 'SmoothL1Loss',
  summary: 'Squared error below beta, absolute error above it',
  source: 'Girshick 2015',
  breaks: ({ target: [y], beta }) => (beta > 0 ? [] : [kink(y)]),
  params: [
    tensor('input'),
    tensor('target'),
    reduction,
    attr('beta', number({ minimum: 0 }), { default: 1, doc: 'The difference at which the square ends' }),
  ],
  formula: String.raw`\begin{cases} \tfrac{1}{2\beta}(x - y)^2 & |x - y| < \beta \\ |x - y| - \tfrac{\beta}{2} & \text{else} \end{cases}`,
  derivative: String.raw`\begin{cases} \tfrac{1}{\beta}(x - y) & |x - y| < \beta \\ \operatorname{sgn}(x - y) & \text{else} \end{cases}`,
  forward: ({ input, target, reduction, beta }) => {
    if (beta < 0) throw valueRange(`smooth_l1_loss does not support negative values for beta, but got ${beta}`);
    warnOfShapes(input, target);
    const dtype = floatType('smooth_l1_loss', input, target);
    return reduceLoss(mapN(SMOOTH_L1, [input, target, rounded(beta, computeType(dtype))], dtype), reduction);
  },
  saves: ['input', 'target'],
  gradient: {
    input: ({ input, target, reduction, beta }, grad) => bentGradient(input, target, beta, 1, reduction, grad),
    target: ({ input, target, reduction, beta }, grad) => neg(bentGradient(input, target, beta, 1, reduction, grad)),
  },
  derivation: {
    by: {
      input: (call) =>
        ofEach(
          call,
          String.raw`\begin{cases} \frac{@input - @target}{@beta} & |@input - @target| < @beta \\ \operatorname{sgn}(@input - @target) & \text{else} \end{cases}`,
        ),
      target: (call) =>
        ofEach(
          call,
          String.raw`\begin{cases} \frac{@target - @input}{@beta} & |@input - @target| < @beta \\ \operatorname{sgn}(@target - @input) & \text{else} \end{cases}`,
        ),
    },
  },
  examples: [{ input: [2.5, 0.5], target: [1, 1] }],
});

export const huberLoss = defineOp({
  name: 'huber_loss',
  category: 'loss',
  takes: 'input target reduction delta',
  module: 'HuberLoss',
  summary: 'Squared error up to delta, delta times the absolute error above it',
  source: 'Huber 1964',
  params: [
    tensor('input'),
    tensor('target'),
    reduction,
    attr('delta', number({ exclusiveMinimum: 0 }), { default: 1, doc: 'The difference at which the square ends' }),
  ],
  formula: String.raw`\begin{cases} \tfrac12 (x - y)^2 & |x - y| \le \delta \\ \delta\,(|x - y| - \tfrac{\delta}{2}) & \text{else} \end{cases}`,
  derivative: String.raw`\begin{cases} x - y & |x - y| \le \delta \\ \delta \operatorname{sgn}(x - y) & \text{else} \end{cases}`,
  forward: ({ input, target, reduction, delta }) => {
    if (!(delta > 0)) throw valueRange(`huber_loss does not support non-positive values for delta, but got ${delta}`);
    warnOfShapes(input, target);
    const dtype = floatType('huber_loss', input, target);
    if (!isFloating(input.dtype))
      throw dtypeError(`huber_loss: the result type ${dtype} can't be cast to the input's dtype ${input.dtype}`);
    // The result keeps the input's dtype, also next to a wider target: so PyTorch has it.
    const loss = mapN(HUBER, [input, target, rounded(delta, computeType(dtype))], dtype);
    return reduceLoss(cast(loss, input.dtype), reduction);
  },
  saves: ['input', 'target'],
  gradient: {
    input: ({ input, target, reduction, delta }, grad) => bentGradient(input, target, delta, delta, reduction, grad),
    target: ({ input, target, reduction, delta }, grad) =>
      neg(bentGradient(input, target, delta, delta, reduction, grad)),
  },
  derivation: {
    by: {
      input: (call) =>
        ofEach(
          call,
          String.raw`\begin{cases} @input - @target & |@input - @target| \le @delta \\ @delta\,\operatorname{sgn}(@input - @target) & \text{else} \end{cases}`,
        ),
      target: (call) =>
        ofEach(
          call,
          String.raw`\begin{cases} @target - @input & |@input - @target| \le @delta \\ @delta\,\operatorname{sgn}(@target - @input) & \text{else} \end{cases}`,
        ),
    },
  },
  examples: [{ input: [2.5, 0.5], target: [1, 1] }],
});
