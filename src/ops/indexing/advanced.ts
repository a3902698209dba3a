/** Indexing by tensors: integer indices and masks, for some dimensions together. */
import { combineAdd, combineOr, readAt, writeAt } from '../../kernels/index.ts';
import { EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { expandsTo } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constants, integerList, optionalAttr, tensor } from '../params.ts';
import { planIndex, written } from './plan.ts';

const dimsParam = optionalAttr('dims', integerList, {
  doc: 'The dimension that each index begins at; one after another from the first where absent',
});
const indicesParam = constants('indices', { wants: 'int64', doc: 'Integer indices, broadcast together, and masks' });

export const index = defineOp({
  name: 'index',
  category: 'indexing',
  in: [],
  summary: 'Elements that index tensors and masks name',
  params: [tensor('input'), indicesParam, dimsParam],
  formula: String.raw`y_{\ldots k \ldots} = x_{\ldots i_k, j_k \ldots}`,
  derivative: '1',
  forward: ({ input, indices, dims }) => {
    const { shape, strides, offsets } = planIndex(input, indices, dims);
    return readAt(empty(shape, input.dtype), input, strides, offsets);
  },
  saves: ['indices'],
  gradient: {
    input: ({ input, indices, dims }, grad): Tensor =>
      indexPut(zeros(input.shape, input.dtype), indices, grad, true, dims),
  },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]], "indices": [[0, 1, 1], [1, 0, 0]]}'],
});

export const indexPut = defineOp({
  name: 'index_put',
  category: 'indexing',
  in: ['torch_', 'Tensor_'],
  takes: 'input indices values accumulate',
  summary: 'Values written, or added, where index tensors and masks name',
  params: [
    tensor('input'),
    indicesParam,
    tensor('values'),
    attr('accumulate', boolean, { default: false, doc: 'Add to what is there' }),
    dimsParam,
  ],
  formula: String.raw`y_{i_k, j_k} = v_k \;(\text{or } x_{i_k, j_k} + v_k),\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial v} = 1`,
  forward: ({ input, indices, values, accumulate, dims }) => {
    if (values.dtype !== input.dtype) {
      throw new EngineError(
        'dtype',
        `Index put requires the source and destination dtypes match, got ${input.dtype} for the destination and ${values.dtype} for the source.`,
      );
    }
    const combine = !accumulate ? undefined : input.dtype === 'bool' ? combineOr : combineAdd;
    return written(
      input,
      (out) => {
        const { shape, strides, offsets } = planIndex(out, indices, dims);
        if (!expandsTo(values.shape, shape)) {
          throw shapeMismatch(
            `shape mismatch: value tensor of shape ${showShape(values.shape)} cannot be broadcast to indexing result of shape ${showShape(shape)}`,
          );
        }
        writeAt(out, strides, offsets, values, shape, combine);
      },
      accumulate,
    );
  },
  overwrites: true,
  saves: ['indices'],
  gradient: {
    input: ({ input, indices, accumulate, dims }, grad): Tensor =>
      accumulate ? grad : indexPut(grad, indices, zeros([], input.dtype), false, dims),
    values: ({ indices, dims }, grad): Tensor => index(grad, indices, dims),
  },
  examples: ['{"input": [[1, 2], [3, 4]], "indices": [[0, 1], [1, 0]], "values": [10, 20]}'],
});
