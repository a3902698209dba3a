/** Slices joined along a dimension by a vector of indices. */
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, integer, oneOf, tensor } from '../params.ts';
import { expand, reshape } from '../shape/index.ts';
import { dimOf } from './plan.ts';
import { scatterReduce } from './scatter-reduce.ts';

export const indexReduce = defineOp({
  name: 'index_reduce',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  takes: 'input dim index source reduce | include_self',
  summary: 'Slices joined along a dimension with those that a vector of indices says',
  params: [
    tensor('input'),
    attr('dim', integer()),
    constant('index', { wants: 'int64' }),
    tensor('source'),
    attr('reduce', oneOf('prod', 'mean', 'amax', 'amin')),
    attr('include_self', boolean, { default: true, doc: "Whether the input's own elements count" }),
  ],
  formula: String.raw`y_{\ldots j \ldots} = \operatorname{reduce}(x_{\ldots j \ldots}, \{s_{\ldots k \ldots} : i_k = j\})`,
  derivative: String.raw`\text{as the reduction's}`,
  composite: ({ input, dim, index, source, reduce, includeSelf }): Tensor => {
    warn('index_reduce() is in beta and the API may change at any time.');
    const d = dimOf(dim, input);
    if (index.ndim > 1)
      throw valueRange(`index_reduce_(): Index is supposed to be a vector, but got dim: ${index.ndim}`);
    if (source.ndim !== input.ndim || source.shape[d] !== index.numel)
      throw shapeMismatch(
        `index_reduce_(): Number of indices (${index.numel}) should be equal to source.size(dim) (${source.shape[d] ?? 1}), for the source ${showShape(source.shape)}`,
      );
    const along = reshape(
      index,
      source.shape.map((_, k) => (k === d ? index.numel : 1)),
    );
    return scatterReduce(input, d, expand(along, source.shape), source, reduce, includeSelf);
  },
  examples: ['{"input": [[1, 2], [3, 4]], "dim": 0, "index": [1, 1], "source": [[2, 3], [5, 7]], "reduce": "prod"}'],
});
