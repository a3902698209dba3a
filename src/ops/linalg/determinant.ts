/** Determinants, and their logarithms. */

import { cast, cofactors, determinants } from '../../kernels/index.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { eye } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { add, mul, neg } from '../pointwise/arithmetic.ts';
import { eq } from '../pointwise/comparison.ts';
import { detach } from '../pointwise/identity.ts';
import { logicalOr } from '../pointwise/logical.ts';
import { where } from '../pointwise/select.ts';
import { prod } from '../reductions/index.ts';
import { diagEmbed, diagonal, mT, squeeze, unsqueeze } from '../shape/index.ts';
import { checkSquare } from './checks.ts';
import { linalgInvEx } from './inverse.ts';
import { matmul } from './matmul.ts';
import { linalgSvd } from './svd.ts';

const MATRIX = [
  [2, 1, 0.5],
  [-1, 3, 1],
  [0, 2, -1],
];

/** A number for each matrix, as a tensor that broadcasts to them. */
const overMatrices = (t: Tensor): Tensor => unsqueeze(unsqueeze(t, -1), -1);

export const linalgDet = defineOp({
  name: 'linalg_det',
  aliases: ['det'],
  category: 'linalg',
  in: ['linalg', 'torch:det', 'Tensor:det'],
  summary: 'Determinant of a square matrix, or of each of many',
  params: [tensor('A')],
  formula: String.raw`\det A`,
  derivative: String.raw`\operatorname{cof} A = \det(A)\, A^{-\top}`,
  forward: ({ A }) => {
    checkSquare('linalg.det', 'A', A);
    return cast(determinants(A).value, A.dtype);
  },
  saves: ['A'],
  gradient: { A: ({ A }, grad): Tensor => mul(overMatrices(grad), linalgCofactor(A)) },
  derivation: {
    formula: String.raw`\det(@A)`,
    words: 'the determinant times the transposed inverse',
  },
  examples: [{ A: MATRIX }],
});

/**
 * The derivative of the cofactors along `direction`. With A = U diag(s) Vᵀ it is known in terms of products of
 * all s but two, which need no inverse.
 */
function cofactorSlope(A: Tensor, direction: Tensor): Tensor {
  const [u, s, vh] = linalgSvd(A, true);
  const n = A.shape[A.ndim - 1];
  const sign = detach(mul(linalgDet(u), linalgDet(vh)));
  const one = eye(n, undefined, 'bool');
  const left = unsqueeze(unsqueeze(s, -2), -2);
  const others = prod(where(logicalOr(unsqueeze(one, 1), unsqueeze(one, 0)), 1, left), -1);
  const pairs = where(one, 0, others);
  const h = matmul(matmul(mT(u), direction), mT(vh));
  const across = neg(mul(mT(h), pairs));
  const along = diagEmbed(squeeze(matmul(pairs, unsqueeze(diagonal(h, 0, -2, -1), -1)), -1));
  return mul(overMatrices(sign), matmul(matmul(u, add(across, along)), vh));
}

export const linalgCofactor = defineOp({
  name: 'linalg_cofactor',
  category: 'linalg',
  in: [],
  summary: 'Cofactors of a square matrix: the derivative of its determinant, also where there is no inverse',
  params: [tensor('A')],
  formula: String.raw`\operatorname{cof} A = \det(A)\, A^{-\top}`,
  derivative: String.raw`\operatorname{tr}(A^{-1} G) \operatorname{cof} A - A^{-\top} G^\top \operatorname{cof} A`,
  forward: ({ A }) => {
    checkSquare('linalg_cofactor', 'A', A);
    return cast(cofactors(A), A.dtype);
  },
  saves: ['A'],
  gradient: { A: ({ A }, grad): Tensor => cofactorSlope(A, grad) },
  examples: [{ A: MATRIX }],
});

export const linalgSlogdet = defineOp({
  name: 'linalg_slogdet',
  aliases: ['slogdet'],
  category: 'linalg',
  in: ['linalg', 'torch:slogdet', 'Tensor:slogdet'],
  summary: "Sign of a square matrix's determinant, and the logarithm of its size",
  params: [tensor('A')],
  formula: String.raw`(\operatorname{sgn} \det A,\ \log |\det A|)`,
  derivative: String.raw`0,\quad A^{-\top}`,
  forward: ({ A }): readonly Tensor[] => {
    checkSquare('linalg.slogdet', 'A', A);
    const { sign, log } = determinants(A);
    return [cast(sign, A.dtype), cast(log, A.dtype)];
  },
  saves: ['A'],
  gradient: {
    A: ({ A }, [, grad]): Tensor | null =>
      grad == null ? null : mul(overMatrices(grad), mT(linalgInvEx(A, false)[0])),
  },
  examples: [{ A: MATRIX }],
});

export const logdet = defineOp({
  name: 'logdet',
  category: 'linalg',
  summary: "Logarithm of a square matrix's determinant; NaN where that is negative",
  params: [tensor('input')],
  formula: String.raw`\log \det A`,
  derivative: String.raw`A^{-\top}`,
  composite: ({ input }) => {
    checkSquare('logdet', 'input', input);
    const [sign, log] = linalgSlogdet(input);
    return where(eq(sign, -1), Number.NaN, log);
  },
  examples: ['{"input": [[2, 1, 0.5], [-1, 3, 1], [0, -2, 1]]}'],
});
