/**
 * Reading and writing at places that an index tensor names. Indices are first made into offsets, each
 * checked once; the loops then walk all operands over one shape.
 */

import { isFloating } from '../tensor/dtype.ts';
import { indexOutOfRange } from '../tensor/errors.ts';
import { broadcastAll, numelOf, type Shape } from '../tensor/shape.ts';
import { bigintsOf, dataOf, empty, numbersOf, type Tensor } from '../tensor/tensor.ts';
import { cast } from './copy.ts';
import { launch } from './launch.ts';
import { broadcastStrides, walk } from './strided.ts';

/** An index tensor and the dimension that it indexes. */
export interface Lookup {
  readonly index: Tensor;
  readonly dim: number;
  readonly size: number;
  readonly stride: number;
}

/**
 * How far from the first element the indices of each place lead, as a float64 tensor of their common
 * shape. Negative indices count from the end where `wrap` says so.
 */
export function offsetsOf(lookups: readonly Lookup[], wrap: boolean): Tensor {
  const shape = broadcastAll(lookups.map((l) => l.index.shape));
  const out = empty(shape, 'float64');
  return launch(out, () => {
    const to = numbersOf(out);
    for (const { index, dim, size, stride } of lookups) {
      const source = cast(index, 'int64');
      const from = bigintsOf(source);
      const strides = broadcastStrides(source.shape, source.strides, shape);
      const { steps, stretches } = walk(shape, [out.strides, strides], [0, source.offset]);
      const [so, si] = steps;
      stretches(([o, i], n) => {
        for (let k = 0; k < n; k++, o += so, i += si) {
          const at = Number(from[i]);
          if (at >= size || at < (wrap ? -size : 0)) {
            if (wrap && size === 0) throw indexOutOfRange('index is out of bounds for dimension with size 0');
            throw indexOutOfRange(`index ${at} is out of bounds for dimension ${dim} with size ${size}`);
          }
          to[o] += (at < 0 ? at + size : at) * stride;
        }
      });
    }
  });
}

/** Strides of a tensor of `shape` read over `to`, as `broadcastStrides`. */
const over = (t: Tensor, to: Shape): number[] => broadcastStrides(t.shape, t.strides, to);

/** `out[i] = src[i + offsets[i]]`; `src` gives strides over `out`'s shape, 0 where an index leads. */
export function readAt(out: Tensor, src: Tensor, srcStrides: readonly number[], offsets: Tensor): Tensor {
  return launch(out, () => {
    if (out.numel === 0) return;
    const from = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const far = numbersOf(offsets);
    const { steps, stretches } = walk(
      out.shape,
      [out.strides, srcStrides, over(offsets, out.shape)],
      [out.offset, src.offset, offsets.offset],
    );
    const [so, si, sx] = steps;
    stretches(([o, i, x], n) => {
      if (sx === 0) {
        i += far[x];
        for (let k = 0; k < n; k++, o += so, i += si) to[o] = from[i];
      } else for (let k = 0; k < n; k++, o += so, i += si, x += sx) to[o] = from[i + far[x]];
    });
  });
}

/** How a value joins what stands at its place; bigints for int64. Absent: it takes the place. */
export type Combine = (old: number, value: number) => number;

export const combineAdd: Combine = (old, value) => old + value;
export const combineOr: Combine = (old, value) => old | value;

/** Where `readAt` would read: the numbers `offset + i + offsets[i]` over `shape`, of which `i` goes by `strides`. */
export function addressesOf(shape: Shape, strides: readonly number[], offset: number, offsets: Tensor): Tensor {
  const out = empty(shape, 'int64');
  return launch(out, () => {
    if (out.numel === 0) return;
    const to = bigintsOf(out);
    const far = numbersOf(offsets);
    const plan = walk(shape, [out.strides, strides, over(offsets, shape)], [0, offset, offsets.offset]);
    const [so, si, sx] = plan.steps;
    plan.stretches(([o, i, x], n) => {
      for (let k = 0; k < n; k++, o += so, i += si, x += sx) to[o] = BigInt(i + far[x]);
    });
  });
}

/** Sums under way, by place. */
interface Sums {
  get(at: number): number | undefined;
  set(at: number, sum: number): unknown;
  forEach(visit: (sum: number, at: number) => void): void;
}

/** Up to so many places are held in a table, however large the tensor is that they lie in. */
const FEW_PLACES = 4096;

/** For all elements that lie in a stretch of memory, where most of them are met. */
function denseSums(to: Float64Array): Sums {
  const sums = Float64Array.from(to);
  return {
    get: (at) => sums[at],
    set: (at, sum) => {
      sums[at] = sum;
    },
    forEach: (visit) => sums.forEach(visit),
  };
}

/**
 * `out[i + offsets[i]] = combine(…, values[i])` over `shape`, in row-major order. `out` gives strides
 * over `shape`, 0 where an index leads; offsets and values are broadcast to it. Floats are joined in
 * float64 and rounded once.
 */
export function writeAt(
  out: Tensor,
  outStrides: readonly number[],
  offsets: Tensor,
  values: Tensor,
  shape: Shape,
  combine?: Combine,
): Tensor {
  return launch(out, () => {
    if (shape.includes(0)) return;
    const from = dataOf(values) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const far = numbersOf(offsets);
    const { steps, stretches } = walk(
      shape,
      [outStrides, over(values, shape), over(offsets, shape)],
      [out.offset, values.offset, offsets.offset],
    );
    const [so, si, sx] = steps;
    if (combine === undefined) {
      stretches(([o, i, x], n) => {
        for (let k = 0; k < n; k++, o += so, i += si, x += sx) to[o + far[x]] = from[i];
      });
      return;
    }
    if (!isFloating(out.dtype) || out.dtype === 'float64') {
      stretches(([o, i, x], n) => {
        for (let k = 0; k < n; k++, o += so, i += si, x += sx) {
          const at = o + far[x];
          to[at] = combine(to[at], from[i]);
        }
      });
      return;
    }
    const count = numelOf(shape);
    const few = count <= FEW_PLACES || count * 64 < to.length;
    const sums: Sums = few ? new Map<number, number>() : denseSums(to);
    stretches(([o, i, x], n) => {
      for (let k = 0; k < n; k++, o += so, i += si, x += sx) {
        const at = o + far[x];
        sums.set(at, combine(sums.get(at) ?? to[at], from[i]));
      }
    });
    sums.forEach((sum, at) => {
      to[at] = sum;
    });
  });
}

/** The indices of a tensor's nonzero elements, in row-major order. Reads values. */
export function nonzeroIndices(t: Tensor): { count: number; positions: Float64Array } {
  const data = dataOf(t);
  const { steps, stretches } = walk(t.shape, [t.strides], [t.offset]);
  const zero = t.dtype === 'int64' ? 0n : 0;
  // Gone through twice: how much room is needed is known before any is taken.
  let count = 0;
  stretches(([i], n) => {
    for (let k = 0; k < n; k++, i += steps[0]) if (data[i] !== zero) count++;
  });
  const positions = numbersOf(empty([count], 'float64')) as Float64Array;
  let at = 0;
  let found = 0;
  stretches(([i], n) => {
    for (let k = 0; k < n; k++, i += steps[0], at++) if (data[i] !== zero) positions[found++] = at;
  });
  return { count, positions };
}
