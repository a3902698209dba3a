/** The same elements under another name, or laid out in order. */
import { copyIn, liesIn } from '../../kernels/index.ts';
import { valueRange } from '../../tensor/errors.ts';
import { defineOp } from '../define.ts';
import { formatAttr } from '../memory-format.ts';
import { attr, tensor } from '../params.ts';

export const contiguous = defineOp({
  name: 'contiguous',
  category: 'shape',
  in: ['Tensor'],
  takes: 'input | memory_format',
  summary: 'The elements laid out in row-major order or another one, copied only where they are not',
  params: [tensor('input'), attr('memory_format', formatAttr, { default: 'contiguous_format' as const })],
  formula: 'x',
  derivative: '1',
  forward: ({ input, memoryFormat }) => {
    if (memoryFormat === 'preserve_format')
      throw valueRange('preserve memory format is unsupported by the contiguous operator');
    return liesIn(memoryFormat, input) ? input : copyIn(memoryFormat, input);
  },
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
