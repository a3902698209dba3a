/** Arithmetic on shapes and strides. Sizes are whole numbers, strides count elements. */
import { EngineError, indexOutOfRange, shapeMismatch, showShape } from './errors.ts';

export type Shape = readonly number[];

export const MAX_DIMS = 64;

export function numelOf(shape: Shape): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i];
  return n;
}

/** Of what has no dimension, or one: by far most of the small tensors. */
const NO_STRIDES: readonly number[] = [];
const UNIT_STRIDES: readonly number[] = [1];

export function contiguousStrides(shape: Shape): readonly number[] {
  if (shape.length === 0) return NO_STRIDES;
  if (shape.length === 1) return UNIT_STRIDES;
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= Math.max(shape[i], 1);
  }
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The shape that both broadcast to; names the first dimension, from the right, that does not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = i <= a.length ? a[a.length - i] : 1;
    const y = i <= b.length ? b[b.length - i] : 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw shapeMismatch(
        `shapes ${showShape(a)} and ${showShape(b)} cannot be broadcast together: the sizes ${x} and ${y} at dimension ${rank - i} differ and neither is 1`,
      );
    }
    out[rank - i] = x === 1 ? y : x;
  }
  return out;
}

export const broadcastAll = (shapes: readonly Shape[]): Shape => shapes.reduce(broadcastShapes, []);

/** Whether `from` can be expanded to `to`. */
export function expandsTo(from: Shape, to: Shape): boolean {
  if (from.length > to.length) return false;
  for (let i = 1; i <= from.length; i++) {
    const size = from[from.length - i];
    if (size !== 1 && size !== to[to.length - i]) return false;
  }
  return true;
}

/** A dimension counted from either end, as a non-negative one. A 0-d tensor takes -1 and 0. */
export function normalizeDim(dim: number, rank: number): number {
  const range = Math.max(rank, 1);
  if (!(dim >= -range && dim < range)) {
    throw indexOutOfRange(
      `Dimension out of range (expected to be in range of [${-range}, ${range - 1}], but got ${dim})`,
    );
  }
  return dim < 0 ? dim + range : dim;
}

/** All dimensions of a rank. `Array.from` takes ten times as long, which the sum of a few elements feels. */
function everyDim(rank: number): number[] {
  const dims: number[] = [];
  for (let d = 0; d < rank; d++) dims.push(d);
  return dims;
}

/** Several dimensions; an empty or absent list means all. Repeats are refused. */
export function normalizeDims(dims: number | readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined) return everyDim(rank);
  const list = typeof dims === 'number' ? [dims] : dims;
  if (list.length === 0) return everyDim(rank);
  const out: number[] = [];
  for (const dim of list) {
    const d = normalizeDim(dim, rank);
    if (out.includes(d)) throw new EngineError('value_range', `dim ${d} appears multiple times in the list of dims`);
    if (rank > 0) out.push(d);
  }
  return out;
}

/** What is left of a shape when `dims` are reduced. */
export function reducedShape(shape: Shape, dims: readonly number[], keepdim: boolean): number[] {
  const out: number[] = [];
  for (let i = 0; i < shape.length; i++) {
    if (!dims.includes(i)) out.push(shape[i]);
    else if (keepdim) out.push(1);
  }
  return out;
}

/** Refuses shapes that no tensor can have. */
export function checkShape(shape: Shape): void {
  if (shape.length > MAX_DIMS) throw shapeMismatch(`at most ${MAX_DIMS} dimensions, but got ${shape.length}`);
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw shapeMismatch(`sizes are whole numbers from 0 up, but got the shape ${showShape(shape)}`);
    }
  }
}

/** Refuses a number of elements that no double counts exactly. */
export function checkNumel(shape: Shape): void {
  checkShape(shape);
  if (!shape.includes(0) && !Number.isSafeInteger(numelOf(shape))) {
    throw new EngineError('value_range', `a tensor of shape ${showShape(shape)} has more elements than can be counted`);
  }
}

/** Strides that show elements laid out by `strides` in the shape `to`, or null where only a copy can. */
export function viewStrides(shape: Shape, strides: readonly number[], to: Shape): readonly number[] | null {
  if (numelOf(shape) === 0) return sameShape(shape, to) ? [...strides] : contiguousStrides(to);
  const out = new Array<number>(to.length).fill(1);
  let d = to.length - 1;
  // From the right, runs of dimensions that lie behind one another are matched with runs of `to`.
  let step = strides[shape.length - 1] ?? 1;
  let run = 1;
  let filled = 1;
  for (let s = shape.length - 1; s >= 0; s--) {
    run *= shape[s];
    if (s > 0 && (shape[s - 1] === 1 || strides[s - 1] === run * step)) continue;
    while (d >= 0 && (filled < run || to[d] === 1)) {
      out[d] = filled * step;
      filled *= to[d];
      d--;
    }
    if (filled !== run) return null;
    step = strides[s - 1] ?? 1;
    run = 1;
    filled = 1;
  }
  for (; d >= 0; d--) if (to[d] !== 1) return null;
  return out;
}
