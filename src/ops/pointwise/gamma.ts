/** The gamma function's logarithm and its derivatives. */

import { cast } from '../../kernels/copy.ts';
import * as f from '../../kernels/formula/expression.ts';
import { formula } from '../../kernels/formula/formula.ts';
import { mapN } from '../../kernels/pointwise.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, tensor } from '../params.ts';
import { floating1, floatType } from '../promote.ts';
import { mul } from './arithmetic.ts';

const LGAMMA = formula((x) => f.call('lgamma', x));
const POLYGAMMA = formula((x, n) => f.call('polygamma', n, x));
const DIGAMMA = formula((x) => f.call('digamma', x));

export const lgamma = defineOp({
  name: 'lgamma',
  aliases: ['gammaln'],
  category: 'pointwise',
  in: ['torch', 'Tensor_', 'special:gammaln'],
  summary: 'Logarithm of the absolute value of the gamma function',
  params: [tensor('input')],
  formula: String.raw`\ln |\Gamma(x)|`,
  derivative: String.raw`\psi(x)`,
  forward: ({ input }) => floating1(LGAMMA, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, digamma(input)) },
  examples: [{ input: [0.5, 2, 3.5] }],
});

export const digamma = defineOp({
  name: 'digamma',
  aliases: ['psi'],
  category: 'pointwise',
  in: ['torch', 'Tensor_', 'special', 'special:psi'],
  summary: 'Derivative of the logarithm of the gamma function',
  params: [tensor('input')],
  formula: String.raw`\psi(x) = \frac{\Gamma'(x)}{\Gamma(x)}`,
  derivative: String.raw`\psi'(x)`,
  forward: ({ input }) => floating1(DIGAMMA, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad): Tensor => mul(grad, polygamma(1, input)) },
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
