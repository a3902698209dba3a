/** A request's tensors in the memory that kernels work on: taken as they come, given back as a whole. */
import type { DType, TypedArray } from './dtype.ts';
import { memoryBytes, releaseAll, reserve, theMemory } from './memory.ts';
import { type Allocator, ARRAYS, DeferredStorage, heapAllocator, type Room, type Storage } from './storage.ts';

/** Smaller tensors live on the JavaScript heap, where making one costs less. */
const SMALL_BYTES = 4096;

const bytesOf = (dtype: DType, numel: number): number => numel * ARRAYS[dtype].BYTES_PER_ELEMENT;

function room(dtype: DType, numel: number): Room {
  const ptr = reserve(bytesOf(dtype, numel));
  // biome-ignore format: one expression
  return { ptr, data: new (ARRAYS[dtype] as Float32ArrayConstructor)(theMemory().buffer, ptr, numel) as unknown as TypedArray };
}

class ArenaStorage implements Storage {
  readonly dtype: DType;
  readonly data: TypedArray;
  readonly ptr: number;
  readonly meta = false;
  version = 0;
  keep = false;
  constructor(dtype: DType, { data, ptr }: Room) {
    this.dtype = dtype;
    this.data = data;
    this.ptr = ptr;
  }
  get numel(): number {
    return this.data.length;
  }
}

const arena: Allocator = {
  alloc(dtype, numel) {
    const bytes = bytesOf(dtype, numel);
    if (bytes < SMALL_BYTES) return heapAllocator.alloc(dtype, numel);
    const found = room(dtype, numel);
    memoryBytes().fill(0, found.ptr, found.ptr + bytes);
    return new ArenaStorage(dtype, found);
  },
  defer(dtype, numel) {
    if (bytesOf(dtype, numel) < SMALL_BYTES) return heapAllocator.defer?.(dtype, numel);
    return new DeferredStorage(dtype, numel, room);
  },
};

/**
 * Runs `body` with an allocator whose tensors live in this thread's memory. They are gone when it
 * ends: nothing that it gives may hang on one.
 */
export function withArena<T>(body: (arena: Allocator) => T): T {
  try {
    return body(arena);
  } finally {
    releaseAll();
  }
}
