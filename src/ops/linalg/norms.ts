/** Norms of matrices. */
import type { DType } from '../../tensor/dtype.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { type Attr, attr, optionalAttr, Refusal, tensor } from '../params.ts';
import { amax, amin } from '../reductions/extrema.ts';
import { dimParam, dtypeParam, keepdimParam } from '../reductions/params.ts';
import { sum } from '../reductions/sum.ts';
import { permute, squeeze, unsqueeze } from '../shape/index.ts';
import { checkFloating, linalgVectorNorm, NORM, order, SLOPE } from './norm.ts';
import { linalgSvdvals } from './svd.ts';

const MATRIX_FORMULA = String.raw`\lVert A \rVert_F = \sqrt{\textstyle\sum a_{ij}^2},\quad \lVert A \rVert_1 = \max_j \textstyle\sum_i |a_{ij}|,\quad \lVert A \rVert_\infty = \max_i \textstyle\sum_j |a_{ij}|,\quad \lVert A \rVert_2 = \sigma_1,\quad \lVert A \rVert_* = \textstyle\sum_i \sigma_i`;
const MATRIX_DERIVATIVE = String.raw`\tfrac{\partial \lVert A \rVert_F}{\partial A} = \tfrac{A}{\lVert A \rVert_F},\quad \tfrac{\partial \lVert A \rVert_1}{\partial a_{ij}} = \operatorname{sgn}(a_{ij})\,[\,j = \arg\max\,],\quad \tfrac{\partial \lVert A \rVert_\infty}{\partial a_{ij}} = \operatorname{sgn}(a_{ij})\,[\,i = \arg\max\,],\quad \tfrac{\partial \lVert A \rVert_2}{\partial A} = u_1 v_1^\top,\quad \tfrac{\partial \lVert A \rVert_*}{\partial A} = U V^\top`;

/** The two dimensions of each matrix. */
function matrixDims(input: Tensor, dim: readonly number[]): [number, number] {
  if (input.ndim < 2)
    throw shapeMismatch(
      `linalg.matrix_norm: the input must have at least 2 dimensions, but has shape ${showShape(input.shape)}`,
    );
  if (dim.length !== 2) throw valueRange(`linalg.matrix_norm: dim must be 2 dimensions, but got ${showShape(dim)}`);
  const [rows, columns] = dim.map((d) => normalizeDim(d, input.ndim));
  if (rows === columns) throw valueRange(`linalg.matrix_norm: dims must be different, but got ${showShape(dim)}`);
  return [rows, columns];
}

/** The largest singular value, the smallest, or the sum of all. */
function bySingularValues(
  input: Tensor,
  ord: number | string,
  dims: readonly number[],
  keepdim: boolean,
  dtype: DType | undefined,
): Tensor {
  const x = dtype === undefined || dtype === input.dtype ? input : to(input, dtype);
  const rest = input.shape.map((_, d) => d).filter((d) => !dims.includes(d));
  const values = linalgSvdvals(permute(x, [...rest, ...dims]));
  const out = ord === 'nuc' ? sum(values, -1) : ord === 2 ? amax(values, -1) : amin(values, -1);
  if (!keepdim) return out;
  return unsqueeze(unsqueeze(out, Math.min(...dims)), Math.max(...dims));
}

function matrixNorm(
  input: Tensor,
  ord: number | string,
  dim: readonly number[],
  keepdim: boolean,
  dtype: DType | undefined,
): Tensor {
  checkFloating('linalg.matrix_norm', input.dtype, dtype);
  const [rows, columns] = matrixDims(input, dim);
  if (ord === 'fro') return linalgVectorNorm(input, 2, [rows, columns], keepdim, dtype);
  if (ord === 'nuc' || Math.abs(ord as number) === 2)
    return bySingularValues(input, ord, [rows, columns], keepdim, dtype);
  if (typeof ord === 'string') throw valueRange(`linalg.matrix_norm: order ${ord} is not supported`);
  if (Math.abs(ord) !== 1 && Math.abs(ord) !== Infinity)
    throw valueRange(`linalg.matrix_norm: order ${ord} is not supported`);
  const [inner, outer] = Math.abs(ord) === 1 ? [rows, columns] : [columns, rows];
  const sums = linalgVectorNorm(input, 1, inner, true, dtype);
  const pick = ord > 0 ? amax : amin;
  const out = pick(sums, outer, true);
  if (keepdim) return out;
  return squeezeBoth(out, inner, outer);
}

const squeezeBoth = (t: Tensor, a: number, b: number): Tensor => squeeze(squeeze(t, Math.max(a, b)), Math.min(a, b));

const pairAttr: Attr<readonly number[]> = {
  jsonSchema: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 },
  read: (value) =>
    Array.isArray(value) && value.length === 2 && value.every((d) => Number.isInteger(d))
      ? (value as number[])
      : new Refusal('two dimensions'),
};

export const linalgMatrixNorm = defineOp({
  name: 'linalg_matrix_norm',
  aliases: ['matrix_norm'],
  category: 'linalg',
  in: ['linalg'],
  summary: 'Norm of a matrix, or of each of many',
  params: [
    tensor('A'),
    attr('ord', order, { default: 'fro' as number | string }),
    attr('dim', pairAttr, { default: [-2, -1] as readonly number[] }),
    keepdimParam,
    dtypeParam,
  ],
  formula: MATRIX_FORMULA,
  derivative: MATRIX_DERIVATIVE,
  composite: ({ A, ord, dim, keepdim, dtype }) => matrixNorm(A, ord, dim, keepdim, dtype),
  examples: [
    '{"A": [[3, -4], [1, 2]]}',
    '{"A": [[3, -4], [1, 2]], "ord": 1}',
    '{"A": [[3, -4], [1, 2]], "ord": 2}',
    '{"A": [[3, -4], [1, 2]], "ord": "nuc"}',
  ],
});

export const linalgNorm = defineOp({
  name: 'linalg_norm',
  category: 'linalg',
  in: ['linalg'],
  summary: 'Norm of a vector or of a matrix, as the number of dimensions says',
  params: [tensor('A'), optionalAttr('ord', order), dimParam, keepdimParam, dtypeParam],
  formula: `${NORM},\\quad ${MATRIX_FORMULA}`,
  derivative: `${SLOPE},\\quad ${MATRIX_DERIVATIVE}`,
  composite: ({ A, ord, dim, keepdim, dtype }) => {
    if (ord === undefined) return linalgVectorNorm(A, 2, dim, keepdim, dtype);
    if (dim === undefined && A.ndim !== 1 && A.ndim !== 2) {
      throw shapeMismatch(
        `linalg.norm: if dim is not specified but ord is, the input must be 1D or 2D, but has shape ${showShape(A.shape)}`,
      );
    }
    const dims = typeof dim === 'number' ? [dim] : (dim ?? A.shape.map((_, d) => d));
    if (typeof ord === 'number' && dims.length === 1) return linalgVectorNorm(A, ord, dims, keepdim, dtype);
    return matrixNorm(A, ord, dims, keepdim, dtype);
  },
  examples: [{ A: [3, -4], ord: 3 }, '{"A": [[3, -4], [1, 2]], "ord": "Infinity"}'],
});
