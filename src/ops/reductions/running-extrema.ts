/** The largest and smallest elements so far. */
import { type Direction, runningExtreme } from '../../kernels/index.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { scatterAdd } from '../indexing/index.ts';
import { tensor } from '../params.ts';
import { alongParam } from './params.ts';

const running = <const N extends string>(name: N, what: string, direction: Direction) =>
  defineOp({
    name,
    category: 'reduction',
    summary: `${what} element so far along a dimension, and its index (the latest of equal ones)`,
    params: [tensor('input'), alongParam],
    formula: String.raw`y_k = ${direction > 0 ? String.raw`\max` : String.raw`\min`}_{i \le k} x_i`,
    derivative: String.raw`\tfrac{\partial L}{\partial x_i} = \sum_{k:\, \mathrm{index}_k = i} g_k`,
    forward: ({ input, dim }): readonly Tensor[] => runningExtreme(input, normalizeDim(dim, input.ndim), direction),
    saves: ['result'],
    gradient: {
      input: ({ input, dim, result }, [grad]): Tensor | null => {
        if (grad == null || input.shape.length === 0) return grad;
        return scatterAdd(zeros(input.shape, grad.dtype), dim, (result as readonly Tensor[])[1], grad);
      },
    },
    examples: ['{"input": [[1, 5, 2, 7], [4, 0, 6, 3]], "dim": 1}'],
  });

export const cummax = running('cummax', 'Largest', 1);
export const cummin = running('cummin', 'Smallest', -1);
