/** Reading single elements, for arguments that come as tensors. Where nothing is computed, it throws DataDependent. */
import { dataOf, type Tensor } from '../tensor/tensor.ts';
import { contiguous } from './copy.ts';
import { walk } from './strided.ts';

/** All elements in row-major order, as numbers. */
export function numbersIn(t: Tensor): number[] {
  const c = contiguous(t);
  const data = dataOf(c);
  return Array.from({ length: c.numel }, (_, i) => Number(data[c.offset + i]));
}

/** The first element that does not hold, as a number; undefined where all do, or only shapes are wanted. */
export function firstWithout(t: Tensor, holds: (x: number) => boolean): number | undefined {
  if (t.storage.meta || t.numel === 0) return undefined;
  const data = dataOf(t) as Float64Array;
  const { steps, stretches } = walk(t.shape, [t.strides], [t.offset]);
  const step = steps[0];
  let found: number | undefined;
  stretches(([i], n) => {
    for (let k = 0; found === undefined && k < n; k++, i += step) if (!holds(data[i])) found = Number(data[i]);
  });
  return found;
}
