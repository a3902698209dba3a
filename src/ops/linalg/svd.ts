/** Singular values and eigenvalues. */

import { cast, eigenSymmetric, singularValues } from '../../kernels/index.ts';
import { valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { eye } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { type Attr, attr, boolean, Refusal, tensor } from '../params.ts';
import { add, div, mul, sub } from '../pointwise/arithmetic.ts';
import { square } from '../pointwise/powers.ts';
import { where } from '../pointwise/select.ts';
import { diagEmbed, mT, unsqueeze } from '../shape/index.ts';
import { slice } from '../shape/windows.ts';
import { checkMatrices, checkSquare } from './checks.ts';
import { matmul } from './matmul.ts';

const skew = (t: Tensor): Tensor => sub(t, mT(t));

/** Differences of all pairs, `s_k - s_j` at [j, k], with ones on the diagonal. */
function gaps(s: Tensor): Tensor {
  const n = s.shape[s.ndim - 1];
  return where(eye(n, undefined, 'bool'), 1, sub(unsqueeze(s, -2), unsqueeze(s, -1)));
}

/** The first `k` columns, or rows. */
const firstColumns = (t: Tensor, k: number): Tensor => (t.shape[t.ndim - 1] === k ? t : slice(t, -1, 0, k));
const firstRows = (t: Tensor, k: number): Tensor => (t.shape[t.ndim - 2] === k ? t : slice(t, -2, 0, k));

/** As PyTorch's svd_backward, for real matrices; vectors beyond the singular values have no slope. */
function svdSlope([U, S, Vh]: readonly Tensor[], [gU, gS, gVh]: readonly (Tensor | null)[]): Tensor | null {
  if (gU == null && gS == null && gVh == null) return null;
  const k = S.shape[S.ndim - 1];
  const [u, vh] = [firstColumns(U, k), firstRows(Vh, k)];
  const [m, n] = [u.shape[u.ndim - 2], vh.shape[vh.ndim - 1]];
  if (gU == null && gVh == null) return matmul(mul(u, unsqueeze(gS as Tensor, -2)), vh);
  const e = gaps(square(S));
  let inner: Tensor | null = gS == null ? null : diagEmbed(gS);
  const plus = (t: Tensor): void => {
    inner = inner === null ? t : add(inner, t);
  };
  const gu = gU == null ? null : firstColumns(gU, k);
  const gvh = gVh == null ? null : firstRows(gVh, k);
  if (gu !== null) plus(mul(div(skew(matmul(mT(u), gu)), e), unsqueeze(S, -2)));
  if (gvh !== null) plus(mul(unsqueeze(S, -1), div(skew(matmul(vh, mT(gvh))), e)));
  let out = matmul(matmul(u, inner as unknown as Tensor), vh);
  if (m > k && gu !== null) {
    const outside = div(gu, unsqueeze(S, -2));
    out = add(out, matmul(sub(outside, matmul(u, matmul(mT(u), outside))), vh));
  }
  if (n > k && gvh !== null) {
    const outside = div(gvh, unsqueeze(S, -1));
    out = add(out, matmul(u, sub(outside, matmul(matmul(outside, mT(vh)), vh))));
  }
  return out;
}

const DERIVATIVE = String.raw`U \Bigl( \bigl(\tfrac{\operatorname{skew}(U^\top G_U)}{E}\bigr) S + S \bigl(\tfrac{\operatorname{skew}(V^\top G_V)}{E}\bigr) + \operatorname{diag}(G_S) \Bigr) V^\top,\quad E_{jk} = S_k^2 - S_j^2`;

export const linalgSvd = defineOp({
  name: 'linalg_svd',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A full_matrices | driver',
  summary: 'A matrix as rotation, scaling and rotation: singular values, falling, and their vectors',
  params: [
    tensor('A'),
    attr('full_matrices', boolean, { default: true, doc: 'Whether vectors of no singular value are there, too' }),
  ],
  formula: String.raw`A = U \operatorname{diag}(S) V^\top`,
  derivative: DERIVATIVE,
  forward: ({ A, fullMatrices }): readonly Tensor[] => {
    checkMatrices('linalg.svd', 'A', A);
    const { u, s, vh, finite } = singularValues(A, fullMatrices);
    if (!finite())
      throw valueRange(
        'linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values.',
      );
    return [u, s, vh].map((t) => cast(t, A.dtype));
  },
  saves: ['result'],
  gradient: { A: ({ result }, grads): Tensor | null => svdSlope(result, grads) },
  examples: [
    '{"A": [[2, 1], [-1, 3], [0.5, 1]], "full_matrices": false}',
    '{"A": [[2, -1, 0.5], [1, 3, 1]], "full_matrices": false}',
  ],
});

export const linalgSvdvals = defineOp({
  name: 'linalg_svdvals',
  category: 'linalg',
  in: ['linalg'],
  takes: 'A | driver',
  summary: 'Singular values of a matrix, falling',
  params: [tensor('A')],
  formula: String.raw`S:\; A = U \operatorname{diag}(S) V^\top`,
  derivative: String.raw`U \operatorname{diag}(G) V^\top`,
  composite: ({ A }) => linalgSvd(A, false)[1],
  examples: ['{"A": [[2, 1], [-1, 3], [0.5, 1]]}'],
});

export const svd = defineOp({
  name: 'svd',
  category: 'linalg',
  summary: 'Singular values and vectors, right ones as columns',
  params: [
    tensor('input'),
    attr('some', boolean, { default: true, doc: 'Whether vectors of no singular value are left out' }),
  ],
  formula: String.raw`A = U \operatorname{diag}(S) V^\top`,
  derivative: DERIVATIVE,
  composite: ({ input, some }): readonly Tensor[] => {
    const [u, s, vh] = linalgSvd(input, !some);
    return [u, s, mT(vh)];
  },
  examples: ['{"input": [[2, 1], [-1, 3], [0.5, 1]]}'],
});

const uploAttr: Attr<'L' | 'U'> = {
  jsonSchema: { type: 'string', enum: ['L', 'U'] },
  read: (value) => {
    const letter = typeof value === 'string' ? value.toUpperCase() : value;
    return letter === 'L' || letter === 'U' ? letter : new Refusal('"L" or "U"');
  },
};
const uploParam = attr('UPLO', uploAttr, { default: 'L' as 'L' | 'U', doc: 'Which triangle is read: lower or upper' });

export const linalgEigh = defineOp({
  name: 'linalg_eigh',
  category: 'linalg',
  in: ['linalg'],
  summary: 'Eigenvalues of a symmetric matrix, rising, and their vectors as columns',
  params: [tensor('A'), uploParam],
  formula: String.raw`A = Q \operatorname{diag}(\Lambda) Q^\top`,
  derivative: String.raw`Q \bigl( \operatorname{diag}(G_\Lambda) + \tfrac{\operatorname{skew}(Q^\top G_Q)}{2 E} \bigr) Q^\top,\quad E_{jk} = \Lambda_k - \Lambda_j`,
  forward: ({ A, UPLO }): readonly Tensor[] => {
    checkSquare('linalg.eigh', 'A', A);
    const { values, vectors } = eigenSymmetric(A, UPLO === 'U');
    return [cast(values, A.dtype), cast(vectors, A.dtype)];
  },
  saves: ['result'],
  gradient: {
    A: ({ result: [values, vectors] }, [gValues, gVectors]): Tensor | null => {
      const turned = mT(vectors);
      if (gVectors === null) {
        return gValues === null ? null : matmul(mul(vectors, unsqueeze(gValues, -2)), turned);
      }
      const n = values.shape[values.ndim - 1];
      // Vectors only turn: the part of their gradient that is not a rotation is left out.
      const turning = mul(skew(matmul(turned, gVectors)), 0.5);
      const mixed = where(eye(n, undefined, 'bool'), 0, div(turning, gaps(values)));
      return matmul(vectors, matmul(gValues === null ? mixed : add(mixed, diagEmbed(gValues)), turned));
    },
  },
  examples: ['{"A": [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 1]]}'],
});

export const linalgEigvalsh = defineOp({
  name: 'linalg_eigvalsh',
  category: 'linalg',
  in: ['linalg'],
  summary: 'Eigenvalues of a symmetric matrix, rising',
  params: [tensor('A'), uploParam],
  formula: String.raw`\Lambda:\; A = Q \operatorname{diag}(\Lambda) Q^\top`,
  derivative: String.raw`Q \operatorname{diag}(G) Q^\top`,
  composite: ({ A, UPLO }) => linalgEigh(A, UPLO)[0],
  examples: ['{"A": [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 1]]}'],
});
