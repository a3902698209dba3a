/** Sums over all alignments of a sequence of frames with a shorter one of labels, in log space. */
import { indexOutOfRange, shapeMismatch, showShape, valueRange } from '../tensor/errors.ts';
import { dataOf, empty, numbersOf, type Tensor, type TensorMeta } from '../tensor/tensor.ts';
import { cast, contiguous, copy } from './copy.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';

/** `log(sum(exp))` of three numbers. */
function logAdd(a: number, b: number, c: number): number {
  const max = Math.max(a, b, c);
  return max === -Infinity ? max : max + Math.log(Math.exp(a - max) + Math.exp(b - max) + Math.exp(c - max));
}

/** One example: its log-probabilities are at `start + frame * step + class`. */
export interface Frames {
  readonly data: Float64Array;
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly classes: number;
}

/** The labels with blanks around and between them, written to `room`. */
export function withBlanks(labels: Float64Array, blank: number, classes: number, room: Int32Array): Int32Array {
  const out = room.subarray(0, 2 * labels.length + 1).fill(blank);
  labels.forEach((label, k) => {
    if (label < 0 || label >= classes)
      throw indexOutOfRange(`ctc_loss: target ${label} is out of range: there are ${classes} classes, numbered from 0`);
    out[2 * k + 1] = label;
  });
  return out;
}

const at = (x: Frames, frame: number, label: number): number => x.data[x.start + frame * x.step + label];

/**
 * `alpha[frame * states + state]`: all alignments of the frames up to this one that end in a state. A
 * label may follow another without a blank where the two differ.
 */
function forward(x: Frames, path: Int32Array, alpha: Float64Array): void {
  const states = path.length;
  for (let t = 0; t < x.count; t++) {
    pulse(8 * states);
    for (let s = 0; s < states; s++) {
      const k = t * states + s;
      let before: number;
      if (t === 0) before = s < 2 ? 0 : -Infinity;
      else {
        const from = k - states;
        const skip = s > 1 && path[s] !== path[s - 2];
        before = logAdd(alpha[from], s > 0 ? alpha[from - 1] : -Infinity, skip ? alpha[from - 2] : -Infinity);
      }
      alpha[k] = before + at(x, t, path[s]);
    }
  }
}

/** The probability of all that follows, from a state at a frame, itself included, to the end. */
function backward(x: Frames, path: Int32Array, beta: Float64Array): void {
  const states = path.length;
  for (let t = x.count - 1; t >= 0; t--) {
    pulse(8 * states);
    for (let s = states - 1; s >= 0; s--) {
      const k = t * states + s;
      let after: number;
      if (t === x.count - 1) after = s >= states - 2 ? 0 : -Infinity;
      else {
        const to = k + states;
        const skip = s < states - 2 && path[s] !== path[s + 2];
        after = logAdd(beta[to], s < states - 1 ? beta[to + 1] : -Infinity, skip ? beta[to + 2] : -Infinity);
      }
      beta[k] = after + at(x, t, path[s]);
    }
  }
}

/** `-log` of the sum over all alignments; `alpha` has room for frames times states. */
export function alignmentLoss(x: Frames, path: Int32Array, alpha: Float64Array): number {
  const states = path.length;
  if (x.count === 0) return states === 1 ? 0 : Infinity;
  forward(x, path, alpha);
  const end = x.count * states - 1;
  return -logAdd(alpha[end], states > 1 ? alpha[end - 1] : -Infinity, -Infinity);
}

/**
 * What each frame's class probability exceeds its share of the alignments by, written at
 * `to[start + frame * step + class]`: the slope with respect to what log_softmax was applied to.
 */
export function alignmentSlope(
  x: Frames,
  path: Int32Array,
  alpha: Float64Array,
  beta: Float64Array,
  to: Float64Array,
): void {
  const states = path.length;
  const loss = alignmentLoss(x, path, alpha);
  backward(x, path, beta);
  for (let t = 0; t < x.count; t++) {
    pulse(8 * (states + x.classes));
    const row = x.start + t * x.step;
    for (let c = 0; c < x.classes; c++) to[row + c] = -Infinity;
    for (let s = 0; s < states; s++) {
      const k = row + path[s];
      to[k] = logAdd(to[k], alpha[t * states + s] + beta[t * states + s], -Infinity);
    }
    for (let c = 0; c < x.classes; c++) {
      const log = x.data[row + c];
      to[row + c] = Math.exp(log) - Math.exp(to[row + c] + loss - log);
    }
  }
}

/** What `ctc_loss` is called with, each checked for its shape and dtype. */
export interface Alignments {
  readonly logProbs: Tensor;
  readonly targets: Tensor;
  readonly inputLengths: Tensor;
  readonly targetLengths: Tensor;
  readonly blank: number;
}

/** Frames, examples and classes; a single example may lack its dimension. */
export function ctcSizes({ shape }: TensorMeta): { frames: number; batch: number; classes: number } {
  if (shape.length !== 2 && shape.length !== 3)
    throw shapeMismatch(`ctc_loss: expected log_probs of 2 or 3 dimensions, but got the shape ${showShape(shape)}`);
  return { frames: shape[0], batch: shape.length === 3 ? shape[1] : 1, classes: shape[shape.length - 1] };
}

const numbers = (t: Tensor): Float64Array => dataOf(copy(t, 'float64')) as Float64Array;

/** Each example's frames and labels. Reads values: call it inside `launch`. */
function eachExample(
  args: Alignments,
  logs: Tensor,
  body: (n: number, frames: Frames, path: Int32Array) => void,
): void {
  const { frames, batch, classes } = ctcSizes(logs);
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
const scratch = ({ logProbs, targets }: Alignments): Tensor =>
  empty([logProbs.shape[0], 2 * targets.shape[targets.ndim - 1] + 1], 'float64');

/** Each class's probability minus its share of the alignments, at every frame. */
export function ctcSlope(args: Alignments, zeroInfinity: boolean): Tensor {
  const logs = contiguous(args.logProbs);
  const out = empty(logs.shape, 'float64');
  const [alpha, beta] = [scratch(args), scratch(args)];
  launch(out, () => {
    const to = dataOf(out) as Float64Array;
    eachExample(args, logs, (_, frames, path) => {
      const own = { ...frames, start: frames.start - logs.offset, data: frames.data.subarray(logs.offset) };
      const [a, b] = [dataOf(alpha) as Float64Array, dataOf(beta) as Float64Array];
      if (zeroInfinity && alignmentLoss(own, path, a) === Infinity) return;
      alignmentSlope(own, path, a, b, to);
    });
  });
  return cast(out, args.logProbs.dtype);
}

/** The loss of each example, divided by its number of labels where a mean will be taken. */
export function ctcLosses(args: Alignments, zeroInfinity: boolean, mean: boolean): Tensor {
  const { logProbs, targetLengths } = args;
  const logs = contiguous(logProbs);
  const alpha = scratch(args);
  const out = empty(logProbs.ndim === 3 ? [ctcSizes(logProbs).batch] : [], logProbs.dtype);
  return launch(out, () => {
    const to = dataOf(out) as Float64Array;
    const lengths = numbers(targetLengths);
    eachExample(args, logs, (n, frames, path) => {
      const loss = alignmentLoss(frames, path, dataOf(alpha) as Float64Array);
      // The mean is over labels first, then over examples.
      to[n] = (zeroInfinity && loss === Infinity ? 0 : loss) / (mean ? Math.max(lengths[n], 1) : 1);
    });
  });
}
