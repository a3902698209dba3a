/** Products of matrices and vectors. */
import { matrixProduct } from '../../kernels/index.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { broadcastShapes, contiguousStrides, numelOf } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { byLeft, byRight } from '../derivation.ts';
import { tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { mT, reshape, squeeze, unsqueeze } from '../shape/index.ts';
import { checkBatch, checkDTypes, checkInner, checkRank } from './checks.ts';

/** A vector as a matrix of one row, or of one column. */
const asRow = (t: Tensor): Tensor => t.alias([1, t.shape[0]], [0, t.strides[0]]);
const asColumn = (t: Tensor): Tensor => t.alias([t.shape[0], 1], [t.strides[0], 0]);

/** All leading dimensions put into one: `[..., n]` as `[m, n]`. */
export function asRows(t: Tensor): Tensor {
  const n = t.shape[t.ndim - 1];
  return reshape(t, [numelOf(t.shape.slice(0, -1)), n]);
}

function product(input: Tensor, other: Tensor): Tensor {
  const out = matrixProduct(input.ndim === 1 ? asRow(input) : input, other.ndim === 1 ? asColumn(other) : other);
  if (input.ndim > 1 && other.ndim > 1) return out;
  const shape = out.shape.slice(0, -2);
  if (input.ndim > 1) shape.push(input.shape[input.ndim - 2]);
  if (other.ndim > 1) shape.push(other.shape[other.ndim - 1]);
  return out.alias(shape, contiguousStrides(shape));
}

function inputSlope(input: TensorMeta, other: Tensor, grad: Tensor): Tensor {
  if (other.ndim === 1) return mul(input.shape.length === 1 ? grad : unsqueeze(grad, -1), other);
  if (input.shape.length === 1)
    return other.ndim === 2 ? matmul(other, grad) : squeeze(matmul(other, unsqueeze(grad, -1)), -1);
  return matmul(grad, mT(other));
}

function otherSlope(input: Tensor, other: TensorMeta, grad: Tensor): Tensor {
  const rank = other.shape.length;
  if (input.ndim === 1) return rank === 1 ? mul(grad, input) : mul(unsqueeze(input, -1), unsqueeze(grad, -2));
  // One matrix that served a whole batch: a single product sums over the batch on the way.
  if (rank === 1) return matmul(mT(asRows(input)), reshape(grad, [numelOf(grad.shape)]));
  if (rank === 2 && input.ndim > 2) return matmul(mT(asRows(input)), asRows(grad));
  return matmul(mT(input), grad);
}

/** PyTorch's own matmul is made of other ops; the node is called as the last of them. */
function matmulNode({ input, other }: { input: Tensor; other: Tensor }): string {
  if (input.ndim === 1 && other.ndim === 1) return 'DotBackward0';
  if (input.ndim === 2 && other.ndim === 1) return 'MvBackward0';
  if (input.ndim === 2 && other.ndim === 2) return 'MmBackward0';
  if (input.ndim === 1 && other.ndim === 2) return 'SqueezeBackward3';
  return 'UnsafeViewBackward0';
}

export const matmul = defineOp({
  name: 'matmul',
  aliases: ['linalg_matmul'],
  category: 'linalg',
  in: ['torch', 'Tensor', 'linalg'],
  summary: 'Product of matrices, vectors and batches of matrices',
  params: [tensor('input'), tensor('other')],
  formula: String.raw`y_{ij} = \sum_k a_{ik}\, b_{kj}`,
  derivative: String.raw`\tfrac{\partial L}{\partial A} = G B^\top,\quad \tfrac{\partial L}{\partial B} = A^\top G`,
  forward: ({ input, other }) => {
    if (input.ndim === 0 || other.ndim === 0) {
      throw shapeMismatch(
        `both arguments to matmul need to be at least 1D, but got shapes ${showShape(input.shape)} and ${showShape(other.shape)}`,
      );
    }
    checkDTypes('matmul', ['input', 'other'], [input, other]);
    checkInner('input', 'other', input, other);
    broadcastShapes(input.shape.slice(0, -2), other.shape.slice(0, -2));
    return product(input, other);
  },
  saves: { input: ['other'], other: ['input'] },
  gradFn: matmulNode,
  gradient: {
    input: ({ input, other }, grad): Tensor => inputSlope(input, other, grad),
    other: ({ input, other }, grad): Tensor => otherSlope(input, other, grad),
  },
  derivation: {
    formula: String.raw`@input\,@other`,
    by: {
      input: (call) => ({ form: 'matrix', ...byLeft(call.input, call.other, '@other') }),
      other: (call) => ({ form: 'matrix', ...byRight(call.input, call.other, '@input') }),
    },
  },
  examples: [
    '{"input": [[1, 2], [3, 4]], "other": [[5, 6], [7, 8]]}',
    '{"input": [[[1, 2], [3, 4]], [[0, 1], [2, -1]]], "other": [1, -1]}',
  ],
});

export const mm = defineOp({
  name: 'mm',
  category: 'linalg',
  summary: 'Product of two matrices',
  params: [tensor('input'), tensor('mat2')],
  formula: String.raw`y_{ij} = \sum_k a_{ik}\, b_{kj}`,
  derivative: String.raw`\tfrac{\partial L}{\partial A} = G B^\top,\quad \tfrac{\partial L}{\partial B} = A^\top G`,
  forward: ({ input, mat2 }) => {
    checkRank('mm', 'input', input, 2);
    checkRank('mm', 'mat2', mat2, 2);
    checkInner('input', 'mat2', input, mat2);
    checkDTypes('mm', ['input', 'mat2'], [input, mat2]);
    return matrixProduct(input, mat2);
  },
  saves: { input: ['mat2'], mat2: ['input'] },
  gradient: {
    input: ({ mat2 }, grad): Tensor => mm(grad, mT(mat2)),
    mat2: ({ input }, grad): Tensor => mm(mT(input), grad),
  },
  derivation: {
    formula: String.raw`@input\,@mat2`,
    by: {
      input: (call) => ({ form: 'matrix', ...byLeft(call.input, call.mat2, '@mat2') }),
      mat2: (call) => ({ form: 'matrix', ...byRight(call.input, call.mat2, '@input') }),
    },
  },
  examples: ['{"input": [[1, 2], [3, 4]], "mat2": [[5, 6], [7, 8]]}'],
});

export const bmm = defineOp({
  name: 'bmm',
  category: 'linalg',
  summary: 'Products of two batches of matrices, pair by pair',
  params: [tensor('input'), tensor('mat2')],
  formula: String.raw`y_{bij} = \sum_k a_{bik}\, b_{bkj}`,
  derivative: String.raw`\tfrac{\partial L}{\partial A_b} = G_b B_b^\top,\quad \tfrac{\partial L}{\partial B_b} = A_b^\top G_b`,
  forward: ({ input, mat2 }) => {
    checkRank('bmm', 'input', input, 3);
    checkRank('bmm', 'mat2', mat2, 3);
    checkBatch('bmm', 'input', 'mat2', input, mat2);
    checkInner('input', 'mat2', input, mat2);
    checkDTypes('bmm', ['input', 'mat2'], [input, mat2]);
    return matrixProduct(input, mat2);
  },
  saves: { input: ['mat2'], mat2: ['input'] },
  gradient: {
    input: ({ mat2 }, grad): Tensor => bmm(grad, mT(mat2)),
    mat2: ({ input }, grad): Tensor => bmm(mT(input), grad),
  },
  derivation: {
    formula: String.raw`@input\,@mat2`,
    by: {
      input: (call) => ({ form: 'matrix', ...byLeft(call.input, call.mat2, '@mat2') }),
      mat2: (call) => ({ form: 'matrix', ...byRight(call.input, call.mat2, '@input') }),
    },
  },
  examples: ['{"input": [[[1, 2], [3, 4]]], "mat2": [[[5, 6], [7, 8]]]}'],
});

export const mv = defineOp({
  name: 'mv',
  category: 'linalg',
  summary: 'Product of a matrix and a vector',
  params: [tensor('input'), tensor('vec')],
  formula: String.raw`y_i = \sum_k a_{ik}\, v_k`,
  derivative: String.raw`\tfrac{\partial L}{\partial A} = g\, v^\top,\quad \tfrac{\partial L}{\partial v} = A^\top g`,
  forward: ({ input, vec }) => {
    checkRank('mv', 'input', input, 2);
    checkRank('mv', 'vec', vec, 1);
    checkInner('input', 'vec', input, vec);
    checkDTypes('mv', ['input', 'vec'], [input, vec]);
    return product(input, vec);
  },
  saves: { input: ['vec'], vec: ['input'] },
  gradient: {
    input: ({ vec }, grad): Tensor => mul(unsqueeze(grad, -1), vec),
    vec: ({ input }, grad): Tensor => mv(mT(input), grad),
  },
  derivation: {
    formula: String.raw`@input\,@vec`,
    by: {
      input: (call) => ({ form: 'matrix', ...byLeft(call.input, call.vec, '@vec') }),
      vec: (call) => ({ form: 'matrix', ...byRight(call.input, call.vec, '@input') }),
    },
  },
  examples: ['{"input": [[1, 2], [3, 4]], "vec": [5, -6]}'],
});

function checkVectors(op: string, input: Tensor, other: Tensor, name: string): void {
  if (input.ndim !== 1 || other.ndim !== 1) {
    throw shapeMismatch(
      `${op}: input and ${name} must be vectors with 1 dimension, but have shapes ${showShape(input.shape)} and ${showShape(other.shape)}`,
    );
  }
  if (input.shape[0] !== other.shape[0]) {
    throw shapeMismatch(
      `${op}: input and ${name} must have the same number of elements, but got shapes ${showShape(input.shape)} and ${showShape(other.shape)}: sizes ${input.shape[0]} and ${other.shape[0]} at dimension 0`,
    );
  }
  checkDTypes(op, ['input', name], [input, other]);
}

export const dot = defineOp({
  name: 'dot',
  category: 'linalg',
  summary: 'Sum of the products of two vectors, element by element',
  params: [tensor('input'), tensor('tensor')],
  formula: String.raw`\sum_k a_k\, b_k`,
  derivative: String.raw`\tfrac{\partial}{\partial a} = b,\quad \tfrac{\partial}{\partial b} = a`,
  forward: ({ input, tensor }) => {
    checkVectors('dot', input, tensor, 'tensor');
    return product(input, tensor);
  },
  saves: { input: ['tensor'], tensor: ['input'] },
  gradient: {
    input: ({ tensor }, grad) => mul(grad, tensor),
    tensor: ({ input }, grad) => mul(grad, input),
  },
  derivation: {
    formula: String.raw`@input^{\top} @tensor`,
    by: {
      input: (call) => ({ form: 'matrix', ...byLeft(call.input, call.tensor, '@tensor') }),
      tensor: (call) => ({ form: 'matrix', ...byRight(call.input, call.tensor, '@input') }),
    },
  },
  examples: [{ input: [1, 2, 3], tensor: [4, -5, 6] }],
});

export const vdot = defineOp({
  name: 'vdot',
  category: 'linalg',
  summary: 'Inner product of two vectors',
  params: [tensor('input'), tensor('other')],
  formula: String.raw`\sum_k a_k\, b_k`,
  derivative: String.raw`\tfrac{\partial}{\partial a} = b,\quad \tfrac{\partial}{\partial b} = a`,
  forward: ({ input, other }) => {
    checkVectors('vdot', input, other, 'other');
    return product(input, other);
  },
  saves: { input: ['other'], other: ['input'] },
  gradient: {
    input: ({ other }, grad) => mul(grad, other),
    other: ({ input }, grad) => mul(grad, input),
  },
  derivation: {
    formula: String.raw`@input^{\top} @other`,
    by: {
      input: (call) => ({ form: 'matrix', ...byLeft(call.input, call.other, '@other') }),
      other: (call) => ({ form: 'matrix', ...byRight(call.input, call.other, '@input') }),
    },
  },
  examples: [{ input: [1, 2, 3], other: [4, -5, 6] }],
});
