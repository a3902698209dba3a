/** A choice between two tensors, element by element. */

import { cast, select } from '../../kernels/index.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant, operand } from '../params.ts';
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
  examples: [{ condition: [true, false, true], input: [1, 2, 3], other: [10, 20, 30] }],
});
