/** Symmetric positive definite matrices as a triangular matrix times its transpose. */

import {
  batchOf,
  cast,
  cholesky as factorise,
  firstZero,
  identities,
  solveTriangular as substitute,
} from '../../kernels/index.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { broadcastShapes } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, tensor } from '../params.ts';
import { add, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { diagEmbed, diagonal, mT, tril } from '../shape/index.ts';
import { checkDTypes, checkMatrices, checkSquare, inBatch } from './checks.ts';
import { matmul } from './matmul.ts';
import { linalgSolveTriangular } from './triangular.ts';

const upperParam = attr('upper', boolean, { default: false, doc: 'Whether the triangle is the upper one' });

const FORMULA = String.raw`L:\; A = L L^\top`;
const DERIVATIVE = String.raw`\operatorname{sym}\bigl(L^{-\top} \operatorname{\Phi}(L^\top G) L^{-1}\bigr)`;

/** The lower triangle with half of the diagonal, made symmetric. */
function halved(t: Tensor): Tensor {
  const low = tril(t);
  const half = sub(low, mul(diagEmbed(diagonal(t, 0, -2, -1)), 0.5));
  return mul(add(half, mT(half)), 0.5);
}

function factorSlope(factor: Tensor, upper: boolean, grad: Tensor): Tensor {
  const l = upper ? mT(factor) : factor;
  const inner = halved(matmul(mT(l), upper ? mT(grad) : grad));
  return linalgSolveTriangular(l, linalgSolveTriangular(mT(l), inner, true), false, false);
}

export const linalgCholeskyEx = defineOp({
  name: 'linalg_cholesky_ex',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A | upper check_errors',
  summary: "Cholesky's factor; and for each matrix the first leading minor that is not positive, counted from 1",
  params: [tensor('A'), upperParam, attr('check_errors', boolean, { default: false })],
  formula: FORMULA,
  derivative: DERIVATIVE,
  forward: ({ A, upper, checkErrors }): readonly Tensor[] => {
    checkSquare('linalg.cholesky', 'A', A);
    const { factor, failed } = factorise(A, upper);
    const fault = checkErrors ? firstZero(failed) : null;
    if (fault !== null) {
      throw valueRange(
        `linalg.cholesky: ${inBatch(fault.matrix, A.ndim)}The factorization could not be completed because the input is not positive-definite (the leading minor of order ${fault.at} is not positive-definite).`,
      );
    }
    return [cast(factor, A.dtype), failed];
  },
  saves: ['result'],
  gradient: {
    A: ({ upper, result }, [grad]): Tensor | null => (grad === null ? null : factorSlope(result[0], upper, grad)),
  },
  examples: ['{"A": [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 2]]}'],
});

export const linalgCholesky = defineOp({
  name: 'linalg_cholesky',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A | upper',
  summary: "Cholesky's triangular factor of a symmetric positive definite matrix, or of each of many",
  params: [tensor('A'), upperParam],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ A, upper }) => linalgCholeskyEx(A, upper, true)[0],
  examples: [
    '{"A": [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 2]]}',
    '{"A": [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 2]], "upper": true}',
  ],
});

export const cholesky = defineOp({
  name: 'cholesky',
  category: 'linalg',
  summary: 'The older name of linalg.cholesky',
  params: [tensor('input'), upperParam],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ input, upper }) => linalgCholeskyEx(input, upper, true)[0],
  examples: ['{"input": [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 2]]}'],
});

/** `(L Lᵀ)⁻¹ B`, by two triangular systems. */
function solvedBy(factor: Tensor, b: Tensor, upper: boolean): Tensor {
  const batch = broadcastShapes(batchOf(factor), batchOf(b));
  const half = substitute(factor, b, batch, upper, false, upper);
  return substitute(factor, half, batch, upper, false, !upper);
}

/** The slope with respect to the factor of what hangs on its product with its transpose. */
const throughProduct = (factor: Tensor, upper: boolean, g: Tensor): Tensor => {
  const both = add(g, mT(g));
  return neg(upper ? matmul(factor, both) : matmul(both, factor));
};

export const choleskySolve = defineOp({
  name: 'cholesky_solve',
  category: 'linalg',
  takes: 'B input2=L upper',
  summary: "Solution of A X = B for a symmetric positive definite A, given by Cholesky's factor",
  params: [tensor('B'), tensor('L', { doc: "Cholesky's factor" }), upperParam],
  formula: String.raw`X:\; L L^\top X = B`,
  derivative: String.raw`\tfrac{\partial L}{\partial B} = A^{-1} G,\quad \tfrac{\partial L}{\partial L} = -(H + H^\top) L,\quad H = A^{-1} G X^\top`,
  forward: ({ B, L, upper }) => {
    checkMatrices('cholesky_solve', 'B', B);
    checkSquare('cholesky_solve', 'L', L);
    checkDTypes('cholesky_solve', ['B', 'L'], [B, L]);
    if (B.shape[B.ndim - 2] !== L.shape[L.ndim - 1])
      throw shapeMismatch(
        `cholesky_solve: Incompatible matrix sizes for cholesky_solve: B of shape ${showShape(B.shape)} does not fit L of shape ${showShape(L.shape)}`,
      );
    return cast(solvedBy(L, B, upper), B.dtype);
  },
  saves: ['L', 'result'],
  gradient: {
    B: ({ L, upper }, grad): Tensor => choleskySolve(grad, L, upper),
    L: ({ L, upper, result }, grad): Tensor =>
      throughProduct(L, upper, matmul(choleskySolve(grad, L, upper), mT(result))),
  },
  examples: ['{"B": [[1, 2], [0.5, -1], [3, 1]], "L": [[2, 0, 0], [0.5, 1.5, 0], [-1, 1, 1]]}'],
});

export const choleskyInverse = defineOp({
  name: 'cholesky_inverse',
  category: 'linalg',
  summary: "Inverse of a symmetric positive definite matrix, given by Cholesky's factor",
  params: [tensor('L', { doc: "Cholesky's factor" }), upperParam],
  formula: String.raw`(L L^\top)^{-1}`,
  derivative: String.raw`-A^{-1} (G + G^\top) A^{-1} L`,
  forward: ({ L, upper }) => {
    checkSquare('cholesky_inverse', 'L', L);
    const inverse = solvedBy(L, identities(batchOf(L), L.shape[L.ndim - 1]), upper);
    return cast(inverse, L.dtype);
  },
  saves: ['L', 'result'],
  gradient: {
    L: ({ L, upper, result }, grad): Tensor => throughProduct(L, upper, matmul(result, matmul(grad, result))),
  },
  examples: ['{"L": [[2, 0, 0], [0.5, 1.5, 0], [-1, 1, 1]]}'],
});
