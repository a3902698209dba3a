/** Sums and means. */
import { sumRows } from '../../kernels/rows.ts';
import { type DType, isFloating } from '../../tensor/dtype.ts';
import { EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { contiguousStrides, expandsTo, normalizeDims, reducedShape, sameShape, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { cast } from '../../kernels/copy.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, dtype as dtypeAttr, integerList, integerOrList, optionalAttr, tensor } from '../params.ts';
import { div } from '../pointwise/arithmetic.ts';
import { expand, reshape } from '../shape/views.ts';

/** `dim` and `keepdim` of most reductions. */
export const dimParam = optionalAttr('dim', integerOrList, { doc: 'The dimension or dimensions to reduce; all where absent or empty' });
export const keepdimParam = attr('keepdim', boolean, { default: false, doc: 'Keep reduced dimensions with size 1' });
export const dtypeParam = optionalAttr('dtype', dtypeAttr, { doc: 'The dtype to cast to before the operation' });

/** Spreads a reduction's gradient back over the dimensions that it reduced. */
export function unreduce(grad: Tensor, shape: Shape, dim: number | readonly number[] | undefined, keepdim: boolean): Tensor {
  const full = reducedShape(shape, normalizeDims(dim, shape.length), true);
  return expand(keepdim || sameShape(grad.shape, full) ? grad : reshape(grad, full), shape);
}

const sumType = (own: DType, asked: DType | undefined): DType => asked ?? (isFloating(own) ? own : 'int64');

export const sum = defineOp({
  name: 'sum',
  category: 'reduction',
  summary: 'Sum of all elements, or along dimensions',
  params: [tensor('input'), dimParam, keepdimParam, dtypeParam],
  formula: String.raw`\sum_i x_i`,
  derivative: '1',
  forward: ({ input, dim, keepdim, dtype }) => {
    const out = sumType(input.dtype, dtype);
    return sumRows(cast(input, out), normalizeDims(dim, input.ndim), keepdim, out);
  },
  gradFn: ({ dim }) => (dim === undefined ? 'SumBackward0' : 'SumBackward1'),
  gradient: { input: ({ input, dim, keepdim }, grad) => unreduce(grad, input.shape, dim, keepdim) },
  examples: [{ input: [[1, 2], [3, 4]], dim: 0 }],
});

export const mean = defineOp({
  name: 'mean',
  category: 'reduction',
  summary: 'Mean of all elements, or along dimensions',
  params: [tensor('input'), dimParam, keepdimParam, dtypeParam],
  formula: String.raw`\tfrac1n \sum_i x_i`,
  derivative: String.raw`\tfrac1n`,
  forward: ({ input, dim, keepdim, dtype }) => {
    const out = dtype ?? input.dtype;
    if (!isFloating(out)) throw new EngineError('dtype', `mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${input.dtype}`);
    const dims = normalizeDims(dim, input.ndim);
    const total = sumRows(cast(input, out), dims, keepdim, 'float64');
    const n = dims.reduce((count, d) => count * input.shape[d], 1);
    return cast(div(total, n), out);
  },
  gradFn: ({ dim }) => (dim === undefined ? 'MeanBackward0' : 'MeanBackward1'),
  gradient: {
    input: ({ input, dim, keepdim }, grad) => {
      const n = normalizeDims(dim, input.shape.length).reduce((count, d) => count * input.shape[d], 1);
      return div(unreduce(grad, input.shape, dim, keepdim), n);
    },
  },
  examples: [{ input: [[1, 2], [3, 4]] }],
});

export const sumToSize = defineOp({
  name: 'sum_to_size',
  category: 'reduction',
  summary: 'Sums a tensor down to a shape that broadcasts to its own',
  params: [tensor('input'), attr('size', integerList)],
  formula: String.raw`\sum_{i \in \text{broadcast}} x_i`,
  derivative: '1',
  forward: ({ input, size }) => {
    if (!expandsTo(size, input.shape)) throw shapeMismatch(`size ${showShape(size)} is not expandable to size ${showShape(input.shape)}`);
    const lead = input.ndim - size.length;
    const dims = input.shape.map((_, d) => d).filter((d) => d < lead || (size[d - lead] === 1 && input.shape[d] !== 1));
    const out = sumRows(input, dims, false, isFloating(input.dtype) ? input.dtype : 'int64');
    return out.alias(size, contiguousStrides(size));
  },
  gradFn: 'SumBackward1',
  gradient: { input: ({ input }, grad) => expand(grad, input.shape) },
  examples: [{ input: [[1, 2], [3, 4]], size: [1, 2] }],
});
