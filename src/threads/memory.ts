/**
 * Memory that the threads of a process have allocated, in a table that all of them see. It says what is
 * taken now; the process's resident memory also has what was given back and is still to be used again.
 */
import { getHeapStatistics } from 'node:v8';

/** Each thread's place in the table: bytes that it has allocated, and those it had when its job began; -1 while it has none. */
const FIELDS = 2;
/** In front of the threads' places: what the process takes apart from them, and what somebody waits for. */
const HEAD = 2;
const APART = 0;
const WANTED = 1;
/** Of a thread's stack, its code and what V8 keeps beside the heap. */
const THREAD_BYTES = 8 * 1024 * 1024;

/** The place of the thread that serves. */
export const SERVING = 0;

/**
 * Bytes that this thread has allocated, garbage included: V8's heap, buffers, and `apart`, which V8 does
 * not know of. Some µs.
 */
export function allocatedBytes(apart: number): number {
  const { total_heap_size, external_memory, malloced_memory } = getHeapStatistics();
  return total_heap_size + external_memory + malloced_memory + apart;
}

export class MemoryTable {
  /** What is shared: to be handed to the threads. */
  readonly cells: Float64Array;
  /** Bytes that all of them may have. */
  readonly limit: number;

  constructor(cells: Float64Array, limit: number) {
    this.cells = cells;
    this.limit = limit;
  }

  /** A table for the thread that serves and so many others. `ownBytes` are those of this thread. */
  static of(threads: number, limit: number, ownBytes: number): MemoryTable {
    const cells = new Float64Array(new SharedArrayBuffer(8 * (HEAD + FIELDS * (1 + threads))));
    const table = new MemoryTable(cells, limit);
    cells[APART] = Math.max(0, process.memoryUsage.rss() - ownBytes);
    for (let i = 0; i <= threads; i++) table.idle(i);
    table.publish(SERVING, ownBytes);
    return table;
  }

  publish(place: number, bytes: number): void {
    this.cells[HEAD + FIELDS * place] = bytes;
  }

  /** A job begins in a thread. */
  busy(place: number): void {
    this.cells[HEAD + FIELDS * place + 1] = this.bytesOf(place);
  }

  /** A thread has no job. */
  idle(place: number): void {
    this.cells[HEAD + FIELDS * place + 1] = -1;
  }

  /** A thread is gone, with all that it had. */
  clear(place: number): void {
    this.publish(place, 0);
    this.idle(place);
  }

  bytesOf(place: number): number {
    return this.cells[HEAD + FIELDS * place];
  }

  /** How much a thread's job has added to what was there before it; 0 where none runs. */
  growthOf(place: number): number {
    const before = this.cells[HEAD + FIELDS * place + 1];
    return before < 0 ? 0 : this.bytesOf(place) - before;
  }

  /** Bytes of the whole process. */
  total(): number {
    const { cells } = this;
    let sum = cells[APART];
    for (let i = HEAD; i < cells.length; i += FIELDS) if (cells[i] > 0) sum += cells[i] + THREAD_BYTES;
    return sum;
  }

  /** Says that so many bytes are waited for; whoever serves asks threads that rest to give theirs back. */
  want(bytes: number): void {
    this.cells[WANTED] = bytes;
  }

  /** Bytes that are waited for. */
  get wanted(): number {
    return this.cells[WANTED];
  }

  /** Bytes of all threads but one that have no job: some of them may be given back. */
  restingBytes(except: number): number {
    let sum = 0;
    for (let i = 0; i < this.places; i++) {
      if (i !== except && this.cells[HEAD + FIELDS * i + 1] < 0) sum += this.bytesOf(i);
    }
    return sum;
  }

  private get places(): number {
    return (this.cells.length - HEAD) / FIELDS;
  }

  /** Whether no other thread's job has grown by more. */
  hasGrownMost(place: number): boolean {
    const own = this.growthOf(place);
    for (let i = 0; i < this.places; i++) if (i !== place && this.growthOf(i) > own) return false;
    return true;
  }
}
