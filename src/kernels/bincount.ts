/** Counting whole numbers. */
import { valueRange } from '../tensor/errors.ts';
import { bigintsOf, dataOf, empty, numbersOf, type Tensor } from '../tensor/tensor.ts';
import { cast } from './copy.ts';
import { launch } from './launch.ts';
import { inStretches } from './pulse.ts';

/** How often each whole number occurs in a vector, or the sum of the weights of its occurrences. */
export function countsOf(input: Tensor, weights: Tensor | undefined, minlength: number): Tensor {
  // How long the answer is hangs on the elements: where they are not computed, neither is it.
  const ints = dataOf(input);
  const at = (i: number): number => Number(ints[input.offset + i * input.strides[0]]);
  const each = (body: (i: number) => void): void =>
    inStretches(input.shape[0], (from, to) => {
      for (let i = from; i < to; i++) body(i);
    });
  let size = minlength;
  each((i) => {
    if (at(i) < 0)
      throw valueRange(`bincount only supports 1-d non-negative integral inputs, but input holds ${at(i)}`);
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
}
