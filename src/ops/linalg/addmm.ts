/** Products that are scaled and added to a tensor: beta * input + alpha * product. */

import { type Formula2, fill, map1, map2, map3, matrixProduct } from '../../kernels/index.ts';
import { type DType, isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { type Scalar, scalarKind, scalarToBigInt, scalarToNumber } from '../../tensor/scalar.ts';
import { expandsTo, type Shape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { byLeft, byRight, times } from '../derivation.ts';
import { attr, scalarAttr, tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { commonType } from '../promote.ts';
import { mT, unsqueeze } from '../shape/index.ts';
import { checkDTypes, checkInner, checkRank } from './checks.ts';
import { mm, mv } from './matmul.ts';

export const beta = attr('beta', scalarAttr, {
  default: 1 as Scalar,
  doc: 'Multiplies input; where it is 0, input is not read',
});
export const alpha = attr('alpha', scalarAttr, { default: 1 as Scalar, doc: 'Multiplies the product' });

const is = (scalar: Scalar, value: number): boolean => scalarToNumber(scalar) === value;

/** `grad * scalar`, without a multiplication by 1. */
export const scaled = (grad: Tensor, scalar: Scalar): Tensor => (is(scalar, 1) ? grad : mul(grad, scalar));

/** A scalar as elements of `dtype` meet it: integers take its whole part. */
const whole = (scalar: Scalar, dtype: DType): number =>
  isFloating(dtype) ? scalarToNumber(scalar) : Number(BigInt.asIntN(32, scalarToBigInt(scalar)));

function axpby(dtype: DType, alpha: Scalar, beta: Scalar): Formula2 {
  const [a, b] = [whole(alpha, dtype), whole(beta, dtype)];
  const [wideA, wideB] = dtype === 'int64' ? [scalarToBigInt(alpha), scalarToBigInt(beta)] : [0n, 0n];
  return {
    number: (product, input) => a * product + b * input,
    int32: (product, input) => (Math.imul(a, product) + Math.imul(b, input)) | 0,
    int64: (product, input) => wideA * product + wideB * input,
  };
}

/** `beta * input + alpha * (a @ b)`, rounded once. */
export function affine(input: Tensor, a: Tensor, b: Tensor, beta: Scalar, alpha: Scalar): Tensor {
  const dtype = a.dtype;
  if (is(beta, 1) && is(alpha, 1)) return matrixProduct(a, b, input);
  const wide = isFloating(dtype) ? 'float64' : dtype;
  // As in BLAS, a factor of 0 hides what is not finite behind it.
  const product =
    is(alpha, 0) && a.ndim === 2 ? fill(empty([a.shape[0], b.shape[1]], wide), 0) : matrixProduct(a, b, null, wide);
  const formula = axpby(dtype, alpha, beta);
  if (!is(beta, 0)) return map2(formula, product, input, wide, dtype);
  const { number, int32, int64 } = formula as Required<Formula2>;
  return map1(
    { number: (p) => number(p, 0), int32: (p) => int32(p, 0), int64: (p) => int64(p, 0n) },
    product,
    wide,
    dtype,
  );
}

export function checkAddend(op: string, input: Tensor, shape: Shape): void {
  if (expandsTo(input.shape, shape)) return;
  throw shapeMismatch(
    `${op}: input of shape ${showShape(input.shape)} does not broadcast to the product's shape ${showShape(shape)}`,
  );
}

export const addmm = defineOp({
  name: 'addmm',
  category: 'linalg',
  in: ['torch', 'Tensor_'],
  takes: 'input mat1 mat2 | beta alpha / beta input alpha mat1 mat2 / beta input mat1 mat2',
  summary: 'Product of two matrices, added to a tensor',
  params: [tensor('input'), tensor('mat1'), tensor('mat2'), beta, alpha],
  formula: String.raw`\beta\, M + \alpha\, A B`,
  derivative: String.raw`\tfrac{\partial L}{\partial M} = \beta G,\quad \tfrac{\partial L}{\partial A} = \alpha\, G B^\top,\quad \tfrac{\partial L}{\partial B} = \alpha\, A^\top G`,
  forward: ({ input, mat1, mat2, beta, alpha }) => {
    checkRank('addmm', 'mat1', mat1, 2);
    checkRank('addmm', 'mat2', mat2, 2);
    checkInner('mat1', 'mat2', mat1, mat2);
    checkDTypes('addmm', ['mat1', 'mat2', 'input'], [mat1, mat2, input]);
    checkAddend('addmm', input, [mat1.shape[0], mat2.shape[1]]);
    return affine(input, mat1, mat2, beta, alpha);
  },
  saves: ['mat1', 'mat2'],
  gradient: {
    input: ({ beta }, grad) => scaled(grad, beta),
    mat1: ({ mat2, alpha }, grad) => scaled(mm(grad, mT(mat2)), alpha),
    mat2: ({ mat1, alpha }, grad) => scaled(mm(mT(mat1), grad), alpha),
  },
  derivation: {
    formula: ({ beta, alpha }) => String.raw`${times(beta, '@beta')}@input + ${times(alpha, '@alpha')}@mat1\,@mat2`,
    by: {
      input: ({ beta }) => (scalarToNumber(beta) === 1 ? '1' : '@beta'),
      mat1: ({ mat1, mat2, alpha }) => ({ form: 'matrix', ...byLeft(mat1, mat2, '@mat2', times(alpha, '@alpha')) }),
      mat2: ({ mat1, mat2, alpha }) => ({ form: 'matrix', ...byRight(mat1, mat2, '@mat1', times(alpha, '@alpha')) }),
    },
  },
  examples: ['{"input": [1, -1], "mat1": [[1, 2], [3, 4]], "mat2": [[5, 6], [7, 8]], "beta": 0.5, "alpha": 2}'],
});

export const addmv = defineOp({
  name: 'addmv',
  category: 'linalg',
  in: ['torch_', 'Tensor_'],
  takes: 'input mat vec | beta alpha / beta input alpha mat vec / beta input mat vec',
  summary: 'Product of a matrix and a vector, added to a tensor',
  params: [tensor('input'), tensor('mat'), tensor('vec'), beta, alpha],
  formula: String.raw`\beta\, m + \alpha\, A v`,
  derivative: String.raw`\tfrac{\partial L}{\partial m} = \beta g,\quad \tfrac{\partial L}{\partial A} = \alpha\, g v^\top,\quad \tfrac{\partial L}{\partial v} = \alpha\, A^\top g`,
  forward: ({ input, mat, vec, beta, alpha }) => {
    checkRank('addmv', 'mat', mat, 2);
    checkRank('addmv', 'vec', vec, 1);
    checkInner('mat', 'vec', mat, vec);
    checkDTypes('addmv', ['mat', 'vec', 'input'], [mat, vec, input]);
    checkAddend('addmv', input, [mat.shape[0]]);
    const column = vec.alias([vec.shape[0], 1], [vec.strides[0], 0]);
    const addend = input.ndim === 0 ? input : input.alias([input.shape[0], 1], [input.strides[0], 0]);
    return affine(addend, mat, column, beta, alpha).alias([mat.shape[0]], [1]);
  },
  saves: ['mat', 'vec'],
  gradient: {
    input: ({ beta }, grad) => scaled(grad, beta),
    mat: ({ vec, alpha }, grad) => scaled(mul(unsqueeze(grad, -1), vec), alpha),
    vec: ({ mat, alpha }, grad) => scaled(mv(mT(mat), grad), alpha),
  },
  examples: ['{"input": [1, -1], "mat": [[1, 2], [3, 4]], "vec": [5, 6], "beta": 0.5, "alpha": 2}'],
});

export const addr = defineOp({
  name: 'addr',
  category: 'linalg',
  in: ['torch', 'Tensor_'],
  takes: 'input vec1 vec2 | beta alpha / beta input alpha vec1 vec2 / beta input vec1 vec2',
  summary: 'Outer product of two vectors, added to a tensor',
  params: [tensor('input'), tensor('vec1'), tensor('vec2'), beta, alpha],
  formula: String.raw`\beta\, M + \alpha\, u v^\top`,
  derivative: String.raw`\tfrac{\partial L}{\partial M} = \beta G,\quad \tfrac{\partial L}{\partial u} = \alpha\, G v,\quad \tfrac{\partial L}{\partial v} = \alpha\, G^\top u`,
  forward: ({ input, vec1, vec2, beta, alpha }) => {
    checkRank('addr', 'vec1', vec1, 1);
    checkRank('addr', 'vec2', vec2, 1);
    checkAddend('addr', input, [vec1.shape[0], vec2.shape[0]]);
    const dtype = commonType(input, vec1, vec2);
    for (const [name, scalar] of [
      ['beta', beta],
      ['alpha', alpha],
    ] as const) {
      if (scalarKind(scalar) === 'bool' && dtype !== 'bool')
        throw dtypeError(`addr: boolean ${name} only supported for boolean results`);
      if (scalarKind(scalar) === 'float' && !isFloating(dtype))
        throw dtypeError(`addr: for integral input tensors, argument ${name} must not be a floating point number`);
    }
    const column = vec1.alias([vec1.shape[0], 1], [vec1.strides[0], 0]);
    const [a, b] = [whole(alpha, dtype), whole(beta, dtype)];
    const [wideA, wideB] = dtype === 'int64' ? [scalarToBigInt(alpha), scalarToBigInt(beta)] : [0n, 0n];
    if (dtype === 'bool')
      return map3({ number: (m, u, v) => Number((b && m) || (a && u && v)) }, input, column, vec2, dtype);
    const skip = is(beta, 0);
    return map3(
      {
        number: (m, u, v) => (skip ? a * u * v : b * m + a * u * v),
        int32: (m, u, v) => (Math.imul(b, m) + Math.imul(Math.imul(a, u), v)) | 0,
        int64: (m, u, v) => wideB * m + wideA * u * v,
      },
      input,
      column,
      vec2,
      dtype,
    );
  },
  saves: ['vec1', 'vec2'],
  gradient: {
    input: ({ beta }, grad) => scaled(grad, beta),
    vec1: ({ vec2, alpha }, grad) => scaled(mv(grad, to(vec2, grad.dtype)), alpha),
    vec2: ({ vec1, alpha }, grad) => scaled(mv(mT(grad), to(vec1, grad.dtype)), alpha),
  },
  examples: ['{"input": [[1, 2], [3, 4]], "vec1": [5, 6], "vec2": [7, -8], "beta": 0.5, "alpha": 2}'],
});
