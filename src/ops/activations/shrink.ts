/** Shrinkage: what is near zero becomes zero. */
import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { mapN } from '../../kernels/pointwise.ts';
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, number, tensor } from '../params.ts';
import { sub } from '../pointwise/arithmetic.ts';
import { le } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { abs } from '../pointwise/sign.ts';
import { floatingOnly, inType } from './checks.ts';
import { tanh } from './tanh.ts';

/** The gradient passes outside of [-lambd, lambd], and where the input is NaN. */
const outside = (input: Tensor, lambd: number, grad: Tensor): Tensor => where(le(abs(input), float(lambd)), 0, grad);

const HARDSHRINK = kernel((x, l) => f.select(f.le(f.abs(x), l), 0, x), {
  number: (x, l) => (Math.abs(x) <= l ? 0 : x),
});
const SOFTSHRINK = kernel((x, l) => f.select(f.gt(x, l), f.sub(x, l), f.select(f.lt(x, f.neg(l)), f.add(x, l), 0)), {
  number: (x, l) => (x > l ? x - l : x < -l ? x + l : 0),
});

export const hardshrink = defineOp({
  name: 'hardshrink',
  category: 'activation',
  in: ['torch', 'Tensor', 'F'],
  module: { name: 'Hardshrink', shows: '!lambd' },
  summary: 'Zero within a distance of zero, the identity beyond',
  params: [tensor('input'), attr('lambd', number(), { default: 0.5, doc: 'The distance' })],
  formula: String.raw`\begin{cases} x & |x| > \lambda \\ 0 & \text{else} \end{cases}`,
  derivative: String.raw`[\,|x| > \lambda\,]`,
  forward: ({ input, lambd }) => {
    floatingOnly('hardshrink', input);
    return mapN(HARDSHRINK, [input, inType(lambd, input.dtype)], input.dtype);
  },
  saves: ['input'],
  hangsOn: ['input'],
  gradient: { input: ({ input, lambd }, grad) => outside(input, lambd, grad) },
  examples: [{ input: [-2, -0.25, 0.25, 2], lambd: 0.5 }],
});

export const softshrink = defineOp({
  name: 'softshrink',
  category: 'activation',
  module: { name: 'Softshrink', shows: '!lambd' },
  summary: 'Zero within a distance of zero, and that much nearer to zero beyond',
  source: 'Donoho & Johnstone 1994',
  params: [tensor('input'), attr('lambd', number({ minimum: 0 }), { default: 0.5, doc: 'The distance' })],
  formula: String.raw`\operatorname{sgn}(x) \max(|x| - \lambda, 0)`,
  derivative: String.raw`[\,|x| > \lambda\,]`,
  forward: ({ input, lambd }) => {
    floatingOnly('softshrink', input);
    return mapN(SOFTSHRINK, [input, inType(lambd, input.dtype)], input.dtype);
  },
  saves: ['input'],
  hangsOn: ['input'],
  gradient: { input: ({ input, lambd }, grad) => outside(input, lambd, grad) },
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
