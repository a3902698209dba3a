/** A request's tensors in the memory that kernels work on: taken as they come, given back as a whole. */
import type { DType, TypedArray } from './dtype.ts';
import { releaseAll, reserve, theMemory } from './memory.ts';
import {
  type Allocator,
  ARRAYS,
  DeferredStorage,
  heapAllocator,
  type Room,
  type Rooms,
  type Storage,
} from './storage.ts';

/** Smaller tensors live on the JavaScript heap, where making one costs less. */
const SMALL_BYTES = 4096;

const bytesOf = (dtype: DType, numel: number): number => numel * ARRAYS[dtype].BYTES_PER_ELEMENT;

/** Rooms that were given back within the request, by their size in bytes: shapes come again. */
const free = new Map<number, number[]>();

function take(dtype: DType, numel: number): Room {
  const bytes = bytesOf(dtype, numel);
  const ptr = free.get(bytes)?.pop() ?? reserve(bytes);
  // biome-ignore format: one expression
  return { ptr, data: new (ARRAYS[dtype] as Float32ArrayConstructor)(theMemory().buffer, ptr, numel) as unknown as TypedArray };
}

const rooms: Rooms = {
  take,
  give({ ptr, data }) {
    const same = free.get(data.byteLength);
    if (same === undefined) free.set(data.byteLength, [ptr]);
    else same.push(ptr);
  },
};

class ArenaStorage implements Storage {
  readonly dtype: DType;
  readonly data: TypedArray;
  readonly ptr: number;
  readonly meta = false;
  version = 0;
  keepers = 0;
  constructor(dtype: DType, { data, ptr }: Room) {
    this.dtype = dtype;
    this.data = data;
    this.ptr = ptr;
  }
  get numel(): number {
    return this.data.length;
  }
}

const arenaFrom = (least: number): Allocator => ({
  alloc(dtype, numel) {
    const bytes = bytesOf(dtype, numel);
    if (bytes < least) return heapAllocator.alloc(dtype, numel);
    const found = take(dtype, numel);
    // Rooms begin and end at multiples of 64 bytes. Byte by byte a shared memory is filled ten times as slowly.
    new Float64Array(theMemory().buffer, found.ptr, Math.ceil(bytes / 8)).fill(0);
    return new ArenaStorage(dtype, found);
  },
  defer(dtype, numel) {
    if (bytesOf(dtype, numel) < least) return heapAllocator.defer?.(dtype, numel);
    return new DeferredStorage(dtype, numel, rooms);
  },
});

const arena = arenaFrom(SMALL_BYTES);

/**
 * Runs `body` with an allocator whose tensors live in this thread's memory. They are gone when it
 * ends: nothing that it gives may hang on one.
 *
 * @param least how many bytes a tensor has that lives there; for tests, which have small ones
 */
export function withArena<T>(body: (arena: Allocator) => T, least = SMALL_BYTES): T {
  try {
    return body(least === SMALL_BYTES ? arena : arenaFrom(least));
  } finally {
    free.clear();
    releaseAll();
  }
}
