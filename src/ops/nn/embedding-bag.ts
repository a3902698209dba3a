/** Sums, means and maxima of rows that are looked up, bag by bag. */
import { cast as castTo, largestRows } from '../../kernels/index.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { arange, to, zeros } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { bucketize, gather, indexAdd } from '../indexing/index.ts';
import { attr, boolean, constant, oneOf, optionalConstant, optionalTensor, tensor } from '../params.ts';
import { div, mul, sub } from '../pointwise/arithmetic.ts';
import { clampMin } from '../pointwise/clamp.ts';
import { lt, ne } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { reshape, unsqueeze } from '../shape/index.ts';
import { slice } from '../shape/windows.ts';
import {
  checkIndices,
  checkTable,
  embedding,
  freqParam,
  maxNormParam,
  normTypeParam,
  paddingParam,
  paddingRow,
  renormalise,
  sparseParam,
} from './embedding.ts';

type Mode = 'sum' | 'mean' | 'max';

export const embeddingBagMaxRows = defineOp({
  name: 'embedding_bag_max_rows',
  category: 'nn',
  in: [],
  summary: "The rows that hold each bag's largest elements, column by column; -1 for an empty bag",
  params: [
    constant('weight'),
    constant('input', { wants: 'int64' }),
    constant('bags', { wants: 'int64', doc: 'The bag of each row number' }),
    attr('count', { jsonSchema: { type: 'integer' }, read: (x) => x as number }),
    attr('padding_idx', { jsonSchema: { type: 'integer' }, read: (x) => x as number }),
  ],
  formula: String.raw`\arg\max_{k \in \mathrm{bag}} w_{i_k, c}`,
  forward: ({ weight, input, bags, count, paddingIdx }) =>
    largestRows(weight, castTo(input, 'int64'), bags, count, paddingIdx),
  gradient: {},
  examples: [
    '{"weight": [[1, 5], [3, 4], [2, 0]], "input": [0, 1, 2], "bags": [0, 0, 1], "count": 2, "padding_idx": -1}',
  ],
});

/** Bags as a list of row numbers and the bag that each is in. */
interface Bags {
  readonly rows: Tensor;
  readonly bags: Tensor;
  readonly count: number;
}

function bagsOf(input: Tensor, offsets: Tensor | undefined, includeLast: boolean): Bags {
  if (input.ndim === 2) {
    if (offsets !== undefined)
      throw valueRange(
        `embedding_bag: if input is 2D, then offsets has to be None, but got ${showShape(offsets.shape)}`,
      );
    const [count, size] = input.shape;
    const rows = reshape(input, [input.numel]);
    const bags = div(arange(0, input.numel), Math.max(size, 1), 'floor');
    return { rows, bags, count };
  }
  if (input.ndim !== 1)
    throw shapeMismatch(`embedding_bag: input has to be 1D or 2D, but got shape ${showShape(input.shape)}`);
  if (offsets === undefined) throw valueRange('embedding_bag: offsets has to be a 1D tensor for 1D input, but is None');
  if (offsets.ndim !== 1)
    throw shapeMismatch(`embedding_bag: offsets has to be a 1D tensor, but got shape ${showShape(offsets.shape)}`);
  checkIndices('embedding_bag', offsets);
  if (includeLast && offsets.shape[0] < 1)
    throw valueRange('embedding_bag: include_last_offset needs at least 1 offset');
  const starts = includeLast ? slice(offsets, 0, 0, offsets.shape[0] - 1) : offsets;
  // A row number belongs to the last bag that begins at or before its place.
  const bags = sub(bucketize(arange(0, input.shape[0]), starts, false, true), 1);
  return { rows: input, bags, count: starts.shape[0] };
}

export const embeddingBag = defineOp({
  name: 'embedding_bag',
  category: 'nn',
  module: 'EmbeddingBag',
  summary: 'Sums, means or maxima of bags of rows of a table',
  params: [
    constant('input', { wants: 'int64', doc: 'Row numbers: each row a bag, or a list that offsets cuts into bags' }),
    tensor('weight', { doc: 'The table, [rows, columns]' }),
    optionalConstant('offsets', { wants: 'int64', doc: 'Where each bag begins in a list' }),
    maxNormParam,
    normTypeParam,
    freqParam,
    attr('mode', oneOf<Mode>('sum', 'mean', 'max'), { default: 'mean' as Mode }),
    sparseParam,
    optionalTensor('per_sample_weights', { doc: 'Multiply the rows; with mode "sum" only' }),
    attr('include_last_offset', boolean, { default: false, doc: 'The last offset is the end of the list' }),
    paddingParam,
  ],
  formula: String.raw`y_b = \sum_{k \in b} w_{i_k},\quad \tfrac{1}{|b|} \sum_{k \in b} w_{i_k},\quad \max_{k \in b} w_{i_k}`,
  derivative: String.raw`\tfrac{\partial L}{\partial w_r} = \sum_{k:\, i_k = r} G_{b(k)}`,
  composite: (args) => {
    const { input, weight, mode, perSampleWeights, scaleGradByFreq } = args;
    checkIndices('embedding_bag', input);
    checkTable(weight);
    const [table, width] = weight.shape;
    const padding = paddingRow('embedding_bag', args.paddingIdx, table);
    if (perSampleWeights !== undefined) {
      if (mode !== 'sum')
        throw valueRange(
          `embedding_bag: per_sample_weights was not None; it is only supported for mode='sum', but got '${mode}'`,
        );
      if (!sameShape(perSampleWeights.shape, input.shape))
        throw shapeMismatch(
          `embedding_bag: if per_sample_weights (shape ${showShape(perSampleWeights.shape)}) is not None, then it must have the same shape as input (${showShape(input.shape)})`,
        );
      if (perSampleWeights.dtype !== weight.dtype)
        throw dtypeError(
          `embedding_bag: expected weight (${weight.dtype}) and per_sample_weights (${perSampleWeights.dtype}) to have the same dtype`,
        );
    }
    const { rows, bags, count } = bagsOf(input, args.offsets, args.includeLastOffset);
    renormalise(weight, rows, args.maxNorm, args.normType);
    if (mode === 'max') {
      const best = embeddingBagMaxRows(weight, rows, bags, count, padding);
      const empty = lt(best, 0);
      if (table === 0) return zeros([count, width], weight.dtype);
      return where(empty, 0, gather(weight, 0, clampMin(best, 0)));
    }
    const shown = ne(rows, padding);
    let vectors = embedding(rows, weight, undefined, undefined, 2, scaleGradByFreq);
    if (perSampleWeights !== undefined)
      vectors = mul(vectors, unsqueeze(reshape(perSampleWeights, [rows.shape[0]]), -1));
    const sums = indexAdd(zeros([count, width], weight.dtype), 0, bags, where(unsqueeze(shown, -1), vectors, 0));
    if (mode === 'sum') return sums;
    const sizes = indexAdd(zeros([count], weight.dtype), 0, bags, to(shown, weight.dtype));
    return div(sums, unsqueeze(clampMin(sizes, 1), -1));
  },
  examples: [
    '{"input": [[0, 2], [2, 1]], "weight": [[1, 2], [3, 4], [5, 6.5]]}',
    '{"input": [0, 2, 1], "weight": [[1, 2], [3, 4], [5, 6.5]], "offsets": [0, 2], "mode": "max"}',
    '{"input": [0, 2, 1], "weight": [[1, 2], [3, 4], [5, 6.5]], "offsets": [0, 2], "mode": "sum", "per_sample_weights": [0.5, 2, -1]}',
  ],
});
