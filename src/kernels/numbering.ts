/** Elements made from their numbers. */
import { isFloating } from '../tensor/dtype.ts';
import { bigintsOf, numbersOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { inStretches } from './pulse.ts';

const INT64_MIN = -(2n ** 63n);

/** Fills `out`, which lies in order, by the element's number; integers are cut towards zero. */
export function fillBy(out: Tensor, at: (i: number) => number): Tensor {
  return launch(out, () => {
    inStretches(out.numel, (from, end) => {
      if (out.dtype === 'int64') {
        const to = bigintsOf(out);
        for (let i = from; i < end; i++) {
          const x = at(i);
          to[i] = Number.isFinite(x) ? BigInt(Math.trunc(x)) : INT64_MIN;
        }
        return;
      }
      const to = numbersOf(out);
      if (isFloating(out.dtype)) for (let i = from; i < end; i++) to[i] = at(i);
      else for (let i = from; i < end; i++) to[i] = Math.trunc(at(i));
    });
  });
}

/** `start`, `start + step` and so on, in an int64 tensor that lies in order. */
export function countUp(out: Tensor, start: bigint, step: bigint): Tensor {
  return launch(out, () => {
    const to = bigintsOf(out);
    let x = start;
    inStretches(out.numel, (from, end) => {
      for (let i = from; i < end; i++, x += step) to[i] = x;
    });
  });
}
