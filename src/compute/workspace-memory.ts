/** Where a workspace's tensors live: from computation to computation, until nothing holds them. */

import { lastingDeferral } from '../kernels/deferred.ts';
import { type CollectedArena, Holder } from '../tensor/arena.ts';
import { collected, lasting, type Memory } from './memory.ts';
import { reachOf } from './reach.ts';

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
