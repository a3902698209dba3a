/** Elements that were written without a history, with the history that there was. */

import { copy } from '../../kernels/index.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { sameShape } from '../../tensor/shape.ts';
import { defineOp } from '../define.ts';
import { constant, tensor } from '../params.ts';

export const withData = defineOp({
  name: 'with_data',
  category: 'indexing',
  in: [],
  summary:
    'The elements of another tensor, with the gradient of the first: what a tensor is after a write that its history does not know of',
  params: [tensor('input'), constant('data', { doc: 'Of the same shape; cast to the dtype of the first' })],
  formula: String.raw`\mathrm{data}`,
  derivative: '1',
  forward: ({ input, data }) => {
    if (!sameShape(input.shape, data.shape))
      throw shapeMismatch(
        `with_data: expected data of shape ${showShape(input.shape)}, but got ${showShape(data.shape)}`,
      );
    return copy(data, input.dtype);
  },
  gradient: { input: (_, grad) => grad },
  examples: [{ input: [1, 2], data: [3, -4] }],
});
