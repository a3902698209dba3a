/** Sums over all alignments of a sequence of frames with a shorter one of labels, in log space. */
import { indexOutOfRange } from '../tensor/errors.ts';
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

/** Likewise from a state at a frame, itself included, to the end. */
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
