/** Connectionist temporal classification. */
import { cast, contiguous, copy } from '../../kernels/copy.ts';
import { alignmentLoss, alignmentSlope, type Frames, withBlanks } from '../../kernels/ctc.ts';
import { launch } from '../../kernels/launch.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, EngineError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { dataOf, empty, numbersOf, type Tensor, type TensorMeta } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, integer, reduction, tensor } from '../params.ts';
import { div, mul } from '../pointwise/arithmetic.ts';
import { clampMin } from '../pointwise/clamp.ts';
import { reshape } from '../shape/views.ts';
import { reduceLoss } from './reduce.ts';

interface Args {
  readonly logProbs: Tensor;
  readonly targets: Tensor;
  readonly inputLengths: Tensor;
  readonly targetLengths: Tensor;
  readonly blank: number;
}

/** Frames, examples and classes; a single example may lack its dimension. */
function sizesOf({ shape }: TensorMeta): { frames: number; batch: number; classes: number } {
  if (shape.length !== 2 && shape.length !== 3)
    throw shapeMismatch(`ctc_loss: expected log_probs of 2 or 3 dimensions, but got the shape ${showShape(shape)}`);
  return { frames: shape[0], batch: shape.length === 3 ? shape[1] : 1, classes: shape[shape.length - 1] };
}

function checkArgs({ logProbs, targets, inputLengths, targetLengths, blank }: Args): void {
  const { batch, classes } = sizesOf(logProbs);
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

const numbers = (t: Tensor): Float64Array => dataOf(copy(t, 'float64')) as Float64Array;

/** Each example's frames and labels. Reads values: call it inside `launch`. */
function eachExample(args: Args, logs: Tensor, body: (n: number, frames: Frames, path: Int32Array) => void): void {
  const { frames, batch, classes } = sizesOf(logs);
  const labels = numbers(args.targets);
  const [counts, lengths] = [numbers(args.inputLengths), numbers(args.targetLengths)];
  const total = lengths.reduce((sum, n) => sum + n, 0);
  const width = args.targets.ndim === 2 ? args.targets.shape[1] : undefined;
  if (width === undefined && total !== labels.length)
    throw shapeMismatch(`ctc_loss: target_lengths sum to ${total}, but targets has ${labels.length} elements`);
  const room = numbersOf(empty([2 * labels.length + 1], 'int32')) as Int32Array;
  for (let n = 0, next = 0; n < batch; n++) {
    if (counts[n] < 0 || counts[n] > frames)
      throw valueRange(`ctc_loss: expected input_lengths to have values from 0 to ${frames}, but got ${counts[n]}`);
    if (lengths[n] < 0 || lengths[n] > (width ?? labels.length))
      throw valueRange(
        `ctc_loss: expected target_lengths to have values from 0 to ${width ?? labels.length}, but got ${lengths[n]}`,
      );
    const start = width === undefined ? next : n * width;
    next += lengths[n];
    const path = withBlanks(labels.subarray(start, start + lengths[n]), args.blank, classes, room);
    body(
      n,
      {
        data: dataOf(logs) as Float64Array,
        start: logs.offset + n * classes,
        step: batch * classes,
        count: counts[n],
        classes,
      },
      path,
    );
  }
}

/** Room for what one example's alignments need, taken once for all. */
const scratch = ({ logProbs, targets }: Args): Tensor =>
  empty([logProbs.shape[0], 2 * targets.shape[targets.ndim - 1] + 1], 'float64');

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
    const logs = contiguous(args.logProbs);
    const out = empty(logs.shape, 'float64');
    const [alpha, beta] = [scratch(args), scratch(args)];
    launch(out, () => {
      const to = dataOf(out) as Float64Array;
      eachExample(args, logs, (_, frames, path) => {
        const own = { ...frames, start: frames.start - logs.offset, data: frames.data.subarray(logs.offset) };
        const [a, b] = [dataOf(alpha) as Float64Array, dataOf(beta) as Float64Array];
        if (args.zeroInfinity && alignmentLoss(own, path, a) === Infinity) return;
        alignmentSlope(own, path, a, b, to);
      });
    });
    return cast(out, args.logProbs.dtype);
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
  params: [...params, reduction, zeroInfinityParam],
  formula: String.raw`-\log \sum_{\pi \in B^{-1}(y)} \prod_t e^{x_{t,\pi_t}}`,
  derivative: String.raw`\frac{\partial}{\partial x_{t,c}} = e^{x_{t,c}} - P(\pi_t = c \mid y)\quad\text{(with respect to the logits, as in PyTorch)}`,
  forward: (args) => {
    checkArgs(args);
    const { logProbs, targetLengths, reduction, zeroInfinity } = args;
    const { batch } = sizesOf(logProbs);
    const logs = contiguous(logProbs);
    const alpha = scratch(args);
    const out = empty(logProbs.ndim === 3 ? [batch] : [], logProbs.dtype);
    launch(out, () => {
      const to = dataOf(out) as Float64Array;
      const lengths = numbers(targetLengths);
      eachExample(args, logs, (n, frames, path) => {
        const loss = alignmentLoss(frames, path, dataOf(alpha) as Float64Array);
        // The mean is over labels first, then over examples.
        to[n] = (zeroInfinity && loss === Infinity ? 0 : loss) / (reduction === 'mean' ? Math.max(lengths[n], 1) : 1);
      });
    });
    return reduceLoss(out, reduction);
  },
  saves: ['logProbs', 'targets', 'inputLengths', 'targetLengths'],
  gradFn: ({ reduction }) =>
    reduction === 'none' ? 'CtcLossBackward0' : reduction === 'mean' ? 'MeanBackward0' : 'SumBackward0',
  gradient: {
    logProbs: ({ logProbs, targets, inputLengths, targetLengths, blank, reduction, zeroInfinity }, grad) => {
      const { batch } = sizesOf(logProbs);
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
