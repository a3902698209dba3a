/** Where a computation's tensors live, and for how long. */

import { getHeapStatistics } from 'node:v8';
import { isInner, withBetween } from '../autograd/recorder.ts';
import { Deferral, deferring, lastingDeferral } from '../kernels/deferred.ts';
import { CollectedArena, Holder, withArena } from '../tensor/arena.ts';
import { EngineError } from '../tensor/errors.ts';
import { giveMemoryBack } from '../tensor/memory.ts';
import { withAllocator } from '../tensor/storage.ts';
import { Budget } from './budget.ts';
import { reachOf } from './reach.ts';

export interface Memory {
  /** Runs `body` with its tensors living there; `look` is called between ops. */
  within<T>(body: () => T, look: () => void): T;
}

/** For what makes little: all of it lives until the computation ends, which then gives it back as a whole. */
export const wholeMemory = (maxElements: number): Memory => ({
  within: (body) => withArena((arena) => withAllocator(new Budget(maxElements, arena), () => deferring(body))),
});

function collected<T>(arena: CollectedArena, holder: Holder, deferral: Deferral, body: () => T, look: () => void): T {
  arena.countFor(holder);
  const between = {
    look(): void {
      look();
      if (arena.pressed) arena.collect();
    },
    // Room that was refused may be there once it is known what is dead.
    retry(error: unknown): boolean {
      if (!(error instanceof EngineError) || error.code !== 'budget') return false;
      const before = holder.elements;
      arena.collect();
      return holder.elements < before;
    },
  };
  return withAllocator(arena.allocator, () => withBetween(between, () => deferring(body, deferral)));
}

/** For what may make much more than is alive at one time: code, and graphs of large values. */
export const collectedMemory = (maxElements: number): Memory => ({
  within(body, look) {
    const arena = new CollectedArena(undefined, () => !isInner());
    try {
      return collected(arena, new Holder(maxElements), new Deferral(), body, look);
    } finally {
      arena.clear();
    }
  },
});

/** The arena of all workspaces that live in this thread. */
const lasting = new CollectedArena(undefined, () => !isInner());

/** So many bytes more are worth a look at what of them is dead, which mostly takes some tenths of a millisecond… */
const RECLAIM_BYTES = 2 ** 20;
/** …and more of them where it took longer: V8's collector, whose work it saves, takes longer than this. */
const RECLAIM_BYTES_PER_MS = 2 ** 24;
/** Where there is more to be looked through, V8's collector looks. */
const MAX_TRACED = 20_000;

/** For a workspace: its tensors live on from computation to computation. */
export class WorkspaceMemory implements Memory {
  private readonly holder: Holder;
  private readonly arena: CollectedArena;
  private readonly lastingDeferral = lastingDeferral();
  /** How many bytes more are worth a look, and how many are at the least. */
  private reclaimFrom: number;
  private readonly leastReclaimed: number;
  /** Bytes that it had when it was last looked what is dead, and how often V8 had looked by then. */
  private reclaimedAt = 0;
  private collections = 0;

  /** @param arena, reclaimFrom for tests, which have small tensors */
  constructor(maxElements: number, { arena = lasting, reclaimFrom = RECLAIM_BYTES } = {}) {
    this.holder = new Holder(maxElements);
    this.arena = arena;
    this.reclaimFrom = reclaimFrom;
    this.leastReclaimed = reclaimFrom;
  }

  within<T>(body: () => T, look: () => void): T {
    try {
      return collected(this.arena, this.holder, this.lastingDeferral.deferral, body, look);
    } finally {
      if (this.holder.pressed) this.arena.collect();
    }
  }

  /** Takes back what is out of the reach of `roots`, where there may be much. To be called when nothing runs. */
  reclaim(roots: Iterable<unknown>): void {
    const { holder, arena } = this;
    if (this.collections !== arena.collections) {
      this.collections = arena.collections;
      this.reclaimFrom = this.leastReclaimed;
      this.reclaimedAt = Math.min(this.reclaimedAt, holder.bytes);
    }
    if (holder.bytes - this.reclaimedAt < this.reclaimFrom) return;
    const began = performance.now();
    const reached = reachOf(roots, MAX_TRACED);
    if (reached !== undefined) {
      this.lastingDeferral.deferral.keep((result) => reached.storages.has(result));
      arena.reclaim(holder, reached.rooms);
    }
    this.reclaimedAt = holder.bytes;
    if (this.leastReclaimed > 0)
      this.reclaimFrom = Math.max(this.leastReclaimed, (performance.now() - began) * RECLAIM_BYTES_PER_MS);
  }

  /** Elements that are alive, and those that have died since it was last looked. */
  get elements(): number {
    return this.holder.elements;
  }

  /** @throws EngineError `budget` where so many elements more would be too many */
  check(elements: number): void {
    if (this.holder.elements + elements > this.holder.maxElements) this.arena.collect();
    this.holder.check(elements);
  }

  /** To be called when the workspace is gone. */
  end(): void {
    this.lastingDeferral.end();
  }
}

/** Looks what of all workspaces is alive; some milliseconds. To be called between jobs. */
export function collectWorkspaces(): void {
  lasting.collect();
}

/** So many bytes more on the heap are worth a look at who holds them: fewer than two million objects take. */
const HEAP_STEP = 16 * 1024 * 1024;

/** Whether this thread's heap has grown since it was asked last: what a workspace holds is dear to count. */
export class HeapGrowth {
  private seen = 0;

  hasGrown(): boolean {
    const { used_heap_size, external_memory } = getHeapStatistics();
    const now = used_heap_size + external_memory;
    const grown = now > this.seen + HEAP_STEP;
    if (grown || now < this.seen) this.seen = now;
    return grown;
  }
}

/** Bytes of the memory that are more than it is worth to keep for what lies in it, in a thread that rests. */
const SPARSE_BYTES = 16 * 1024 * 1024;

/** For a thread that rests: gives back all that tensors which are gone have taken. */
export function giveBackMemory(): void {
  lasting.collect();
  // Where little of a large memory is used, it moves to the heap: a memory cannot shrink.
  if (lasting.sparse(SPARSE_BYTES)) lasting.evacuate();
  giveMemoryBack();
}
