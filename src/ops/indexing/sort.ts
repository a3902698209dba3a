/** Elements in order, and where they stood. */
import { emptyLike, sortRows } from '../../kernels/index.ts';
import { EngineError, indexOutOfRange } from '../../tensor/errors.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, integer, tensor } from '../params.ts';
import { scatter } from './gather.ts';
import { dimOf } from './plan.ts';

/** The first `k` of each row in order, and their indices. Equal elements keep their order. */
function ordered(input: Tensor, dim: number, descending: boolean, k?: number): [values: Tensor, indices: Tensor] {
  const shape = k === undefined || input.ndim === 0 ? input.shape : input.shape.with(dim, k);
  const values = k === undefined ? emptyLike(input) : empty(shape, input.dtype);
  const indices = k === undefined ? emptyLike(input, 'int64') : empty(shape, 'int64');
  sortRows(input, input.ndim === 0 ? [] : [dim], descending, values, indices);
  return [values, indices];
}

const dimParam = attr('dim', integer(), { default: -1 });
const descendingParam = attr('descending', boolean, { default: false });
const stableParam = attr('stable', boolean, {
  default: false,
  doc: 'Equal elements keep their order; they do here in any case',
});

/** Gradients of picked values go back to where these stood. */
const back = (
  input: { shape: readonly number[]; dtype: Tensor['dtype'] },
  dim: number,
  indices: Tensor,
  grad: Tensor | null | undefined,
): Tensor | null => (grad == null ? null : scatter(zeros(input.shape, input.dtype), dim, indices, grad));

export const sort = defineOp({
  name: 'sort',
  category: 'indexing',
  takes: 'input dim descending | stable',
  summary: 'Elements in order along a dimension, and their indices',
  params: [tensor('input'), dimParam, descendingParam, stableParam],
  formula: String.raw`y_k = x_{\pi(k)},\quad y_0 \le y_1 \le \ldots`,
  derivative: String.raw`P_\pi`,
  forward: ({ input, dim, descending }) => ordered(input, dimOf(dim, input), descending) as readonly Tensor[],
  saves: ['result'],
  gradient: { input: ({ input, dim, result }, grads) => back(input, dim, result[1], grads[0]) },
  derivation: {
    words: 'each element of the gradient goes back to where its element stood before the sorting',
  },
  examples: [{ input: [3, 1, 2] }],
});

export const msort = defineOp({
  name: 'msort',
  category: 'indexing',
  summary: 'Elements in order along the first dimension',
  params: [tensor('input')],
  formula: String.raw`y_k = x_{\pi(k)},\quad y_0 \le y_1 \le \ldots`,
  derivative: String.raw`P_\pi`,
  composite: ({ input }): Tensor => sort(input, 0)[0],
  examples: [{ input: [3, 1, 2] }],
});

export const argsort = defineOp({
  name: 'argsort',
  category: 'indexing',
  takes: 'input dim descending | stable',
  summary: 'Indices that put elements in order along a dimension',
  params: [constant('input'), dimParam, descendingParam, stableParam],
  formula: String.raw`\pi:\; x_{\pi(0)} \le x_{\pi(1)} \le \ldots`,
  forward: ({ input, dim, descending }) => ordered(input, dimOf(dim, input), descending)[1],
  gradient: {},
  examples: [{ input: [3, 1, 2] }],
});

export const topk = defineOp({
  name: 'topk',
  category: 'indexing',
  summary: 'The k largest, or smallest, elements along a dimension, and their indices',
  params: [
    tensor('input'),
    attr('k', integer(), { doc: 'How many' }),
    dimParam,
    attr('largest', boolean, { default: true }),
    attr('sorted', boolean, { default: true, doc: 'In order; they are here in any case' }),
  ],
  formula: String.raw`y_j = x_{\pi(j)},\quad j < k`,
  derivative: String.raw`P_\pi`,
  forward: ({ input, k, dim, largest }) => {
    if (input.dtype === 'bool') throw new EngineError('dtype', "topk is not implemented for 'Bool'");
    const d = dimOf(dim, input);
    const size = input.shape[d] ?? 1;
    if (k < 0 || k > size)
      throw indexOutOfRange(`selected index k out of range: ${k} of ${size} elements along dimension ${d}`);
    return ordered(input, d, largest, k) as readonly Tensor[];
  },
  saves: ['result'],
  gradient: { input: ({ input, dim, result }, grads) => back(input, dim, result[1], grads[0]) },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: [{ input: [3, 1, 2], k: 2 }],
});
