/** Elimination whose factors are kept. */
import { cast, factorLU, firstZero, permutationsOf } from '../../kernels/index.ts';
import { dtypeError, shapeMismatch, valueRange } from '../../tensor/errors.ts';
import { empty, type Tensor, type TensorMeta } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { eye } from '../creation/matrices.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, tensor } from '../params.ts';
import { add, sub } from '../pointwise/arithmetic.ts';
import { cat, mT, narrow, tril, triu } from '../shape/index.ts';
import { checkMatrices, inBatch } from './checks.ts';
import { matmul } from './matmul.ts';
import { linalgSolveTriangular } from './triangular.ts';

const FORMULA = String.raw`P A = L U`;
const DERIVATIVE = String.raw`P^\top L^{-\top} \bigl(\operatorname{tril}(L^\top G_L, -1) + \operatorname{triu}(G_U U^\top)\bigr) U^{-\top}`;

const pivotParam = attr('pivot', boolean, { default: true, doc: 'Whether rows are exchanged' });

const checkPivot = (op: string, pivot: boolean): void => {
  if (!pivot) throw valueRange(`${op}: LU without pivoting is not implemented on the CPU`);
};

/** The gradient of A of what its factors have, L with ones. */
function slope(shape: readonly number[], P: Tensor, LU: Tensor, gL: Tensor, gU: Tensor): Tensor {
  const [m, n] = shape.slice(-2);
  const k = Math.min(m, n);
  const lower = narrow(narrow(LU, -2, 0, k), -1, 0, k);
  const back = (t: Tensor): Tensor => linalgSolveTriangular(mT(lower), t, true, true, true);
  const across = (t: Tensor): Tensor => linalgSolveTriangular(mT(lower), t, false, false);
  const l = add(tril(lower, -1), eye(k, undefined, LU.dtype));
  const u = triu(lower);
  const [gL1, gU1] = [narrow(gL, -2, 0, k), narrow(gU, -1, 0, k)];
  let left = matmul(mT(l), tril(gL1, -1));
  let right = matmul(triu(gU1), mT(u));
  const rest: Tensor[] = [];
  if (m < n) {
    const [gU2, u2] = [narrow(gU, -1, k, n - m), narrow(LU, -1, k, n - m)];
    left = sub(left, matmul(gU2, mT(u2)));
    rest.push(back(gU2));
  } else if (m > n) {
    const [gL2, l2] = [narrow(gL, -2, k, m - n), narrow(LU, -2, k, m - n)];
    right = sub(right, matmul(mT(l2), gL2));
    rest.push(across(gL2));
  }
  const square = across(back(add(tril(left, -1), triu(right))));
  const whole = rest.length === 0 ? square : cat([square, ...rest], m < n ? -1 : -2);
  return matmul(P, whole);
}

const factorSlope = (
  A: TensorMeta,
  [LU, pivots]: readonly Tensor[],
  grad: Tensor | null | undefined,
): Tensor | null => {
  if (grad == null) return null;
  const [m, n] = A.shape.slice(-2);
  const k = Math.min(m, n);
  const P = luUnpack(LU, pivots, false, true)[0];
  return slope(A.shape, P, LU, tril(narrow(grad, -1, 0, k), -1), triu(narrow(grad, -2, 0, k)));
};

export const linalgLuFactorEx = defineOp({
  name: 'linalg_lu_factor_ex',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A | pivot check_errors',
  summary: 'Lower and upper triangular factors in one matrix, the exchanges of rows, and the first pivot that was 0',
  params: [tensor('A'), pivotParam, attr('check_errors', boolean, { default: false })],
  formula: FORMULA,
  derivative: DERIVATIVE,
  forward: ({ A, pivot, checkErrors }): readonly Tensor[] => {
    checkMatrices('linalg.lu_factor', 'A', A);
    checkPivot('linalg.lu_factor', pivot);
    const { lu, pivots, zeros } = factorLU(A, pivot);
    const fault = checkErrors ? firstZero(zeros) : null;
    if (fault !== null)
      throw valueRange(
        `torch.linalg.lu_factor: ${inBatch(fault.matrix, A.ndim)}U[${fault.at},${fault.at}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)`,
      );
    return [cast(lu, A.dtype), pivots, zeros];
  },
  saves: ['result'],
  gradFn: 'LinalgLuFactorExBackward0',
  gradient: { A: ({ A, result }, [grad]): Tensor | null => factorSlope(A, result, grad) },
  examples: ['{"A": [[2, 1], [-1, 3]]}', '{"A": [[2, 1, 0.5], [-1, 3, 1]]}'],
});

export const linalgLuFactor = defineOp({
  name: 'linalg_lu_factor',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A | pivot',
  summary: 'Lower and upper triangular factors of a matrix in one, and the exchanges of rows',
  params: [tensor('A'), pivotParam],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ A, pivot }): readonly Tensor[] => linalgLuFactorEx(A, pivot, true).slice(0, 2),
  examples: ['{"A": [[2, 1], [-1, 3]]}'],
});

export const luUnpack = defineOp({
  name: 'lu_unpack',
  category: 'linalg',
  in: ['torch'],
  summary: 'Permutation, lower and upper factor of what lu_factor gives',
  params: [
    tensor('LU_data'),
    constant('LU_pivots', { wants: 'int64' }),
    attr('unpack_data', boolean, { default: true }),
    attr('unpack_pivots', boolean, { default: true }),
  ],
  formula: String.raw`A = P L U`,
  derivative: String.raw`\operatorname{tril}(G_L, -1) + \operatorname{triu}(G_U)`,
  forward: ({ LUData: data, LUPivots: pivots, unpackData, unpackPivots }): readonly Tensor[] => {
    if (pivots.dtype !== 'int32' && pivots.dtype !== 'int64')
      throw dtypeError(
        `torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype. Note: this function is intended to be used with the output produced by torch.linalg.lu_factor`,
      );
    checkMatrices('torch.lu_unpack', 'LU_data', data);
    const [m, n] = data.shape.slice(-2);
    const k = Math.min(m, n);
    if (pivots.ndim !== data.ndim - 1 || pivots.shape[pivots.ndim - 1] !== k)
      throw shapeMismatch('torch.lu_unpack: LU_pivots must have one pivot for each row or column of LU_data');
    const none = empty([0], data.dtype);
    const P = unpackPivots ? cast(permutationsOf(pivots, m), data.dtype) : none;
    if (!unpackData) return [P, none, none];
    const L = add(tril(narrow(data, -1, 0, k), -1), eye(m, k, data.dtype));
    return [P, L, triu(narrow(data, -2, 0, k))];
  },
  constantResults: [0],
  gradient: {
    LUData: ({ LUData: data }, [, gL, gU]): Tensor | null => {
      if (gL === null && gU === null) return null;
      const [m, n] = data.shape.slice(-2);
      const k = Math.min(m, n);
      const fill = (t: Tensor, rows: number, columns: number, dim: number): Tensor =>
        rows * columns === 0 ? t : cat([t, zeros([...data.shape.slice(0, -2), rows, columns], data.dtype)], dim);
      const lower = gL === null ? null : fill(tril(gL, -1), m, n - k, -1);
      const upper = gU === null ? null : fill(triu(gU), m - k, n, -2);
      return lower === null ? upper : upper === null ? lower : add(lower, upper);
    },
  },
  examples: ['{"LU_data": [[2, 1], [-0.5, 3]], "LU_pivots": [1, 2]}'],
});

export const linalgLu = defineOp({
  name: 'linalg_lu',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A | pivot',
  summary: 'A matrix, or each of many, as a permutation times a lower and an upper triangular matrix',
  params: [tensor('A'), pivotParam],
  formula: String.raw`A = P L U`,
  derivative: DERIVATIVE,
  composite: ({ A, pivot }): readonly Tensor[] => {
    checkPivot('linalg.lu_factor', pivot);
    const [LU, pivots] = linalgLuFactorEx(A, pivot, false);
    return luUnpack(LU, pivots);
  },
  examples: ['{"A": [[2, 1], [-4, 3]]}'],
});

export const linalgLuSolve = defineOp({
  name: 'linalg_lu_solve',
  category: 'linalg',
  in: ['linalg'],
  takes: 'LU pivots B | left adjoint',
  summary: 'Solution of a system of linear equations by the factors of its matrix',
  params: [
    tensor('LU'),
    constant('pivots', { wants: 'int64' }),
    tensor('B'),
    attr('left', boolean, { default: true, doc: 'Whether A stands on the left: A X = B, else X A = B' }),
    attr('adjoint', boolean, { default: false, doc: 'Whether A is taken transposed' }),
  ],
  formula: String.raw`X:\; P L U X = B`,
  derivative: String.raw`\tfrac{\partial L}{\partial B} = P L^{-\top} U^{-\top} G`,
  composite: ({ LU, pivots, B, left, adjoint }): Tensor => {
    if (!left) return mT(solvedBy(LU, pivots, mT(B), !adjoint));
    return solvedBy(LU, pivots, B, adjoint);
  },
  examples: ['{"LU": [[2, 1], [-0.5, 3]], "pivots": [1, 2], "B": [[1, 0.5], [2, -1]]}'],
});

function solvedBy(LU: Tensor, pivots: Tensor, B: Tensor, transposed: boolean): Tensor {
  const P = luUnpack(LU, pivots, false, true)[0];
  if (transposed) {
    const y = linalgSolveTriangular(mT(LU), B, false);
    return matmul(P, linalgSolveTriangular(mT(LU), y, true, true, true));
  }
  return linalgSolveTriangular(LU, linalgSolveTriangular(LU, matmul(mT(P), B), false, true, true), true);
}

export const luSolve = defineOp({
  name: 'lu_solve',
  category: 'linalg',
  takes: 'input=b LU_data LU_pivots',
  summary: 'The older name of linalg.lu_solve',
  params: [tensor('b'), tensor('LU_data'), constant('LU_pivots', { wants: 'int64' })],
  formula: String.raw`X:\; P L U X = B`,
  derivative: String.raw`\tfrac{\partial L}{\partial B} = P L^{-\top} U^{-\top} G`,
  composite: ({ b, LUData: data, LUPivots: pivots }): Tensor => linalgLuSolve(data, pivots, b),
  examples: ['{"b": [[1, 0.5], [2, -1]], "LU_data": [[2, 1], [-0.5, 3]], "LU_pivots": [1, 2]}'],
});
