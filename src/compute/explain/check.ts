/** A gradient compared with central differences, taken in float64. */
import { noGrad } from '../../autograd/mode.ts';
import type { Document } from '../../graph/document.ts';
import { cast, contiguous, copy } from '../../kernels/copy.ts';
import { EngineError } from '../../tensor/errors.ts';
import { dataOf, type Tensor } from '../../tensor/tensor.ts';
import { Replay } from './replay.ts';

export interface Differences {
  readonly method: 'central_difference' | 'random_directions';
  readonly maxAbsError: number;
}

interface Question {
  readonly document: Document;
  readonly root: Tensor;
  /** What the root is multiplied by. */
  readonly seed: Tensor;
  readonly inputs: readonly Tensor[];
  readonly grads: readonly Tensor[];
  readonly tick: () => void;
}

/** Elements up to which each is moved by itself. */
const ELEMENT_BY_ELEMENT = 1000;
const DIRECTIONS = 16;
/** Calls of ops up to which elements are moved one by one: some seconds. */
const MOST_CALLS = 400_000;
/** The third root of what float64 resolves: there rounding and curvature cost alike. */
const STEP = 6e-6;

/** The elements in an array of their own: the room that they lie in may go to others. */
const numbers = (t: Tensor): Float64Array => {
  const row = contiguous(t.dtype === 'float64' ? t : cast(t.detach(), 'float64'));
  return (dataOf(row) as Float64Array).slice(row.offset, row.offset + row.numel);
};

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** Signs that look drawn, the same each time. */
function* signs(): Generator<number> {
  let state = 0x2545f491;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state & 1) === 0 ? 1 : -1;
  }
}

/** @returns undefined where nothing moves, or it cannot be carried out again */
export function checkOf({ document, root, seed, inputs, grads, tick }: Question): Differences | undefined {
  // A value may go by several names.
  const moving = [...new Set(inputs)];
  const total = moving.reduce((n, t) => n + t.numel, 0);
  if (total === 0) return undefined;
  try {
    return noGrad(() => {
      // Each moves by itself: what is computed from it moves along.
      const replays = moving.map((t) => Replay.of(document, root, t));
      const calls = moving.reduce((n, t, i) => n + 2 * t.numel * (replays[i]?.length ?? 0), 0);
      const single = total <= ELEMENT_BY_ELEMENT && calls <= MOST_CALLS;
      const weights = numbers(seed);
      let maxAbsError = 0;
      for (const [i, t] of moving.entries()) {
        const gradient = numbers(grads[inputs.indexOf(t)]);
        const replay = replays[i];
        if (replay === undefined) return undefined;
        const at = (point: Tensor): number => {
          tick();
          return dot(weights, numbers(replay.run(point)));
        };
        // What is drawn at random comes out otherwise each time, and cannot be compared.
        if (!sameValue(dot(weights, numbers(root)), at(replay.start), at(replay.start))) return undefined;
        const found = single ? oneByOne(replay.start, gradient, at) : alongDirections(replay.start, gradient, at);
        if (found > maxAbsError || Number.isNaN(found)) maxAbsError = found;
      }
      return { method: single ? 'central_difference' : 'random_directions', maxAbsError };
    });
  } catch (error) {
    // What was refused in float64 says nothing of the gradient.
    if (error instanceof EngineError && error.code !== 'budget') return undefined;
    throw error;
  }
}

const worse = (worst: number, error: number): number => (error > worst || Number.isNaN(error) ? error : worst);

/** Whether runs from the same place give what there was, as far as float32 tells, and the same each time. */
const sameValue = (was: number, first: number, second: number): boolean =>
  Object.is(first, second) && !(Math.abs(first - was) > 1e-2 * (1 + Math.abs(was)));

/** Two numbers of which neither is finite are told apart by what they are. */
const apart = (a: number, b: number): number => (Object.is(a, b) ? 0 : Math.abs(a - b));

type At = (point: Tensor) => number;

function oneByOne(start: Tensor, gradient: Float64Array, at: At): number {
  let worst = 0;
  for (let place = 0; place < start.numel; place++) {
    const point = copy(start);
    const data = dataOf(point) as Float64Array;
    const x = data[point.offset + place];
    const h = STEP * Math.max(1, Math.abs(x));
    const moved = (by: number): number => {
      const own = copy(start);
      (dataOf(own) as Float64Array)[own.offset + place] = x + by;
      return at(own);
    };
    worst = worse(worst, apart((moved(h) - moved(-h)) / (2 * h), gradient[place]));
  }
  return worst;
}

function alongDirections(start: Tensor, gradient: Float64Array, at: At): number {
  const sign = signs();
  let worst = 0;
  for (let k = 0; k < DIRECTIONS; k++) {
    const direction = Float64Array.from({ length: start.numel }, () => sign.next().value as number);
    const moved = (by: number): number => {
      const own = copy(start);
      const data = dataOf(own) as Float64Array;
      for (let j = 0; j < direction.length; j++) data[own.offset + j] += by * direction[j];
      return at(own);
    };
    worst = worse(worst, apart((moved(STEP) - moved(-STEP)) / (2 * STEP), dot(direction, gradient)));
  }
  return worst;
}
