/** Least squares, and how far a matrix is from one that is singular. */
import { isFloating } from '../../tensor/dtype.ts';
import { shapeMismatch } from '../../tensor/errors.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/cast.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { number, oneOf, optionalAttr, tensor } from '../params.ts';
import { div, mul, sub } from '../pointwise/arithmetic.ts';
import { isnan } from '../pointwise/classify.ts';
import { ne } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { sum } from '../reductions/sum.ts';
import { select, squeeze, unsqueeze } from '../shape/index.ts';
import { linalgInvEx } from './inverse.ts';
import { matmul } from './matmul.ts';
import { order } from './norm.ts';
import { linalgMatrixNorm } from './norms.ts';
import { linalgMatrixRank, linalgPinv } from './pseudo-inverse.ts';
import { linalgSvdvals } from './svd.ts';

type Driver = 'gels' | 'gelsy' | 'gelsd' | 'gelss';

export const linalgLstsq = defineOp({
  name: 'linalg_lstsq',
  category: 'linalg',
  in: ['linalg'],
  takes: 'input=A b=B rcond | driver',
  summary: 'Least squares solution of a system of linear equations; its residuals, the rank and the singular values',
  params: [
    tensor('A'),
    tensor('B'),
    optionalAttr('rcond', number(), { doc: 'Singular values up to this times the largest one count as 0' }),
    optionalAttr('driver', oneOf<Driver>('gels', 'gelsy', 'gelsd', 'gelss'), {
      doc: 'Which of the further results are given; gels: none, and A must have full rank',
    }),
  ],
  formula: String.raw`\arg\min_X \lVert A X - B \rVert_F`,
  derivative: String.raw`\tfrac{\partial L}{\partial B} = A^{+\top} G`,
  composite: ({ A, B, rcond, driver = 'gelsy' }): readonly Tensor[] => {
    if (A.ndim < 2) throw shapeMismatch('torch.linalg.lstsq: input must have at least 2 dimensions.');
    if (B.ndim < 1) throw shapeMismatch('torch.linalg.lstsq: other must have at least 1 dimension.');
    const vector = A.ndim - 1 === B.ndim && sameShape(B.shape, A.shape.slice(0, -1));
    const rhs = vector ? unsqueeze(B, -1) : B;
    const [m, n] = A.shape.slice(-2);
    if (rhs.ndim < 2 || rhs.shape[rhs.ndim - 2] !== m)
      throw shapeMismatch(
        B.ndim === A.ndim - 1
          ? 'torch.linalg.lstsq: input.size(-2) should match other.size(-1)'
          : 'torch.linalg.lstsq: input.size(-2) should match other.size(-2)',
      );
    // In doubles, rounded once.
    const wide = (t: Tensor): Tensor => (isFloating(t.dtype) && t.dtype !== 'float64' ? to(t, 'float64') : t);
    const eps = A.dtype === 'float64' ? 2 ** -52 : 2 ** -23;
    const relative = rcond ?? eps * Math.max(m, n);
    const [a, b] = [wide(A), wide(rhs)];
    const x = matmul(linalgPinv(a, undefined, false, undefined, relative), b);
    const solution = to(vector ? squeeze(x, -1) : x, A.dtype);
    const none = (): Tensor => zeros([0], A.dtype);
    const rank = driver === 'gels' ? zeros([0], 'int64') : linalgMatrixRank(A, undefined, false, undefined, relative);
    const values = driver === 'gelsd' || driver === 'gelss' ? linalgSvdvals(A) : none();
    if (m <= n || driver === 'gelsy') return [solution, none(), rank, values];
    const off = sub(matmul(a, x), b);
    return [solution, to(sum(mul(off, off), -2), A.dtype), rank, values];
  },
  examples: ['{"A": [[1, 0], [1, 1], [1, 2]], "B": [[1], [3], [5.5]]}'],
});

export const linalgCond = defineOp({
  name: 'linalg_cond',
  category: 'linalg',
  in: ['linalg'],
  summary: "How much a matrix's solution may change with its right-hand side, by a norm",
  params: [
    tensor('A'),
    optionalAttr('p', order, { doc: 'The norm; by default the ratio of the largest to the smallest singular value' }),
  ],
  formula: String.raw`\kappa(A) = \lVert A \rVert\, \lVert A^{-1} \rVert`,
  derivative: String.raw`d\kappa = \lVert A^{-1} \rVert\, d\lVert A \rVert + \lVert A \rVert\, d\lVert A^{-1} \rVert`,
  composite: ({ A, p }): Tensor => {
    if (A.ndim < 2) throw shapeMismatch('linalg.cond: The input tensor must have at least 2 dimensions.');
    if (p === undefined || p === 2 || p === -2) {
      const values = linalgSvdvals(A);
      const count = values.shape[values.ndim - 1];
      const ends = [select(values, -1, 0), select(values, -1, count - 1)];
      return p === -2 ? div(ends[1], ends[0]) : div(ends[0], ends[1]);
    }
    const [rows, columns] = A.shape.slice(-2);
    if (rows !== columns)
      throw shapeMismatch(
        `linalg.cond(p=${p}): A must be batches of square matrices, but they are ${rows} by ${columns} matrices`,
      );
    const [inverse, info] = linalgInvEx(A, false);
    const both = mul(linalgMatrixNorm(A, p), linalgMatrixNorm(inverse, p));
    return where(ne(info, 0), Number.POSITIVE_INFINITY, where(isnan(both), Number.NaN, both));
  },
  examples: ['{"A": [[2, 1], [-1, 3]]}', '{"A": [[2, 1], [-1, 3]], "p": 1}'],
});
