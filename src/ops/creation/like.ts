/** Tensors shaped as another one. */
import { defineOp } from '../define.ts';
import { attr, constant, scalarAttr } from '../params.ts';
import { dtypeParam, filledWith } from './filled.ts';

export const onesLike = defineOp({
  name: 'ones_like',
  category: 'creation',
  summary: 'Ones in the shape of another tensor',
  params: [constant('input'), dtypeParam],
  formula: '1',
  forward: ({ input, dtype }) => filledWith(input.shape, 1, dtype ?? input.dtype),
  gradient: {},
  examples: [{ input: [[1, 2]] }],
});

export const zerosLike = defineOp({
  name: 'zeros_like',
  category: 'creation',
  summary: 'Zeros in the shape of another tensor',
  params: [constant('input'), dtypeParam],
  formula: '0',
  forward: ({ input, dtype }) => filledWith(input.shape, 0, dtype ?? input.dtype),
  gradient: {},
  examples: [{ input: [[1, 2]] }],
});

export const fullLike = defineOp({
  name: 'full_like',
  category: 'creation',
  summary: 'One value in the shape of another tensor',
  params: [constant('input'), attr('fill_value', scalarAttr), dtypeParam],
  formula: 'c',
  forward: ({ input, fillValue, dtype }) => filledWith(input.shape, fillValue, dtype ?? input.dtype),
  gradient: {},
  examples: [{ input: [[1, 2]], fill_value: 0.5 }],
});
