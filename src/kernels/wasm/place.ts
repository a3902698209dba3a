/** Tensors where kernels find them: in the memory, or brought there for the time of a call. */
import type { DType } from '../../tensor/dtype.ts';
import { mark, memoryBytes, reserve, rewind } from '../../tensor/memory.ts';
import { contiguousStrides, numelOf, type Shape } from '../../tensor/shape.ts';
import { allocateDeferred } from '../../tensor/storage.ts';
import { dataOf, empty, Tensor } from '../../tensor/tensor.ts';

/** A new tensor whose elements are still to be written, all of them. */
export function blank(shape: Shape, dtype: DType): Tensor {
  const storage = allocateDeferred(dtype, numelOf(shape));
  storage?.place();
  return storage === undefined ? empty(shape, dtype) : new Tensor(storage, shape, contiguousStrides(shape), 0);
}

const float32At = (address: number, n: number): Float32Array => new Float32Array(memoryBytes().buffer, address, n);

/**
 * Calls `run` with the addresses of float32 tensors whose elements lie in order: what lives on the
 * JavaScript heap is copied in, and `out`, the last one, copied back.
 */
export function withAddresses(
  inputs: readonly Tensor[],
  out: Tensor,
  run: (addresses: readonly number[]) => void,
): void {
  // Elements that are still to come take their room now: above the mark it would be given back.
  const places = inputs.map((t) => t.storage.ptr);
  const { ptr } = out.storage;
  const before = mark();
  try {
    const addresses = inputs.map((t, i) => {
      const ptr = places[i];
      if (ptr >= 0) return ptr + 4 * t.offset;
      const at = reserve(4 * t.numel);
      float32At(at, t.numel).set((dataOf(t) as Float32Array).subarray(t.offset, t.offset + t.numel));
      return at;
    });
    const to = ptr >= 0 ? ptr + 4 * out.offset : reserve(4 * out.numel);
    run([...addresses, to]);
    if (ptr < 0) (dataOf(out) as Float32Array).set(float32At(to, out.numel), out.offset);
  } finally {
    rewind(before);
  }
}
