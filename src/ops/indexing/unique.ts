/** Elements, or slices, without repeats. The size of the result hangs on the values. */
import { contiguous } from '../../kernels/copy.ts';
import { launch } from '../../kernels/launch.ts';
import { pulse } from '../../kernels/pulse.ts';
import { sortedPlaces } from '../../kernels/sorting.ts';
import { indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import { bigintsOf, dataOf, empty, numbersOf, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, integer, optionalAttr } from '../params.ts';

const returnInverse = attr('return_inverse', boolean, { default: false, doc: 'Also where each element went' });
const returnCounts = attr('return_counts', boolean, { default: false, doc: 'Also how often each came' });
const dimParam = optionalAttr('dim', integer(), { doc: 'Slices along this dimension; single elements where absent' });

interface Items {
  /** The tensor with what is compared along dimension 0, each item contiguous. */
  readonly rows: Tensor;
  readonly count: number;
  readonly width: number;
}

/** Dimension `d` in front, and the first in its place: that decides in which order slices are compared. */
const exchanged = (rank: number, d: number): number[] =>
  Array.from({ length: rank }, (_, k) => (k === 0 ? d : k === d ? 0 : k));

function itemsOf(input: Tensor, dim: number | undefined): Items {
  if (dim === undefined) {
    const flat = contiguous(input);
    return { rows: flat, count: flat.numel, width: 1 };
  }
  if (input.ndim === 0) throw indexOutOfRange(`Dimension specified as ${dim} but tensor has no dimensions`);
  const d = normalizeDim(dim, input.ndim);
  if (input.shape.some((size, k) => size === 0 && k !== d))
    throw shapeMismatch(
      `There are 0 sized dimensions, and they aren't selected, so unique cannot be applied to the shape ${showShape(input.shape)}`,
    );
  const order = exchanged(input.ndim, d);
  const rows = contiguous(
    input.alias(
      order.map((k) => input.shape[k]),
      order.map((k) => input.strides[k]),
    ),
  );
  return { rows, count: input.shape[d], width: rows.shape.slice(1).reduce((a, b) => a * b, 1) };
}

/** A list of whole numbers below 2^31, of which the allocator knows. */
const listOf = (n: number): Int32Array => numbersOf(empty([n], 'int32')) as Int32Array;

/** Gathers runs of equal items, in the order given; in their own where there is none. */
function collect(
  input: Tensor,
  dim: number | undefined,
  items: Items,
  order: Int32Array | null,
  compare: (a: number, b: number) => number,
  inverse: boolean,
  counts: boolean,
): Tensor | readonly Tensor[] {
  const { rows, width, count } = items;
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
  const kept = empty(dim === undefined ? [found] : [found, ...rows.shape.slice(1)], input.dtype);
  launch(kept, () => {
    const [from, to] = [dataOf(rows), dataOf(kept)] as Float64Array[];
    for (let i = 0; i < found; i++) {
      pulse(width);
      for (let k = 0; k < width; k++) to[i * width + k] = from[rows.offset + firsts[i] * width + k];
    }
  });
  const indices = (list: Int32Array, shape: readonly number[]): Tensor => {
    const out = empty(shape, 'int64');
    return launch(out, () => {
      const to = bigintsOf(out);
      for (let i = 0; i < to.length; i++) to[i] = BigInt(list[i]);
    });
  };
  const d = dim === undefined ? 0 : normalizeDim(dim, input.ndim);
  // The compared dimension goes back to its place.
  const back = exchanged(kept.ndim, d);
  const values = contiguous(
    kept.alias(
      back.map((k) => kept.shape[k]),
      back.map((k) => kept.strides[k]),
    ),
  );
  if (!inverse && !counts) return values;
  return [
    values,
    ...(inverse ? [indices(group, dim === undefined ? input.shape : [count])] : []),
    ...(counts ? [indices(sizes, [found])] : []),
  ];
}

/** Item by item, element by element; a NaN equals nothing and stands behind all. */
function comparer({ rows, width }: Items): (a: number, b: number) => number {
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

export const unique = defineOp({
  name: 'unique',
  category: 'indexing',
  summary: 'Elements or slices without repeats, in order',
  params: [
    constant('input'),
    attr('sorted', boolean, { default: true, doc: 'In order; they are here in any case' }),
    returnInverse,
    returnCounts,
    dimParam,
  ],
  formula: String.raw`\{x_i\}`,
  forward: ({ input, returnInverse, returnCounts, dim }): Tensor | readonly Tensor[] => {
    const items = itemsOf(input, dim);
    const compare = comparer(items);
    const order = sortedPlaces(items.count, compare);
    return collect(input, dim, items, order, compare, returnInverse, returnCounts);
  },
  gradient: {},
  examples: [{ input: [3, 1, 3, 2] }],
});

export const uniqueConsecutive = defineOp({
  name: 'unique_consecutive',
  category: 'indexing',
  summary: 'Elements or slices without those that repeat the one before',
  params: [constant('input'), returnInverse, returnCounts, dimParam],
  formula: String.raw`(x_i)_{\,i:\, x_i \ne x_{i-1}}`,
  forward: ({ input, returnInverse, returnCounts, dim }): Tensor | readonly Tensor[] => {
    const items = itemsOf(input, dim);
    return collect(input, dim, items, null, comparer(items), returnInverse, returnCounts);
  },
  gradient: {},
  examples: [{ input: [1, 1, 2, 1] }],
});
