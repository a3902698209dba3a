/** The exponential of a matrix. */

import { cast, exponentials } from '../../kernels/index.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zerosLike } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { cat, mT } from '../shape/index.ts';
import { slice } from '../shape/windows.ts';
import { checkSquare } from './checks.ts';

export const matrixExp = defineOp({
  name: 'matrix_exp',
  aliases: ['linalg_matrix_exp'],
  category: 'linalg',
  in: ['torch', 'Tensor', 'linalg'],
  summary: 'Exponential of a square matrix, or of each of many',
  params: [tensor('A')],
  formula: String.raw`e^A = \sum_{k \ge 0} \tfrac{1}{k!} A^k`,
  derivative: String.raw`\exp \begin{pmatrix} A^\top & G \\ 0 & A^\top \end{pmatrix}_{12}`,
  forward: ({ A }) => {
    checkSquare('linalg.matrix_exp', 'A', A);
    return cast(exponentials(A), A.dtype);
  },
  saves: ['A'],
  gradFn: 'LinalgMatrixExpBackward0',
  gradient: {
    A: ({ A }, grad): Tensor => {
      const turned = mT(A);
      const n = A.shape[A.ndim - 1];
      const block = cat([cat([turned, grad], -1), cat([zerosLike(turned), turned], -1)], -2);
      return slice(slice(matrixExp(block), -2, 0, n), -1, n, 2 * n);
    },
  },
  examples: ['{"A": [[0.5, 1], [-1, 0.25]]}'],
});
