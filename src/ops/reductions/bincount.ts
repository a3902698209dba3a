/** Counting. */
import { cast } from '../../kernels/copy.ts';
import { launch } from '../../kernels/launch.ts';
import { inStretches } from '../../kernels/pulse.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { bigintsOf, empty, numbersOf } from '../../tensor/tensor.ts';
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
      throw dtypeError(`bincount only supports integer dtypes, but input is ${input.dtype}`);
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
    // How long the answer is hangs on the elements: where they are not computed, neither is it.
    const ints = input.storage.data;
    const at = (i: number): number => Number(ints[input.offset + i * input.strides[0]]);
    const each = (body: (i: number) => void): void =>
      inStretches(input.shape[0], (from, to) => {
        for (let i = from; i < to; i++) body(i);
      });
    let size = minlength;
    each((i) => {
      if (at(i) < 0) throw valueRange(`bincount only supports non-negative integers, but input holds ${at(i)}`);
      size = Math.max(size, at(i) + 1);
    });
    if (weights === undefined) {
      const out = empty([size], 'int64');
      return launch(out, () => {
        const to = bigintsOf(out);
        each((i) => {
          to[at(i)]++;
        });
      });
    }
    const heavy = cast(weights, weights.dtype === 'float32' ? 'float32' : 'float64');
    const out = empty([size], heavy.dtype);
    return launch(out, () => {
      const [to, from] = [numbersOf(out), numbersOf(heavy)];
      each((i) => {
        to[at(i)] += from[heavy.offset + i * heavy.strides[0]];
      });
    });
  },
  gradient: {},
  examples: [{ input: [1, 1, 4] }, { input: [1, 1, 4], weights: [0.5, 1, 2], minlength: 6 }],
});
