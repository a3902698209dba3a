/** Looks, while a job runs, whether there is memory left for it: in its thread's heap, and in the whole process. */
import { getHeapStatistics } from 'node:v8';
import { allocatedBytes, type MemoryTable } from './memory.ts';

const EVERY_MS = 20;
/** The part of the thread's heap beyond which a job is ended, before V8 would end the whole thread. */
const HEAP_SHARE = 0.7;
/**
 * What a job may add where others have filled the memory: what fills it is not this one. It falls from the most
 * at the limit to the least, which V8's heap may grow by in any job, at {@link FULL} times the limit.
 */
const SMALL_BYTES = { most: 32 * 1024 * 1024, least: 16 * 1024 * 1024 };
const FULL = 1.2;
/** So far beyond the limit, whoever has added much is ended, and not only who has added most. */
const FAR = 1.1;
/** A collection takes some hundred ms where much is alive: not again before so much was added to what it left. */
const WORTH_COLLECTING = 16 * 1024 * 1024;

/** How long a job waits for what threads that rest give back, and how much of it makes it worth waiting. */
const PATIENCE_MS = 600;
const STEP_MS = 20;
const WORTH_WAITING = 64 * 1024 * 1024;

const nobody = new Int32Array(new SharedArrayBuffer(4));
const sleep = (ms: number): unknown => Atomics.wait(nobody, 0, 0, ms);

export interface MemorySource {
  /** Bytes of this thread that V8 does not know of. */
  apart(): number;
  /** Collects the garbage of this thread. */
  collect(): void;
}

const heapShare = (): number => {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size / heap_size_limit;
};

export class MemoryWatch {
  private readonly table: MemoryTable;
  private readonly place: number;
  private readonly source: MemorySource;
  private next = 0;
  /** What the last collection left. */
  private left = 0;
  private waited = false;

  constructor(table: MemoryTable, place: number, source: MemorySource) {
    this.table = table;
    this.place = place;
    this.source = source;
  }

  begin(): void {
    this.publish();
    this.table.busy(this.place);
    this.left = 0;
    this.waited = false;
    this.next = performance.now() + EVERY_MS;
  }

  end(): void {
    this.publish();
    this.table.idle(this.place);
  }

  publish(): void {
    this.table.publish(this.place, allocatedBytes(this.source.apart()));
  }

  /** Whether the job that runs may go on. Looks now and then only. */
  mayGoOn(now: number): boolean {
    if (now < this.next) return true;
    const fits = this.fits(0);
    this.next = performance.now() + EVERY_MS;
    return fits;
  }

  /** Whether the job that runs may take so many bytes more. */
  hasRoom(bytes: number): boolean {
    return this.fits(bytes);
  }

  private fits(more: number): boolean {
    this.publish();
    if (this.isWell(more)) return true;
    // Much of it may be garbage: only a collection tells.
    if (this.table.bytesOf(this.place) > this.left + WORTH_COLLECTING) {
      this.source.collect();
      this.publish();
      this.left = this.table.bytesOf(this.place);
      if (this.isWell(more)) return true;
    }
    if (heapShare() > HEAP_SHARE) return false;
    const { table, place } = this;
    const grown = table.growthOf(place) + more;
    if (grown <= this.smallBytes() || this.waitsFor(more)) return true;
    return !(more > 0 || table.hasGrownMost(place) || table.total() > FAR * table.limit);
  }

  private smallBytes(): number {
    const { limit } = this.table;
    const left = (FULL * limit - this.table.total()) / ((FULL - 1) * limit);
    return Math.max(SMALL_BYTES.least, SMALL_BYTES.most * Math.min(left, 1));
  }

  /** Waits, once in a job, until others have given back so much. */
  private waitsFor(more: number): boolean {
    const { table, place } = this;
    if (this.waited || table.restingBytes(place) < WORTH_WAITING) return false;
    this.waited = true;
    table.want(Math.max(1, table.total() + more - table.limit));
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; sleep(STEP_MS)) {
      if (this.isWell(more)) return true;
    }
    return false;
  }

  private isWell(more: number): boolean {
    return this.table.total() + more <= this.table.limit && heapShare() <= HEAP_SHARE;
  }
}
