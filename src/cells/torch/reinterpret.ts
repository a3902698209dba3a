/** `x.view(dtype)`: the same bytes read as numbers of another kind. */
import { type DType, elementSize, halfOf } from '../../tensor/dtype.ts';
import { sharedStorage } from '../../tensor/storage.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError } from '../runtime/errors.ts';

export function viewAs(t: Tensor, dtype: DType): Tensor {
  if (t.dtype === dtype) return t.alias();
  for (const d of [t.dtype, dtype]) {
    // Their bits are nowhere in memory that could be shared.
    if (halfOf(d) !== undefined) throw runtimeError(`view: ${d} tensors cannot be read as another dtype here`);
  }
  const [from, to] = [elementSize(t.dtype), elementSize(dtype)];
  const last = t.ndim - 1;
  if (from !== to) {
    if (t.ndim === 0)
      throw runtimeError(`self.dim() cannot be 0 to view ${t.dtype} as ${dtype} (different element sizes)`);
    if (t.strides[last] !== 1)
      throw runtimeError(
        `self.stride(-1) must be 1 to view ${t.dtype} as ${dtype} (different element sizes), but got ${t.strides[last]}`,
      );
  }
  const scaled = (n: number, what: string): number => {
    if ((n * from) % to !== 0)
      throw runtimeError(
        `${what} must be divisible by ${to / from} to view ${t.dtype} as ${dtype} (different element sizes), but got ${n}`,
      );
    return (n * from) / to;
  };
  const shape = t.shape.map((size, d) => (d === last ? scaled(size, 'self.size(-1)') : size));
  const strides = t.strides.map((stride, d) => (d === last ? stride : scaled(stride, 'self.stride()')));
  // Whoever holds the window reads the elements where they are.
  t.storage.keepers++;
  return new Tensor(sharedStorage(t.storage, dtype), shape, strides, scaled(t.offset, 'self.storage_offset()'));
}
