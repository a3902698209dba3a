/** The gamma function's logarithm and its derivatives. */

import * as f from '../../kernels/formula/expression.ts';
import { formula } from '../../kernels/formula/formula.ts';
import { cast, mapN } from '../../kernels/index.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';
import { floatType } from '../promote.ts';
import { mul } from './arithmetic.ts';

const POLYGAMMA = formula((x, n) => f.call('polygamma', n, x));

export const lgamma = definePointwise({
  name: 'lgamma',
  aliases: ['gammaln'],
  in: ['torch', 'Tensor_', 'special:gammaln'],
  summary: 'Logarithm of the absolute value of the gamma function',
  expression: (x) => f.call('lgamma', x),
  wide: true,
  examples: [{ input: [0.5, 2, 3.5] }],
});

export const digamma = definePointwise({
  name: 'digamma',
  aliases: ['psi'],
  in: ['torch', 'Tensor_', 'special', 'special:psi'],
  summary: 'Derivative of the logarithm of the gamma function',
  expression: (x) => f.call('digamma', x),
  wide: true,
  formula: String.raw`\psi(x) = \frac{\Gamma'(x)}{\Gamma(x)}`,
  examples: [{ input: [0.5, 2, 3.5] }],
});

export const polygamma = defineOp({
  name: 'polygamma',
  category: 'pointwise',
  in: ['torch', 'Tensor_', 'special'],
  summary: 'n-th derivative of digamma',
  params: [attr('n', integer({ minimum: 0 }), { doc: 'The order of the derivative' }), tensor('input')],
  formula: String.raw`\psi^{(n)}(x)`,
  derivative: String.raw`\psi^{(n+1)}(x)`,
  forward: ({ n, input }) => mapN(POLYGAMMA, [cast(input, floatType(input.dtype)), n], floatType(input.dtype)),
  saves: ['input'],
  gradient: { input: ({ n, input }, grad): Tensor => mul(grad, polygamma(n + 1, input)) },
  examples: [{ n: 1, input: [0.5, 2, 3.5] }],
});
