/** The logistic function, its logarithm, and its product with the input. */

import * as f from '../../kernels/formula/expression.ts';
import { cast, logisticOf } from '../../kernels/index.ts';
import { definePointwise } from '../pointwise-op.ts';
import { floatType } from '../promote.ts';

export const sigmoid = definePointwise({
  name: 'sigmoid',
  aliases: ['expit'],
  category: 'activation',
  in: ['torch_', 'Tensor_', 'F', 'special:expit'],
  module: 'Sigmoid',
  summary: 'Logistic function, from any number to between 0 and 1',
  source: 'Verhulst 1845',
  expression: f.sigmoid,
  // A loop of its own, since it stands in every small network.
  forward: ({ input }) => logisticOf(cast(input, floatType(input.dtype))),
  saves: ['result'],
  backward: { name: 'sigmoid_backward', examples: [{ grad_output: [1, -2, 0.5], output: [0.1, 0.5, 0.9] }] },
  formula: String.raw`\sigma(x) = \frac{1}{1 + e^{-x}}`,
  examples: [{ input: [-77.8, -1, 0, 1, 30] }],
  onnx: 'Sigmoid',
});

export const sigmoidBackward = sigmoid.backward;

export const logsigmoid = definePointwise({
  name: 'logsigmoid',
  aliases: ['log_sigmoid'],
  category: 'activation',
  in: ['F', ':log_sigmoid'],
  module: 'LogSigmoid',
  summary: 'Logarithm of the logistic function, without overflow',
  expression: f.logSigmoid,
  floatingOnly: true,
  gradFn: 'LogSigmoidBackward0',
  formula: String.raw`\ln \sigma(x) = -\ln(1 + e^{-x})`,
  examples: [{ input: [-30, -1, 0, 1, 30] }],
});

export const silu = definePointwise({
  name: 'silu',
  aliases: ['swish'],
  category: 'activation',
  in: ['F', ':swish'],
  inplace: true,
  module: 'SiLU',
  summary: 'The input times its logistic function; also called swish',
  source: 'Hendrycks & Gimpel 2016; Ramachandran, Zoph & Le 2017',
  expression: (x) => f.mul(x, f.sigmoid(x)),
  floatingOnly: true,
  backward: { name: 'silu_backward', examples: [{ grad_output: [1, -2, 0.5], self: [-3, 0.25, 2] }] },
  examples: [{ input: [-3, -0.5, 0, 0.5, 3] }],
});

export const siluBackward = silu.backward;
