/** Sums and means. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { cast, map1, sumRows } from '../../kernels/index.ts';
import { type DType, isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import {
  contiguousStrides,
  expandsTo,
  normalizeDims,
  reducedShape,
  type Shape,
  sameShape,
} from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { along, spreadLatex } from '../derivation.ts';
import { attr, integerList, tensor } from '../params.ts';
import { div, mul } from '../pointwise/arithmetic.ts';
import { isnan } from '../pointwise/classify.ts';
import { logicalNot } from '../pointwise/logical.ts';
import { expand, reshape } from '../shape/views.ts';
import { dimParam, dtypeParam, keepdimParam } from './params.ts';

export { dimParam, dtypeParam, keepdimParam } from './params.ts';

/** Spreads a reduction's gradient back over the dimensions that it reduced. */
export function unreduce(
  grad: Tensor,
  shape: Shape,
  dim: number | readonly number[] | undefined,
  keepdim: boolean,
): Tensor {
  // The sum of all elements spreads as it is.
  if (grad.ndim === 0) return expand(grad, shape);
  const full = reducedShape(shape, normalizeDims(dim, shape.length), true);
  return expand(keepdim || sameShape(grad.shape, full) ? grad : reshape(grad, full), shape);
}

const sumType = (own: DType, asked: DType | undefined): DType => asked ?? (isFloating(own) ? own : 'int64');

/** The sum in `dtype`. A sum of bools is whether any is true: it is counted, then cast. */
function total(input: Tensor, dim: number | readonly number[] | undefined, keepdim: boolean, dtype: DType): Tensor {
  const dims = normalizeDims(dim, input.ndim);
  if (dtype === 'bool') return cast(sumRows(cast(input, dtype), dims, keepdim, 'float64'), dtype);
  return sumRows(cast(input, dtype), dims, keepdim, dtype);
}

export const sum = defineOp({
  name: 'sum',
  category: 'reduction',
  summary: 'Sum of all elements, or along dimensions',
  params: [tensor('input'), dimParam, keepdimParam, dtypeParam],
  formula: String.raw`\sum_i x_i`,
  derivative: '1',
  forward: ({ input, dim, keepdim, dtype }) => total(input, dim, keepdim, sumType(input.dtype, dtype)),
  gradFn: ({ dim }) => (dim === undefined ? 'SumBackward0' : 'SumBackward1'),
  gradient: { input: ({ input, dim, keepdim }, grad) => unreduce(grad, input.shape, dim, keepdim) },
  derivation: {
    formula: ({ dim }) => String.raw`\operatorname{sum}${along(dim)}(@input)`,
    by: {
      input: ({ input, dim, keepdim }) => ({
        form: 'index',
        latex: spreadLatex(input.shape, dim, keepdim),
        words: 'an element has a part in a sum as it is: each gets the whole gradient of the sum that it is in',
      }),
    },
  },
  examples: ['{"input": [[1, 2], [3, 4]], "dim": 0}'],
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
    if (!isFloating(out))
      throw dtypeError(
        `mean(): the result's dtype must be floating, but ${dtype === undefined ? `input is ${out}; send dtype` : `dtype is ${out}`}`,
      );
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
  derivation: {
    formula: ({ dim }) => String.raw`\operatorname{mean}${along(dim)}(@input)`,
    by: {
      input: ({ input, dim, keepdim }) => {
        const n = normalizeDims(dim, input.shape.length).reduce((count, d) => count * input.shape[d], 1);
        return {
          form: 'vjp',
          latex: String.raw`\tfrac{1}{${n}}\,${spreadLatex(input.shape, dim, keepdim)}`,
          words: `a mean of ${n}: each element gets 1/${n} of the gradient of the mean that it is in`,
        };
      },
    },
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

export const sumToSize = defineOp({
  name: 'sum_to_size',
  category: 'reduction',
  in: ['Tensor'],
  summary: 'Sums a tensor down to a shape that broadcasts to its own',
  params: [tensor('input'), attr('size', integerList)],
  formula: String.raw`\sum_{i \in \text{broadcast}} x_i`,
  derivative: '1',
  forward: ({ input, size }) => {
    if (!expandsTo(size, input.shape))
      throw shapeMismatch(`size ${showShape(size)} is not expandable to size ${showShape(input.shape)}`);
    if (sameShape(size, input.shape)) return input;
    const lead = input.ndim - size.length;
    const dims = input.shape.map((_, d) => d).filter((d) => d < lead || (size[d - lead] === 1 && input.shape[d] !== 1));
    const dtype = sumType(input.dtype, undefined);
    const out = sumRows(cast(input, dtype), dims, false, dtype);
    return out.alias(size, contiguousStrides(size));
  },
  gradFn: 'SumBackward1',
  gradient: { input: ({ input }, grad) => expand(grad, input.shape) },
  examples: ['{"input": [[1, 2], [3, 4]], "size": [1, 2]}'],
});

const WITHOUT_NAN = kernel((x) => f.select(f.isNan(x), 0, x));

export const nansum = defineOp({
  name: 'nansum',
  category: 'reduction',
  summary: 'Sum of what is not NaN',
  params: [tensor('input'), dimParam, keepdimParam, dtypeParam],
  formula: String.raw`\sum_{i:\, x_i \ne \mathrm{NaN}} x_i`,
  derivative: String.raw`[x \ne \mathrm{NaN}]`,
  forward: ({ input, dim, keepdim, dtype }) => {
    const numbers = isFloating(input.dtype) ? map1(WITHOUT_NAN, input) : input;
    return total(numbers, dim, keepdim, sumType(input.dtype, dtype));
  },
  saves: ['input'],
  gradient: {
    input: ({ input, dim, keepdim }, grad) => mul(unreduce(grad, input.shape, dim, keepdim), logicalNot(isnan(input))),
  },
  examples: [{ input: [1, 2.5, -3] }],
});

export const nanmean = defineOp({
  name: 'nanmean',
  category: 'reduction',
  summary: 'Mean of what is not NaN',
  params: [tensor('input'), dimParam, keepdimParam, dtypeParam],
  formula: String.raw`\frac{\sum_{i:\, x_i \ne \mathrm{NaN}} x_i}{|\{i : x_i \ne \mathrm{NaN}\}|}`,
  derivative: String.raw`\tfrac1n [x \ne \mathrm{NaN}]`,
  composite: ({ input, dim, keepdim, dtype }) => {
    if (!isFloating(input.dtype))
      throw dtypeError(`nanmean(): expected input to have a floating dtype, but got ${input.dtype}`);
    return div(nansum(input, dim, keepdim, dtype), sum(logicalNot(isnan(input)), dim, keepdim));
  },
  examples: [{ input: [1, 2.5, -3] }],
});
