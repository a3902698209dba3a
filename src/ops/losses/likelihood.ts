/** Negative log-likelihoods of distributions whose parameters a network gives. */

import { firstWithout } from '../../kernels/index.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { end, OF_THREE, pole } from '../curve.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, number, reduction, tensor } from '../params.ts';
import { add, div, mul, sub } from '../pointwise/arithmetic.ts';
import { le, lt } from '../pointwise/comparison.ts';
import { exp, log } from '../pointwise/exponential.ts';
import { detach } from '../pointwise/identity.ts';
import { where } from '../pointwise/select.ts';
import { reshape } from '../shape/views.ts';
import { reduceLoss } from './reduce.ts';

export const poissonNllLoss = defineOp({
  name: 'poisson_nll_loss',
  category: 'loss',
  in: ['torch', 'F'],
  takes: { F: 'input target log_input full size_average eps reduce reduction' },
  module: 'PoissonNLLLoss',
  summary: 'Negative log-likelihood of counts under a Poisson distribution',
  // Below -eps there is no logarithm.
  breaks: ({ target: [y], logInput, eps }) => (logInput ? [] : [y === 0 ? end(-eps, 'below') : pole(-eps, 'below')]),
  params: [
    tensor('input', { doc: "The distribution's mean, or its logarithm with log_input" }),
    tensor('target', { doc: 'Counts' }),
    attr('log_input', boolean, { default: true, doc: 'Whether input holds logarithms' }),
    attr('full', boolean, {
      default: false,
      doc: 'Whether to add the Stirling approximation of log(target!) where target is larger than 1',
    }),
    attr('eps', number(), { default: 1e-8, doc: 'Keeps the logarithm from 0 without log_input' }),
    reduction,
  ],
  formula: String.raw`e^x - y\,x \quad\text{or}\quad x - y \log(x + \varepsilon)`,
  derivative: String.raw`e^x - y \quad\text{or}\quad 1 - \frac{y}{x + \varepsilon}`,
  composite: ({ input, target, logInput, full, eps, reduction }) => {
    const loss = logInput ? sub(exp(input), mul(target, input)) : sub(input, mul(target, log(add(input, float(eps)))));
    if (!full) return reduceLoss(loss, reduction);
    const stirling = add(sub(mul(target, log(target)), target), mul(log(mul(target, 2 * Math.PI)), 0.5));
    return reduceLoss(add(loss, where(le(target, 1), 0, stirling)), reduction);
  },
  examples: [{ input: [0.5, 1.2, -0.3], target: [1, 4, 0] }],
});

function refuseNegative(variance: Tensor): void {
  const negative = firstWithout(variance, (x) => !(x < 0));
  if (negative !== undefined) throw valueRange(`gaussian_nll_loss: var has negative entries, the first is ${negative}`);
}

/** One variance for each element, or one for each row. */
function variances(input: Tensor, variance: Tensor): Tensor {
  const rows = input.shape.slice(0, -1);
  if (sameShape(variance.shape, input.shape)) return variance;
  if (input.ndim > 0 && sameShape(variance.shape, rows)) return reshape(variance, [...rows, 1]);
  if (sameShape(variance.shape, [...rows, 1])) return variance;
  throw shapeMismatch(
    `gaussian_nll_loss: var of shape ${showShape(variance.shape)} is of incorrect size for the input's ${showShape(input.shape)}`,
  );
}

export const gaussianNllLoss = defineOp({
  name: 'gaussian_nll_loss',
  category: 'loss',
  takes: 'input target var full eps reduction',
  module: { name: 'GaussianNLLLoss', takes: "*, full=False, eps=1e-06, reduction='mean'" },
  summary: 'Negative log-likelihood under a normal distribution of given means and variances',
  source: 'Nix & Weigend 1994',
  curve: OF_THREE,
  params: [
    tensor('input', { doc: 'Means' }),
    tensor('target'),
    tensor('var', { doc: "Variances: the input's shape, or with the last dimension 1 or left out" }),
    attr('full', boolean, { default: false, doc: 'Whether to add the constant term' }),
    attr('eps', number({ exclusiveMinimum: 0 }), {
      default: 1e-6,
      doc: 'The smallest variance; a smaller one is raised to it, with no effect on gradients',
    }),
    reduction,
  ],
  formula: String.raw`\tfrac12 \left(\log v + \frac{(x - y)^2}{v}\right)`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = \frac{x - y}{v},\quad \tfrac{\partial}{\partial v} = \tfrac12 \left(\frac1v - \frac{(x - y)^2}{v^2}\right)`,
  composite: ({ input, target, var: variance, full, eps, reduction }) => {
    const raw = variances(input, variance);
    refuseNegative(raw);
    // What is too small is raised by a constant, so that the gradient passes as if it were not.
    const v = where(lt(raw, float(eps)), add(sub(raw, detach(raw)), float(eps)), raw);
    const d = sub(input, target);
    const loss = mul(add(log(v), div(mul(d, d), v)), 0.5);
    return reduceLoss(full ? add(loss, 0.5 * Math.log(2 * Math.PI)) : loss, reduction);
  },
  examples: [{ input: [0.5, 1.2, -0.3], target: [1, 1, 0], var: [0.5, 2, 1] }],
});
