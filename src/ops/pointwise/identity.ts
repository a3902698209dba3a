/** The same elements: copied, or cut off from the graph. */
import { copy } from '../../kernels/copy.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { defineOp } from '../define.ts';
import { constant, tensor } from '../params.ts';

export const clone = defineOp({
  name: 'clone',
  category: 'pointwise',
  summary: 'A copy that the gradient flows through',
  params: [tensor('input')],
  formula: 'x',
  derivative: '1',
  forward: ({ input }) => copy(input),
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
