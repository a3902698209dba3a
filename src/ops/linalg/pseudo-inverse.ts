/** What needs singular values above a tolerance only: pseudo-inverse and rank. */

import {
  cast,
  eigenSymmetric,
  map1,
  map2,
  map3,
  matrixProduct,
  normRows,
  singularValues,
  sumRows,
} from '../../kernels/index.ts';
import { type DType, isFloating, rowOf } from '../../tensor/dtype.ts';
import { dtypeError, valueRange } from '../../tensor/errors.ts';
import { type Scalar, scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, number, optionalConstantOperand, tensor } from '../params.ts';
import { add, sub } from '../pointwise/arithmetic.ts';
import { scalarTensor } from '../promote.ts';
import { mT } from '../shape/index.ts';
import { checkMatrices, checkSquare } from './checks.ts';
import { matmul } from './matmul.ts';

type Tolerance = Tensor | Scalar | undefined;

const atolParam = optionalConstantOperand('atol', {
  doc: 'Values up to this count as 0; a number or one for each matrix',
});
const rtolParam = optionalConstantOperand('rtol', {
  doc: "Values up to this times the largest one count as 0; the dtype's precision times the larger size where both are absent",
});
const hermitianParam = attr('hermitian', boolean, {
  default: false,
  doc: 'Whether A is symmetric; only its lower triangle is read',
});

const asTolerance = (value: Tolerance, otherwise: number): Tensor => {
  if (value === undefined) return scalarTensor(otherwise, 'float64');
  return value instanceof Tensor ? cast(value, 'float64') : scalarTensor(scalarToNumber(value), 'float64');
};

const precision = (dtype: DType): number => rowOf(dtype).eps as number;

/** The tolerance of each matrix [...batch], `sizes` being the sizes [..., k] of its values. */
function toleranceOf(A: Tensor, sizes: Tensor, atol: Tolerance, rtol: Tolerance): Tensor {
  for (const [name, t] of [
    ['atol', atol],
    ['rtol', rtol],
  ] as const) {
    if (t instanceof Tensor && !isFloating(t.dtype) && t.dtype === 'bool') throw dtypeError(`${name} must not be bool`);
  }
  const absolute = asTolerance(atol, 0);
  const usual = precision(A.dtype) * Math.max(A.shape[A.ndim - 1], A.shape[A.ndim - 2]);
  // An absolute tolerance alone leaves no relative one.
  const relative =
    rtol === undefined ? map1({ number: (x) => (x > 0 ? 0 : usual) }, absolute, 'float64') : asTolerance(rtol, usual);
  const largest = normRows(sizes, [sizes.ndim - 1], false, Infinity);
  return map3({ number: (a, r, m) => Math.max(a, r * m) }, absolute, relative, largest, 'float64');
}

/** Singular values, or the eigenvalues of a symmetric matrix, and the vectors on both sides of them. */
function valuesOf(op: string, A: Tensor, hermitian: boolean): { left: Tensor; values: Tensor; right: Tensor } {
  if (hermitian) {
    checkSquare(op, 'A', A);
    const { values, vectors } = eigenSymmetric(A, false);
    return { left: vectors, values, right: laidAcross(vectors) };
  }
  checkMatrices(op, 'A', A);
  const { u, s, vh, finite } = singularValues(A, false);
  if (!finite())
    throw valueRange(`${op}: The algorithm failed to converge because the input matrix contained non-finite values.`);
  return { left: u, values: s, right: vh };
}

const laidAcross = (t: Tensor): Tensor => {
  const [m, n] = t.shape.slice(-2);
  const [down, along] = t.strides.slice(-2);
  return t.alias([...t.shape.slice(0, -2), n, m], [...t.strides.slice(0, -2), along, down]);
};

const column = (t: Tensor): Tensor => t.alias([...t.shape, 1], [...t.strides, 0]);

/** As PyTorch's pinv_backward: exact where the rank does not change. */
function pinvSlope(A: Tensor, P: Tensor, grad: Tensor): Tensor {
  const [m, n] = A.shape.slice(-2);
  const [g, pt] = [mT(grad), mT(P)];
  if (m <= n) {
    const k = matmul(g, P);
    const kp = matmul(k, pt);
    const inner = sub(kp, add(mT(matmul(P, k)), matmul(matmul(A, P), kp)));
    return add(inner, matmul(matmul(pt, P), sub(g, matmul(k, A))));
  }
  const k = matmul(P, g);
  const pk = matmul(pt, k);
  const inner = sub(matmul(matmul(sub(g, matmul(A, k)), P), pt), mT(matmul(k, P)));
  return sub(add(inner, pk), matmul(matmul(pk, P), A));
}

const PINV = String.raw`A^{+} = V \operatorname{diag}(S^{+}) U^\top`;
const PINV_DERIVATIVE = String.raw`dA^{+} = -A^{+} dA\, A^{+} + A^{+} A^{+\top} dA^\top (I - A A^{+}) + (I - A^{+} A)\, dA^\top A^{+\top} A^{+}`;

export const linalgPinv = defineOp({
  name: 'linalg_pinv',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A rcond hermitian | atol rtol',
  summary: 'Pseudo-inverse of a matrix, or of each of many: small singular values count as 0',
  params: [
    tensor('A'),
    optionalConstantOperand('rcond', { doc: 'The older name of rtol' }),
    hermitianParam,
    atolParam,
    rtolParam,
  ],
  formula: PINV,
  derivative: PINV_DERIVATIVE,
  forward: ({ A, rcond, hermitian, atol, rtol }) => {
    const { left, values, right } = valuesOf('linalg.pinv', A, hermitian);
    const sizes = map1({ number: Math.abs }, values, 'float64');
    const limit = column(toleranceOf(A, sizes, atol, rtol ?? rcond));
    const inverse = map2({ number: (x, most) => (Math.abs(x) > most ? 1 / x : 0) }, values, limit, 'float64');
    // V S⁺ Uᵀ; tolerances may have brought further batch dimensions.
    const scaled = map2({ number: (x, y) => x * y }, column(inverse), laidAcross(left), 'float64');
    return cast(matrixProduct(laidAcross(right), scaled), A.dtype);
  },
  saves: ['A', 'result'],
  gradient: { A: ({ A, result }, grad): Tensor => pinvSlope(A, result, grad) },
  examples: ['{"A": [[2, 1], [-1, 3], [0.5, 1]]}', '{"A": [[2, -1, 0.5], [1, 3, 1]]}'],
});

export const pinverse = defineOp({
  name: 'pinverse',
  category: 'linalg',
  summary: 'The older name of linalg.pinv',
  params: [tensor('input'), attr('rcond', number(), { default: 1e-15, doc: 'The relative tolerance' })],
  formula: PINV,
  derivative: PINV_DERIVATIVE,
  composite: ({ input, rcond }) => linalgPinv(input, undefined, false, 0, rcond),
  examples: ['{"input": [[2, 1], [-1, 3], [0.5, 1]]}'],
});

export const linalgMatrixRank = defineOp({
  name: 'linalg_matrix_rank',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A tol hermitian | atol rtol',
  summary: "How many of a matrix's singular values are not 0, up to a tolerance",
  params: [
    constant('A'),
    optionalConstantOperand('tol', { doc: 'The older name of an atol without rtol' }),
    hermitianParam,
    atolParam,
    rtolParam,
  ],
  formula: String.raw`\bigl|\{i : S_i > \max(\mathrm{atol}, \mathrm{rtol} \cdot S_1)\}\bigr|`,
  forward: ({ A, tol, hermitian, atol, rtol }) => {
    const { values } = valuesOf('linalg.matrix_rank', A, hermitian);
    const sizes = map1({ number: Math.abs }, values, 'float64');
    const limit = column(tol === undefined ? toleranceOf(A, sizes, atol, rtol) : asTolerance(tol, 0));
    const above = map2({ number: (x, most) => (x > most ? 1 : 0) }, sizes, limit, 'float64');
    return cast(sumRows(above, [above.ndim - 1], false, 'float64'), 'int64');
  },
  gradient: {},
  examples: ['{"A": [[1, 2], [2, 4], [0, 0]]}'],
});
