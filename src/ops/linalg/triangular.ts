/** Systems of equations whose matrix is triangular. */

import { cast, solveTriangular as substitute } from '../../kernels/index.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { broadcastShapes } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, tensor } from '../params.ts';
import { neg } from '../pointwise/arithmetic.ts';
import { clone } from '../pointwise/identity.ts';
import { expand, mT, tril, triu } from '../shape/index.ts';
import { checkDTypes, checkMatrices, checkSquare } from './checks.ts';
import { matmul } from './matmul.ts';

const upperParam = attr('upper', boolean, { doc: 'Whether the triangle is the upper one' });
const unitParam = attr('unitriangular', boolean, {
  default: false,
  doc: 'Whether the diagonal is taken for ones, and not read',
});

const FORMULA = String.raw`X:\; A X = B`;
const DERIVATIVE = String.raw`\tfrac{\partial L}{\partial B} = A^{-\top} G,\quad \tfrac{\partial L}{\partial A} = -\operatorname{tri}(A^{-\top} G X^\top)`;

function check(op: string, A: Tensor, B: Tensor, left: boolean): void {
  checkSquare(op, 'A', A);
  checkMatrices(op, 'B', B);
  checkDTypes(op, ['A', 'B'], [A, B]);
  if (B.shape[B.ndim - (left ? 2 : 1)] === A.shape[A.ndim - 1]) return;
  throw shapeMismatch(
    `${op}: Incompatible shapes of A and B for the equation ${left ? 'AX = B' : 'XA = B'} (${showShape(A.shape)} and ${showShape(B.shape)})`,
  );
}

const across = (t: Tensor): Tensor => {
  const [m, n] = t.shape.slice(-2);
  const [down, along] = t.strides.slice(-2);
  return t.alias([...t.shape.slice(0, -2), n, m], [...t.strides.slice(0, -2), along, down]);
};

export const linalgSolveTriangular = defineOp({
  name: 'linalg_solve_triangular',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A B | upper left unitriangular',
  summary: 'Solution of a system of equations with a triangular matrix, of which the other triangle is not read',
  params: [
    tensor('A'),
    tensor('B'),
    upperParam,
    attr('left', boolean, { default: true, doc: 'Whether A stands on the left: A X = B, else X A = B' }),
    unitParam,
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  forward: ({ A, B, upper, left, unitriangular }) => {
    check('linalg.solve_triangular', A, B, left);
    const batch = broadcastShapes(A.shape.slice(0, -2), B.shape.slice(0, -2));
    // X A = B is Aᵀ Xᵀ = Bᵀ.
    const x = left
      ? substitute(A, B, batch, upper, unitriangular)
      : across(substitute(A, across(B), batch, upper, unitriangular, true));
    return cast(x, A.dtype);
  },
  saves: ['A', 'result'],
  gradient: {
    A: ({ A, upper, left, unitriangular, result }, grad): Tensor => {
      const back = linalgSolveTriangular(mT(A), grad, !upper, left, unitriangular);
      const full = neg(left ? matmul(back, mT(result)) : matmul(mT(result), back));
      const skip = unitriangular ? 1 : 0;
      return upper ? triu(full, skip) : tril(full, -skip);
    },
    B: ({ A, upper, left, unitriangular }, grad): Tensor =>
      linalgSolveTriangular(mT(A), grad, !upper, left, unitriangular),
  },
  examples: [
    '{"A": [[2, 1], [0, 3]], "B": [[1, 0.5], [2, -1]], "upper": true}',
    '{"A": [[2, 0], [-1, 3]], "B": [[1, 0.5]], "upper": false, "left": false, "unitriangular": true}',
  ],
});

export const triangularSolve = defineOp({
  name: 'triangular_solve',
  category: 'linalg',
  takes: 'input=b A upper transpose unitriangular',
  summary: 'Solution of a system of equations with a triangular matrix, and a copy of that matrix',
  params: [
    tensor('b'),
    tensor('A'),
    attr('upper', boolean, { default: true, doc: 'Whether the triangle is the upper one' }),
    attr('transpose', boolean, { default: false, doc: 'Whether A is taken transposed' }),
    unitParam,
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ b, A, upper, transpose, unitriangular }): readonly Tensor[] => {
    check('triangular_solve', A, b, true);
    const x = transpose
      ? linalgSolveTriangular(mT(A), b, !upper, true, unitriangular)
      : linalgSolveTriangular(A, b, upper, true, unitriangular);
    const batch = broadcastShapes(A.shape.slice(0, -2), b.shape.slice(0, -2));
    return [x, clone(expand(A, [...batch, ...A.shape.slice(-2)]))];
  },
  examples: ['{"b": [[1, 0.5], [2, -1]], "A": [[2, 1], [0, 3]]}'],
});
