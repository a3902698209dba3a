/** Elements as little-endian bytes in row-major order, as files and base64 hold them. */
import { type DType, elementSize, halfOf, type TypedArray } from '../tensor/dtype.ts';
import { numelOf } from '../tensor/shape.ts';
import { allocate, heapAllocator, type Storage } from '../tensor/storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { jsonError } from './json/json-error.ts';

/** The elements in row-major order, without a copy where they are so already. */
export function contiguousData(t: Tensor): TypedArray {
  const { data } = t.storage;
  const count = numelOf(t.shape);
  if (t.isContiguous) return data.subarray(t.offset, t.offset + count);
  const out = heapAllocator.alloc(t.dtype, count).data;
  const index = new Array<number>(t.ndim).fill(0);
  let at = t.offset;
  for (let i = 0; i < count; i++) {
    out[i] = data[at];
    for (let dim = t.ndim - 1; dim >= 0; dim--) {
      at += t.strides[dim];
      if (++index[dim] < t.shape[dim]) break;
      at -= t.shape[dim] * t.strides[dim];
      index[dim] = 0;
    }
  }
  return out;
}

/** Node's machines are little-endian, as files are. */
export function bytesOfTensor(t: Tensor): Buffer {
  const data = contiguousData(t);
  const { buffer, byteOffset, byteLength } = halfOf(t.dtype)?.pack(data as Float32Array) ?? data;
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Writes elements to `data`, of which `bytes` has as many as there is room; bools have to be 0 or 1. */
export function putBytes(
  data: TypedArray,
  dtype: DType,
  bytes: Uint8Array,
  refuse: (detail: string, at: number) => Error,
): void {
  if (dtype === 'bool') {
    const odd = bytes.findIndex((byte) => byte > 1);
    if (odd >= 0) throw refuse(`element ${odd} is the byte ${bytes[odd]}, bool elements are 0 or 1`, odd);
  }
  const half = halfOf(dtype);
  if (half !== undefined) {
    // The bits may stand at an odd address.
    half.unpack(new Uint16Array(Uint8Array.from(bytes).buffer), data as Float32Array);
    return;
  }
  new Uint8Array(data.buffer, data.byteOffset, bytes.length).set(bytes);
}

/** Storage of the current allocator with these bytes; bools have to be 0 or 1. */
export function storageFromBytes(dtype: DType, bytes: Uint8Array, pointer: string): Storage {
  const storage = allocate(dtype, [bytes.length / elementSize(dtype)]);
  putBytes(storage.data, dtype, bytes, (detail) => jsonError(pointer, detail));
  return storage;
}
