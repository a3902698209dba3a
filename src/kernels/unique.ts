/** Runs of equal items: elements, or rows that lie in order. */
import type { Shape } from '../tensor/shape.ts';
import { bigintsOf, dataOf, empty, numbersOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { inStretches, pulse } from './pulse.ts';
import { sortedPlaces } from './sorting.ts';

/** A list of whole numbers below 2^31, of which the allocator knows. */
const listOf = (n: number): Int32Array => numbersOf(empty([n], 'int32')) as Int32Array;

/** Item by item, element by element; a NaN equals nothing and stands behind all. */
function comparer(rows: Tensor, width: number): (a: number, b: number) => number {
  const data = dataOf(rows) as Float64Array;
  return (a, b) => {
    pulse(width);
    for (let k = 0; k < width; k++) {
      const [x, y] = [data[rows.offset + a * width + k], data[rows.offset + b * width + k]];
      if (x === y) continue;
      return x < y || Number.isNaN(y) ? -1 : 1;
    }
    return 0;
  };
}

export interface Runs {
  readonly found: number;
  /** The first item of each run, the run of each item, and how many items a run has. */
  readonly firsts: Int32Array;
  readonly group: Int32Array;
  readonly sizes: Int32Array;
}

/** The runs of `count` items of `width` elements each: of all in order (`sorted`), or as they follow each other. Reads values. */
export function runsOf(rows: Tensor, count: number, width: number, sorted: boolean): Runs {
  const compare = comparer(rows, width);
  const order = sorted ? sortedPlaces(count, compare) : null;
  const [firsts, group, sizes] = [listOf(count), listOf(count), listOf(count)];
  let found = 0;
  for (let i = 0, before = 0; i < count; i++) {
    pulse(width);
    const item = order === null ? i : order[i];
    if (i === 0 || compare(before, item) !== 0) firsts[found++] = item;
    group[item] = found - 1;
    sizes[found - 1]++;
    before = item;
  }
  return { found, firsts, group, sizes };
}

/** Copies of the items that are named first, as many as `out` has room for. */
export function pickItems(out: Tensor, rows: Tensor, items: Int32Array, width: number): Tensor {
  return launch(out, () => {
    const [from, to] = [dataOf(rows), dataOf(out)] as Float64Array[];
    const count = width === 0 ? 0 : out.numel / width;
    for (let i = 0; i < count; i++) {
      pulse(width);
      for (let k = 0; k < width; k++) to[i * width + k] = from[rows.offset + items[i] * width + k];
    }
  });
}

/** The first of a list's numbers as a tensor. */
export function int64Of(list: Int32Array, shape: Shape): Tensor {
  const out = empty(shape, 'int64');
  return launch(out, () => {
    const to = bigintsOf(out);
    inStretches(to.length, (from, end) => {
      for (let i = from; i < end; i++) to[i] = BigInt(list[i]);
    });
  });
}
