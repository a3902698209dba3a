/** Elements read and written along one dimension, each place with an index of its own. */
import { type Combine, combineAdd, combineOr, readAt, writeAt } from '../../kernels/index.ts';
import { EngineError, indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { broadcastShapes, type Shape } from '../../tensor/shape.ts';
import { empty, Tensor, type TensorMeta } from '../../tensor/tensor.ts';
import { filledWith, zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, constant, integer, oneOf, optionalAttr, optionalOperand, scalarAttr, tensor } from '../params.ts';
import { expand, reshape } from '../shape/views.ts';
import { sliceBackward } from '../shape/windows.ts';
import { atLeast1, checkIndex, dimOf, offsetsAlong, written } from './plan.ts';

const dimParam = attr('dim', integer());
const indexParam = constant('index', { wants: 'int64', doc: 'Indices along dim, one for each place' });

/** Index and other operands need as many dimensions, and an index no larger than they are (but along `dim`). */
export function checkSizes(op: string, index: TensorMeta, dim: number, self: TensorMeta, src?: TensorMeta): void {
  const rank = (t: TensorMeta): number => Math.max(t.shape.length, 1);
  const size = (t: TensorMeta, d: number): number => t.shape[d] ?? 1;
  const other = src === undefined || rank(self) !== rank(index) ? self : src;
  if (rank(index) !== rank(other)) {
    throw shapeMismatch(
      `${op}: Index tensor must have the same number of dimensions as ${other === self ? 'input' : 'src'} tensor, but got the shapes ${showShape(index.shape)} and ${showShape(other.shape)}`,
    );
  }
  for (let d = 0; d < rank(index); d++) {
    if (d !== dim && size(index, d) > size(self, d)) {
      throw shapeMismatch(
        `${op}: Size does not match at dimension ${d} expected index ${showShape(index.shape)} to be smaller than self ${showShape(self.shape)} apart from dimension ${dim}`,
      );
    }
    if (src !== undefined && size(index, d) > size(src, d)) {
      throw shapeMismatch(
        `${op}: Size does not match at dimension ${d} expected index ${showShape(index.shape)} to be smaller than src ${showShape(src.shape)}`,
      );
    }
  }
}

export const gather = defineOp({
  name: 'gather',
  category: 'indexing',
  takes: 'input dim index | sparse_grad',
  summary: 'Elements along a dimension, each by an index of its own',
  params: [tensor('input'), dimParam, indexParam],
  formula: String.raw`y_{\ldots k \ldots} = x_{\ldots, i_{\ldots k \ldots}, \ldots}`,
  derivative: '1',
  forward: ({ input, dim, index }) => {
    const d = dimOf(dim, input);
    const out = empty(index.shape, input.dtype);
    if (index.numel === 0) return out;
    checkIndex('gather', index);
    checkSizes('gather', index, d, input);
    const src = atLeast1(input);
    const at = atLeast1(index);
    readAt(atLeast1(out), src, src.strides.with(d, 0), offsetsAlong(src, d, at));
    return out;
  },
  saves: ['index'],
  gradient: {
    input: ({ input, dim, index }, grad): Tensor => scatterAdd(zeros(input.shape, input.dtype), dim, index, grad),
  },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]], "dim": 1, "index": [[0, 0], [1, 0]]}'],
});

/** Writes `src`, or one value, where an index leads along `dim`. */
export function scatterInto(out: Tensor, dim: number, index: Tensor, src: Tensor, combine?: Combine): void {
  const target = atLeast1(out);
  const at = atLeast1(index);
  const from = src.ndim === 0 ? src : src.alias(at.shape);
  writeAt(target, target.strides.with(dim, 0), offsetsAlong(target, dim, at), from, at.shape, combine);
}

/** The gradient of a source of which only the corner that the index covers was used. */
export function cornerGradient(grad: Tensor, src: Shape): Tensor {
  let out = grad;
  if (out.ndim !== src.length) return reshape(out, src);
  for (let d = 0; d < src.length; d++) {
    if (out.shape[d] !== src[d]) out = sliceBackward(out, out.shape.with(d, src[d]), d, 0, out.shape[d], 1);
  }
  return out;
}

const multiply: Combine = (x, y) => x * y;

export const scatter = defineOp({
  name: 'scatter',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  takes: 'input dim index src | reduce / input dim index value | reduce',
  summary: 'Values written along a dimension, each where an index of its own says',
  params: [
    tensor('input'),
    dimParam,
    indexParam,
    optionalOperand('src', { doc: 'A tensor at least as large as index, or a number' }),
    optionalAttr('value', scalarAttr, { doc: 'A number in the place of src' }),
    optionalAttr('reduce', oneOf('add', 'multiply'), { doc: 'Join with what is there' }),
  ],
  formula: String.raw`y_{\ldots, i_{\ldots k \ldots}, \ldots} = s_{\ldots k \ldots},\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial s} = 1`,
  forward: ({ input, dim, index, src, value, reduce }) => {
    const d = dimOf(dim, input);
    const source = src ?? value;
    if (source === undefined) throw new EngineError('value_range', 'scatter() needs src or value');
    const from = source instanceof Tensor ? source : filledWith([], source, input.dtype);
    if (from.dtype !== input.dtype)
      throw new EngineError(
        'dtype',
        `scatter(): Expected self.dtype to be equal to src.dtype, but got ${input.dtype} and ${from.dtype}`,
      );
    if (index.numel > 0) {
      checkIndex('scatter', index);
      checkSizes('scatter', index, d, input, source instanceof Tensor ? source : undefined);
    }
    const add = input.dtype === 'bool' ? combineOr : combineAdd;
    const join =
      reduce === undefined ? undefined : reduce === 'add' ? add : input.dtype === 'int32' ? Math.imul : multiply;
    return written(
      input,
      (out) => {
        if (index.numel > 0) scatterInto(out, d, index, from, join);
      },
      reduce !== undefined,
    );
  },
  overwrites: true,
  saves: ['index'],
  gradient: {
    input: ({ dim, index, reduce }, grad): Tensor => {
      if (reduce === undefined) return scatter(grad, dim, index, undefined, 0);
      return additive(reduce, grad);
    },
    src: ({ dim, index, src, reduce }, grad): Tensor =>
      cornerGradient(gather(additive(reduce, grad), dim, index), (src as TensorMeta).shape),
  },
  gradFn: ({ src, reduce }) =>
    reduce !== undefined ? 'ScatterReduceBackward0' : src instanceof Tensor ? 'ScatterBackward0' : 'ScatterBackward1',
  examples: [{ input: [[0, 0, 0]], dim: 1, index: [[2, 0]], src: [[5, 6]] }],
});

/** Products have no gradient in this spelling, as in PyTorch. */
function additive(reduce: 'add' | 'multiply' | undefined, grad: Tensor): Tensor {
  if (reduce === 'multiply')
    throw new EngineError(
      'value_range',
      "the derivative of scatter with reduce='multiply' is not implemented: use scatter_reduce with 'prod'",
    );
  return grad;
}

export const scatterAdd = defineOp({
  name: 'scatter_add',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  summary: 'Values added along a dimension, each where an index of its own says',
  params: [tensor('input'), dimParam, indexParam, tensor('src')],
  formula: String.raw`y_{\ldots j \ldots} = x_{\ldots j \ldots} + \sum_{k:\, i_k = j} s_{\ldots k \ldots}`,
  derivative: '1',
  forward: ({ input, dim, index, src }) => {
    const d = dimOf(dim, input);
    if (src.dtype !== input.dtype)
      throw new EngineError(
        'dtype',
        `scatter_add(): Expected self.dtype to be equal to src.dtype, but got ${input.dtype} and ${src.dtype}`,
      );
    if (index.numel > 0) {
      checkIndex('scatter_add', index);
      checkSizes('scatter_add', index, d, input, src);
    }
    return written(
      input,
      (out) => {
        if (index.numel > 0) scatterInto(out, d, index, src, input.dtype === 'bool' ? combineOr : combineAdd);
      },
      true,
    );
  },
  overwrites: true,
  saves: ['index'],
  gradient: {
    input: (_, grad) => grad,
    src: ({ dim, index, src }, grad): Tensor => cornerGradient(gather(grad, dim, index), src.shape),
  },
  examples: [{ input: [[0, 0, 0]], dim: 1, index: [[2, 2]], src: [[5, 6]] }],
});

export const takeAlongDim = defineOp({
  name: 'take_along_dim',
  category: 'indexing',
  summary: 'Elements along a dimension by indices that are broadcast against the input',
  params: [
    tensor('input'),
    constant('indices', { wants: 'int64' }),
    optionalAttr('dim', integer(), { doc: 'The flattened input where absent' }),
  ],
  formula: String.raw`y_{\ldots k \ldots} = x_{\ldots, i_{\ldots k \ldots}, \ldots}`,
  derivative: '1',
  composite: ({ input, indices, dim }) => {
    if (indices.dtype !== 'int64')
      throw new EngineError(
        'dtype',
        `torch.take_along_dim(): dtype of indices should be Long but got ${indices.dtype}`,
      );
    if (dim === undefined) return gather(reshape(input, [-1]), 0, reshape(indices, [-1]));
    if (input.ndim !== indices.ndim) {
      throw shapeMismatch(
        `torch.take_along_dim(): input and indices should have the same number of dimensions, but got ${input.ndim} dimensions for input, and ${indices.ndim} dimensions for indices`,
      );
    }
    const d = dimOf(dim, input);
    if (input.ndim === 0) throw indexOutOfRange(`Dimension specified as ${dim} but tensor has no dimensions`);
    const shape = broadcastShapes(input.shape.with(d, 1), indices.shape.with(d, 1));
    const widened = (t: Tensor): Tensor => expand(t, shape.with(d, t.shape[d]));
    return gather(widened(input), d, widened(indices));
  },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: [{ input: [[3, 1, 2]], indices: [[1, 2, 0]], dim: 1 }],
});
