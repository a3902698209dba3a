/** The smooth maximum. */
import { cast, logSumExpRows } from '../../kernels/index.ts';
import { normalizeDims } from '../../tensor/shape.ts';
import { defineOp } from '../define.ts';
import { attr, integerOrList, tensor } from '../params.ts';
import { mul, sub } from '../pointwise/arithmetic.ts';
import { exp } from '../pointwise/exponential.ts';
import { floatType } from '../promote.ts';
import { keepdimParam } from './params.ts';
import { unreduce } from './sum.ts';

export const logsumexp = defineOp({
  name: 'logsumexp',
  category: 'reduction',
  in: ['torch', 'Tensor', 'special'],
  summary: 'Logarithm of the sum of exponentials along dimensions',
  params: [
    tensor('input'),
    attr('dim', integerOrList, { doc: 'The dimension or dimensions to reduce; all where empty' }),
    keepdimParam,
  ],
  formula: String.raw`\log \sum_i e^{x_i}`,
  derivative: String.raw`\operatorname{softmax}(x)_i`,
  forward: ({ input, dim, keepdim }) =>
    logSumExpRows(cast(input, floatType(input.dtype)), normalizeDims(dim, input.ndim), keepdim),
  saves: ['input', 'result'],
  gradient: {
    input: ({ input, result, dim, keepdim }, grad) => {
      const spread = (t: typeof grad) => unreduce(t, input.shape, dim, keepdim);
      return mul(spread(grad), exp(sub(input, spread(result))));
    },
  },
  derivation: {
    formula: String.raw`\ln \textstyle\sum e^{@input}`,
    by: {
      input: {
        form: 'vjp',
        latex: String.raw`@g \cdot e^{@input - @result}`,
        words: 'e to the element less the result is its softmax: each element gets that share of the gradient',
      },
    },
  },
  examples: ['{"input": [[1, 2, 3], [-1, 0, 1000]], "dim": 1}', '{"input": [[1, 2, 3], [-1, 0, 1]], "dim": [0, 1]}'],
});
