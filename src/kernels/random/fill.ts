/**
 * In which order elements are drawn: as they lie in memory, the way PyTorch's loops run, so that a
 * transposed tensor gets the numbers that the tensor itself would have got.
 */
import { bigintsOf, dataOf, type Tensor } from '../../tensor/tensor.ts';
import { launch } from '../launch.ts';
import { memoryOrder } from '../layout.ts';
import { walk } from '../strided.ts';

/** Offsets of `out`, and of what is walked beside it, in the order in which `out` lies in memory. */
export function inMemoryOrder(
  out: Tensor,
  others: readonly (readonly number[])[],
  offsets: readonly number[],
  each: (at: number, offsets: readonly number[]) => void,
): void {
  if (out.numel === 0) return;
  const order = memoryOrder([out.strides], out.shape);
  const permuted = (strides: readonly number[]): number[] => order.map((d) => strides[d]);
  const plan = walk(permuted(out.shape), [permuted(out.strides), ...others.map(permuted)], [out.offset, ...offsets]);
  const at = [...offsets];
  plan.each((begin) => {
    for (let k = 0; k < plan.n; k++) {
      for (let j = 0; j < at.length; j++) at[j] = begin[j + 1] + k * plan.steps[j + 1];
      each(begin[0] + k * plan.steps[0], at);
    }
  });
}

/** Fills every element with a draw; a number is rounded, or cut, to the dtype by the store. */
export function fillNumbers(out: Tensor, draw: () => number): Tensor {
  if (out.dtype === 'int64') return fillIntegers(out, () => BigInt(draw()));
  return launch(out, () => {
    const to = dataOf(out) as Float64Array;
    if (out.isContiguous) {
      for (let o = out.offset, end = o + out.numel; o < end; o++) to[o] = draw();
    } else {
      inMemoryOrder(out, [], [], (o) => {
        to[o] = draw();
      });
    }
  });
}

/** Fills every element of an int64 tensor with a draw. */
export function fillIntegers(out: Tensor, draw: () => bigint): Tensor {
  return launch(out, () => {
    const to = bigintsOf(out);
    inMemoryOrder(out, [], [], (o) => {
      to[o] = draw();
    });
  });
}
