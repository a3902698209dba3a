/** A smooth rectifier. */
import * as f from '../../kernels/formula/expression.ts';
import { jump } from '../curve.ts';
import { attr, number, tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';

export const softplus = definePointwise({
  name: 'softplus',
  category: 'activation',
  module: { name: 'Softplus', takes: 'beta=1, threshold=20' },
  summary: 'Smooth approximation of the rectifier, a straight line where it is one to within rounding',
  source: 'Dugas et al. 2000',
  breaks: ({ beta, threshold }) => [jump(threshold / beta)],
  params: [
    tensor('input'),
    attr('beta', number(), { default: 1, doc: 'How sharp the bend is' }),
    attr('threshold', number(), {
      default: 20,
      doc: 'The identity is taken where beta times the input is larger',
    }),
  ],
  expression: (x, { beta, threshold }) => {
    const z = f.mul(beta, x);
    return f.select(f.gt(z, threshold), x, f.div(f.softplus(z), beta));
  },
  floatingOnly: true,
  backward: { name: 'softplus_backward', examples: [{ grad_output: [1, -2, 0.5], self: [-3, 0.25, 2] }] },
  examples: [{ input: [-30, -1, 0, 1, 30] }, { input: [-1, 0.5, 2], beta: 2, threshold: 10 }],
});

export const softplusBackward = softplus.backward;
