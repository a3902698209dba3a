/** Tensors of a given shape, with the dtype of another one. */
import { defineOp } from '../define.ts';
import { attr, constant, scalarAttr } from '../params.ts';
import { dtypeParam, filledWith, sizeParam } from './filled.ts';

const newOp = <const N extends string>(name: N, summary: string, value: number) =>
  defineOp({
    name,
    category: 'creation',
    in: ['Tensor'],
    summary,
    params: [constant('input'), sizeParam, dtypeParam],
    formula: String(value),
    forward: ({ input, size, dtype }) => filledWith(size, value, dtype ?? input.dtype),
    gradient: {},
    examples: [{ input: [1], size: [2, 3] }],
  });

export const newZeros = newOp('new_zeros', 'Zeros with the dtype of another tensor', 0);
export const newOnes = newOp('new_ones', 'Ones with the dtype of another tensor', 1);

export const newFull = defineOp({
  name: 'new_full',
  category: 'creation',
  in: ['Tensor'],
  summary: 'One value everywhere, with the dtype of another tensor',
  params: [constant('input'), sizeParam, attr('fill_value', scalarAttr), dtypeParam],
  formula: 'c',
  forward: ({ input, size, fillValue, dtype }) => filledWith(size, fillValue, dtype ?? input.dtype),
  gradient: {},
  examples: [{ input: [1], size: [2, 2], fill_value: 0.5 }],
});
