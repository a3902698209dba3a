/** Shrinkage: what is near zero becomes zero. */
import * as f from '../../kernels/formula/expression.ts';
import { jump, kink } from '../curve.ts';
import { defineOp } from '../define.ts';
import { attr, number, tensor } from '../params.ts';
import { sub } from '../pointwise/arithmetic.ts';
import { definePointwise } from '../pointwise-op.ts';
import { tanh } from './tanh.ts';

export const hardshrink = definePointwise({
  name: 'hardshrink',
  category: 'activation',
  in: ['torch', 'Tensor', 'F'],
  module: { name: 'Hardshrink', shows: '!lambd' },
  summary: 'Zero within a distance of zero, the identity beyond',
  breaks: ({ lambd }) => (lambd > 0 ? [jump(-lambd), jump(lambd)] : []),
  params: [tensor('input'), attr('lambd', number(), { default: 0.5, doc: 'The distance' })],
  expression: (x, { lambd }) => f.select(f.le(f.abs(x), lambd), 0, x),
  floatingOnly: true,
  hangsOn: ['input'],
  examples: [{ input: [-2, -0.25, 0.25, 2], lambd: 0.5 }],
});

export const softshrink = definePointwise({
  name: 'softshrink',
  category: 'activation',
  module: { name: 'Softshrink', shows: '!lambd' },
  summary: 'Zero within a distance of zero, and that much nearer to zero beyond',
  source: 'Donoho & Johnstone 1994',
  breaks: ({ lambd }) => (lambd > 0 ? [kink(-lambd), kink(lambd)] : []),
  params: [tensor('input'), attr('lambd', number({ minimum: 0 }), { default: 0.5, doc: 'The distance' })],
  expression: (x, { lambd }) =>
    f.select(f.gt(x, lambd), f.sub(x, lambd), f.select(f.lt(x, f.neg(lambd)), f.add(x, lambd), 0)),
  // Asked this way round, so that a NaN lets the gradient pass.
  slope: (x, { lambd }) => f.select(f.le(f.abs(x), lambd), 0, 1),
  floatingOnly: true,
  hangsOn: ['input'],
  formula: String.raw`\operatorname{sgn}(x) \max(|x| - \lambda, 0)`,
  examples: [{ input: [-2, -0.25, 0.25, 2], lambd: 0.5 }],
});

export const tanhshrink = defineOp({
  name: 'tanhshrink',
  category: 'activation',
  module: 'Tanhshrink',
  summary: 'What tanh takes away',
  params: [tensor('input')],
  formula: String.raw`x - \tanh x`,
  derivative: String.raw`\tanh^2 x`,
  composite: ({ input }) => sub(input, tanh(input)),
  examples: [{ input: [-2, -0.25, 0.25, 2] }],
});
