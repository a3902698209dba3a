/** Looks for numbers that are none. */
import { isFloating } from '../tensor/dtype.ts';
import { dataOf, type Tensor } from '../tensor/tensor.ts';
import { inStretches } from './pulse.ts';
import { walk } from './strided.ts';

/** False where an element is NaN or infinite; integers always are finite. */
export const allFinite = (t: Tensor): boolean => every(t, Number.isFinite);

/** Whether an element is NaN. */
export const hasNaN = (t: Tensor): boolean => !every(t, (x) => !Number.isNaN(x));

function every(t: Tensor, holds: (x: number) => boolean): boolean {
  if (!isFloating(t.dtype) || t.storage.meta) return true;
  const data = dataOf(t) as Float64Array;
  const { n, steps, each } = walk(t.shape, [t.strides], [t.offset]);
  let all = true;
  each(([at]) => {
    inStretches(n, (k, end) => {
      for (let i = at + k * steps[0]; k < end && all; k++, i += steps[0]) all = holds(data[i]);
    });
  });
  return all;
}
