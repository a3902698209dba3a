/** The sizes of a tensor, as a tensor. */
import { fillBy } from '../../kernels/index.ts';
import { heapAllocator, withAllocator } from '../../tensor/storage.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant } from '../params.ts';

export const shapeAsTensor = defineOp({
  name: 'shape_as_tensor',
  category: 'creation',
  in: [],
  summary: 'The sizes of a tensor; no gradient flows through it',
  params: [constant('input')],
  formula: String.raw`(n_1, \ldots, n_d)`,
  // Sizes are known where elements are not.
  forward: ({ input }): Tensor =>
    withAllocator(heapAllocator, () => fillBy(empty([input.ndim], 'int64'), (d) => input.shape[d])),
  gradient: {},
  examples: ['{"input": [[1, 2, 3], [4, 5, 6]]}'],
});
