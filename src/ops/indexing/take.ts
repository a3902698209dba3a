/** Indexing of a tensor as if it had one dimension. */

import { combineAdd, combineOr, contiguous, readAt, writeAt } from '../../kernels/index.ts';
import { EngineError, indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, tensor } from '../params.ts';
import { reshape } from '../shape/views.ts';
import { checkIndex, offsetsAlong, written } from './plan.ts';

const indexParam = constant('index', { wants: 'int64', doc: 'Places in row-major order, negative ones from the end' });

const flat = (t: Tensor): Tensor => {
  const c = contiguous(t);
  return c.alias([c.numel], [1]);
};

export const take = defineOp({
  name: 'take',
  category: 'indexing',
  summary: 'Elements by their place in row-major order',
  params: [tensor('input'), indexParam],
  formula: String.raw`y_k = \mathrm{flat}(x)_{i_k}`,
  derivative: '1',
  forward: ({ input, index }) => {
    checkIndex('take', index);
    if (input.numel === 0 && index.numel > 0) throw indexOutOfRange('take(): tried to take from an empty tensor');
    const src = flat(input);
    return readAt(
      empty(index.shape, input.dtype),
      src,
      index.shape.map(() => 0),
      offsetsAlong(src, 0, index, true),
    );
  },
  saves: ['index'],
  gradient: { input: ({ input, index }, grad): Tensor => put(zeros(input.shape, input.dtype), index, grad, true) },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]], "index": [0, 3, 3]}'],
});

export const put = defineOp({
  name: 'put',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  summary: 'Values written, or added, at places in row-major order',
  params: [
    tensor('input'),
    indexParam,
    tensor('source'),
    attr('accumulate', boolean, { default: false, doc: 'Add to what is there' }),
  ],
  formula: String.raw`\mathrm{flat}(y)_{i_k} = s_k,\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial s} = 1`,
  forward: ({ input, index, source, accumulate }) => {
    checkIndex('put', index);
    if (source.dtype !== input.dtype)
      throw new EngineError(
        'dtype',
        `put_(): self and source expected to have the same dtype, but got self.dtype = ${input.dtype} and source.dtype = ${source.dtype}`,
      );
    if (source.numel !== index.numel)
      throw shapeMismatch(
        `put_(): Expected source and index to have the same number of elements, but got source of shape ${showShape(source.shape)} and index of shape ${showShape(index.shape)}`,
      );
    if (input.numel === 0 && index.numel > 0)
      throw indexOutOfRange('put_(): tried to put elements into an empty tensor');
    const combine = !accumulate ? undefined : input.dtype === 'bool' ? combineOr : combineAdd;
    return written(
      input,
      (out) => {
        const target = flat(out);
        const offsets = offsetsAlong(target, 0, index, true);
        writeAt(target, [0], offsets.alias([index.numel], [1]), flat(source), [index.numel], combine);
      },
      accumulate,
    );
  },
  overwrites: true,
  saves: ['index'],
  gradient: {
    input: ({ input, index, source, accumulate }, grad): Tensor =>
      accumulate ? grad : put(grad, index, zeros(source.shape, input.dtype)),
    source: ({ index, source }, grad): Tensor => reshape(take(grad, index), source.shape),
  },
  examples: ['{"input": [[1, 2], [3, 4]], "index": [0, 3], "source": [10, 20]}'],
});
