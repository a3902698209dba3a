/** The one gate around element loops: where only shapes are wanted, no loop runs; what a loop wrote is rounded. */
import { halfOf } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Fills `out` by `loops`, unless it is a tensor without elements (see metaAllocator). */
export function launch(out: Tensor, loops: () => void): Tensor {
  if (!out.storage.meta) {
    loops();
    settleHalf(out);
  }
  return out;
}

/** Rounds what was written to a tensor of 16-bit floats, whose elements are held as float32; others are left as they are. */
export function settleHalf(out: Tensor): Tensor {
  const half = halfOf(out.dtype);
  if (half !== undefined && !out.storage.meta && out.numel > 0) {
    let [start, end] = [out.offset, out.offset + 1];
    for (let d = 0; d < out.ndim; d++) {
      const reach = out.strides[d] * (out.shape[d] - 1);
      if (reach < 0) start += reach;
      else end += reach;
    }
    half.roundAll(out.storage.data as Float32Array, start, end);
  }
  return out;
}
