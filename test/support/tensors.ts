/** Tensors for tests, from plain arrays and back. */
import { contiguous } from '../../src/kernels/copy.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { numelOf } from '../../src/tensor/shape.ts';
import { heapAllocator } from '../../src/tensor/storage.ts';
import { fromStorage, type Tensor } from '../../src/tensor/tensor.ts';

export type Nested = number | readonly Nested[];

function shapeOf(nested: Nested): number[] {
  return typeof nested === 'number' ? [] : [nested.length, ...(nested.length > 0 ? shapeOf(nested[0]) : [])];
}

const flatten = (nested: Nested): number[] => (typeof nested === 'number' ? [nested] : nested.flatMap(flatten));

/** A tensor of nested numbers; `shape` for what nesting cannot say. */
export function tensor(nested: Nested, dtype: DType = 'float64', shape = shapeOf(nested)): Tensor {
  const storage = heapAllocator.alloc(dtype, numelOf(shape));
  const flat = flatten(nested);
  flat.forEach((x, i) => {
    storage.data[i] = (dtype === 'int64' ? BigInt(x) : x) as never;
  });
  return fromStorage(storage, shape);
}

/** Likewise a leaf that requires grad. */
export const leaf = (nested: Nested, dtype: DType = 'float64'): Tensor => tensor(nested, dtype).requiresGrad_();

/** Elements in row-major order, int64 as numbers. */
export function flat(t: Tensor | null): number[] {
  if (t === null) throw new Error('there is no tensor');
  const c = contiguous(t);
  return Array.from(c.storage.data.slice(c.offset, c.offset + c.numel) as Float64Array, Number);
}
