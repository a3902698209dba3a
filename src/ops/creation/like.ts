/** Tensors shaped as another one. */
import { defineOp } from '../define.ts';
import { formatParam } from '../memory-format.ts';
import { attr, constant, scalarAttr } from '../params.ts';
import { dtypeParam, filledLike } from './filled.ts';

export const onesLike = defineOp({
  name: 'ones_like',
  category: 'creation',
  takes: 'input | dtype memory_format',
  summary: 'Ones in the shape of another tensor',
  params: [constant('input'), dtypeParam, formatParam],
  formula: '1',
  forward: ({ input, dtype, memoryFormat }) => filledLike(input, 1, dtype ?? input.dtype, memoryFormat),
  gradient: {},
  examples: [{ input: [[1, 2]] }],
});

export const zerosLike = defineOp({
  name: 'zeros_like',
  category: 'creation',
  takes: 'input | dtype memory_format',
  summary: 'Zeros in the shape of another tensor',
  params: [constant('input'), dtypeParam, formatParam],
  formula: '0',
  forward: ({ input, dtype, memoryFormat }) => filledLike(input, 0, dtype ?? input.dtype, memoryFormat),
  gradient: {},
  examples: [{ input: [[1, 2]] }],
});

export const fullLike = defineOp({
  name: 'full_like',
  category: 'creation',
  takes: 'input fill_value | dtype memory_format',
  summary: 'One value in the shape of another tensor',
  params: [constant('input'), attr('fill_value', scalarAttr), dtypeParam, formatParam],
  formula: 'c',
  forward: ({ input, fillValue, dtype, memoryFormat }) =>
    filledLike(input, fillValue, dtype ?? input.dtype, memoryFormat),
  gradient: {},
  examples: [{ input: [[1, 2]], fill_value: 0.5 }],
});
