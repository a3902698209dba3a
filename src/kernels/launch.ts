/** The one gate before element loops: where only shapes are wanted, no loop runs. */
import type { Tensor } from '../tensor/tensor.ts';

/** Fills `out` by `loops`, unless it is a tensor without elements (see metaAllocator). */
export function launch(out: Tensor, loops: () => void): Tensor {
  if (!out.storage.meta) loops();
  return out;
}
