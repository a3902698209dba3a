/** Elements that a mask picks. */
import { valueRange } from '../tensor/errors.ts';
import { bigintsOf, dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { nonzeroIndices } from './gather.ts';
import { launch } from './launch.ts';
import { inStretches } from './pulse.ts';

/** A row of indices for each element that is not zero. Reads values. */
export function nonzeroRows(t: Tensor): Tensor {
  const { count, positions } = nonzeroIndices(t);
  const rank = t.ndim;
  const out = empty([count, rank], 'int64');
  return launch(out, () => {
    const to = bigintsOf(out);
    inStretches(count, (from, end) => {
      for (let i = from; i < end; i++) {
        let rest = positions[i];
        for (let d = rank - 1; d >= 0; d--) {
          to[i * rank + d] = BigInt(rest % t.shape[d]);
          rest = Math.floor(rest / t.shape[d]);
        }
      }
    });
  });
}

/** The elements where a mask of the same shape holds, in one dimension; both lie in order. Reads values. */
export function takeMasked(mask: Tensor, src: Tensor): Tensor {
  const { count, positions } = nonzeroIndices(mask);
  const out = empty([count], src.dtype);
  return launch(out, () => {
    const [from, to] = [dataOf(src), dataOf(out)] as Float64Array[];
    inStretches(count, (first, end) => {
      for (let i = first; i < end; i++) to[i] = from[src.offset + positions[i]];
    });
  });
}

/** Copies elements in order into the places that a mask holds (`take`), or out of them. */
export function moveMasked(mask: Tensor, packed: Tensor, spread: Tensor, out: Tensor): Tensor {
  return launch(out, () => {
    const { count, positions } = nonzeroIndices(mask);
    if (count > packed.numel)
      throw valueRange(`Number of elements of source < number of ones in mask: ${packed.numel} and ${count}`);
    const [p, s] = [dataOf(packed), dataOf(spread)] as Float64Array[];
    if (out === packed) for (let i = 0; i < count; i++) p[packed.offset + i] = s[spread.offset + positions[i]];
    else for (let i = 0; i < count; i++) s[spread.offset + positions[i]] = p[packed.offset + i];
  });
}
