/** The same elements under another name, or laid out in order. */
import { contiguous as inOrder } from '../../kernels/index.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';

export const contiguous = defineOp({
  name: 'contiguous',
  category: 'shape',
  in: ['Tensor'],
  summary: 'The elements laid out in row-major order, copied only where they are not',
  params: [tensor('input')],
  formula: 'x',
  derivative: '1',
  forward: ({ input }) => inOrder(input),
  gradFn: 'CloneBackward0',
  gradient: { input: (_, grad) => grad },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

export const alias = defineOp({
  name: 'alias',
  category: 'shape',
  in: [],
  summary: 'Another name for the same elements, as x[:] gives',
  params: [tensor('input')],
  formula: 'x',
  derivative: '1',
  forward: ({ input }) => input.alias(),
  gradient: { input: (_, grad) => grad },
  examples: [{ input: [1, 2, 3] }],
});
