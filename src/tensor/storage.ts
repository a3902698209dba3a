/** Where elements live, and who hands the room out. */
import { arrayOf, bytesOf, type DType, type TypedArray } from './dtype.ts';
import { EngineError } from './errors.ts';
import { isInferring, noteMade, noteShared } from './inference.ts';
import { askForRoom } from './room.ts';
import { numelOf, type Shape } from './shape.ts';

/** A run of elements of one dtype, shared by all views of it. */
export interface Storage {
  readonly dtype: DType;
  /** How many elements. */
  readonly numel: number;
  /** Elements. Reading it on a storage that holds shapes only throws {@link DataDependent}. */
  readonly data: TypedArray;
  /** The address of the elements in this thread's memory (memory.ts); -1 where they live elsewhere. */
  readonly ptr: number;
  /** True where only the size is known: see {@link metaAllocator}. */
  readonly meta: boolean;
  /** Counts in-place writes. */
  version: number;
  /** How many will read the elements again, so that who computes them had better keep them. */
  keepers: number;
  /** What the program that the elements are a part of knows of who shows them; it belongs to graph/. */
  shown: object | null;
}

/** Hands out zero-filled storage. A request has one; budgets and arenas stand behind it. */
export interface Allocator {
  alloc(dtype: DType, numel: number): Storage;
  /** Storage that a source fills, when it is first read or earlier. */
  defer?(dtype: DType, numel: number): DeferredStorage | undefined;
  /** Refuses a window of so many elements: it takes no room, but who reads it walks all of them. */
  window?(numel: number): void;
}

/** Elements that stand elsewhere than in a buffer of their own. */
class PlacedStorage implements Storage {
  readonly dtype: DType;
  readonly numel: number;
  readonly meta = false;
  version = 0;
  keepers = 0;
  shown: object | null = null;
  readonly room: Room;
  constructor(dtype: DType, room: Room) {
    this.dtype = dtype;
    this.numel = room.data.length;
    this.room = room;
  }
  get data(): TypedArray {
    return this.room.data;
  }
  get ptr(): number {
    return this.room.ptr;
  }
}

export const placedStorage = (dtype: DType, room: Room): Storage => new PlacedStorage(dtype, room);

class HeapStorage implements Storage {
  readonly dtype: DType;
  readonly data: TypedArray;
  readonly ptr = -1;
  readonly meta = false;
  version = 0;
  keepers = 0;
  shown: object | null = null;
  constructor(dtype: DType, data: TypedArray) {
    this.dtype = dtype;
    this.data = data;
  }
  get numel(): number {
    return this.data.length;
  }
}

/** Thrown where a shape-only run would need an element's value to go on. */
export class DataDependent extends Error {}

/**
 * Elements that others read as well, other threads among them: nobody writes over them. Who is about to write
 * calls {@link ownElements} first, and then has a copy.
 */
class BorrowedStorage implements Storage {
  readonly dtype: DType;
  readonly ptr = -1;
  readonly meta = false;
  data: TypedArray;
  version = 0;
  keepers = 0;
  shown: object | null = null;
  private owned = false;
  constructor(dtype: DType, data: TypedArray) {
    this.dtype = dtype;
    this.data = data;
  }
  get numel(): number {
    return this.data.length;
  }
  own(): void {
    if (this.owned) return;
    const copy = heapArray(this.dtype, this.numel);
    (copy as Float32Array).set(this.data as Float32Array);
    this.data = copy;
    this.owned = true;
  }
}

/** Makes elements that were only borrowed the storage's own, before they are written over. */
export function ownElements(storage: Storage): void {
  const root = rootOf(storage);
  if (root instanceof BorrowedStorage) root.own();
}

class MetaStorage implements Storage {
  readonly dtype: DType;
  readonly numel: number;
  readonly ptr = -1;
  readonly meta = true;
  version = 0;
  keepers = 0;
  shown: object | null = null;
  constructor(dtype: DType, numel: number) {
    this.dtype = dtype;
    this.numel = numel;
  }
  get data(): never {
    throw new DataDependent('the values of this tensor are not computed here');
  }
}

/** Computes the elements of a storage that does not have them yet. */
export interface Source {
  /** Leaves the storage with its elements, and without a source. */
  settle(): void;
  /** Shows the storages that it reads for that. */
  reads(visit: (storage: Storage) => void): void;
}

/**
 * Room for elements: on the JavaScript heap, or at an address. As long as it is reachable it is taken; its
 * elements may move from an address to the heap.
 */
export interface Room {
  data: TypedArray;
  ptr: number;
}

const gone = (): never => {
  throw new Error('the room of these elements was taken back while something still held them');
};

/** Makes sure that nobody reads or writes what others have by now, should it have been thought dead too soon. */
export function revoke(room: Room): void {
  Object.defineProperties(room, { data: { get: gone }, ptr: { get: gone } });
}

/** Where room comes from, not cleared, and where it may go back to. */
export interface Rooms {
  take(dtype: DType, numel: number): Room;
  give?(room: Room): void;
}

/** Elements that come about when they are needed. Until then it takes no room. */
export class DeferredStorage implements Storage {
  readonly dtype: DType;
  readonly numel: number;
  readonly meta = false;
  version = 0;
  keepers = 0;
  shown: object | null = null;
  /** Steps that wait to read the elements. */
  readers = 0;
  /** Whether those who kept the elements have let go of them. */
  private leaving = false;
  /** What computes the elements; null while they are there. */
  source: Source | null = null;
  /** What has computed them, and could do so again as long as nothing was written over. */
  private origin: Source | null = null;
  private room: Room | null = null;
  private readonly rooms: Rooms;

  constructor(dtype: DType, numel: number, rooms: Rooms) {
    this.dtype = dtype;
    this.numel = numel;
    this.rooms = rooms;
  }

  get data(): TypedArray {
    return this.settled().data;
  }

  get ptr(): number {
    return this.settled().ptr;
  }

  /** Shows the room that it has, and what its elements come from. */
  behind(onRoom: (room: Room) => void, onStorage: (storage: Storage) => void): void {
    if (this.room !== null) onRoom(this.room);
    this.source?.reads(onStorage);
    this.origin?.reads(onStorage);
  }

  private settled(): Room {
    if (this.source !== null) this.source.settle();
    return this.place();
  }

  /** The room of the elements, there or not. */
  place(): Room {
    this.room ??= this.rooms.take(this.dtype, this.numel);
    return this.room;
  }

  /** Notes that the elements are in their place. */
  fill(): void {
    this.origin = this.rooms.give === undefined ? null : this.source;
    this.source = null;
  }

  /** Computes the elements where others stand; whoever holds this storage is to look there from now on. */
  settleAt(room: Room): void {
    this.room = room;
    this.settleForGood();
  }

  /** The elements can no longer be computed: what they come from is about to change. */
  settleForGood(): void {
    if (this.source !== null) this.source.settle();
    this.origin = null;
  }

  /** Whether the elements are there; from then on they stay. */
  isFinal(): boolean {
    if (this.source === null) this.origin = null;
    return this.source === null;
  }

  /** Those who kept the elements have let go of them: once all steps have read them, the room can go back. */
  leave(): void {
    this.leaving = true;
    this.release();
  }

  /** One of the steps that waited has read the elements. */
  wasRead(): void {
    this.readers--;
    if (this.leaving) this.release();
  }

  /** Gives the room back, if the elements can be computed again should anyone ask. */
  private release(): void {
    if (this.keepers > 0 || this.readers > 0 || this.version > 0 || this.origin === null || this.room === null) return;
    this.rooms.give?.(this.room);
    this.room = null;
    this.source = this.origin;
    this.origin = null;
    this.leaving = false;
  }
}

/**
 * The elements of another storage, with a count of writes of their own; of another dtype, their bytes.
 * It finds them where they are when it is asked.
 */
class SharedStorage implements Storage {
  readonly dtype: DType;
  readonly meta = false;
  version = 0;
  keepers = 0;
  readonly of: Storage;
  /** What the bytes were seen through when they were asked for last. */
  private seen: { readonly from: TypedArray; readonly data: TypedArray } | undefined;

  constructor(of: Storage, dtype: DType) {
    this.of = of;
    this.dtype = dtype;
  }
  get numel(): number {
    return this.dtype === this.of.dtype ? this.of.numel : this.data.length;
  }
  get data(): TypedArray {
    const from = this.of.data;
    if (this.dtype === this.of.dtype) return from;
    if (this.seen?.from !== from) {
      const Kind = arrayOf(this.dtype) as Float32ArrayConstructor;
      const length = Math.floor(from.byteLength / bytesOf(this.dtype));
      this.seen = { from, data: new Kind(from.buffer, from.byteOffset, length) as unknown as TypedArray };
    }
    return this.seen.data;
  }
  get ptr(): number {
    return this.of.ptr;
  }
  get shown(): object | null {
    return this.of.shown;
  }
  set shown(shown: object | null) {
    this.of.shown = shown;
  }
}

/** The same elements with a count of writes of their own; of another dtype, the same bytes. */
export function sharedStorage(of: Storage, dtype: DType = of.dtype): Storage {
  const shared = new SharedStorage(of, dtype);
  noteShared(of, shared);
  return shared;
}

/** The storage whose elements another one shows; itself where it has its own. */
export function rootOf(storage: Storage): Storage {
  let root = storage;
  while (root instanceof SharedStorage) root = root.of;
  return root;
}

/** Shows the room that a storage has, and the storages that its elements are those of or come from. */
export function behind(storage: Storage, onRoom: (room: Room) => void, onStorage: (other: Storage) => void): void {
  if (storage instanceof PlacedStorage) onRoom(storage.room);
  else if (storage instanceof DeferredStorage) storage.behind(onRoom, onStorage);
  else if (storage instanceof SharedStorage) onStorage(storage.of);
}

/** Wraps elements that are there already. */
export const storageOf = (dtype: DType, data: TypedArray): Storage => noted(new HeapStorage(dtype, data));

/** A new storage; its making is noted where that matters. */
function noted<T extends Storage | undefined>(storage: T): T {
  if (storage !== undefined && isInferring()) noteMade(storage);
  return storage;
}

/**
 * Small tensors share buffers: an array with a buffer of its own is five times as dear to make and to
 * collect. A buffer lives as long as any of them, and so is small itself.
 */
const SHARED_BYTES = 4096;
const SMALL_BYTES = 128;
let shared = new ArrayBuffer(SHARED_BYTES);
let sharedFrom = 0;

/** Elements that nobody had before, and so zeros. */
function smallArray(dtype: DType, numel: number, bytes: number): TypedArray {
  if (sharedFrom + bytes > SHARED_BYTES) {
    shared = new ArrayBuffer(SHARED_BYTES);
    sharedFrom = 0;
  }
  const data = new (arrayOf(dtype))(shared, sharedFrom, numel);
  // Aligned for any dtype.
  sharedFrom += (bytes + 7) & ~7;
  return data;
}

function heapArray(dtype: DType, numel: number): TypedArray {
  const bytes = numel * bytesOf(dtype);
  if (bytes >= 0 && bytes <= SMALL_BYTES) return smallArray(dtype, numel, bytes);
  askForRoom(bytes);
  try {
    return new (arrayOf(dtype))(numel);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EngineError('budget', `there is no room for a ${dtype} tensor of ${numel} elements`);
  }
}

const heapRooms: Rooms = { take: (dtype, numel) => ({ data: heapArray(dtype, numel), ptr: -1 }) };

export const heapAllocator: Allocator = {
  alloc: (dtype, numel) => new HeapStorage(dtype, heapArray(dtype, numel)),
  defer: (dtype, numel) => new DeferredStorage(dtype, numel, heapRooms),
};

/** Gives storage without elements, so that a graph's shapes are found before anything is computed. */
export const metaAllocator: Allocator = {
  alloc: (dtype, numel) => new MetaStorage(dtype, numel),
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

export const allocate = (dtype: DType, shape: Shape): Storage => noted(current.alloc(dtype, numelOf(shape)));

/** Storage that shows elements which stay whose they are; only their count where only shapes are wanted. */
export const allocateBorrowed = (dtype: DType, data: TypedArray): Storage =>
  noted(current.defer === undefined ? current.alloc(dtype, data.length) : new BorrowedStorage(dtype, data));

/** Storage for a source to fill; undefined where only shapes are wanted. */
export const allocateDeferred = (dtype: DType, numel: number): DeferredStorage | undefined =>
  noted(current.defer?.(dtype, numel));

/** Asks the current allocator whether a window of this shape may be made. */
export const checkWindow = (shape: Shape): void => current.window?.(numelOf(shape));
