/**
 * Tensors in the memory that kernels work on. A graph's are taken as they come and given back as a whole.
 * What a cell or a request's code makes may die long before the code ends, or live on after it: there rooms
 * are given back once nothing holds them any more, which the collector of V8 tells.
 */
import { collectGarbage } from './collector.ts';
import { arrayOf, type DType, type TypedArray, bytesOf as widthOf } from './dtype.ts';
import { EngineError } from './errors.ts';
import { mark, memorySize, releaseAll, reserve, rewind, theMemory } from './memory.ts';
import {
  type Allocator,
  DeferredStorage,
  heapAllocator,
  placedStorage,
  type Room,
  type Rooms,
  revoke,
  type Storage,
} from './storage.ts';

/** Smaller tensors live on the JavaScript heap, where making one costs less. */
const SMALL_BYTES = 4096;

const bytesOf = (dtype: DType, numel: number): number => numel * widthOf(dtype);

const roomAt = (dtype: DType, ptr: number, numel: number): Room => ({
  ptr,
  data: new (arrayOf(dtype) as Float32ArrayConstructor)(theMemory().buffer, ptr, numel) as TypedArray,
});

/** Addresses that were given back, by their size in bytes: shapes come again. */
class Returned {
  private readonly bySize = new Map<number, number[]>();

  give(bytes: number, ptr: number): void {
    const same = this.bySize.get(bytes);
    if (same === undefined) this.bySize.set(bytes, [ptr]);
    else same.push(ptr);
  }

  take(bytes: number): number | undefined {
    return this.bySize.get(bytes)?.pop();
  }

  clear(): void {
    this.bySize.clear();
  }
}

/** Rooms begin and end at multiples of 64 bytes. Byte by byte a shared memory is filled ten times as slowly. */
const clear = (ptr: number, bytes: number): void =>
  void new Float64Array(theMemory().buffer, ptr, Math.ceil(bytes / 8)).fill(0);

const arenaFrom = (least: number, rooms: Rooms): Allocator => ({
  alloc(dtype, numel) {
    const bytes = bytesOf(dtype, numel);
    if (bytes < least) return heapAllocator.alloc(dtype, numel);
    const room = rooms.take(dtype, numel);
    clear(room.ptr, bytes);
    return placedStorage(dtype, room);
  },
  defer(dtype, numel) {
    if (bytesOf(dtype, numel) < least) return heapAllocator.defer?.(dtype, numel);
    return new DeferredStorage(dtype, numel, rooms);
  },
});

const returned = new Returned();

const wholeRooms: Rooms = {
  take(dtype, numel) {
    const bytes = bytesOf(dtype, numel);
    return roomAt(dtype, returned.take(bytes) ?? reserve(bytes), numel);
  },
  give({ ptr, data }) {
    returned.give(data.byteLength, ptr);
  },
};

const wholeArena = arenaFrom(SMALL_BYTES, wholeRooms);

/**
 * Runs `body` with an allocator whose tensors live in this thread's memory. They are gone when it
 * ends: nothing that it gives may hang on one.
 *
 * @param least how many bytes a tensor has that lives there; for tests, which have small ones
 */
export function withArena<T>(body: (arena: Allocator) => T, least = SMALL_BYTES): T {
  const before = mark();
  try {
    return body(least === SMALL_BYTES ? wholeArena : arenaFrom(least, wholeRooms));
  } finally {
    returned.clear();
    releaseAll(before);
  }
}

/** What a workspace, or a request's code, has alive, and how much that may be. */
export class Holder {
  /** Elements that are alive, and those that have died since it was last looked. */
  elements = 0;
  /** Bytes of them. */
  bytes = 0;
  /** Elements that were alive when it was last looked. */
  settled = 0;
  readonly maxElements: number;

  constructor(maxElements: number) {
    this.maxElements = maxElements;
  }

  fits(more: number): boolean {
    return this.elements + more <= this.maxElements;
  }

  /** @throws EngineError `budget` where so many elements more would be too many */
  check(more: number): void {
    if (this.fits(more)) return;
    throw new EngineError(
      'budget',
      `${this.elements + more} elements would be alive at one time; at most ${this.maxElements} are allowed`,
    );
  }

  take(elements: number, bytes: number): void {
    this.check(elements);
    this.elements += elements;
    this.bytes += bytes;
  }

  give(elements: number, bytes: number): void {
    this.elements -= elements;
    this.bytes -= bytes;
  }

  /** Whether what was made since it was last looked would be missed if it were dead. */
  get pressed(): boolean {
    const room = Math.max((this.maxElements - this.settled) / 4, this.maxElements / 64);
    return this.elements - this.settled > room;
  }
}

/** Something that may die: a room in the memory, or arrays on the heap. */
interface Tracked {
  readonly ref: WeakRef<object>;
  readonly holder: Holder;
  elements: number;
  bytes: number;
  /** Its address; −1 on the heap. */
  readonly ptr: number;
}

/** Called before a collection; gives what is to be called after it. */
type Participant = () => () => void;

const participants: Participant[] = [];

/** Has `participant` let go, for the time of a collection, of what it holds for others only. */
export function onCollection(participant: Participant): void {
  participants.push(participant);
}

/** Of memory that was taken since it was last looked: a collection takes some milliseconds. */
const FRESH_BYTES = 128 * 1024 * 1024;
/** Arrays up to this size share buffers, which die as a whole. */
const SHARING_BYTES = 128;
const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/**
 * An arena whose rooms are given back one by one. {@link CollectedArena.collect} finds those that nothing holds any more.
 * It is to be called between ops only: a kernel knows its operands by their addresses.
 */
export class CollectedArena {
  /** Bytes taken since it was last looked what is alive. */
  fresh = 0;
  /** How often V8's collector was asked. */
  collections = 0;
  private tracked: Tracked[] = [];
  /** Between rooms that are alive, in order. */
  private holes: { ptr: number; bytes: number }[] = [];
  private holder = new Holder(Number.POSITIVE_INFINITY);
  private base = -1;
  private lastBuffer: ArrayBufferLike | undefined;
  private lastShared: Tracked | undefined;
  readonly allocator: Allocator;
  private readonly mayCollect: () => boolean;

  /** @param mayCollect whether no op is under way: only then may rooms be taken back while one is asked for */
  constructor(least = SMALL_BYTES, mayCollect: () => boolean = () => false) {
    this.mayCollect = mayCollect;
    // No `give`: what is given back early could be computed again only from what it came from, which would be held.
    const inMemory: Rooms = { take: (dtype, numel) => this.take(dtype, numel) };
    const large = arenaFrom(least, inMemory);
    const onHeap = (dtype: DType, numel: number): Storage => {
      this.admit(numel);
      const storage = heapAllocator.alloc(dtype, numel);
      this.trackArray(storage.data);
      return storage;
    };
    const heap: Rooms = { take: (dtype, numel) => ({ data: onHeap(dtype, numel).data, ptr: -1 }) };
    this.allocator = {
      alloc: (dtype, numel) => (bytesOf(dtype, numel) < least ? onHeap(dtype, numel) : large.alloc(dtype, numel)),
      defer: (dtype, numel) => {
        this.admit(numel);
        return new DeferredStorage(dtype, numel, bytesOf(dtype, numel) < least ? heap : inMemory);
      },
      window: (numel) => {
        if (numel > this.holder.maxElements) this.holder.check(numel);
      },
    };
  }

  /** Refuses so many elements more where they are too many even without what is dead. */
  private admit(elements: number): void {
    const { holder } = this;
    if (!holder.fits(elements) && holder.elements > 0 && this.mayCollect()) this.collect(false);
    holder.check(elements);
  }

  /** What is made from here on is `holder`'s. */
  countFor(holder: Holder): void {
    this.holder = holder;
    this.lastShared = undefined;
  }

  /** Bytes of the memory that are taken, dead ones included. */
  get bytes(): number {
    return this.tracked.reduce((sum, { ptr, bytes }) => (ptr < 0 ? sum : sum + bytes), 0);
  }

  private take(dtype: DType, numel: number): Room {
    const bytes = bytesOf(dtype, numel);
    this.admit(numel);
    if (this.base < 0) this.base = mark();
    const room = roomAt(dtype, this.fromHole(aligned(bytes)) ?? reserve(bytes), numel);
    this.track({ ref: new WeakRef(room), holder: this.holder, elements: numel, bytes, ptr: room.ptr });
    return room;
  }

  /** The first hole that is large enough. */
  private fromHole(bytes: number): number | undefined {
    const { holes } = this;
    for (let i = 0; i < holes.length; i++) {
      const hole = holes[i];
      if (hole.bytes < bytes) continue;
      const { ptr } = hole;
      hole.ptr += bytes;
      hole.bytes -= bytes;
      if (hole.bytes === 0) holes.splice(i, 1);
      return ptr;
    }
    return undefined;
  }

  private track(entry: Tracked): void {
    entry.holder.take(entry.elements, entry.bytes);
    this.tracked.push(entry);
    this.fresh += entry.bytes;
  }

  /** Arrays on the heap are only counted. */
  private trackArray({ buffer, byteLength, length }: TypedArray): void {
    const { holder } = this;
    if (byteLength > SHARING_BYTES) {
      this.track({ ref: new WeakRef(buffer), holder, elements: length, bytes: byteLength, ptr: -1 });
      return;
    }
    const last = this.lastShared;
    if (last !== undefined && buffer === this.lastBuffer) {
      holder.take(length, byteLength);
      last.elements += length;
      last.bytes += byteLength;
      return;
    }
    this.lastBuffer = buffer;
    this.lastShared = { ref: new WeakRef(buffer), holder, elements: length, bytes: byteLength, ptr: -1 };
    this.track(this.lastShared);
  }

  /** Whether it is worth while to look for what is dead. */
  get pressed(): boolean {
    return this.fresh > FRESH_BYTES || this.holder.pressed;
  }

  /**
   * Finds what is dead, and takes its room back. Some milliseconds.
   *
   * @param between whether this is between two ops, when nothing else has room above
   */
  collect(between = true): void {
    this.lastBuffer = undefined;
    this.lastShared = undefined;
    const afterwards = participants.map((participant) => participant());
    this.collections++;
    collectGarbage();
    for (const resume of afterwards) resume();
    const alive: Tracked[] = [];
    for (const entry of this.tracked) {
      if (entry.ref.deref() !== undefined) alive.push(entry);
      else entry.holder.give(entry.elements, entry.bytes);
    }
    for (const { holder } of this.tracked) holder.settled = holder.elements;
    this.tracked = alive;
    this.fresh = 0;
    this.layOut(between);
  }

  /**
   * Takes back the rooms of `holder` that are not among those that are known to be alive, without asking V8. Whoever
   * reads one of them all the same is told so. To be called when nothing runs.
   */
  reclaim(holder: Holder, alive: ReadonlySet<Room>): void {
    const kept: Tracked[] = [];
    for (const entry of this.tracked) {
      const room = entry.ptr < 0 || entry.holder !== holder ? undefined : (entry.ref.deref() as Room | undefined);
      if (room === undefined || alive.has(room)) kept.push(entry);
      else {
        revoke(room);
        holder.give(entry.elements, entry.bytes);
        this.fresh -= entry.bytes;
      }
    }
    this.tracked = kept;
    this.layOut();
  }

  /** Finds the holes anew: all that is not alive. */
  private layOut(between = true): void {
    this.holes = [];
    if (this.base < 0) return;
    const rooms = this.tracked.filter(({ ptr }) => ptr >= 0).sort((a, b) => a.ptr - b.ptr);
    let end = this.base;
    for (const { ptr, bytes } of rooms) {
      if (ptr > end) this.holes.push({ ptr: end, bytes: ptr - end });
      end = ptr + aligned(bytes);
    }
    // What lies above may be scratch space of whoever asks for room.
    if (!between) return;
    rewind(end);
    if (rooms.length === 0) this.base = -1;
  }

  /** Whether rooms take less than half of the memory that they lie in, beyond so many bytes. */
  sparse(beyond: number): boolean {
    return this.base >= 0 && memorySize() > beyond && this.bytes < memorySize() / 2;
  }

  /** Moves all rooms to the heap, so that the memory can be given up. To be called when nothing runs. */
  evacuate(): void {
    this.collect();
    this.tracked = this.tracked.map((entry) => {
      const room = entry.ref.deref() as Room | undefined;
      if (entry.ptr < 0 || room === undefined) return entry;
      room.data = room.data.slice() as TypedArray;
      room.ptr = -1;
      return { ...entry, ref: new WeakRef(room.data.buffer), ptr: -1 };
    });
    this.layOut();
  }

  /** Takes all rooms back. Whoever still holds one must not use it. */
  clear(): void {
    for (const { holder, elements, bytes } of this.tracked) holder.give(elements, bytes);
    const { base } = this;
    this.tracked = [];
    this.holes = [];
    this.fresh = 0;
    this.base = -1;
    this.lastBuffer = undefined;
    this.lastShared = undefined;
    if (base >= 0) releaseAll(base);
  }
}
