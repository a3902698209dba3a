/** The logistic function, its logarithm, and its product with the input. */
import { logisticOf } from '../../kernels/activation.ts';
import { cast } from '../../kernels/copy.ts';
import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map1, map2 } from '../../kernels/pointwise.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { add, mul, neg } from '../pointwise/arithmetic.ts';
import { floatType } from '../promote.ts';
import { backwardType, floatingOnly } from './checks.ts';

export const sigmoid = defineOp({
  name: 'sigmoid',
  aliases: ['expit'],
  category: 'activation',
  in: ['torch_', 'Tensor_', 'F', 'special:expit'],
  module: 'Sigmoid',
  summary: 'Logistic function, from any number to between 0 and 1',
  source: 'Verhulst 1845',
  params: [tensor('input')],
  formula: String.raw`\sigma(x) = \frac{1}{1 + e^{-x}}`,
  derivative: String.raw`\sigma(x)\,(1 - \sigma(x))`,
  forward: ({ input }) => logisticOf(cast(input, floatType(input.dtype))),
  saves: ['result'],
  gradient: { input: ({ result }, grad): Tensor => sigmoidBackward(grad, result) },
  examples: [{ input: [-77.8, -1, 0, 1, 30] }],
});

const SIGMOID_BACKWARD = kernel((g, y) => f.mul(f.mul(g, f.sub(1, y)), y));

/** PyTorch's own name for the step; one op, since it stands in every gradient of a small network. */
export const sigmoidBackward = defineOp({
  name: 'sigmoid_backward',
  category: 'pointwise',
  summary: 'The gradient of sigmoid, from its output',
  params: [tensor('grad_output'), tensor('output')],
  formula: String.raw`g\, y\, (1 - y)`,
  derivative: String.raw`\tfrac{\partial}{\partial g} = y (1 - y),\quad \tfrac{\partial}{\partial y} = g\, (1 - 2 y)`,
  forward: ({ gradOutput, output }) => map2(SIGMOID_BACKWARD, gradOutput, output, backwardType(gradOutput, output)),
  saves: ['gradOutput', 'output'],
  gradient: {
    gradOutput: ({ output }, grad): Tensor => sigmoidBackward(grad, output),
    output: ({ gradOutput, output }, grad) => mul(mul(grad, gradOutput), add(mul(output, -2), 1)),
  },
  examples: [{ grad_output: [1, -2, 0.5], output: [0.1, 0.5, 0.9] }],
});

const LOGSIGMOID = kernel((x) => f.sub(f.min(x, 0), f.softplusTail(x)), {
  number: (x) => (x < 0 ? x : 0) - Math.log1p(Math.exp(-Math.abs(x))),
});

export const logsigmoid = defineOp({
  name: 'logsigmoid',
  aliases: ['log_sigmoid'],
  category: 'activation',
  in: ['F', ':log_sigmoid'],
  module: 'LogSigmoid',
  summary: 'Logarithm of the logistic function, without overflow',
  params: [tensor('input')],
  formula: String.raw`\log \sigma(x) = -\log(1 + e^{-x})`,
  derivative: String.raw`\sigma(-x)`,
  forward: ({ input }) => {
    floatingOnly('logsigmoid', input);
    return map1(LOGSIGMOID, input);
  },
  saves: ['input'],
  gradFn: 'LogSigmoidBackward0',
  gradient: { input: ({ input }, grad) => mul(grad, sigmoid(neg(input))) },
  examples: [{ input: [-30, -1, 0, 1, 30] }],
});

const SILU = kernel((x) => f.mul(x, f.sigmoid(x)), { number: (x) => x / (1 + Math.exp(-x)) });

export const silu = defineOp({
  name: 'silu',
  aliases: ['swish'],
  category: 'activation',
  in: ['F', ':swish'],
  inplace: true,
  module: 'SiLU',
  summary: 'The input times its logistic function; also called swish',
  source: 'Hendrycks & Gimpel 2016; Ramachandran, Zoph & Le 2017',
  params: [tensor('input')],
  formula: String.raw`x\,\sigma(x)`,
  derivative: String.raw`\sigma(x)\,(1 + x\,(1 - \sigma(x)))`,
  forward: ({ input }) => {
    floatingOnly('silu', input);
    return map1(SILU, input);
  },
  saves: ['input'],
  gradient: { input: ({ input }, grad): Tensor => siluBackward(grad, input) },
  examples: [{ input: [-3, -0.5, 0, 0.5, 3] }],
});

const SILU_BACKWARD = kernel((g, x) => {
  const s = f.sigmoid(x);
  return f.mul(g, f.mul(s, f.add(f.mul(x, f.sub(1, s)), 1)));
});

/** PyTorch's own name for the step, as sigmoid_backward. */
export const siluBackward = defineOp({
  name: 'silu_backward',
  category: 'pointwise',
  summary: 'The gradient of silu, from its input',
  params: [tensor('grad_output'), tensor('self')],
  formula: String.raw`g\, \sigma(x)\,(1 + x\,(1 - \sigma(x)))`,
  derivative: String.raw`\tfrac{\partial}{\partial g} = \sigma(x)\,(1 + x\,(1 - \sigma(x))),\quad \tfrac{\partial}{\partial x} = g\, \sigma(x)\,(1 - \sigma(x))\,(2 + x\,(1 - 2\,\sigma(x)))`,
  forward: ({ gradOutput, self }) => map2(SILU_BACKWARD, gradOutput, self, backwardType(gradOutput, self)),
  saves: ['gradOutput', 'self'],
  gradient: {
    gradOutput: ({ self }, grad): Tensor => siluBackward(grad, self),
    self: ({ gradOutput, self }, grad) => {
      const s = sigmoid(self);
      const inner = add(mul(self, add(mul(s, -2), 1)), 2);
      return mul(mul(grad, gradOutput), mul(mul(s, add(neg(s), 1)), inner));
    },
  },
  examples: [{ grad_output: [1, -2, 0.5], self: [-3, 0.25, 2] }],
});
