/** Whole slices read and written along a dimension, by a vector of indices. */

import { type Combine, cast, combineOr, readAt, writeAt } from '../../kernels/index.ts';
import { EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { type Scalar, scalarKind, scalarToNumber } from '../../tensor/scalar.ts';
import { empty, Tensor, type TensorMeta } from '../../tensor/tensor.ts';
import { castScalar, filledWith, zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, constant, integer, operand, scalarAttr, tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { where } from '../pointwise/select.ts';
import { reshape } from '../shape/views.ts';
import { atLeast1, checkIndex, dimOf, offsetsAlong, written } from './plan.ts';

const dimParam = attr('dim', integer());
const indexParam = constant('index', { wants: 'int64', doc: 'A vector of indices along dim' });

function checkVector(op: string, index: TensorMeta): void {
  if (index.shape.length > 1)
    throw shapeMismatch(`${op}(): Index is supposed to be a vector, but got the shape ${showShape(index.shape)}`);
}

/** Offsets of a vector of indices, to be broadcast over the dimensions behind `dim`. */
function slices(t: Tensor, dim: number, index: Tensor, wrap = false): Tensor {
  const offsets = offsetsAlong(t, dim, atLeast1(index), wrap);
  const behind = t.shape.slice(dim + 1).map(() => 1);
  return offsets.alias([...offsets.shape, ...behind], [...offsets.strides, ...behind.map(() => 0)]);
}

export const indexSelect = defineOp({
  name: 'index_select',
  category: 'indexing',
  summary: 'Slices along a dimension, by a vector of indices',
  params: [tensor('input'), dimParam, indexParam],
  formula: String.raw`y_{\ldots k \ldots} = x_{\ldots, i_k, \ldots}`,
  derivative: '1',
  forward: ({ input, dim, index }) => {
    const d = dimOf(dim, input);
    checkVector('index_select', index);
    checkIndex('index_select', index, true);
    if (input.ndim === 0 && index.numel === 0)
      throw shapeMismatch('index_select(): Index to scalar can have only 1 value, got 0 value(s)');
    const src = atLeast1(input);
    const out = empty(src.shape.with(d, index.numel), input.dtype);
    readAt(out, src, src.strides.with(d, 0), slices(src, d, index));
    return input.ndim === 0 ? out.alias([], []) : out;
  },
  saves: ['index'],
  gradient: {
    input: ({ input, dim, index }, grad): Tensor => indexAdd(zeros(input.shape, input.dtype), dim, index, grad),
  },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: ['{"input": [[1, 2], [3, 4], [5, 6]], "dim": 0, "index": [2, 0, 0]}'],
});

/** Sizes of what is written: as many slices as indices, and the input's other sizes. */
function checkSource(op: string, input: Tensor, dim: number, index: Tensor, source: Tensor): void {
  if (source.dtype !== input.dtype)
    throw new EngineError(
      'dtype',
      `${op}(): self (${input.dtype}) and source (${source.dtype}) must have the same scalar type`,
    );
  const shapes = `the source has the shape ${showShape(source.shape)}, the input ${showShape(input.shape)}`;
  if (source.ndim !== 0 && input.ndim !== 0 && source.ndim !== input.ndim)
    throw shapeMismatch(`${op}(): source and input need the same number of dimensions: ${shapes}`);
  const from = atLeast1(source);
  const to = atLeast1(input);
  const count = from.shape[source.ndim > 0 && from.ndim > dim ? dim : 0];
  if (index.numel !== count)
    throw shapeMismatch(
      `${op}(): Number of indices (${index.numel}) should be equal to source.size(dim): (${count}), for dim: ${dim}; ${shapes}`,
    );
  to.shape.forEach((size, k) => {
    if (k !== dim && source.ndim > 0 && from.shape[k] !== size)
      throw shapeMismatch(`${op}(): sizes differ at dimension ${k}: ${shapes}`);
  });
}

/** Writes a source of which each slice goes to one index. */
function writeSlices(out: Tensor, dim: number, index: Tensor, source: Tensor, wrap: boolean, combine?: Combine): void {
  const target = atLeast1(out);
  const shape = target.shape.with(dim, index.numel);
  writeAt(target, target.strides.with(dim, 0), slices(target, dim, index, wrap), atLeast1(source), shape, combine);
}

const isOne = (x: Scalar): boolean => scalarKind(x) !== 'bool' && scalarToNumber(x) === 1;

/** The gradient of a source, which may be 0-d or of one element where the input is the other. */
const toSource = (grad: Tensor, source: TensorMeta): Tensor =>
  grad.ndim === source.shape.length ? grad : reshape(grad, source.shape);

export const indexAdd = defineOp({
  name: 'index_add',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  takes: 'input dim index source | alpha',
  summary: 'Slices, times alpha, added along a dimension by a vector of indices',
  params: [
    tensor('input'),
    dimParam,
    indexParam,
    tensor('source'),
    attr('alpha', scalarAttr, { default: 1 as Scalar }),
  ],
  formula: String.raw`y_{\ldots j \ldots} = x_{\ldots j \ldots} + \alpha \sum_{k:\, i_k = j} s_{\ldots k \ldots}`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = 1,\quad \tfrac{\partial}{\partial s} = \alpha`,
  forward: ({ input, dim, index, source, alpha }) => {
    const d = dimOf(dim, input);
    checkVector('index_add', index);
    checkIndex('index_add', index, true);
    checkSource('index_add', input, d, index, source);
    const factor = castScalar(alpha, input.dtype) as number;
    const join: Combine =
      input.dtype === 'bool'
        ? (x, y) => combineOr(x, y & factor)
        : input.dtype === 'int32'
          ? (x, y) => x + Math.imul(factor, y)
          : (x, y) => x + factor * y;
    return written(input, (out) => writeSlices(out, d, index, source, false, join), true);
  },
  overwrites: true,
  saves: ['index'],
  gradient: {
    input: (_, grad) => grad,
    source: ({ dim, index, source, alpha }, grad): Tensor => {
      const g = toSource(indexSelect(grad, dim, index), source);
      return isOne(alpha) ? g : mul(g, alpha);
    },
  },
  examples: ['{"input": [[1, 2], [3, 4]], "dim": 0, "index": [1, 1], "source": [[10, 20], [30, 40]]}'],
});

export const indexCopy = defineOp({
  name: 'index_copy',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  summary: 'Slices written along a dimension by a vector of indices',
  params: [tensor('input'), dimParam, indexParam, tensor('source')],
  formula: String.raw`y_{\ldots, i_k, \ldots} = s_{\ldots k \ldots},\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial s} = 1`,
  forward: ({ input, dim, index, source }) => {
    const d = dimOf(dim, input);
    checkVector('index_copy', index);
    checkIndex('index_copy', index);
    checkSource('index_copy', input, d, index, source);
    return written(input, (out) => writeSlices(out, d, index, source, false));
  },
  overwrites: true,
  saves: ['index'],
  gradient: {
    input: ({ dim, index }, grad): Tensor => indexFill(grad, dim, index, 0),
    source: ({ dim, index, source }, grad): Tensor => toSource(indexSelect(grad, dim, index), source),
  },
  examples: ['{"input": [[1, 2], [3, 4], [5, 6]], "dim": 0, "index": [2, 0], "source": [[10, 20], [30, 40]]}'],
});

export const indexFill = defineOp({
  name: 'index_fill',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  summary: 'Slices along a dimension filled with one value',
  params: [tensor('input'), dimParam, indexParam, operand('value', { doc: 'A number or a 0-d tensor' })],
  formula: String.raw`y_{\ldots, i_k, \ldots} = v,\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial v} = 1`,
  forward: ({ input, dim, index, value }) => {
    const d = dimOf(dim, input);
    checkVector('index_fill', index);
    checkIndex('index_fill', index);
    if (value instanceof Tensor && value.ndim > 0)
      throw shapeMismatch(
        `index_fill_ only supports a 0-dimensional value tensor, but got the shape ${showShape(value.shape)}.`,
      );
    const v = value instanceof Tensor ? cast(value, input.dtype) : filledWith([], value, input.dtype);
    return written(input, (out) => writeSlices(out, d, index, v.alias([1], [0]), true));
  },
  overwrites: true,
  saves: ['index'],
  gradient: {
    input: ({ dim, index }, grad): Tensor => indexFill(grad, dim, index, 0),
    // Each place counts once, however often the index names it.
    value: ({ dim, index }, grad): Tensor =>
      // Of the broadcast shape: the backward pass sums it.
      where(indexFill(zeros(grad.shape, 'bool'), dim, index, true), grad, 0),
  },
  gradFn: ({ value }) => (value instanceof Tensor ? 'IndexFillBackward1' : 'IndexFillBackward0'),
  examples: ['{"input": [[1, 2], [3, 4]], "dim": 1, "index": [0], "value": -1}'],
});
