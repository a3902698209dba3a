/**
 * Which objects are still reachable, asked at once. What a cell no longer needs of the memory that kernels
 * work on has to be known while the cell runs: JavaScript tells of the death of an object in a later turn of
 * the event loop only, and a cell is one turn. V8 collects when it is asked to, but spares whatever a
 * WeakRef was made for, or read, in the same turn. A script in a context with a queue of microtasks of its
 * own ends with a checkpoint, and so ends that grace.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { type Context, createContext, runInContext, Script } from 'node:vm';

interface Collector {
  readonly collect: (options?: { type: 'major'; flavor: 'last-resort' }) => void;
  readonly endTurn: () => void;
}

let collector: Collector | undefined;

const contextOfItsOwn = (): Context => createContext({}, { microtaskMode: 'afterEvaluate' });

/**
 * V8 shows its collector to a context that is made after the flag is set; no code of a client runs in that.
 * The service sets it when it starts (v8-flags.ts), since flags are not to change while other threads run.
 */
function make(): Collector {
  let context = contextOfItsOwn();
  if (runInContext('typeof gc', context) === 'undefined') {
    setFlagsFromString('--expose-gc');
    context = contextOfItsOwn();
  }
  const collect = runInContext('gc', context) as Collector['collect'];
  const nothing = new Script('0');
  return { collect, endTurn: () => void nothing.runInContext(context) };
}

/** The largest size that this thread's heap had at the beginning of a collection, since it was last compacted. */
let largest = 0;

/**
 * Collects all garbage of this thread's heap: afterwards a `WeakRef` whose target is not reachable is
 * empty, even one that was made in this very turn. Some milliseconds, more where much is alive.
 */
export function collectGarbage(): void {
  collector ??= make();
  largest = Math.max(largest, getHeapStatistics().total_heap_size);
  collector.endTurn();
  collector.collect();
}

/**
 * Collects all garbage. The heap is compacted where that gives more than `loose` bytes back to the system: those
 * that are not used, because a few objects stand on each page, and pages that collections have emptied, which
 * V8 keeps for ten seconds and counts no longer. That takes some ten milliseconds, and code that did not run
 * lately is compiled again when it next does.
 */
export function compactHeap(loose: number): void {
  collectGarbage();
  if (largest - getHeapStatistics().used_heap_size <= loose) return;
  collector?.collect({ type: 'major', flavor: 'last-resort' });
  largest = 0;
}
