/** Products of many matrices, and what only needs a matrix's diagonal. */

import { cast, pulse, sumRows } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { ones } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { checkFactors } from '../limits.ts';
import { attr, integer, tensor, tensors } from '../params.ts';
import { clone } from '../pointwise/identity.ts';
import { diagEmbed, diagonalBackward, expand, squeeze, unsqueeze } from '../shape/index.ts';
import { checkDTypes, checkInner } from './checks.ts';
import { linalgInv } from './inverse.ts';
import { matmul, mm } from './matmul.ts';

export const trace = defineOp({
  name: 'trace',
  category: 'linalg',
  summary: "Sum of a matrix's diagonal",
  params: [tensor('input')],
  formula: String.raw`\sum_i a_{ii}`,
  derivative: 'I',
  forward: ({ input }) => {
    if (input.ndim !== 2)
      throw shapeMismatch(`trace: expected a matrix, but input has shape ${showShape(input.shape)}`);
    if (input.dtype === 'bool') throw dtypeError('trace is not implemented for bool; cast to an integer dtype first');
    const diagonal = input.alias([Math.min(...input.shape)], [input.strides[0] + input.strides[1]]);
    const dtype = isFloating(input.dtype) ? input.dtype : 'int64';
    return sumRows(cast(diagonal, dtype), [0], false, dtype);
  },
  gradient: {
    input: ({ input }, grad) => diagonalBackward(expand(grad, [Math.min(...input.shape)]), input.shape, 0, 0, 1),
  },
  derivation: {
    formula: String.raw`\operatorname{tr}(@input)`,
    words: 'each element of the diagonal gets the whole gradient, all others 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

/** The order of products that costs least: where to split the chain from i to j. */
function bestSplits(sizes: readonly number[]): number[][] {
  const n = sizes.length - 1;
  const cost = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const split = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let length = 1; length < n; length++) {
    for (let i = 0; i + length < n; i++) {
      const j = i + length;
      pulse(4 * length);
      cost[i][j] = Number.POSITIVE_INFINITY;
      for (let k = i; k < j; k++) {
        const total = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1];
        if (total < cost[i][j]) [cost[i][j], split[i][j]] = [total, k];
      }
    }
  }
  return split;
}

export const multiDot = defineOp({
  name: 'linalg_multi_dot',
  aliases: ['multi_dot', 'chain_matmul'],
  category: 'linalg',
  in: ['linalg', 'torch:chain_matmul'],
  takes: { ':chain_matmul': '*matrices=tensors' },
  summary: 'Product of many matrices in the order that costs least; the first and the last may be vectors',
  params: [tensors('tensors')],
  formula: String.raw`A_1 A_2 \cdots A_n`,
  derivative: String.raw`\tfrac{\partial L}{\partial A_k} = (A_1 \cdots A_{k-1})^\top G\, (A_{k+1} \cdots A_n)^\top`,
  composite: ({ tensors }) => {
    const count = tensors.length;
    checkFactors('multi_dot()', count);
    if (count < 2) throw valueRange(`multi_dot(): expected at least 2 tensors but got ${count}`);
    tensors.forEach((t, i) => {
      const end = i === 0 || i === count - 1;
      if (t.ndim === 2 || (end && t.ndim === 1)) return;
      throw shapeMismatch(
        `multi_dot(): tensor ${i} must have ${end ? '1 or 2 dimensions' : '2 dimensions'}, but has shape ${showShape(t.shape)}`,
      );
    });
    checkDTypes(
      'multi_dot',
      tensors.map((_, i) => `tensor ${i}`),
      tensors,
    );
    const first = tensors[0];
    const last = tensors[count - 1];
    const chain = tensors.map((t, i) => (t.ndim === 2 ? t : unsqueeze(t, i === 0 ? 0 : 1)));
    for (let i = 1; i < count; i++) checkInner(`tensor ${i - 1}`, `tensor ${i}`, chain[i - 1], chain[i]);
    const split = bestSplits([chain[0].shape[0], ...chain.map((t) => t.shape[1])]);
    const product = (i: number, j: number): Tensor =>
      i === j ? chain[i] : mm(product(i, split[i][j]), product(split[i][j] + 1, j));
    let out = product(0, count - 1);
    if (last.ndim === 1) out = squeeze(out, 1);
    return first.ndim === 1 ? squeeze(out, 0) : out;
  },
  examples: ['{"tensors": [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[1], [-1]]]}'],
});

export const matrixPower = defineOp({
  name: 'matrix_power',
  aliases: ['linalg_matrix_power'],
  category: 'linalg',
  in: ['torch', 'Tensor', 'linalg'],
  summary: 'A square matrix, or each of many, times itself n times over',
  params: [tensor('A'), attr('n', integer(), { doc: '0 gives the identity, a negative one a power of the inverse' })],
  formula: 'A^n',
  derivative: String.raw`\tfrac{\partial L}{\partial A} = \sum_{k=0}^{n-1} (A^\top)^k\, G\, (A^\top)^{n-1-k}`,
  composite: ({ A, n }): Tensor => {
    const [rows, columns] = A.shape.slice(-2);
    if (A.ndim < 2 || rows !== columns)
      throw shapeMismatch(`matrix_power: A must be batches of square matrices, but has shape ${showShape(A.shape)}`);
    if (n < 0) return matrixPower(linalgInv(A), -n);
    if (n === 0) return diagEmbed(ones(A.shape.slice(0, -1), A.dtype));
    if (n === 1) return clone(A);
    // Squares, and the product of those that the binary digits of n name.
    let out: Tensor | null = null;
    let square = A;
    for (let rest = n; ; square = matmul(square, square)) {
      if (rest % 2 === 1) out = out === null ? square : matmul(out, square);
      rest = Math.floor(rest / 2);
      if (rest === 0) return out as Tensor;
    }
  },
  examples: ['{"A": [[1, 2], [3, 4]], "n": 3}'],
});
