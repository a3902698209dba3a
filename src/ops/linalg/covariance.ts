/** Covariances and correlations of variables, which are the rows of a matrix. */
import { dtypeError, shapeMismatch } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { defineOp } from '../define.ts';
import { attr, integer, optionalConstant, tensor } from '../params.ts';
import { div, mul, sub } from '../pointwise/arithmetic.ts';
import { clamp, clampMin } from '../pointwise/clamp.ts';
import { sqrt } from '../pointwise/powers.ts';
import { sum } from '../reductions/index.ts';
import { diagonal, mT, reshape, squeeze, unsqueeze } from '../shape/index.ts';
import { matmul } from './matmul.ts';

function checkWeights(name: string, weights: Tensor | undefined, count: number): void {
  if (weights === undefined) return;
  if (weights.ndim > 1)
    throw shapeMismatch(
      `cov(): expected ${name} to have one or fewer dimensions but got ${name} with ${weights.ndim} dimensions`,
    );
  if (weights.numel !== count)
    throw shapeMismatch(
      `cov(): expected ${name} to have the same numel as there are observations in the input but got ${weights.numel} != ${count}`,
    );
}

export const cov = defineOp({
  name: 'cov',
  category: 'linalg',
  takes: 'input | correction fweights aweights',
  summary: 'Covariances of variables, each a row of observations',
  params: [
    tensor('input', { doc: 'Variables by observations, or the observations of one variable' }),
    attr('correction', integer(), { default: 1, doc: 'Divide by n - correction' }),
    optionalConstant('fweights', { wants: 'int64', doc: 'How often each observation was made' }),
    optionalConstant('aweights', { doc: 'How much each observation counts' }),
  ],
  formula: String.raw`\tfrac{1}{n - c} \sum_k (x_{ik} - \bar x_i)(x_{jk} - \bar x_j)`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_{ik}} = \tfrac{1}{n - c} \sum_j (G_{ij} + G_{ji})(x_{jk} - \bar x_j)`,
  composite: ({ input, correction, fweights, aweights }): Tensor => {
    if (input.ndim > 2)
      throw shapeMismatch(
        `cov(): expected input to have two or fewer dimensions but got an input with ${input.ndim} dimensions`,
      );
    if (input.dtype === 'bool') throw dtypeError('cov(): bool dtype is not supported for input');
    const x = input.ndim < 2 ? reshape(input, [1, -1]) : input;
    const count = x.shape[1];
    checkWeights('fweights', fweights, count);
    checkWeights('aweights', aweights, count);
    const weights = fweights === undefined ? aweights : aweights === undefined ? fweights : mul(fweights, aweights);
    if (weights === undefined) {
      const factor = count - correction;
      if (factor <= 0) warn('cov(): degrees of freedom is <= 0');
      const centred = sub(x, unsqueeze(div(sum(x, 1), count), 1));
      return squeeze(div(matmul(centred, mT(centred)), Math.max(factor, 0)));
    }
    const total = sum(weights);
    const less =
      aweights === undefined || correction === 0
        ? correction
        : div(mul(sum(mul(weights, aweights)), correction), total);
    const factor = clampMin(sub(total, less), 0);
    const centred = sub(x, unsqueeze(div(sum(mul(x, weights), 1), total), 1));
    return squeeze(div(matmul(centred, mT(mul(centred, weights))), factor));
  },
  examples: ['{"input": [[0, 1, 2], [2, 1, 0.5]]}', '{"input": [1, 2, 4], "correction": 0}'],
});

export const corrcoef = defineOp({
  name: 'corrcoef',
  category: 'linalg',
  summary: "Pearson's correlations of variables, each a row of observations",
  params: [tensor('input', { doc: 'Variables by observations, or the observations of one variable' })],
  formula: String.raw`R_{ij} = \frac{C_{ij}}{\sqrt{C_{ii}\, C_{jj}}}`,
  derivative: String.raw`\tfrac{\partial R_{ij}}{\partial C_{ij}} = \tfrac{1}{\sqrt{C_{ii}\, C_{jj}}},\quad \tfrac{\partial R_{ij}}{\partial C_{ii}} = -\tfrac{R_{ij}}{2 C_{ii}}`,
  composite: ({ input }): Tensor => {
    if (input.ndim > 2)
      throw shapeMismatch(
        `corrcoef(): expected input to have two or fewer dimensions but got an input with ${input.ndim} dimensions`,
      );
    const c = cov(input);
    if (c.ndim === 0) return div(c, c);
    const deviation = sqrt(diagonal(c));
    return clamp(div(div(c, unsqueeze(deviation, 1)), unsqueeze(deviation, 0)), -1, 1);
  },
  examples: ['{"input": [[0, 1, 2], [1, 3, 2]]}'],
});
