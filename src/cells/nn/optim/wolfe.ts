/** A search along a line for a step that meets the strong conditions of Wolfe. */
import type { Tensor } from '../../../tensor/tensor.ts';

/** A place on the line: the loss there, its gradient, and how steep the line is. */
export interface Point {
  readonly loss: number;
  readonly gradient: Tensor;
  readonly slope: number;
}

interface Mark {
  readonly at: number;
  readonly point: Point;
}

const ENOUGH = 1e-4;
const CURVATURE = 0.9;
const CHANGE = 1e-9;
const MOST = 25;

/** The lowest place of the cubic through two marks, within bounds. */
function cubic(a: Mark, b: Mark, low = Math.min(a.at, b.at), high = Math.max(a.at, b.at)): number {
  const [x1, x2] = [a.at, b.at];
  const [g1, g2] = [a.point.slope, b.point.slope];
  const d1 = g1 + g2 - (3 * (a.point.loss - b.point.loss)) / (x1 - x2);
  const square = d1 ** 2 - g1 * g2;
  if (!(square >= 0)) return (low + high) / 2;
  const d2 = Math.sqrt(square);
  const least =
    x1 <= x2
      ? x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
      : x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2));
  return Math.min(Math.max(least, low), high);
}

interface Found {
  readonly point: Point;
  readonly length: number;
  readonly evaluations: number;
}

/**
 * Looks for a step along a line, first for a bracket around one, then ever closer.
 *
 * @param look gives the place a step away
 * @param size the largest element of the direction
 */
export function strongWolfe(look: (length: number) => Point, first: number, here: Point, size: number): Found {
  const origin: Mark = { at: 0, point: here };
  const tooHigh = (mark: Mark): boolean => mark.point.loss > here.loss + ENOUGH * mark.at * here.slope;
  const flat = (point: Point): boolean => Math.abs(point.slope) <= -CURVATURE * here.slope;
  let now: Mark = { at: first, point: look(first) };
  let before = origin;
  let evaluations = 1;
  let rounds = 0;
  let bracket: Mark[] = [];
  let done = false;
  while (rounds < MOST) {
    if (tooHigh(now) || (rounds > 1 && now.point.loss >= before.point.loss)) {
      bracket = [before, now];
      break;
    }
    if (flat(now.point)) {
      bracket = [now];
      done = true;
      break;
    }
    if (now.point.slope >= 0) {
      bracket = [before, now];
      break;
    }
    const next = cubic(before, now, now.at + 0.01 * (now.at - before.at), now.at * 10);
    before = now;
    now = { at: next, point: look(next) };
    evaluations++;
    rounds++;
  }
  if (rounds === MOST) bracket = [origin, now];
  let low = bracket[0].point.loss <= (bracket.at(-1) as Mark).point.loss ? 0 : 1;
  let stuck = false;
  while (!done && rounds < MOST) {
    const [from, to] = [bracket[0].at, bracket[1].at];
    if (Math.abs(to - from) * size < CHANGE) break;
    let length = cubic(bracket[0], bracket[1]);
    const [least, most] = [Math.min(from, to), Math.max(from, to)];
    const margin = 0.1 * (most - least);
    if (Math.min(most - length, length - least) < margin) {
      // Close to an end twice, or at it: a tenth of the bracket away from that end.
      if (stuck || length >= most || length <= least) {
        length = Math.abs(length - most) < Math.abs(length - least) ? most - margin : least + margin;
        stuck = false;
      } else stuck = true;
    } else stuck = false;
    const mark: Mark = { at: length, point: look(length) };
    evaluations++;
    rounds++;
    const high = 1 - low;
    if (tooHigh(mark) || mark.point.loss >= bracket[low].point.loss) {
      bracket[high] = mark;
      low = bracket[0].point.loss <= bracket[1].point.loss ? 0 : 1;
    } else {
      if (flat(mark.point)) done = true;
      else if (mark.point.slope * (bracket[high].at - bracket[low].at) >= 0) bracket[high] = bracket[low];
      bracket[low] = mark;
    }
  }
  const best = bracket[low];
  return { point: best.point, length: best.at, evaluations };
}
