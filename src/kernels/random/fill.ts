/**
 * In which order elements are drawn: as they lie in memory, the way PyTorch's loops run, so that a
 * transposed tensor gets the numbers that the tensor itself would have got.
 */
import { contiguousStrides, type Shape } from '../../tensor/shape.ts';
import { allocate } from '../../tensor/storage.ts';
import { bigintsOf, dataOf, Tensor } from '../../tensor/tensor.ts';
import { launch } from '../launch.ts';
import { walk } from '../strided.ts';

/** Dimensions from the one of the longest steps to that of the shortest. */
function memoryOrder(strides: readonly number[], shape: Shape): number[] {
  const order = shape.map((_, d) => shape.length - 1 - d);
  // Shortest first. A step of 0 says nothing of its dimension's place, so it is passed over, not sorted.
  for (let i = 1; i < order.length; i++) {
    let moving = i;
    for (let k = i - 1; k >= 0; k--) {
      const inner = strides[order[k]];
      const outer = strides[order[moving]];
      if (inner === 0 || outer === 0) continue;
      if (inner < outer) break;
      if (inner > outer || shape[order[k]] > shape[order[moving]]) {
        [order[k], order[moving]] = [order[moving], order[k]];
        moving = k;
      }
    }
  }
  return order.reverse();
}

/** Strides of a dense tensor whose elements lie in the same order as those of `t`. */
function denseStrides(t: Tensor): number[] {
  const order = memoryOrder(t.strides, t.shape);
  const packed = contiguousStrides(order.map((d) => t.shape[d]));
  const strides = new Array<number>(t.ndim);
  order.forEach((d, i) => {
    strides[d] = packed[i];
  });
  return strides;
}

/** `torch.empty_like`: a new tensor whose elements lie in the same order as those of `t`. */
export function emptyLike(t: Tensor, dtype = t.dtype): Tensor {
  const strides = t.isContiguous ? contiguousStrides(t.shape) : denseStrides(t);
  return new Tensor(allocate(dtype, t.shape), t.shape, strides, 0);
}

/** Offsets of `out`, and of what is walked beside it, in the order in which `out` lies in memory. */
export function inMemoryOrder(
  out: Tensor,
  others: readonly (readonly number[])[],
  offsets: readonly number[],
  each: (at: number, offsets: readonly number[]) => void,
): void {
  if (out.numel === 0) return;
  const order = memoryOrder(out.strides, out.shape);
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
