/** The same elements: copied, or cut off from the graph. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { copy, mapN } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { copied, formatParam } from '../memory-format.ts';
import { constant, tensor } from '../params.ts';

export const clone = defineOp({
  name: 'clone',
  category: 'pointwise',
  takes: 'input | memory_format',
  summary: 'A copy that the gradient flows through',
  params: [tensor('input'), formatParam],
  formula: 'x',
  derivative: '1',
  forward: ({ input, memoryFormat }) => copied(input, memoryFormat),
  gradient: { input: (_, grad) => grad },
  examples: [{ input: [1, 2] }],
});

export const detach = defineOp({
  name: 'detach',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'The same elements, cut off from the graph',
  params: [constant('input')],
  formula: 'x',
  forward: ({ input }) => input.detach(),
  window: true,
  gradient: {},
  examples: [{ input: [1, 2] }],
});

/** A product with 1 is put off and goes through one pass with its neighbours, where a copy would not. */
const SAME = kernel(f.mul);

export const piecewiseBackward = defineOp({
  name: 'piecewise_backward',
  category: 'pointwise',
  summary: 'A gradient, noted as a function of what it was taken by, in which it is constant almost everywhere',
  params: [tensor('grad_output'), tensor('input', { doc: 'What the gradient hangs on, in any shape' })],
  formula: 'g',
  derivative: String.raw`\tfrac{\partial}{\partial g} = 1,\quad \tfrac{\partial}{\partial x} = 0`,
  forward: ({ gradOutput }) =>
    isFloating(gradOutput.dtype) ? mapN(SAME, [gradOutput, 1], gradOutput.dtype) : copy(gradOutput),
  gradient: {
    gradOutput: (_, grad): Tensor => grad,
    input: ({ input }): Tensor => zeros(input.shape, input.dtype),
  },
  examples: [{ grad_output: [1, 2], input: [-1, 3] }],
});

export const positive = defineOp({
  name: 'positive',
  category: 'pointwise',
  summary: 'The elements as they are: the unary plus',
  params: [tensor('input')],
  formula: '+x',
  derivative: '1',
  forward: ({ input }) => {
    if (input.dtype === 'bool') throw dtypeError('The `+` operator, on a bool tensor is not supported.');
    return input.alias();
  },
  gradFn: 'AliasBackward0',
  gradient: { input: (_, grad) => grad },
  examples: [{ input: [1, -2] }],
});
