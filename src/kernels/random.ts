/** Random numbers. */
import { dataOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';

/** Floating elements drawn evenly from [lower, upper). */
export function uniform(out: Tensor, lower: number, upper: number): Tensor {
  return launch(out, () => {
    const to = dataOf(out) as Float64Array;
    for (let k = 0, o = out.offset; k < out.numel; k++, o++) to[o] = lower + Math.random() * (upper - lower);
  });
}
