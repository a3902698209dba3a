/** Exponential linear units: the identity for positive numbers, an exponential down to a floor below. */
import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { mapN } from '../../kernels/pointwise.ts';
import { valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, number, tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { le, lt } from '../pointwise/comparison.ts';
import { exp } from '../pointwise/exponential.ts';
import { where } from '../pointwise/select.ts';
import { floatingOnly, inType } from './checks.ts';

/** `below * (exp(rate * x) - 1)` up to zero, `above * x` beyond. */
interface Shape {
  readonly below: number;
  readonly above: number;
  readonly rate: number;
}

/** Adding 0 makes the -0 that expm1 keeps a 0, as PyTorch has it. */
const ELU = kernel(
  (x, below, above, rate) => f.select(f.le(x, 0), f.mul(f.add(f.expm1(f.mul(x, rate)), 0), below), f.mul(x, above)),
  { number: (x, below, above, rate) => (x <= 0 ? (Math.expm1(x * rate) + 0) * below : x * above) },
);

function forward(op: string, input: Tensor, shape: Shape): Tensor {
  floatingOnly(op, input);
  const [below, above, rate] = [shape.below, shape.above, shape.rate].map((v) => inType(v, input.dtype));
  return mapN(ELU, [input, below, above, rate], input.dtype);
}

const scaled = (t: Tensor, by: number): Tensor => (by === 1 ? t : mul(t, by));

/** At zero the slope is the left one, and its own slope is 0: so PyTorch has it. */
function slope(input: Tensor, grad: Tensor, { below, above, rate }: Shape): Tensor {
  const negative = where(lt(input, 0), input, 0);
  return where(le(input, 0), mul(scaled(grad, below * rate), exp(scaled(negative, rate))), scaled(grad, above));
}

const alpha = attr('alpha', number(), { default: 1, doc: 'The floor below zero is -alpha' });

export const elu = defineOp({
  name: 'elu',
  category: 'activation',
  in: ['F_'],
  inplace: true,
  module: 'ELU',
  summary: 'Exponential linear unit',
  source: 'Clevert, Unterthiner & Hochreiter 2015',
  params: [tensor('input'), alpha],
  formula: String.raw`\begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & \text{else} \end{cases}`,
  derivative: String.raw`\begin{cases} 1 & x > 0 \\ \alpha\, e^x & \text{else} \end{cases}`,
  forward: ({ input, alpha }) => forward('elu', input, { below: alpha, above: 1, rate: 1 }),
  saves: ['input'],
  gradient: { input: ({ input, alpha }, grad) => slope(input, grad, { below: alpha, above: 1, rate: 1 }) },
  examples: [{ input: [-3, -0.5, 0.5, 3], alpha: 1 }],
});

const SELU_SCALE = 1.0507009873554805;
const SELU: Shape = { below: SELU_SCALE * 1.6732632423543772, above: SELU_SCALE, rate: 1 };

export const selu = defineOp({
  name: 'selu',
  category: 'activation',
  in: ['torch_', 'F_'],
  inplace: true,
  module: 'SELU',
  summary: 'ELU scaled so that layers keep mean 0 and variance 1',
  source: 'Klambauer et al. 2017',
  params: [tensor('input')],
  formula: String.raw`\lambda \begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & \text{else} \end{cases},\quad \lambda \approx 1.0507,\ \alpha \approx 1.6733`,
  derivative: String.raw`\lambda \begin{cases} 1 & x > 0 \\ \alpha\, e^x & \text{else} \end{cases}`,
  forward: ({ input }) => forward('selu', input, SELU),
  saves: ['input'],
  gradFn: 'EluBackward0',
  gradient: { input: ({ input }, grad) => slope(input, grad, SELU) },
  examples: [{ input: [-3, -0.5, 0.5, 3] }],
});

const celuShape = (alpha: number): Shape => ({ below: alpha, above: 1, rate: 1 / alpha });

export const celu = defineOp({
  name: 'celu',
  category: 'activation',
  in: ['torch_', 'F_'],
  inplace: true,
  module: 'CELU',
  summary: 'ELU whose slope is continuous for every alpha',
  source: 'Barron 2017',
  params: [tensor('input'), alpha],
  formula: String.raw`\max(0, x) + \min(0, \alpha\,(e^{x/\alpha} - 1))`,
  derivative: String.raw`\begin{cases} 1 & x > 0 \\ e^{x/\alpha} & \text{else} \end{cases}`,
  forward: ({ input, alpha }) => {
    if (alpha === 0) throw valueRange('celu: alpha cannot be 0, it is divided by');
    return forward('celu', input, celuShape(alpha));
  },
  saves: ['input'],
  gradient: { input: ({ input, alpha }, grad) => slope(input, grad, celuShape(alpha)) },
  examples: [{ input: [-3, -0.5, 0.5, 3], alpha: 2 }],
});
