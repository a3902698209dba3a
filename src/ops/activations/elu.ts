/** Exponential linear units: the identity for positive numbers, an exponential down to a floor below. */
import * as f from '../../kernels/formula/expression.ts';
import { valueRange } from '../../tensor/errors.ts';
import { defineBackward } from '../backward-op.ts';
import { kink, kinkBetween } from '../curve.ts';
import { attr, number, tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';

type Term = f.Expression;

/** Adding 0 makes the -0 that expm1 keeps a 0, as PyTorch has it. */
const unit = (x: Term, below: f.Term, above: Term, rate: Term = x): Term =>
  f.select(f.le(x, 0), f.mul(below, f.add(f.expm1(rate), 0)), above);

const alpha = attr('alpha', number(), { default: 1, doc: 'The floor below zero is -alpha' });

/** The step back of all of them, as in PyTorch. At zero the slope is the left one, and its own slope is 0. */
export const eluBackward = defineBackward(
  { name: 'elu_backward', examples: [{ grad_output: [1, -2, 0.5], self: [-3, 0.25, 2] }] },
  {
    name: 'elu',
    of: 'self',
    numbers: [
      alpha,
      attr('scale', number(), { default: 1, doc: 'Multiplies the whole' }),
      attr('input_scale', number(), { default: 1, doc: 'Multiplies the input of the exponential' }),
    ],
    slope: () => {
      const [x, floor, scale, rate] = f.OPERANDS;
      const steep = f.mul(f.mul(floor, scale), rate);
      const below = f.mul(steep, f.exp(f.mul(rate, x)));
      return f.select(f.lt(x, 0), below, f.select(f.eq(x, 0), steep, scale));
    },
  },
);

export const elu = definePointwise({
  name: 'elu',
  category: 'activation',
  in: ['F_'],
  inplace: true,
  module: 'ELU',
  summary: 'Exponential linear unit',
  source: 'Clevert, Unterthiner & Hochreiter 2015',
  breaks: ({ alpha }) => kinkBetween(0, alpha, 1),
  params: [tensor('input'), alpha],
  expression: (x, { alpha }) => unit(x, alpha, x),
  gradient: ({ input, alpha }, grad) => eluBackward(grad, input, alpha, 1, 1),
  floatingOnly: true,
  examples: [{ input: [-3, -0.5, 0.5, 3], alpha: 1 }],
});

const SCALE = 1.0507009873554805;
const ALPHA = 1.6732632423543772;

export const selu = definePointwise({
  name: 'selu',
  category: 'activation',
  in: ['torch_', 'F_'],
  inplace: true,
  module: 'SELU',
  summary: 'ELU scaled so that layers keep mean 0 and variance 1',
  source: 'Klambauer et al. 2017',
  breaks: () => [kink(0)],
  expression: (x) => unit(x, SCALE * ALPHA, f.mul(SCALE, x)),
  gradient: ({ input }, grad) => eluBackward(grad, input, ALPHA, SCALE, 1),
  floatingOnly: true,
  gradFn: 'EluBackward0',
  formula: String.raw`\lambda \begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & \text{else} \end{cases},\quad \lambda \approx 1.0507,\ \alpha \approx 1.6733`,
  derivative: String.raw`\lambda \begin{cases} 1 & x > 0 \\ \alpha\, e^x & \text{else} \end{cases},\quad \lambda \approx 1.0507,\ \alpha \approx 1.6733`,
  examples: [{ input: [-3, -0.5, 0.5, 3] }],
});

export const celu = definePointwise({
  name: 'celu',
  category: 'activation',
  in: ['torch_', 'F_'],
  inplace: true,
  module: 'CELU',
  summary: 'ELU whose slope is continuous for every alpha',
  source: 'Barron 2017',
  params: [tensor('input'), alpha],
  expression: (x, { alpha }) => unit(x, alpha, x, f.div(x, alpha)),
  gradient: ({ input, alpha }, grad) => eluBackward(grad, input, alpha, 1, 1 / alpha),
  floatingOnly: true,
  check: ({ alpha }) => {
    if (alpha === 0) throw valueRange('celu: alpha cannot be 0, it is divided by');
  },
  examples: [{ input: [-3, -0.5, 0.5, 3], alpha: 2 }],
});
