/** Where a computation's tensors live, and for how long. */

import { getHeapStatistics } from 'node:v8';
import { isInner, withBetween } from '../autograd/recorder.ts';
import { Deferral, deferring } from '../kernels/deferred.ts';
import { CollectedArena, Holder, withArena } from '../tensor/arena.ts';
import { EngineError } from '../tensor/errors.ts';
import { giveMemoryBack } from '../tensor/memory.ts';
import { withAllocator } from '../tensor/storage.ts';
import { Budget } from './budget.ts';

export interface Memory {
  /** Runs `body` with its tensors living there; `look` is called between ops. */
  within<T>(body: () => T, look: () => void): T;
}

/** For what makes little: all of it lives until the computation ends, which then gives it back as a whole. */
export const wholeMemory = (maxElements: number): Memory => ({
  within: (body) => withArena((arena) => withAllocator(new Budget(maxElements, arena), () => deferring(body))),
});

/** Runs `body` with its tensors in `arena`, which is looked through between ops where much was made. */
export function collected<T>(
  arena: CollectedArena,
  holder: Holder,
  deferral: Deferral,
  body: () => T,
  look: () => void,
): T {
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
export const lasting = new CollectedArena(undefined, () => !isInner());

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
