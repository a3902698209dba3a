/** Where elements live, and who hands the room out. */
import type { DType, TypedArray } from './dtype.ts';
import { EngineError } from './errors.ts';
import { numelOf, type Shape } from './shape.ts';

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** A run of elements of one dtype, shared by all views of it. */
export interface Storage {
  readonly dtype: DType;
  /** Elements. Reading it on a storage that holds shapes only throws {@link DataDependent}. */
  readonly data: TypedArray;
  /** True where only the size is known: see {@link metaAllocator}. */
  readonly meta: boolean;
  /** Counts in-place writes. */
  version: number;
}

/** Hands out zero-filled storage. A request has one; budgets and arenas stand behind it. */
export interface Allocator {
  alloc(dtype: DType, numel: number): Storage;
  /** Refuses a window of so many elements: it takes no room, but who reads it walks all of them. */
  window?(numel: number): void;
}

class HeapStorage implements Storage {
  readonly dtype: DType;
  readonly data: TypedArray;
  readonly meta = false;
  version = 0;
  constructor(dtype: DType, data: TypedArray) {
    this.dtype = dtype;
    this.data = data;
  }
}

/** Thrown where a shape-only run would need an element's value to go on. */
export class DataDependent extends Error {}

class MetaStorage implements Storage {
  readonly dtype: DType;
  readonly meta = true;
  version = 0;
  constructor(dtype: DType) {
    this.dtype = dtype;
  }
  get data(): never {
    throw new DataDependent('the values of this tensor are not computed here');
  }
}

/** Wraps elements that are there already. */
export const storageOf = (dtype: DType, data: TypedArray): Storage => new HeapStorage(dtype, data);

export const heapAllocator: Allocator = {
  alloc(dtype, numel) {
    let data: TypedArray;
    try {
      data = new ARRAYS[dtype](numel);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new EngineError('budget', `there is no room for a ${dtype} tensor of ${numel} elements`);
    }
    return new HeapStorage(dtype, data);
  },
};

/** Gives storage without elements, so that a graph's shapes are found before anything is computed. */
export const metaAllocator: Allocator = {
  alloc: (dtype) => new MetaStorage(dtype),
};

let current: Allocator = heapAllocator;

/** Runs `body` with all new tensors coming from `allocator`. `body` is synchronous. */
export function withAllocator<T>(allocator: Allocator, body: () => T): T {
  const before = current;
  current = allocator;
  try {
    return body();
  } finally {
    current = before;
  }
}

export const allocate = (dtype: DType, shape: Shape): Storage => current.alloc(dtype, numelOf(shape));

/** Asks the current allocator whether a window of this shape may be made. */
export const checkWindow = (shape: Shape): void => current.window?.(numelOf(shape));
