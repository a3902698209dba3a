/** Tensors brought to a common or given shape, without a copy. */
import { EngineError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { broadcastAll, checkShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, constant, integerList, oneOf, optionalAttr, tensor, tensors } from '../params.ts';
import { expand, reshape } from './views.ts';

export const expandAs = defineOp({
  name: 'expand_as',
  category: 'shape',
  in: ['Tensor'],
  summary: "Dimensions of size 1 repeated to another tensor's shape, without a copy",
  params: [tensor('input'), constant('other')],
  formula: String.raw`y_{i} = x_{i \bmod \mathrm{size}}`,
  derivative: '1',
  composite: ({ input, other }) => expand(input, other.shape),
  derivation: {
    formula: String.raw`\operatorname{expand\_as}(@input)`,
    words: 'each element stands there several times: it gets the sum of the gradients of its copies',
  },
  examples: ['{"input": [[1], [2]], "other": [[0, 0, 0], [0, 0, 0]]}'],
});

export const broadcastTo = defineOp({
  name: 'broadcast_to',
  category: 'shape',
  summary: 'Dimensions of size 1 repeated, without a copy',
  params: [tensor('input'), attr('size', integerList)],
  formula: String.raw`y_{i} = x_{i \bmod \mathrm{size}}`,
  derivative: '1',
  composite: ({ input, size }) => expand(input, size),
  derivation: {
    formula: String.raw`\operatorname{broadcast\_to}(@input)`,
    words: 'each element stands there several times: it gets the sum of the gradients of its copies',
  },
  examples: [{ input: [[1], [2]], size: [2, 3] }],
});

export const broadcastTensors = defineOp({
  name: 'broadcast_tensors',
  category: 'shape',
  in: ['torch'],
  summary: 'Tensors expanded to their common shape',
  params: [tensors('tensors', { variadic: true })],
  formula: String.raw`(x_k)_{i \bmod \mathrm{size}_k}`,
  derivative: '1',
  composite: ({ tensors }): readonly Tensor[] => {
    const shape = broadcastAll(tensors.map((t) => t.shape));
    return tensors.map((t) => expand(t, shape));
  },
  examples: ['{"tensors": [[1, 2, 3], [[4], [5]]]}'],
});

export const meshgrid = defineOp({
  name: 'meshgrid',
  category: 'shape',
  in: ['torch'],
  summary: 'Grids of coordinates, one for each vector',
  params: [
    tensors('tensors', { variadic: true }),
    optionalAttr('indexing', oneOf('ij', 'xy'), {
      doc: 'ij (the default): by rows and columns; xy: the first two exchanged',
    }),
  ],
  formula: String.raw`(G_k)_{i_0, i_1, \ldots} = (x_k)_{i_k}`,
  derivative: '1',
  composite: ({ tensors, indexing }): readonly Tensor[] => {
    if (tensors.length === 0) throw valueRange('meshgrid expects a non-empty TensorList');
    for (const t of tensors) {
      if (t.ndim > 1)
        throw shapeMismatch(
          `torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got the shape ${showShape(t.shape)}`,
        );
      if (t.dtype !== tensors[0].dtype)
        throw new EngineError(
          'dtype',
          `torch.meshgrid expects all tensors to have the same dtype, but got ${tensors[0].dtype} and ${t.dtype}`,
        );
    }
    const swap = indexing === 'xy' && tensors.length >= 2;
    const order = swap ? [tensors[1], tensors[0], ...tensors.slice(2)] : tensors;
    const shape = order.map((t) => t.numel);
    checkShape(shape);
    const grids = order.map((t, k) =>
      expand(
        reshape(
          t,
          shape.map((_, d) => (d === k ? -1 : 1)),
        ),
        shape,
      ),
    );
    return swap ? [grids[1], grids[0], ...grids.slice(2)] : grids;
  },
  examples: ['{"tensors": [[1, 2], [3, 4, 5]], "indexing": "ij"}'],
});
