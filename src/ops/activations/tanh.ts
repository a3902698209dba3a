/** The hyperbolic tangent, and the rational curve that resembles it. */
import { tanhOf } from '../../kernels/activation.ts';
import { cast } from '../../kernels/copy.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { add, div, mul, neg } from '../pointwise/arithmetic.ts';
import { abs } from '../pointwise/sign.ts';
import { floatType } from '../promote.ts';

export const tanh = defineOp({
  name: 'tanh',
  category: 'activation',
  summary: 'Hyperbolic tangent, from any number to between -1 and 1',
  params: [tensor('input')],
  formula: String.raw`\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}`,
  derivative: String.raw`1 - \tanh^2 x`,
  forward: ({ input }) => tanhOf(cast(input, floatType(input.dtype))),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => mul(grad, add(neg(mul(result, result)), 1)) },
  examples: [{ input: [-3, -0.5, 0, 0.5, 3] }],
});

export const softsign = defineOp({
  name: 'softsign',
  category: 'activation',
  summary: 'Like tanh, with slower tails',
  source: 'Bergstra et al. 2009',
  params: [tensor('input')],
  formula: String.raw`\frac{x}{1 + |x|}`,
  derivative: String.raw`\frac{1}{(1 + |x|)^2}`,
  composite: ({ input }) => div(input, add(abs(input), 1)),
  examples: [{ input: [-3, -0.5, 0.5, 3] }],
});
