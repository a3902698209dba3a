/** Inverses, and systems of linear equations. */

import { batchOf, cast, firstZero, identities, solveSystems } from '../../kernels/index.ts';
import { EngineError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { broadcastShapes, normalizeDim, numelOf, sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, integer, integerList, optionalAttr, tensor } from '../params.ts';
import { neg } from '../pointwise/arithmetic.ts';
import { movedim, mT, reshape, squeeze, unsqueeze } from '../shape/index.ts';
import { checkDTypes, checkSquare, inBatch } from './checks.ts';
import { matmul } from './matmul.ts';

const INVERSE = String.raw`A^{-1}`;
const INVERSE_DERIVATIVE = String.raw`\tfrac{\partial L}{\partial A} = -A^{-\top} G A^{-\top}`;

const checkErrorsParam = attr('check_errors', boolean, {
  default: false,
  doc: 'Whether what cannot be solved is refused',
});

export const linalgInvEx = defineOp({
  name: 'linalg_inv_ex',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A | check_errors',
  summary: 'Inverses of square matrices; and for each the first pivot that was 0, counted from 1',
  params: [tensor('A'), checkErrorsParam],
  formula: INVERSE,
  derivative: INVERSE_DERIVATIVE,
  forward: ({ A, checkErrors }): readonly Tensor[] => {
    checkSquare('linalg.inv', 'A', A);
    const batch = batchOf(A);
    const { x, zeros } = solveSystems(A, identities(batch, A.shape[A.ndim - 1]), batch);
    const fault = checkErrors ? firstZero(zeros) : null;
    if (fault !== null) {
      throw valueRange(
        `linalg.inv: ${inBatch(fault.matrix, A.ndim)}The diagonal element ${fault.at} is zero, the inversion could not be completed because the input matrix is singular.`,
      );
    }
    return [cast(x, A.dtype), zeros];
  },
  saves: ['result'],
  gradient: {
    A: ({ result }, [grad]): Tensor | null => {
      if (grad === null) return null;
      const turned = mT(result[0]);
      return neg(matmul(turned, matmul(grad, turned)));
    },
  },
  examples: ['{"A": [[2, 1], [-1, 3]]}'],
});

export const linalgInv = defineOp({
  name: 'linalg_inv',
  aliases: ['inverse'],
  category: 'linalg',
  in: ['linalg', 'torch:inverse', 'Tensor:inverse'],
  summary: 'Inverse of a square matrix, or of each of many',
  params: [tensor('A')],
  formula: INVERSE,
  derivative: INVERSE_DERIVATIVE,
  composite: ({ A }) => linalgInvEx(A, true)[0],
  derivation: {
    formula: String.raw`@A^{-1}`,
    words: 'for the inverse Y of A: -Yᵀ G Yᵀ',
  },
  examples: ['{"A": [[2, 1], [-1, 3]]}'],
});

const SOLUTION = String.raw`X:\; A X = B`;
const SOLUTION_DERIVATIVE = String.raw`\tfrac{\partial L}{\partial B} = A^{-\top} G,\quad \tfrac{\partial L}{\partial A} = -A^{-\top} G X^\top`;

const leftParam = attr('left', boolean, { default: true, doc: 'Whether A stands on the left: A X = B, else X A = B' });

/** A right-hand side that is a vector, or a batch of vectors, rather than of matrices. */
const isVector = (A: Tensor, B: Tensor): boolean =>
  B.ndim === 1 || (B.ndim === A.ndim - 1 && sameShape(B.shape, A.shape.slice(0, -1)));

/** Solves for matrices, A on the left. */
function solved(op: string, A: Tensor, B: Tensor, check: boolean): readonly Tensor[] {
  const batch = broadcastShapes(A.shape.slice(0, -2), B.shape.slice(0, -2));
  const { x, zeros } = solveSystems(A, B, batch);
  const fault = check ? firstZero(zeros) : null;
  if (fault !== null)
    throw valueRange(`${op}: ${inBatch(fault.matrix, A.ndim)}The solver failed because the input matrix is singular.`);
  return [cast(x, A.dtype), zeros];
}

function checkSystem(op: string, A: Tensor, B: Tensor, left: boolean): void {
  const n = A.shape[A.ndim - 1];
  if (B.shape[B.ndim - (left ? 2 : 1)] === n) return;
  throw shapeMismatch(
    `${op}: Incompatible shapes of A and B for the equation ${left ? 'AX = B' : 'XA = B'} (${showShape(A.shape)} and ${showShape(B.shape)})`,
  );
}

const turned = (t: Tensor): Tensor =>
  t.alias(
    [...t.shape.slice(0, -2), t.shape[t.ndim - 1], t.shape[t.ndim - 2]],
    [...t.strides.slice(0, -2), t.strides[t.ndim - 1], t.strides[t.ndim - 2]],
  );

export const linalgSolveEx = defineOp({
  name: 'linalg_solve_ex',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A B | left check_errors',
  summary: 'Solution of a system of linear equations; and for each matrix the first pivot that was 0, counted from 1',
  params: [tensor('A'), tensor('B'), leftParam, checkErrorsParam],
  formula: SOLUTION,
  derivative: SOLUTION_DERIVATIVE,
  forward: ({ A, B, left, checkErrors }): readonly Tensor[] => {
    checkSquare('linalg.solve', 'A', A);
    if (B.ndim === 0) throw shapeMismatch('linalg.solve: B must have at least 1 dimension, but has shape []');
    checkDTypes('linalg.solve', ['A', 'B'], [A, B]);
    const vector = isVector(A, B);
    const rhs = vector ? B.alias([...B.shape, 1], [...B.strides, 0]) : B;
    checkSystem('linalg.solve', A, rhs, left);
    const [x, info] = left
      ? solved('linalg.solve', A, rhs, checkErrors)
      : solved('linalg.solve', turned(A), turned(rhs), checkErrors);
    const out = left ? x : turned(x);
    return [vector ? out.alias(out.shape.slice(0, -1), out.strides.slice(0, -1)) : out, info];
  },
  saves: ['A', 'B', 'result'],
  gradient: {
    A: ({ A, B, left, result }, [grad]): Tensor | null => {
      if (grad === null) return null;
      const vector = isVector(A, B);
      const column = (t: Tensor): Tensor => (vector ? unsqueeze(t, -1) : t);
      const back = linalgSolveEx(mT(A), column(grad), left)[0];
      const x = mT(column(result[0]));
      return neg(left ? matmul(back, x) : matmul(x, back));
    },
    B: ({ A, B, left }, [grad]): Tensor | null => {
      if (grad === null) return null;
      if (!isVector(A, B)) return linalgSolveEx(mT(A), grad, left)[0];
      return squeeze(linalgSolveEx(mT(A), unsqueeze(grad, -1), left)[0], -1);
    },
  },
  examples: ['{"A": [[2, 1], [-1, 3]], "B": [[1, 0.5], [2, -1]]}'],
});

export const linalgSolve = defineOp({
  name: 'linalg_solve',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A B | left',
  summary: 'Solution of a system of linear equations, or of each of many',
  params: [tensor('A'), tensor('B'), leftParam],
  formula: SOLUTION,
  derivative: SOLUTION_DERIVATIVE,
  composite: ({ A, B, left }) => linalgSolveEx(A, B, left, true)[0],
  examples: ['{"A": [[2, 1], [-1, 3]], "B": [1, 2]}', '{"A": [[2, 1], [-1, 3]], "B": [[1, 0.5]], "left": false}'],
});

export const linalgTensorinv = defineOp({
  name: 'linalg_tensorinv',
  category: 'linalg',
  in: ['linalg'],
  summary: 'Inverse of a tensor taken as a map between tensors: the inverse that belongs to tensordot',
  params: [tensor('A'), attr('ind', integer(), { default: 2, doc: 'How many of the first dimensions are the result' })],
  formula: String.raw`B:\; \textstyle\sum_j A_{i j} B_{j k} = [i = k]`,
  derivative: INVERSE_DERIVATIVE,
  composite: ({ A, ind }) => {
    if (ind < 1) throw valueRange(`linalg.tensorinv: Expected a strictly positive integer for 'ind', but got ${ind}`);
    const [lead, rest] = [A.shape.slice(0, ind), A.shape.slice(ind)];
    if (numelOf(lead) !== numelOf(rest)) {
      throw shapeMismatch(
        `linalg.tensorinv: Expected A to satisfy the requirement prod(A.shape[ind:]) == prod(A.shape[:ind]), but got ${numelOf(rest)} != ${numelOf(lead)} for shape ${showShape(A.shape)} and ind=${ind}`,
      );
    }
    return reshape(linalgInv(reshape(A, [numelOf(rest), numelOf(lead)])), [...rest, ...lead]);
  },
  examples: ['{"A": [[[2, 1, 0, 1], [-1, 3, 1, 0]], [[0.5, 0, 2, 1], [1, 1, -1, 3]]], "ind": 2}'],
});

export const linalgTensorsolve = defineOp({
  name: 'linalg_tensorsolve',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A other=B dims',
  summary: 'Solution X of tensordot(A, X) = B',
  params: [
    tensor('A'),
    tensor('B'),
    optionalAttr('dims', integerList, { doc: 'Dimensions of A that are moved to its end first' }),
  ],
  formula: String.raw`X:\; \textstyle\sum_j A_{i j} X_j = B_i`,
  derivative: SOLUTION_DERIVATIVE,
  composite: ({ A, B, dims }) => {
    const moved =
      dims === undefined
        ? A
        : movedim(
            A,
            dims.map((d) => normalizeDim(d, A.ndim)),
            dims.map((_, k) => A.ndim - dims.length + k),
          );
    const shape = moved.shape.slice(B.ndim);
    const [n, m] = [numelOf(shape), numelOf(moved.shape.slice(0, B.ndim))];
    if (n !== m) {
      throw new EngineError(
        'shape_mismatch',
        `linalg.tensorsolve: Expected A to satisfy the requirement prod(A.shape[B.ndim:]) == prod(A.shape[:B.ndim]), but got ${n} != ${m} for shapes ${showShape(A.shape)} and ${showShape(B.shape)}`,
      );
    }
    if (B.numel !== n)
      throw shapeMismatch(
        `linalg.tensorsolve: B of shape ${showShape(B.shape)} does not fit A of shape ${showShape(A.shape)}`,
      );
    return reshape(linalgSolve(reshape(moved, [n, n]), reshape(B, [n])), shape);
  },
  examples: ['{"A": [[2, 1], [-1, 3]], "B": [1, 2]}'],
});
