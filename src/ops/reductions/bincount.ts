/** Counting. */
import { countsOf } from '../../kernels/index.ts';
import { isFloating, typeNameOf } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { defineOp } from '../define.ts';
import { attr, constant, integer, optionalConstant } from '../params.ts';

export const bincount = defineOp({
  name: 'bincount',
  category: 'reduction',
  summary: 'How often each whole number occurs, or the sum of the weights of its occurrences',
  params: [
    constant('input', { wants: 'int64' }),
    optionalConstant('weights'),
    attr('minlength', integer(), { default: 0, doc: 'The least number of bins' }),
  ],
  formula: String.raw`y_k = \sum_{i:\, x_i = k} w_i`,
  forward: ({ input, weights, minlength }) => {
    if (isFloating(input.dtype) || input.dtype === 'bool')
      throw dtypeError(`"bincount_cpu" not implemented for '${typeNameOf(input.dtype)}'`);
    if (input.ndim !== 1)
      throw shapeMismatch(
        `bincount only supports 1-d non-negative integral inputs, but input has shape ${showShape(input.shape)}`,
      );
    if (minlength < 0) throw valueRange(`bincount: minlength should be >= 0, but got ${minlength}`);
    if (weights !== undefined && (weights.ndim !== 1 || weights.shape[0] !== input.shape[0])) {
      throw shapeMismatch(
        `bincount: weights should be 1-d and have the same length as input, but got shapes ${showShape(weights.shape)} and ${showShape(input.shape)}`,
      );
    }
    return countsOf(input, weights, minlength);
  },
  gradient: {},
  examples: [{ input: [1, 1, 4] }, { input: [1, 1, 4], weights: [0.5, 1, 2], minlength: 6 }],
});
