/** Connectionist temporal classification. */
import { type Alignments, ctcLosses, ctcSizes, ctcSlope } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, EngineError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, integer, reduction, tensor } from '../params.ts';
import { div, mul } from '../pointwise/arithmetic.ts';
import { clampMin } from '../pointwise/clamp.ts';
import { reshape } from '../shape/views.ts';
import { reduceLoss } from './reduce.ts';

function checkArgs({ logProbs, targets, inputLengths, targetLengths, blank }: Alignments): void {
  const { batch, classes } = ctcSizes(logProbs);
  if (!isFloating(logProbs.dtype))
    throw dtypeError(`ctc_loss is implemented for float32 and float64, but got ${logProbs.dtype}`);
  for (const [name, lengths] of [
    ['input_lengths', inputLengths],
    ['target_lengths', targetLengths],
  ] as const) {
    if (isFloating(lengths.dtype) || lengths.dtype === 'bool')
      throw dtypeError(`ctc_loss: ${name} must be integral, but got ${lengths.dtype}`);
    if (lengths.ndim > 1 || lengths.numel !== batch)
      throw shapeMismatch(
        `ctc_loss: ${name} must be of size batch_size ${batch}, but got the shape ${showShape(lengths.shape)}`,
      );
  }
  if (blank < 0 || blank >= classes)
    throw valueRange(`ctc_loss: blank must be in label range, from 0 to ${classes - 1}, but got ${blank}`);
  const rows = targets.ndim === 2 ? targets.shape[0] : undefined;
  if (targets.ndim < 1 || targets.ndim > 2 || (rows !== undefined && rows !== batch)) {
    throw shapeMismatch(
      `ctc_loss: expected targets of shape [${batch}, S], or all in one row, but got ${showShape(targets.shape)}`,
    );
  }
}

const params = [
  tensor('log_probs', { doc: 'Log-probabilities as log_softmax gives them: [T, N, C] or [T, C]' }),
  constant('targets', { wants: 'int64', doc: 'Labels, none of them blank: [N, S], or those of all examples in a row' }),
  constant('input_lengths', { wants: 'int64', doc: 'How many frames of each example count: [N]' }),
  constant('target_lengths', { wants: 'int64', doc: 'How many labels each example has: [N]' }),
  attr('blank', integer({ minimum: 0 }), { default: 0, doc: 'The label that stands for none' }),
] as const;

const zeroInfinityParam = attr('zero_infinity', boolean, {
  default: false,
  doc: 'Make infinite losses, and their gradients, zero',
});

export const ctcLossSlope = defineOp({
  name: 'ctc_loss_slope',
  category: 'reduction',
  in: [],
  summary: "ctc_loss's slope before reduction: each class's probability minus its share of the alignments",
  params: [...params, zeroInfinityParam],
  formula: String.raw`e^{x_{t,c}} - P(\pi_t = c \mid y)`,
  derivative: String.raw`\text{none: as in PyTorch, it is not differentiated again}`,
  forward: (args): Tensor => {
    checkArgs(args);
    return ctcSlope(args, args.zeroInfinity);
  },
  gradient: {
    logProbs: (): Tensor => {
      throw new EngineError('value_range', 'the second derivative of ctc_loss is not implemented, as in PyTorch');
    },
  },
  examples: [
    '{"log_probs": [[-1.1, -0.7, -1.8], [-0.5, -1.4, -1.9], [-2, -0.6, -1.2]], "targets": [1, 2], "input_lengths": [3], "target_lengths": [2]}',
  ],
});

export const ctcLoss = defineOp({
  name: 'ctc_loss',
  category: 'loss',
  in: ['torch', 'F'],
  takes: 'log_probs targets input_lengths target_lengths blank reduction zero_infinity',
  module: 'CTCLoss',
  summary: 'Negative log-likelihood of a label sequence, summed over all its alignments with the frames',
  source: 'Graves et al. 2006',
  curve: { none: 'it is a function of whole sequences of labels, not of one number or one vector' },
  params: [...params, reduction, zeroInfinityParam],
  formula: String.raw`-\log \sum_{\pi \in B^{-1}(y)} \prod_t e^{x_{t,\pi_t}}`,
  derivative: String.raw`\frac{\partial}{\partial x_{t,c}} = e^{x_{t,c}} - P(\pi_t = c \mid y)\quad\text{(with respect to the logits, as in PyTorch)}`,
  forward: (args) => {
    checkArgs(args);
    const { reduction, zeroInfinity } = args;
    return reduceLoss(ctcLosses(args, zeroInfinity, reduction === 'mean'), reduction);
  },
  saves: ['logProbs', 'targets', 'inputLengths', 'targetLengths'],
  gradFn: ({ reduction }) =>
    reduction === 'none' ? 'CtcLossBackward0' : reduction === 'mean' ? 'MeanBackward0' : 'SumBackward0',
  gradient: {
    logProbs: ({ logProbs, targets, inputLengths, targetLengths, blank, reduction, zeroInfinity }, grad) => {
      const { batch } = ctcSizes(logProbs);
      const slope = ctcLossSlope(logProbs, targets, inputLengths, targetLengths, blank, zeroInfinity);
      const column = logProbs.ndim === 3 ? [1, batch, 1] : [];
      if (reduction === 'sum') return mul(slope, grad);
      if (reduction === 'none') return mul(slope, reshape(grad, column));
      return div(mul(slope, grad), mul(reshape(clampMin(targetLengths, 1), column), batch));
    },
  },
  examples: [
    '{"log_probs": [[[-1.1, -0.7, -1.8]], [[-0.5, -1.4, -1.9]], [[-2, -0.6, -1.2]]], "targets": [[1, 2]], "input_lengths": [3], "target_lengths": [2]}',
  ],
});
