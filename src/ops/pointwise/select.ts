/** A choice between two tensors, element by element. */

import { cast, select } from '../../kernels/index.ts';
import { dtypeError, shapeMismatch } from '../../tensor/errors.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/cast.ts';
import { full } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { constant, operand, tensor } from '../params.ts';
import { asTensor, commonType } from '../promote.ts';

export const where = defineOp({
  name: 'where',
  category: 'pointwise',
  summary: 'Elements of one tensor where a condition holds, of another elsewhere',
  params: [constant('condition', { wants: 'bool', doc: 'bool, or uint8' }), operand('input'), operand('other')],
  formula: String.raw`\begin{cases} x & \text{condition} \\ y & \text{else} \end{cases}`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = [\text{condition}],\quad \tfrac{\partial}{\partial y} = [\text{not condition}]`,
  forward: ({ condition, input, other }) => {
    if (condition.dtype !== 'bool' && condition.dtype !== 'uint8') {
      throw dtypeError(
        `where expected condition to be a boolean tensor, but got a tensor with dtype ${condition.dtype}`,
      );
    }
    const dtype = commonType(input, other);
    return select(cast(condition, 'bool'), asTensor(input, dtype), asTensor(other, dtype), dtype);
  },
  saves: ['condition'],
  // A number is a tensor to PyTorch here.
  graph: (edge) => [edge('input'), edge('other')],
  gradient: {
    input: ({ condition }, grad): Tensor => where(condition, grad, 0),
    other: ({ condition }, grad): Tensor => where(condition, 0, grad),
  },
  derivation: {
    formula: String.raw`\begin{cases} @input & @condition \\ @other & \text{else} \end{cases}`,
    by: { input: String.raw`[\,@condition\,]`, other: String.raw`[\,\text{not } @condition\,]` },
  },
  examples: [{ condition: [true, false, true], input: [1, 2, 3], other: [10, 20, 30] }],
});

export const fill = defineOp({
  name: 'fill',
  category: 'pointwise',
  in: ['torch_'],
  summary: 'One value in the place of every element',
  params: [tensor('input'), operand('value', { doc: 'A number, or a tensor without dimensions' })],
  formula: 'c',
  derivative: String.raw`\tfrac{\partial}{\partial x} = 0,\quad \tfrac{\partial}{\partial c} = 1`,
  composite: ({ input, value }): Tensor => {
    if (value instanceof Tensor && value.ndim > 0)
      throw shapeMismatch(`fill only supports 0-dimension value tensor but got tensor with ${value.ndim} dimensions.`);
    return where(full([], true, 'bool'), value instanceof Tensor ? to(value, input.dtype) : value, input);
  },
  examples: ['{"input": [1, 2], "value": 0.5}'],
});
