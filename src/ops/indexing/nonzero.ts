/** Where elements are not zero. The size of the result hangs on the values. */
import { nonzeroRows } from '../../kernels/index.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant } from '../params.ts';

export const nonzero = defineOp({
  name: 'nonzero',
  category: 'indexing',
  takes: 'input | as_tuple',
  summary: 'Indices of the elements that are not zero',
  params: [
    constant('input'),
    attr('as_tuple', boolean, { default: false, doc: 'A vector for each dimension, not a matrix' }),
  ],
  formula: String.raw`\{i : x_i \ne 0\}`,
  forward: ({ input, asTuple }): Tensor | readonly Tensor[] => {
    if (!asTuple) return nonzeroRows(input);
    const rows = nonzeroRows(input.ndim === 0 ? input.alias([1], [1]) : input);
    return Array.from({ length: rows.shape[1] }, (_, d) => rows.alias([rows.shape[0]], [rows.strides[0]], d));
  },
  gradient: {},
  examples: ['{"input": [[1, 0], [0, 2]]}'],
});

export const argwhere = defineOp({
  name: 'argwhere',
  category: 'indexing',
  summary: 'Indices of the elements that are not zero, a row for each',
  params: [constant('input')],
  formula: String.raw`\{i : x_i \ne 0\}`,
  forward: ({ input }) => nonzeroRows(input),
  gradient: {},
  examples: ['{"input": [[1, 0], [0, 2]]}'],
});
