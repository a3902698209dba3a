/** The sum of a matrix's singular values, as a norm along two dimensions of a tensor. */

import { cast, pairwiseSums, singularValues } from '../../kernels/index.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { contiguousStrides, normalizeDim, reducedShape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { permute, reshape } from '../shape/index.ts';
import { matmul } from './matmul.ts';
import { linalgSvd } from './svd.ts';

type Dims = number | readonly number[] | undefined;

/** The two dimensions of each matrix: those of a single one where none are named. */
function matrixDims(input: TensorMeta, dim: Dims): [number, number] {
  const rank = input.shape.length;
  if (dim === undefined && rank !== 2)
    throw shapeMismatch(
      `norm: expected a tensor with 2 dimensions for the nuclear norm, but got ${showShape(input.shape)}`,
    );
  const list = dim === undefined ? [0, 1] : typeof dim === 'number' ? [dim] : dim;
  if (list.length !== 2)
    throw valueRange(`norm: the nuclear norm needs a 'dim' of 2 dimensions, but got ${showShape(list)}`);
  const [rows, columns] = list.map((d) => normalizeDim(d, rank));
  if (rows === columns) throw valueRange(`norm: the dimensions of a matrix must differ, but got ${showShape(list)}`);
  return [rows, columns];
}

/** Dimensions in an order that puts those two last. */
const order = (rank: number, dims: readonly number[]): number[] => [
  ...Array.from({ length: rank }, (_, d) => d).filter((d) => !dims.includes(d)),
  ...dims,
];

/** The norm itself, for kernels. */
export function nuclearNorm(input: Tensor, dim: Dims, keepdim: boolean): Tensor {
  const dims = matrixDims(input, dim);
  const moves = order(input.ndim, dims);
  const moved = input.alias(
    moves.map((d) => input.shape[d]),
    moves.map((d) => input.strides[d]),
  );
  const { s, finite } = singularValues(moved, false);
  if (!finite()) throw valueRange('norm: the singular values of a matrix with non-finite values are not defined');
  const total = cast(pairwiseSums(s, [s.ndim - 1], false, 'float64'), input.dtype);
  const shape = reducedShape(input.shape, dims, keepdim);
  return total.alias(shape, contiguousStrides(shape));
}

/** Its gradient, `U Vᵀ`, in ops. */
export function nuclearSlope(input: Tensor, dim: Dims, grad: Tensor): Tensor {
  const dims = matrixDims(input, dim);
  const moves = order(input.ndim, dims);
  const [u, , vh] = linalgSvd(permute(input, moves), false);
  const back = permute(
    matmul(u, vh),
    moves.map((_, d) => moves.indexOf(d)),
  );
  return mul(back, reshape(grad, reducedShape(input.shape, dims, true)));
}
