/** The hyperbolic tangent, and the rational curve that resembles it. */
import { tanhOf } from '../../kernels/activation.ts';
import { cast } from '../../kernels/copy.ts';
import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map2 } from '../../kernels/pointwise.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { add, div, mul } from '../pointwise/arithmetic.ts';
import { abs } from '../pointwise/sign.ts';
import { floatType } from '../promote.ts';
import { backwardType } from './checks.ts';

export const tanh = defineOp({
  name: 'tanh',
  category: 'activation',
  in: ['torch_', 'Tensor_', 'F'],
  module: 'Tanh',
  summary: 'Hyperbolic tangent, from any number to between -1 and 1',
  params: [tensor('input')],
  formula: String.raw`\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}`,
  derivative: String.raw`1 - \tanh^2 x`,
  forward: ({ input }) => tanhOf(cast(input, floatType(input.dtype))),
  saves: ['result'],
  gradient: { input: ({ result }, grad): Tensor => tanhBackward(grad, result) },
  examples: [{ input: [-3, -0.5, 0, 0.5, 3] }],
});

const TANH_BACKWARD = kernel((g, y) => f.mul(g, f.sub(1, f.mul(y, y))));

/** PyTorch's own name for the step, as sigmoid_backward. */
export const tanhBackward = defineOp({
  name: 'tanh_backward',
  category: 'pointwise',
  summary: 'The gradient of tanh, from its output',
  params: [tensor('grad_output'), tensor('output')],
  formula: String.raw`g\, (1 - y^2)`,
  derivative: String.raw`\tfrac{\partial}{\partial g} = 1 - y^2,\quad \tfrac{\partial}{\partial y} = -2\, g\, y`,
  forward: ({ gradOutput, output }) => map2(TANH_BACKWARD, gradOutput, output, backwardType(gradOutput, output)),
  saves: ['gradOutput', 'output'],
  gradient: {
    gradOutput: ({ output }, grad): Tensor => tanhBackward(grad, output),
    output: ({ gradOutput, output }, grad) => mul(mul(grad, gradOutput), mul(output, -2)),
  },
  examples: [{ grad_output: [1, -2, 0.5], output: [-0.9, 0.25, 0.5] }],
});

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
