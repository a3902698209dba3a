/** Products. */
import { cast, productRows } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { normalizeDim, numelOf } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { to, zeros } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { cat, reshape, unsqueeze } from '../shape/index.ts';
import { dtypeParam, keepdimParam, oneDimParam } from './params.ts';
import { cumprod, cumprodSlope } from './scans.ts';

/** A product is the last of the running products: its gradient is theirs with nothing coming in before. */
function slopeAlong(input: Tensor, dim: number, grad: Tensor): Tensor {
  const n = input.shape[dim];
  if (n === 0) return zeros(input.shape, grad.dtype);
  const before = [...input.shape];
  before[dim] = n - 1;
  const late = n === 1 ? grad : cat([zeros(before, grad.dtype), grad], dim);
  return cumprodSlope(input, cumprod(input, dim), dim, late);
}

export const prod = defineOp({
  name: 'prod',
  category: 'reduction',
  summary: 'Product of all elements, or along a dimension',
  params: [tensor('input'), oneDimParam, keepdimParam, dtypeParam],
  formula: String.raw`\prod_i x_i`,
  derivative: String.raw`\prod_{j \ne i} x_j`,
  forward: ({ input, dim, keepdim, dtype }) => {
    const out = dtype ?? (isFloating(input.dtype) ? input.dtype : 'int64');
    const dims =
      dim === undefined ? input.shape.map((_, d) => d) : input.ndim === 0 ? [] : [normalizeDim(dim, input.ndim)];
    if (dim !== undefined) normalizeDim(dim, input.ndim);
    return productRows(cast(input, out), dims, keepdim);
  },
  saves: ['input'],
  hangsOn: ['input'],
  gradFn: ({ dim }) => (dim === undefined ? 'ProdBackward0' : 'ProdBackward1'),
  gradient: {
    input: ({ input, dim, keepdim }, grad) => {
      if (input.ndim === 0) return grad;
      const x = to(input, grad.dtype);
      if (dim !== undefined) {
        const along = normalizeDim(dim, input.ndim);
        return slopeAlong(x, along, keepdim ? grad : unsqueeze(grad, along));
      }
      if (input.ndim === 1) return slopeAlong(x, 0, reshape(grad, [1]));
      return reshape(slopeAlong(reshape(x, [numelOf(input.shape)]), 0, reshape(grad, [1])), input.shape);
    },
  },
  derivation: {
    formula: String.raw`\operatorname{prod}(@input)`,
    by: {
      input: {
        form: 'vjp',
        latex: String.raw`@g \cdot \textstyle\prod_{j \ne i} @input_{j}`,
        words: 'each element gets the gradient times the product of all others',
      },
    },
  },
  examples: ['{"input": [[1, 2], [3, -4]]}', '{"input": [[0, 2, 3], [4, 5, 6]], "dim": 1}'],
});
