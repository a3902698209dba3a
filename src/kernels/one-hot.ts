/** Class numbers and the vectors that stand for them. */
import { valueRange } from '../tensor/errors.ts';
import { bigintsOf, empty, type Tensor } from '../tensor/tensor.ts';
import { contiguous } from './copy.ts';
import { launch } from './launch.ts';
import { inStretches } from './pulse.ts';

/** The largest of some class numbers; how many classes there are hangs on the values. */
export function largestClass(t: Tensor): number {
  const src = contiguous(t);
  const from = bigintsOf(src);
  let most = 0n;
  inStretches(src.numel, (first, last) => {
    for (let i = src.offset + first; i < src.offset + last; i++) if (from[i] > most) most = from[i];
  });
  return Number(most);
}

/** A last dimension with a 1 at each class number. */
export function oneHotRows(t: Tensor, classes: number): Tensor {
  const out = empty([...t.shape, classes], 'int64');
  return launch(out, () => {
    const src = contiguous(t);
    const from = bigintsOf(src);
    const to = bigintsOf(out);
    for (let k = 0; k < src.numel; k++) {
      const label = Number(from[src.offset + k]);
      if (label < 0) throw valueRange(`one_hot: class values must be non-negative, but got ${label}`);
      if (label >= classes)
        throw valueRange(`one_hot: class values must be smaller than num_classes (${classes}), but got ${label}`);
      to[k * classes + label] = 1n;
    }
  });
}
