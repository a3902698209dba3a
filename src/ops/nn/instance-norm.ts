/** Standardisation of each channel of each image. */
import { contiguous, copy, launch, meanRows } from '../../kernels/index.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { numelOf } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, number } from '../params.ts';
import { repeat, reshape } from '../shape/index.ts';
import {
  biasParam,
  DERIVATIVE,
  FORMULA,
  inputParam,
  meanParam,
  nativeBatchNorm,
  overwrite,
  trainingDoc,
  varParam,
  weightParam,
} from './batch-norm.ts';
import { checkChannels, checkMany } from './group-norm.ts';
import { checkFloating } from './sizes.ts';

/** Mean over the examples of a statistic [n * channels]. */
function overExamples(t: Tensor, n: number, channels: number): Tensor {
  return meanRows(t.alias([n, channels], [channels, 1]), [0], false);
}

export const instanceNorm = defineOp({
  name: 'instance_norm',
  category: 'nn',
  in: ['torch', 'F'],
  takes: { torch: 'input weight bias running_mean running_var use_input_stats momentum eps cudnn_enabled' },
  summary: 'Each channel of each image brought to mean 0 and variance 1, then scaled and shifted',
  source: 'Ulyanov et al. 2016',
  params: [
    inputParam,
    meanParam,
    varParam,
    weightParam,
    biasParam,
    attr('use_input_stats', boolean, { default: true, doc: trainingDoc }),
    attr('momentum', number(), { default: 0.1, doc: 'Of the running statistics' }),
    attr('eps', number(), { default: 1e-5, doc: 'Added to the variance' }),
  ],
  formula: FORMULA.replaceAll('_c', '_{n,c}'),
  derivative: DERIVATIVE.replaceAll('_c', '_{n,c}'),
  composite: ({ input, runningMean, runningVar, weight, bias, useInputStats, momentum, eps }): Tensor => {
    if (input.ndim < 2)
      throw shapeMismatch(`instance_norm: expected input of at least 2 dimensions, but got ${showShape(input.shape)}`);
    const [n, channels, ...rest] = input.shape;
    if (useInputStats) checkMany('instance_norm', numelOf(rest), input.shape);
    else if (runningMean === undefined || runningVar === undefined)
      throw shapeMismatch('Expected running_mean and running_var to be defined when use_input_stats is false');
    checkFloating('instance_norm', input);
    checkChannels('instance_norm', input, channels, {
      running_mean: runningMean,
      running_var: runningVar,
      weight,
      bias,
    });
    // Every channel of every image is a channel of its own.
    const each = (t: Tensor | undefined): Tensor | undefined => t && repeat(t, [n]);
    const copies = [runningMean, runningVar].map(
      (t) => t && contiguous(copy(t, t.dtype, [n, channels])).alias([n * channels], [1]),
    );
    const [out] = nativeBatchNorm(
      reshape(input, [1, n * channels, ...rest]),
      each(weight),
      each(bias),
      copies[0],
      copies[1],
      useInputStats,
      momentum,
      eps,
    );
    if (useInputStats && n > 0) {
      [runningMean, runningVar].forEach((running, k) => {
        const own = copies[k];
        if (running !== undefined && own !== undefined)
          launch(running, () => overwrite(running, overExamples(own, n, channels)));
      });
    }
    return reshape(out, input.shape);
  },
  derivation: {
    words:
      'with z the standardized input and h = @g times the weight: the input gets (h - mean(h) - z mean(h z)) / s, over what was standardized together, since mean and deviation s depend on it, too; the weight gets the sum of @g z, the bias the sum of @g',
  },
  examples: [
    '{"input": [[[1, 2, 4], [3, -1, 0.5]]], "weight": [1, 2], "bias": [0, 0.5]}',
    '{"input": [[[1, 2, 4], [3, -1, 0.5]]], "running_mean": [0, 1], "running_var": [1, 2], "use_input_stats": false}',
  ],
});
