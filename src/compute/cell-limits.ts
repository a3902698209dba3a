/** What one cell may use, and what ends it. */
import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from '../tensor/collector.ts';
import { type Clock, STEPS, TimeLimit } from './clock.ts';
import { MemoryFull } from './failures.ts';

/** Why a cell was ended from outside. */
export type StopReason = 'time' | 'interrupt' | 'memory';

/** Ends a cell. It is no exception of the cell's own: no `except` of its may catch it. */
export class CellStop extends Error {
  readonly reason: StopReason;
  constructor(reason: StopReason) {
    super(reason);
    this.name = 'CellStop';
    this.reason = reason;
  }
}

/** What ends a stateless evaluation that was ended from outside; other errors stay as they are. */
export function endingOf(error: unknown, timeLimitMs: number): unknown {
  if (!(error instanceof CellStop)) return error;
  switch (error.reason) {
    case 'time':
      return new TimeLimit(timeLimitMs);
    case 'memory':
      return new MemoryFull();
    case 'interrupt':
      // Whoever stopped it knows why, and asks for no reason.
      return error;
  }
}

/** Numbers that hold for every cell. */
export const CELL_LIMITS = {
  maxSteps: 1_000_000_000,
  maxDepth: 500,
  maxItems: 4_000_000,
  maxStringLength: 4_000_000,
  maxIntBits: 65_536,
  maxOutput: 1_000_000,
} as const;

/** The most names that a workspace holds. */
export const MAX_NAMES = 10_000;

/** The part of the heap from half of which on garbage is told from what is alive. */
const HEAP_SHARE = 0.7;
/** A collection of a full heap takes some hundred milliseconds. */
const COLLECT_EVERY_MS = 500;

const heapShare = (): number => {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size / heap_size_limit;
};

let collectedAt = Number.NEGATIVE_INFINITY;

/** The filled part of this thread's heap, garbage aside; 0 where it was looked for just now. */
export function filledHeap(): number {
  const share = heapShare();
  if (share < HEAP_SHARE / 2) return share;
  if (performance.now() - collectedAt < COLLECT_EVERY_MS) return 0;
  collectGarbage();
  collectedAt = performance.now();
  return heapShare();
}

/** Why whoever looks after a computation from outside says that it is to end. */
export interface StopSignal {
  /** Undefined as long as it may go on; `now` is the time. To be asked often. */
  readonly stopReason: (now: number) => 'stopped' | 'memory' | undefined;
  /** Whether there is memory for so many bytes more. */
  readonly hasRoom: (bytes: number) => boolean;
}

/** Looks at the clock, and whether a computation is to end for reasons from outside: it was stopped, or memory is short. */
export class Watch implements Clock {
  readonly timeLimitMs: number;
  private readonly at: number;
  private readonly signal: StopSignal;
  private steps = 0;

  constructor(timeLimitMs: number, signal: StopSignal) {
    this.timeLimitMs = timeLimitMs;
    this.at = performance.now() + timeLimitMs;
    this.signal = signal;
  }

  readonly check = (): void => {
    const now = performance.now();
    const reason = this.signal.stopReason(now);
    if (reason !== undefined) throw new CellStop(reason === 'stopped' ? 'interrupt' : reason);
    if (now > this.at) throw new CellStop('time');
  };

  /** To be called before so many bytes are taken at once. */
  readonly room = (bytes: number): void => {
    if (!this.signal.hasRoom(bytes)) throw new CellStop('memory');
  };

  readonly tick = (): void => {
    if (this.steps++ % STEPS === 0) this.check();
  };
}
