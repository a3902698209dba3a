/** Conversions from dtype to dtype. */
import { copy } from '../../kernels/index.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, dtype as dtypeAttr, tensor } from '../params.ts';

export const to = defineOp({
  name: 'to',
  category: 'pointwise',
  in: ['Tensor'],
  takes: 'input dtype',
  summary: 'The same numbers in another dtype',
  params: [tensor('input'), attr('dtype', dtypeAttr)],
  formula: 'x',
  derivative: '1',
  forward: ({ input, dtype }) => copy(input, dtype),
  gradFn: 'ToCopyBackward0',
  gradient: { input: ({ input }, grad): Tensor => to(grad, input.dtype) },
  examples: [{ input: [1.5, -2.5], dtype: 'float64' }],
});
