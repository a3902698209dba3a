/** Standardisation of channels over a batch, by statistics that are kept. */

import {
  cast,
  copyInto,
  inverseDeviation,
  map1,
  map2,
  moments,
  settleReaders,
  standardize as standardizeRows,
} from '../../kernels/index.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { contiguousStrides, numelOf } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { keepingFormat } from '../memory-format.ts';
import { attr, boolean, number, optionalConstant, optionalTensor, tensor } from '../params.ts';
import { add, mul, sub } from '../pointwise/arithmetic.ts';
import { clone } from '../pointwise/identity.ts';
import { rsqrt } from '../pointwise/powers.ts';
import { select } from '../shape/windows.ts';
import { checkChannels, checkMany } from './group-norm.ts';
import { checkFloating } from './sizes.ts';
import {
  channelView,
  dimsBut,
  perChannel,
  standardize,
  standardizeBackward,
  sumPerChannel,
  wide,
} from './standardize.ts';

export const FORMULA = String.raw`\frac{x - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} \cdot w_c + b_c`;
export const DERIVATIVE = String.raw`\tfrac{1}{s} \bigl(g w - \overline{g w} - \hat x\, \overline{g w \hat x}\bigr),\quad s = \sqrt{\sigma_c^2 + \epsilon}`;

export const inputParam = tensor('input', { doc: 'Shape [n, channels, …]' });
export const weightParam = optionalTensor('weight', { doc: 'One for each channel, multiplies' });
export const biasParam = optionalTensor('bias', { doc: 'One for each channel, is added' });
export const meanParam = optionalConstant('running_mean', {
  doc: 'One for each channel; training brings it up to date in place',
});
export const varParam = optionalConstant('running_var', {
  doc: 'The running variance, which is used in place of the batch’s where training is off',
});

/** Channels are dimension 1. */
const channelsOf = (t: { shape: readonly number[] }): number => t.shape[1] ?? 0;

/** Writes over a tensor without a trace in any graph, as PyTorch keeps its running statistics. */
export function overwrite(target: Tensor, value: Tensor): void {
  settleReaders(target.storage);
  copyInto(target, value);
  target.storage.version++;
}

/** `running = (1 - momentum) * running + momentum * seen`, where a running statistic is kept. */
function follow(running: Tensor | undefined, seen: Tensor, momentum: number): void {
  if (running === undefined) return;
  const flat = seen.alias(running.shape, contiguousStrides(running.shape));
  const next = map2(
    { number: (old, now) => (1 - momentum) * old + momentum * now },
    running,
    flat,
    'float64',
    running.dtype,
  );
  overwrite(running, next);
}

/** A variance divided by n - 1 in place of n. */
const unbiased = (variance: Tensor, n: number): Tensor =>
  map1({ number: (v) => v * (n / (n - 1)) }, variance, 'float64');

export const nativeBatchNorm = defineOp({
  name: 'native_batch_norm',
  category: 'nn',
  in: ['torch'],
  summary: 'Channels standardised by the statistics of the batch, or by those that were kept; also those used',
  source: 'Ioffe & Szegedy 2015',
  params: [
    inputParam,
    weightParam,
    biasParam,
    meanParam,
    varParam,
    attr('training', boolean),
    attr('momentum', number()),
    attr('eps', number(), { doc: 'Added to the variance' }),
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  forward: ({ input, weight, bias, runningMean, runningVar, training, momentum, eps }): readonly Tensor[] => {
    checkFloating('batch_norm', input);
    if (input.ndim < 2)
      throw shapeMismatch(`batch_norm: expected input of at least 2 dimensions, but got ${showShape(input.shape)}`);
    const channels = channelsOf(input);
    checkChannels('batch_norm', input, channels, {
      running_mean: runningMean,
      running_var: runningVar,
      weight,
      bias,
    });
    const view = (t: Tensor): Tensor => channelView(t, input.ndim);
    const [w, b] = [weight && view(weight), bias && view(bias)];
    if (!training) {
      if (runningMean === undefined || runningVar === undefined) {
        throw shapeMismatch(
          `batch_norm: ${runningMean === undefined ? 'running_mean' : 'running_var'} must be defined in evaluation mode`,
        );
      }
      const [m, v] = [view(cast(runningMean, 'float64')), view(cast(runningVar, 'float64'))];
      const none = empty([0], input.dtype);
      return [keepingFormat(standardizeRows(input, m, v, eps, w, b), input), none, none];
    }
    const { mean, variance } = moments(input, dimsBut(input.ndim, 1));
    const out = standardizeRows(input, mean, variance, eps, w, b);
    follow(runningMean, mean, momentum);
    follow(runningVar, unbiased(variance, input.numel / channels), momentum);
    const scale = inverseDeviation(variance, eps, input.dtype);
    const flat = (t: Tensor): Tensor => t.alias([channels], [1]);
    return [keepingFormat(out, input), flat(cast(mean, input.dtype)), flat(scale)];
  },
  saves: ['input', 'weight'],
  hangsOn: { bias: ['input', 'weight'] },
  constantResults: [1, 2],
  gradient: {
    input: ({ input, weight, training, eps, ...saved }, [grad]): Tensor | null => {
      if (grad === null) return null;
      const g = weight === undefined ? grad : mul(wide(grad), perChannel(wide(weight), input.ndim));
      if (training) return standardizeBackward(g, input, dimsBut(input.ndim, 1), eps);
      return mul(g, perChannel(kept(saved, eps).scale, input.ndim));
    },
    weight: ({ input, training, eps, ...saved }, [grad]): Tensor | null => {
      if (grad === null) return null;
      if (training) return sumPerChannel(mul(wide(grad), standardize(wide(input), dimsBut(input.ndim, 1), eps)));
      const { mean, scale } = kept(saved, eps);
      const unit = mul(sub(wide(input), perChannel(mean, input.ndim)), perChannel(scale, input.ndim));
      return sumPerChannel(mul(wide(grad), unit));
    },
    bias: (_, [grad]): Tensor | null => (grad === null ? null : sumPerChannel(grad)),
  },
  examples: [
    '{"input": [[1, 2], [3, -1], [0.5, 4]], "weight": [1, 2], "bias": [0, 0.5], "training": true, "momentum": 0.1, "eps": 0.00001}',
  ],
});

/** The statistics that were kept, in float64. Evaluation saves them; training must not, for it writes to them. */
function kept(saved: object, eps: number): { mean: Tensor; scale: Tensor } {
  const { runningMean, runningVar } = saved as { runningMean: Tensor; runningVar: Tensor };
  return { mean: wide(runningMean), scale: rsqrt(add(wide(runningVar), float(eps))) };
}

export const trainingDoc = 'Whether the statistics are those of the batch, and running ones are brought up to date';

export const batchNorm = defineOp({
  name: 'batch_norm',
  category: 'nn',
  in: ['torch', 'F'],
  takes: { torch: 'input weight bias running_mean running_var training momentum eps cudnn_enabled' },
  summary: 'Channels brought to mean 0 and variance 1 over a batch, then each scaled and shifted',
  source: 'Ioffe & Szegedy 2015',
  params: [
    inputParam,
    meanParam,
    varParam,
    weightParam,
    biasParam,
    attr('training', boolean, { default: false, doc: trainingDoc }),
    attr('momentum', number(), { default: 0.1, doc: 'Of the running statistics' }),
    attr('eps', number(), { default: 1e-5, doc: 'Added to the variance' }),
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ input, runningMean, runningVar, weight, bias, training, momentum, eps }): Tensor => {
    if (input.ndim === 0) throw shapeMismatch('batch_norm: expected input of at least 1 dimension, but got []');
    if (training) checkMany('batch_norm', input.shape[0] * numelOf(input.shape.slice(2)), input.shape);
    if (input.numel === 0) return nothing(input, runningMean, runningVar, weight, bias);
    return nativeBatchNorm(input, weight, bias, runningMean, runningVar, training, momentum, eps)[0];
  },
  derivation: {
    words:
      'with z the standardized input and h = @g times the weight: the input gets (h - mean(h) - z mean(h z)) / s, over what was standardized together, since mean and deviation s depend on it, too; the weight gets the sum of @g z, the bias the sum of @g; in evaluation mean and deviation are constants, and the input gets h / s',
  },
  examples: [
    '{"input": [[1, 2], [3, -1], [0.5, 4]], "running_mean": [0, 1], "running_var": [1, 2], "weight": [1, 2], "bias": [0, 0.5]}',
    '{"input": [[[1, 2], [3, -1]], [[0.5, 4], [2, 2.5]]], "training": true}',
  ],
});

/** Of nothing there are no statistics; weight and bias stay in the graph. */
function nothing(
  input: Tensor,
  mean: Tensor | undefined,
  variance: Tensor | undefined,
  weight: Tensor | undefined,
  bias: Tensor | undefined,
): Tensor {
  checkFloating('batch_norm', input);
  checkChannels('batch_norm', input, channelsOf(input), { running_mean: mean, running_var: variance, weight, bias });
  let out = clone(input);
  if (weight !== undefined && weight.numel > 0) out = mul(out, select(weight, 0, 0));
  if (bias !== undefined && bias.numel > 0) out = add(out, select(bias, 0, 0));
  return out;
}
