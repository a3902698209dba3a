/** The hyperbolic tangent, and the rational curve that resembles it. */

import * as f from '../../kernels/formula/expression.ts';
import { cast, tanhOf } from '../../kernels/index.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { add, div } from '../pointwise/arithmetic.ts';
import { abs } from '../pointwise/sign.ts';
import { definePointwise } from '../pointwise-op.ts';
import { floatType } from '../promote.ts';

export const tanh = definePointwise({
  name: 'tanh',
  category: 'activation',
  in: ['torch_', 'Tensor_', 'F'],
  module: 'Tanh',
  summary: 'Hyperbolic tangent, from any number to between -1 and 1',
  expression: f.tanh,
  // A loop of its own, since it stands in every small network.
  forward: ({ input }) => tanhOf(cast(input, floatType(input.dtype))),
  saves: ['result'],
  backward: { name: 'tanh_backward', examples: [{ grad_output: [1, -2, 0.5], output: [-0.9, 0.25, 0.5] }] },
  formula: String.raw`\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}`,
  examples: [{ input: [-3, -0.5, 0, 0.5, 3] }],
  onnx: 'Tanh',
});

export const tanhBackward = tanh.backward;

export const softsign = defineOp({
  name: 'softsign',
  category: 'activation',
  module: 'Softsign',
  summary: 'Like tanh, with slower tails',
  source: 'Bergstra et al. 2009',
  params: [tensor('input')],
  formula: String.raw`\frac{x}{1 + |x|}`,
  derivative: String.raw`\frac{1}{(1 + |x|)^2}`,
  composite: ({ input }) => div(input, add(abs(input), 1)),
  examples: [{ input: [-3, -0.5, 0.5, 3] }],
});
