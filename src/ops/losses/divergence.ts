/** Kullback-Leibler divergence. */
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, oneOf, tensor } from '../params.ts';
import { div, mul, sub } from '../pointwise/arithmetic.ts';
import { exp } from '../pointwise/exponential.ts';
import { xlogy } from '../pointwise/special.ts';
import { sum } from '../reductions/sum.ts';
import { reduceLoss } from './reduce.ts';

const OF_MEAN =
  "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major release.";

export const klDiv = defineOp({
  name: 'kl_div',
  category: 'loss',
  in: ['torch', 'F'],
  takes: { torch: 'input target reduction | log_target' },
  module: 'KLDivLoss',
  summary: 'Kullback-Leibler divergence of the input, given as log-probabilities, from the target',
  source: 'Kullback & Leibler 1951',
  params: [
    tensor('input', { doc: 'Log-probabilities' }),
    tensor('target', { doc: 'Probabilities, or their logarithms with log_target' }),
    attr('reduction', oneOf('none', 'mean', 'sum', 'batchmean'), {
      default: 'mean',
      doc: 'batchmean, the sum divided by the size of the first dimension, is the divergence as mathematics has it; mean divides by the number of elements',
    }),
    attr('log_target', boolean, { default: false, doc: 'Whether target holds log-probabilities' }),
  ],
  formula: String.raw`y\,(\log y - x)`,
  derivative: String.raw`-y`,
  composite: ({ input, target, reduction, logTarget }): Tensor => {
    if (!isFloating(input.dtype) || !isFloating(target.dtype)) {
      throw dtypeError(`kl_div: integral inputs are not supported, but got ${input.dtype} and ${target.dtype}`);
    }
    if (reduction === 'mean') warn(OF_MEAN);
    const loss = logTarget ? mul(exp(target), sub(target, input)) : sub(xlogy(target, target), mul(target, input));
    if (reduction !== 'batchmean') return reduceLoss(loss, reduction);
    return input.ndim === 0 ? sum(loss) : div(sum(loss), float(input.shape[0]));
  },
  examples: [{ input: [[-1.2, -0.7, -1.6]], target: [[0.3, 0.5, 0.2]], reduction: 'batchmean' }],
});
