/** Tensors shaped as another one. */
import { fill } from '../../kernels/pointwise.ts';
import { copy } from '../../kernels/copy.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, constant, dtype as dtypeAttr, optionalAttr, tensor } from '../params.ts';

export const onesLike = defineOp({
  name: 'ones_like',
  category: 'creation',
  summary: 'Ones in the shape of another tensor',
  params: [constant('input'), optionalAttr('dtype', dtypeAttr)],
  formula: '1',
  forward: ({ input, dtype }) => fill(empty(input.shape, dtype ?? input.dtype), 1),
  gradient: {},
  examples: [{ input: [[1, 2]] }],
});

export const to = defineOp({
  name: 'to',
  category: 'pointwise',
  summary: 'The same numbers in another dtype',
  params: [tensor('input'), attr('dtype', dtypeAttr)],
  formula: 'x',
  derivative: '1',
  forward: ({ input, dtype }) => copy(input, dtype),
  gradFn: 'ToCopyBackward0',
  gradient: { input: ({ input }, grad): Tensor => to(grad, input.dtype) },
  examples: [{ input: [1.5, -2.5], dtype: 'int64' }],
});
