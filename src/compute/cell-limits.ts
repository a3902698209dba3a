/** What one cell may use, and what ends it. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EngineError } from '../tensor/errors.ts';
import { type Clock, STEPS, TimeLimit } from './clock.ts';

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
      return new EngineError('budget', 'the memory of this service is nearly full');
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

/** The part of the heap beyond which a cell is ended, before the whole worker would be. */
const HEAP_SHARE = 0.7;
const HEAP_EVERY_MS = 20;
/** A collection of a full heap takes some hundred milliseconds. */
const COLLECT_EVERY_MS = 500;

const heapShare = (): number => {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size / heap_size_limit;
};

let collect: (() => void) | undefined;

/** V8 shows its collector to a context that is made after the flag is set, and to no cell. */
function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

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

/** Looks at the clock, at the flag by which a cell is stopped from outside, and at the memory. */
export class Watch implements Clock {
  readonly timeLimitMs: number;
  private readonly at: number;
  private heapAt: number;
  private readonly stopped: () => boolean;
  private steps = 0;

  constructor(timeLimitMs: number, stopped: () => boolean) {
    const now = performance.now();
    this.timeLimitMs = timeLimitMs;
    this.at = now + timeLimitMs;
    this.heapAt = now + HEAP_EVERY_MS;
    this.stopped = stopped;
  }

  readonly check = (): void => {
    if (this.stopped()) throw new CellStop('interrupt');
    const now = performance.now();
    if (now > this.at) throw new CellStop('time');
    if (now < this.heapAt) return;
    this.heapAt = now + HEAP_EVERY_MS;
    if (heapShare() <= HEAP_SHARE) return;
    // Much of it may be garbage: only a collection tells.
    collectGarbage();
    if (heapShare() > HEAP_SHARE) throw new CellStop('memory');
  };

  readonly tick = (): void => {
    if (this.steps++ % STEPS === 0) this.check();
  };
}
