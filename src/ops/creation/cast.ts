/** Conversions from dtype to dtype. */
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { copied, formatParam } from '../memory-format.ts';
import { attr, dtype as dtypeAttr, tensor } from '../params.ts';

export const to = defineOp({
  name: 'to',
  category: 'pointwise',
  in: ['Tensor'],
  takes: 'input dtype | memory_format',
  summary: 'The same numbers in another dtype',
  params: [tensor('input'), attr('dtype', dtypeAttr), formatParam],
  formula: 'x',
  derivative: '1',
  forward: ({ input, dtype, memoryFormat }) => copied(input, memoryFormat, dtype),
  gradFn: 'ToCopyBackward0',
  gradient: { input: ({ input }, grad): Tensor => to(grad, input.dtype) },
  examples: [{ input: [1.5, -2.5], dtype: 'float64' }],
});
