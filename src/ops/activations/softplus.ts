/** A smooth rectifier. */
import { map1 } from '../../kernels/pointwise.ts';
import { float } from '../../tensor/scalar.ts';
import { defineOp } from '../define.ts';
import { attr, number, tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { gt } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { floatingOnly, inType } from './checks.ts';
import { sigmoid } from './sigmoid.ts';

export const softplus = defineOp({
  name: 'softplus',
  category: 'activation',
  summary: 'Smooth approximation of the rectifier, a straight line where it is one to within rounding',
  source: 'Dugas et al. 2000',
  params: [
    tensor('input'),
    attr('beta', number(), { default: 1, doc: 'How sharp the bend is' }),
    attr('threshold', number(), { default: 20, doc: 'The identity is taken where beta times the input is larger' }),
  ],
  formula: String.raw`\begin{cases} x & \beta x > \mathrm{threshold} \\ \tfrac{1}{\beta} \log(1 + e^{\beta x}) & \text{else} \end{cases}`,
  derivative: String.raw`\begin{cases} 1 & \beta x > \mathrm{threshold} \\ \sigma(\beta x) & \text{else} \end{cases}`,
  forward: ({ input, beta, threshold }) => {
    floatingOnly('softplus', input);
    const [b, limit] = [inType(beta, input.dtype), inType(threshold, input.dtype)];
    return map1({ number: (x) => (inType(x * b, input.dtype) > limit ? x : Math.log1p(Math.exp(x * b)) / b) }, input);
  },
  saves: ['input'],
  gradient: {
    input: ({ input, beta, threshold }, grad) => {
      const z = beta === 1 ? input : mul(input, float(beta));
      return where(gt(z, float(threshold)), grad, mul(grad, sigmoid(z)));
    },
  },
  examples: [{ input: [-30, -1, 0, 1, 30] }, { input: [-1, 0.5, 2], beta: 2, threshold: 10 }],
});
