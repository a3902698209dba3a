/** Sums into windows that may show an element more than once. */
import { dataOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { walk } from './strided.ts';

/** Adds each element of `src` to the one of `out` at its place, both of one shape and dtype. */
export function scatterAddInto(out: Tensor, src: Tensor): Tensor {
  return launch(out, () => {
    const from = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const { steps, stretches } = walk(out.shape, [out.strides, src.strides], [out.offset, src.offset]);
    const [so, si] = steps;
    stretches(([o, i], n) => {
      for (let k = 0; k < n; k++, o += so, i += si) to[o] += from[i];
    });
  });
}
