/** Picking each target class's entry: the loop of the negative log-likelihood. */
import { indexOutOfRange } from '../tensor/errors.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { contiguous } from './copy.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';

export type NllReduction = 'none' | 'mean' | 'sum';

/**
 * `-weight[target] * input[…, target, …]`, 0 where the target is `ignore`, for an input of the layout
 * [outer, classes, inner] and targets [outer, inner]. The mean divides by the sum of the weights.
 */
export function negativeLogLikelihood(
  input: Tensor,
  target: Tensor,
  weight: Tensor | undefined,
  ignore: number,
  reduction: NllReduction,
  layout: { outer: number; classes: number; inner: number },
): Tensor {
  const [x, t, w] = [contiguous(input), contiguous(target), weight === undefined ? undefined : contiguous(weight)];
  const out = empty(reduction === 'none' ? target.shape : [], input.dtype);
  return launch(out, () => {
    const { outer, classes, inner } = layout;
    const from = dataOf(x) as Float64Array;
    const at = dataOf(t);
    const weights = w === undefined ? undefined : (dataOf(w) as Float64Array);
    const to = dataOf(out) as Float64Array;
    let total = 0;
    let count = 0;
    for (let n = 0, k = 0; n < outer; n++) {
      pulse(inner);
      for (let i = 0; i < inner; i++, k++) {
        const label = Number(at[t.offset + k]);
        if (label === ignore) continue;
        if (label < 0 || label >= classes)
          throw indexOutOfRange(`Target ${label} is out of bounds: there are ${classes} classes, numbered from 0`);
        const scale = weights === undefined ? 1 : weights[(w as Tensor).offset + label];
        const loss = -scale * from[x.offset + (n * classes + label) * inner + i];
        if (reduction === 'none') to[out.offset + k] = loss;
        total += loss;
        count += scale;
      }
    }
    if (reduction !== 'none') to[out.offset] = reduction === 'mean' ? total / count : total;
  });
}
