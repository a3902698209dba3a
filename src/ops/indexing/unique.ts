/** Elements, or slices, without repeats. The size of the result hangs on the values. */
import { contiguous, int64Of, pickItems, runsOf } from '../../kernels/index.ts';
import { indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
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

/** Gathers runs of equal items: of all in order (`sorted`), or as they follow each other. */
function collect(
  input: Tensor,
  dim: number | undefined,
  items: Items,
  sorted: boolean,
  inverse: boolean,
  counts: boolean,
): Tensor | readonly Tensor[] {
  const { rows, width, count } = items;
  const { found, firsts, group, sizes } = runsOf(rows, count, width, sorted);
  const kept = pickItems(
    empty(dim === undefined ? [found] : [found, ...rows.shape.slice(1)], input.dtype),
    rows,
    firsts,
    width,
  );
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
    ...(inverse ? [int64Of(group, dim === undefined ? input.shape : [count])] : []),
    ...(counts ? [int64Of(sizes, [found])] : []),
  ];
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
    return collect(input, dim, itemsOf(input, dim), true, returnInverse, returnCounts);
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
    return collect(input, dim, itemsOf(input, dim), false, returnInverse, returnCounts);
  },
  gradient: {},
  examples: [{ input: [1, 1, 2, 1] }],
});
