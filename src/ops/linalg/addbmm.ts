/** Products of batches of matrices that are scaled and added to a tensor. */
import { contiguous } from '../../kernels/index.ts';
import { contiguousStrides, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { mT, unsqueeze } from '../shape/index.ts';
import { affine, alpha, beta, checkAddend, scaled } from './addmm.ts';
import { checkBatch, checkDTypes, checkInner, checkRank } from './checks.ts';
import { bmm, matmul } from './matmul.ts';

export const addbmm = defineOp({
  name: 'addbmm',
  category: 'linalg',
  in: ['torch', 'Tensor_'],
  takes: 'input batch1 batch2 | beta alpha / beta input alpha batch1 batch2 / beta input batch1 batch2',
  summary: 'Sum of the products of a batch of matrices, added to a tensor',
  params: [tensor('input'), tensor('batch1'), tensor('batch2'), beta, alpha],
  formula: String.raw`\beta\, M + \alpha \sum_b A_b B_b`,
  derivative: String.raw`\tfrac{\partial L}{\partial M} = \beta G,\quad \tfrac{\partial L}{\partial A_b} = \alpha\, G B_b^\top,\quad \tfrac{\partial L}{\partial B_b} = \alpha\, A_b^\top G`,
  forward: ({ input, batch1, batch2, beta, alpha }) => {
    checkRank('addbmm', 'batch1', batch1, 3);
    checkRank('addbmm', 'batch2', batch2, 3);
    checkBatch('addbmm', 'batch1', 'batch2', batch1, batch2);
    checkInner('batch1', 'batch2', batch1, batch2);
    checkDTypes('addbmm', ['batch1', 'batch2', 'input'], [batch1, batch2, input]);
    const [count, rows, depth] = batch1.shape;
    const columns = batch2.shape[2];
    checkAddend('addbmm', input, [rows, columns]);
    // Side by side and on top of one another, the batch is one product.
    const [s0, s1, s2] = batch1.strides;
    const left = contiguous(batch1.alias([rows, count, depth], [s1, s0, s2]));
    const right = contiguous(batch2);
    const flat = (t: Tensor, shape: Shape): Tensor => t.alias(shape, contiguousStrides(shape));
    return affine(input, flat(left, [rows, count * depth]), flat(right, [count * depth, columns]), beta, alpha);
  },
  saves: ['batch1', 'batch2'],
  gradient: {
    input: ({ beta }, grad) => scaled(grad, beta),
    batch1: ({ batch2, alpha }, grad) => scaled(matmul(unsqueeze(grad, 0), mT(batch2)), alpha),
    batch2: ({ batch1, alpha }, grad) => scaled(matmul(mT(batch1), unsqueeze(grad, 0)), alpha),
  },
  examples: [
    '{"input": [[1, 2], [3, 4]], "batch1": [[[1, 2], [0, 1]], [[3, 1], [1, -1]]], "batch2": [[[1, 0], [2, 1]], [[1, 1], [-1, 2]]], "beta": 0.5, "alpha": 2}',
  ],
});

export const baddbmm = defineOp({
  name: 'baddbmm',
  category: 'linalg',
  in: ['torch', 'Tensor_'],
  takes: 'input batch1 batch2 | beta alpha / beta input alpha batch1 batch2 / beta input batch1 batch2',
  summary: 'Products of a batch of matrices, each added to a tensor',
  params: [tensor('input'), tensor('batch1'), tensor('batch2'), beta, alpha],
  formula: String.raw`\beta\, M_b + \alpha\, A_b B_b`,
  derivative: String.raw`\tfrac{\partial L}{\partial M_b} = \beta G_b,\quad \tfrac{\partial L}{\partial A_b} = \alpha\, G_b B_b^\top,\quad \tfrac{\partial L}{\partial B_b} = \alpha\, A_b^\top G_b`,
  forward: ({ input, batch1, batch2, beta, alpha }) => {
    checkRank('baddbmm', 'batch1', batch1, 3);
    checkRank('baddbmm', 'batch2', batch2, 3);
    checkBatch('baddbmm', 'batch1', 'batch2', batch1, batch2);
    checkInner('batch1', 'batch2', batch1, batch2);
    checkDTypes('baddbmm', ['batch1', 'batch2', 'input'], [batch1, batch2, input]);
    checkAddend('baddbmm', input, [batch1.shape[0], batch1.shape[1], batch2.shape[2]]);
    return affine(input, batch1, batch2, beta, alpha);
  },
  saves: ['batch1', 'batch2'],
  gradient: {
    input: ({ beta }, grad) => scaled(grad, beta),
    batch1: ({ batch2, alpha }, grad) => scaled(bmm(grad, mT(batch2)), alpha),
    batch2: ({ batch1, alpha }, grad) => scaled(bmm(mT(batch1), grad), alpha),
  },
  examples: [
    '{"input": [1, 2], "batch1": [[[1, 2], [0, 1]], [[3, 1], [1, -1]]], "batch2": [[[1, 0], [2, 1]], [[1, 1], [-1, 2]]], "beta": 0.5, "alpha": 2}',
  ],
});
