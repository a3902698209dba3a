/** Rectifiers: the identity for positive numbers, something flatter elsewhere. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { fill, map1, map2, mapN, reluOf, rreluNoise } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { numelOf, type Shape } from '../../tensor/shape.ts';
import { empty, type TensorMeta } from '../../tensor/tensor.ts';
import { castScalar } from '../creation/filled.ts';
import { jump, kink, kinkBetween } from '../curve.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, number, optionalConstant, scalarAttr, tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { gt } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { definePointwise } from '../pointwise-op.ts';
import { sumToSize } from '../reductions/sum.ts';
import { reshape } from '../shape/views.ts';
import { floatingOnly, inType, noBool } from './checks.ts';

export const relu = definePointwise({
  name: 'relu',
  category: 'activation',
  in: ['torch_', 'Tensor_', 'F_'],
  inplace: true,
  module: 'ReLU',
  summary: 'Rectified linear unit: zero for negative numbers, the identity for all others',
  source: 'Nair & Hinton 2010',
  breaks: () => [kink(0)],
  // Asked this way round, so that a NaN lets the gradient pass.
  expression: (x) => f.select(f.le(x, 0), 0, x),
  computed: (_, { result }) => f.select(f.le(result, 0), 0, 1),
  forward: ({ input }) => {
    noBool('relu', input);
    if (isFloating(input.dtype)) return reluOf(input);
    return map1({ number: (x) => (x < 0 ? 0 : x), int64: (x) => (x < 0n ? 0n : x) }, input);
  },
  saves: ['result'],
  hangsOn: ['input'],
  formula: String.raw`\max(0, x)`,
  examples: [{ input: [-2, -0.5, 0.5, 3] }],
  onnx: 'Relu',
});

const THRESHOLD = kernel((x, limit, low) => f.select(f.le(x, limit), low, x));
/** A slope of its own for what is not positive. */
const leaky = (x: f.Expression, slope: f.Expression): f.Expression => f.select(f.gt(x, 0), x, f.mul(slope, x));
const LEAKY = kernel(leaky);
const MUL = kernel(f.mul);

export const threshold = definePointwise({
  name: 'threshold',
  category: 'activation',
  in: ['torch_', 'F_'],
  inplace: true,
  module: 'Threshold',
  summary: 'The identity above a threshold, a fixed value at and below it',
  breaks: ({ threshold, value }) => {
    const [limit, low] = [threshold, value].map((v) => castScalar(v, 'float64') as number);
    return [low === limit ? kink(limit) : jump(limit)];
  },
  params: [
    tensor('input'),
    attr('threshold', scalarAttr, { doc: 'Elements have to be larger to stay' }),
    attr('value', scalarAttr, { doc: 'Takes the place of the others' }),
  ],
  expression: (x, { threshold, value }) => f.select(f.le(x, threshold), value, x),
  forward: ({ input, threshold, value }) => {
    noBool('threshold', input);
    if (isFloating(input.dtype)) {
      const [limit, low] = [threshold, value].map((v) => inType(castScalar(v, input.dtype) as number, input.dtype));
      return mapN(THRESHOLD, [input, limit, low], input.dtype);
    }
    const limit = fill(empty([], input.dtype), castScalar(threshold, input.dtype));
    const low = castScalar(value, input.dtype);
    return map2(
      { number: (x, t) => (x <= t ? (low as number) : x), int64: (x, t) => (x <= t ? (low as bigint) : x) },
      input,
      limit,
      input.dtype,
    );
  },
  hangsOn: ['input'],
  examples: [{ input: [-1, 0.05, 0.5, 3], threshold: 0.1, value: 20 }],
});

export const leakyRelu = definePointwise({
  name: 'leaky_relu',
  category: 'activation',
  in: ['F_'],
  inplace: true,
  module: 'LeakyReLU',
  summary: 'Rectifier that keeps a small slope for negative numbers',
  source: 'Maas, Hannun & Ng 2013',
  breaks: ({ negativeSlope }) => kinkBetween(0, negativeSlope, 1),
  params: [tensor('input'), attr('negative_slope', number(), { default: 0.01, doc: 'The slope below zero' })],
  expression: (x, { negativeSlope }) => leaky(x, negativeSlope),
  floatingOnly: true,
  hangsOn: ['input'],
  symbols: { negative_slope: String.raw`\mathrm{slope}` },
  derivation: {
    formula: String.raw`\begin{cases} @input & @input > 0 \\ @negativeSlope\,@input & \text{else} \end{cases}`,
    by: { input: String.raw`\begin{cases} 1 & @input > 0 \\ @negativeSlope & \text{else} \end{cases}` },
  },
  examples: [{ input: [-2, -0.5, 0.5, 3], negative_slope: 0.1 }],
});

/** The weights, one for each channel (dimension 1), in a shape that broadcasts to the input's. */
function channelShape(input: TensorMeta, weight: TensorMeta): Shape {
  if (weight.shape.length > 1)
    throw shapeMismatch(`prelu: expected weight to be 0-d or 1-d, but got the shape ${showShape(weight.shape)}`);
  const n = numelOf(weight.shape);
  if (n === 1) return [];
  const rank = input.shape.length;
  if (rank === 0) throw shapeMismatch(`prelu: a 0-d input takes one weight, but got ${n}`);
  const channels = rank > 1 ? input.shape[1] : 1;
  if (channels !== n) {
    throw shapeMismatch(
      `prelu: mismatch of parameter numbers and input channel size: weight has ${n} elements, input of shape ${showShape(input.shape)} has ${channels} channels`,
    );
  }
  return input.shape.map((size, d) => (d === 1 ? size : 1));
}

export const prelu = defineOp({
  name: 'prelu',
  category: 'activation',
  in: ['torch', 'Tensor', 'F'],
  module: 'PReLU',
  summary: 'Rectifier whose slope for negative numbers is learned',
  source: 'He et al. 2015',
  breaks: ({ weight: [slope] }) => kinkBetween(0, slope, 1),
  // What torch.nn.PReLU begins with.
  curve: { defaults: { weight: [0.25] } },
  params: [
    tensor('input'),
    tensor('weight', { doc: 'The slope below zero: one, or one for each channel (dimension 1)' }),
  ],
  formula: String.raw`\max(0, x) + w \cdot \min(0, x)`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = \begin{cases} 1 & x > 0 \\ w & \text{else} \end{cases},\quad \tfrac{\partial}{\partial w} = \min(0, x)`,
  forward: ({ input, weight }) => {
    floatingOnly('prelu', input);
    if (weight.dtype !== input.dtype)
      throw dtypeError(`prelu: found weight of dtype ${weight.dtype}, but expected the input's ${input.dtype}`);
    const shape = channelShape(input, weight);
    const w =
      shape.length === 0
        ? weight.alias([], [])
        : weight.alias(
            shape,
            shape.map((_, d) => (d === 1 ? weight.strides[0] : 0)),
          );
    return map2(LEAKY, input, w, input.dtype);
  },
  saves: ['input', 'weight'],
  hangsOn: ['input', 'weight'],
  gradient: {
    input: ({ input, weight }, grad) =>
      where(gt(input, 0), grad, mul(grad, reshape(weight, channelShape(input, weight)))),
    // What is positive is taken out of the product, not out of its result: infinities stay out of second gradients.
    weight: ({ input, weight }, grad) =>
      reshape(sumToSize(mul(where(gt(input, 0), 0, input), grad), channelShape(input, weight)), weight.shape),
  },
  derivation: {
    formula: String.raw`\max(0, @input) + @weight \cdot \min(0, @input)`,
    by: {
      input: String.raw`\begin{cases} 1 & @input > 0 \\ @weight & \text{else} \end{cases}`,
      weight: String.raw`\min(0, @input)`,
    },
  },
  examples: ['{"input": [[-2, -0.5], [0.5, 3]], "weight": [0.25, 0.1]}'],
});

const bounds = [
  attr('lower', number(), { default: 1 / 8, doc: 'The smallest slope below zero' }),
  attr('upper', number(), { default: 1 / 3, doc: 'The largest slope below zero' }),
  attr('training', boolean, {
    default: false,
    doc: 'Draw a slope for each element; else all have the mean of the bounds',
  }),
] as const;

export const rreluWithNoise = defineOp({
  name: 'rrelu_with_noise',
  category: 'pointwise',
  in: [],
  summary: 'What rrelu does once the slopes are drawn',
  params: [
    tensor('input'),
    optionalConstant('noise', { doc: 'In training, what each element is multiplied by' }),
    ...bounds,
  ],
  formula: String.raw`x \cdot \mathrm{noise}`,
  derivative: String.raw`\mathrm{noise}`,
  forward: ({ input, noise, lower, upper, training }) => {
    floatingOnly('rrelu', input);
    if (training && noise !== undefined) return map2(MUL, input, noise, input.dtype);
    return mapN(LEAKY, [input, inType((lower + upper) / 2, input.dtype)], input.dtype);
  },
  saves: ['input', 'noise'],
  hangsOn: ['input'],
  gradient: {
    input: ({ input, noise, lower, upper, training }, grad) =>
      training && noise !== undefined ? mul(grad, noise) : where(gt(input, 0), grad, mul(grad, (lower + upper) / 2)),
  },
  examples: [{ input: [-2, -0.5, 0.5, 3] }, { input: [-2, 3], noise: [0.25, 1], training: true }],
});

export const rrelu = defineOp({
  name: 'rrelu',
  category: 'activation',
  in: ['torch_', 'F_'],
  inplace: true,
  module: 'RReLU',
  summary: 'Rectifier whose slope for negative numbers is drawn at random in training, and fixed otherwise',
  source: 'Xu et al. 2015',
  breaks: ({ lower, upper }) => kinkBetween(0, (lower + upper) / 2, 1),
  curve: {
    refuses: ({ training }) =>
      training
        ? 'in training a slope is drawn for each element: that is no curve; training=false has the mean slope'
        : undefined,
  },
  params: [tensor('input'), ...bounds],
  formula: String.raw`\max(0, x) + a \cdot \min(0, x),\quad a \sim U(\mathrm{lower}, \mathrm{upper})`,
  derivative: String.raw`\begin{cases} 1 & x > 0 \\ a & \text{else} \end{cases}`,
  composite: ({ input, lower, upper, training }) => {
    floatingOnly('rrelu', input);
    if (lower > upper)
      throw valueRange(
        `rrelu: the lower bound should be less than or equal to the upper bound, but got ${lower} and ${upper}`,
      );
    if (!training) return rreluWithNoise(input, undefined, lower, upper, training);
    if (!Number.isFinite(upper - lower))
      throw valueRange(`rrelu: the bounds have to be finite, but got ${lower} and ${upper}`);
    return rreluWithNoise(input, rreluNoise(input, lower, upper), lower, upper, training);
  },
  examples: [{ input: [-2, -0.5, 0.5, 3] }],
});
