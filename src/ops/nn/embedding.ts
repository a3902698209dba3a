/** Rows of a table looked up by number. */

import { addRowsAt, cast, settleReaders, shrinkRowsAt } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel, sameShape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { indexSelect } from '../indexing/index.ts';
import { attr, boolean, constant, integer, number, optionalAttr, tensor } from '../params.ts';
import { div } from '../pointwise/arithmetic.ts';
import { eq } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { bincount } from '../reductions/index.ts';
import { reshape, unsqueeze } from '../shape/index.ts';

/** Only these count rows. */
export function checkIndices(op: string, indices: TensorMeta): void {
  if (indices.dtype !== 'int64' && indices.dtype !== 'int32')
    throw dtypeError(`${op}: indices must be int64 or int32, but got ${indices.dtype}`);
}

export function checkTable(weight: TensorMeta): void {
  if (weight.shape.length !== 2)
    throw shapeMismatch(`embedding: 'weight' must be 2-D, but has shape ${showShape(weight.shape)}`);
}

/** A row number counted from either end; −1, which names none, where there is none. */
export function paddingRow(op: string, padding: number | undefined, rows: number): number {
  if (padding === undefined) return -1;
  if (padding < -rows || padding >= rows)
    throw valueRange(`${op}: padding_idx must be within num_embeddings, but got ${padding} for ${rows} rows`);
  return padding < 0 ? padding + rows : padding;
}

/** Scales rows that are too long down, in the table itself, as PyTorch does. */
export function renormalise(weight: Tensor, indices: Tensor, maxNorm: number | undefined, normType: number): void {
  if (maxNorm === undefined) return;
  settleReaders(weight.storage);
  shrinkRowsAt(weight, cast(indices, 'int64'), maxNorm, normType);
  weight.storage.version++;
}

export const paddingParam = optionalAttr('padding_idx', integer(), { doc: 'A row that gets no gradient' });
export const maxNormParam = optionalAttr('max_norm', number(), {
  doc: 'Rows that are looked up are first scaled down to this norm, in weight itself',
});
export const normTypeParam = attr('norm_type', number(), { default: 2, doc: 'The order of that norm' });
export const freqParam = attr('scale_grad_by_freq', boolean, {
  default: false,
  doc: "Divides each row's gradient by how often it was looked up",
});
export const sparseParam = attr('sparse', boolean, { default: false, doc: 'Gradients are dense here in either case' });

export const embedding = defineOp({
  name: 'embedding',
  category: 'nn',
  in: ['torch', 'F'],
  takes: { torch: 'weight indices=input padding_idx scale_grad_by_freq sparse' },
  module: 'Embedding',
  summary: 'Rows of a table, by their numbers',
  params: [
    constant('input', { wants: 'int64', doc: 'Row numbers, of any shape' }),
    tensor('weight', { doc: 'The table, [rows, columns]' }),
    paddingParam,
    maxNormParam,
    normTypeParam,
    freqParam,
    sparseParam,
  ],
  formula: String.raw`y_{\ldots k} = w_{i_{\ldots}, k}`,
  derivative: String.raw`\tfrac{\partial L}{\partial w_{r k}} = \sum_{\ldots:\, i_{\ldots} = r} G_{\ldots k}`,
  forward: ({ input, weight, paddingIdx, maxNorm, normType }) => {
    checkTable(weight);
    checkIndices('embedding', input);
    paddingRow('embedding', paddingIdx, weight.shape[0]);
    renormalise(weight, input, maxNorm, normType);
    const flat = reshape(input, [input.numel]);
    return reshape(indexSelect(weight, 0, flat), [...input.shape, weight.shape[1]]);
  },
  saves: ['input'],
  gradient: {
    weight: ({ input, weight, paddingIdx, scaleGradByFreq }, grad): Tensor =>
      embeddingDenseBackward(
        grad,
        input,
        weight.shape[0],
        paddingRow('embedding', paddingIdx, weight.shape[0]),
        scaleGradByFreq,
      ),
  },
  derivation: {
    words: 'each row of the table gets the sum of the gradients of its uses; rows that were not looked up get 0',
  },
  examples: ['{"input": [[0, 2], [2, 0]], "weight": [[1, 2], [3, 4], [5, 6]], "padding_idx": 1}'],
});

export const embeddingDenseBackward = defineOp({
  name: 'embedding_dense_backward',
  category: 'nn',
  summary: 'Rows added up where row numbers say: the gradient of embedding',
  params: [
    tensor('grad_output'),
    constant('indices', { wants: 'int64' }),
    attr('num_weights', integer()),
    attr('padding_idx', integer(), { doc: '-1 for none' }),
    attr('scale_grad_by_freq', boolean),
  ],
  formula: String.raw`w_{r k} = \sum_{\ldots:\, i_{\ldots} = r} G_{\ldots k}`,
  derivative: String.raw`\tfrac{\partial L}{\partial G_{\ldots k}} = w'_{i_{\ldots}, k}`,
  forward: ({ gradOutput, indices, numWeights, paddingIdx, scaleGradByFreq }) => {
    checkIndices('embedding_dense_backward', indices);
    if (!isFloating(gradOutput.dtype))
      throw dtypeError(`embedding_dense_backward: grad_output must be floating, but is ${gradOutput.dtype}`);
    const width = gradOutput.shape.at(-1) ?? 1;
    if (!sameShape(gradOutput.shape, [...indices.shape, width]))
      throw shapeMismatch(
        `embedding_dense_backward: grad_output must have the shape of indices and one dimension more, but the shapes are ${showShape(gradOutput.shape)} and ${showShape(indices.shape)}`,
      );
    checkNumel([numWeights, width]);
    return addRowsAt(gradOutput, cast(indices, 'int64'), numWeights, paddingIdx, scaleGradByFreq);
  },
  saves: ['indices'],
  gradient: {
    gradOutput: ({ gradOutput, indices, numWeights, paddingIdx, scaleGradByFreq }, grad): Tensor => {
      let out = embedding(indices, grad);
      if (scaleGradByFreq) {
        const flat = reshape(indices, [-1]);
        const counts = reshape(indexSelect(bincount(flat, undefined, numWeights), 0, flat), indices.shape);
        out = div(out, unsqueeze(counts, -1));
      }
      const hidden = unsqueeze(eq(indices, paddingIdx), -1);
      return reshape(where(hidden, 0, out), gradOutput.shape);
    },
  },
  examples: [
    '{"grad_output": [[1, 2], [3, 4]], "indices": [2, 2], "num_weights": 3, "padding_idx": -1, "scale_grad_by_freq": true}',
  ],
});
