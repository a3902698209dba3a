/**
 * Many rows of a Jacobian at a time. A row is what a backward pass gives for a seed that is 1 at one place. The
 * calls of one such pass are heard, and carried out again with a further dimension in front, for many seeds
 * together: each op says how (`Primitives.batched`), or that it cannot, and then the rows are taken one by one.
 */
import { copy } from '../kernels/copy.ts';
import { fill } from '../kernels/pointwise.ts';
import { dataOf, empty, numbersOf, type Tensor } from '../tensor/tensor.ts';
import type { Node } from './node.ts';
import type { PassObserver } from './pass.ts';
import { primitives } from './primitives.ts';
import { type Call, currentRecorder, type Recorder, withRecorder } from './recorder.ts';

/** Fewer rows are sooner taken one by one. */
const FEW_ROWS = 8;
/** So many elements of the largest value are made together. */
const ROOM = 2 ** 19;

export type Row = (seed: Tensor, observer?: PassObserver) => readonly Tensor[];

/** Seeds for the rows from `first` on, stacked. */
function seedsFor(output: Tensor, first: number, count: number): Tensor {
  const out = fill(empty([count, ...output.shape], output.dtype), 0);
  const data = dataOf(out) as Float64Array;
  for (let i = 0; i < count; i++) data[i * output.numel + first + i] = 1;
  return out;
}

/** One pass, as it was heard; null where a client's own code has a part in it, which may do otherwise for another seed. */
function heardPass(row: Row, seed: Tensor): { calls: Call[]; results: readonly Tensor[] } | null {
  const calls: Call[] = [];
  let foreign = false;
  const listener: Recorder = {
    deep: false,
    hear(call, inner) {
      if (!inner) calls.push(call);
    },
    overwrite() {
      foreign = true;
    },
    show() {
      foreign = true;
    },
  };
  const observer: PassObserver = {
    before(node: Node) {
      foreign ||= node.context !== null || node.hooks !== null || node.before !== null || node.after !== null;
    },
  };
  const results = withRecorder(listener, () => row(seed, observer));
  return foreign ? null : { calls, results };
}

/** A product of many rows may be summed in another order than that of one. */
const ROUNDING = { float64: 1e-12, float32: 1e-5 } as const;

/** Whether two tensors hold the same numbers, but for rounding. */
function same(a: Tensor, b: Tensor): boolean {
  const [x, y] = [numbersOf(copy(a)), numbersOf(copy(b))];
  let most = 0;
  for (let i = 0; i < y.length; i++) if (Number.isFinite(y[i])) most = Math.max(most, Math.abs(y[i]));
  const slack = most * ROUNDING[b.dtype as keyof typeof ROUNDING];
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i]) && !(Math.abs(x[i] - y[i]) <= slack)) return false;
  return true;
}

/** The values that a pass gives for many seeds together; null where one of its ops has no way to do that. */
function together(
  calls: readonly Call[],
  seed: Tensor,
  seeds: Tensor,
  results: readonly Tensor[],
): readonly (Tensor | null)[] | null {
  const batches = new Map<Tensor, Tensor>([[seed, seeds]]);
  for (const { op, args, outputs } of calls) {
    const made = primitives().batched(op, args, outputs, batches);
    if (made === null) return null;
    made.forEach((t, i) => {
      batches.set(outputs[i], t);
    });
  }
  return results.map((t) => batches.get(t) ?? null);
}

/**
 * For each input the rows of all places of `output`, stacked: of the shape `[numel, ...input.shape]`. Null where they
 * have to be taken one by one. The first and the last row are compared with those of passes of their own.
 */
export function rowsTogether(output: Tensor, inputs: readonly Tensor[], row: Row): Tensor[] | null {
  const rows = output.numel;
  // Who listens is to hear each row.
  if (rows < FEW_ROWS || currentRecorder() !== null || !(output.dtype in ROUNDING)) return null;
  if (inputs.some((t) => t.dtype !== output.dtype)) return null;
  const seed = seedsFor(output, 0, 1);
  const start = primitives().reshape(seed, output.shape);
  const heard = heardPass(row, start);
  if (heard === null) return null;
  const { calls, results } = heard;
  let largest = output.numel;
  for (const { outputs } of calls) for (const t of outputs) largest = Math.max(largest, t.numel);
  const size = Math.min(rows, Math.floor(ROOM / largest));
  if (size < FEW_ROWS) return null;
  const parts: Tensor[][] = inputs.map(() => []);
  for (let first = 0; first < rows; first += size) {
    const count = Math.min(size, rows - first);
    const found = together(calls, start, seedsFor(output, first, count), results);
    if (found === null) return null;
    const last = first + count === rows ? row(primitives().reshape(seedsFor(output, rows - 1, 1), output.shape)) : null;
    for (let i = 0; i < inputs.length; i++) {
      const shape = [count, ...inputs[i].shape];
      // What no seed has a part in is the same in each row.
      const part = found[i] ?? primitives().expand(results[i], shape);
      if (first === 0 && !same(primitives().at(part, 0), results[i])) return null;
      if (last !== null && !same(primitives().at(part, count - 1), last[i])) return null;
      parts[i].push(part);
    }
  }
  return parts.map((list) => (list.length === 1 ? list[0] : primitives().cat(list)));
}
