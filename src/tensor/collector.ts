/**
 * Which objects are still reachable, asked at once. What a cell no longer needs of the memory that kernels
 * work on has to be known while the cell runs: JavaScript tells of the death of an object in a later turn of
 * the event loop only, and a cell is one turn. V8 collects when it is asked to, but spares whatever a
 * WeakRef was made for, or read, in the same turn. A script in a context with a queue of microtasks of its
 * own ends with a checkpoint, and so ends that grace.
 */
import { setFlagsFromString } from 'node:v8';
import { createContext, runInContext, Script } from 'node:vm';

interface Collector {
  readonly collect: () => void;
  readonly endTurn: () => void;
}

let collector: Collector | undefined;

/** V8 shows its collector to a context that is made after the flag is set; no code of a client runs in that. */
function make(): Collector {
  setFlagsFromString('--expose-gc');
  const context = createContext({}, { microtaskMode: 'afterEvaluate' });
  const collect = runInContext('gc', context) as () => void;
  const nothing = new Script('0');
  return { collect, endTurn: () => void nothing.runInContext(context) };
}

/**
 * Collects all garbage of this thread's heap: afterwards a `WeakRef` whose target is not reachable is
 * empty, even one that was made in this very turn. Some milliseconds, more where much is alive.
 */
export function collectGarbage(): void {
  collector ??= make();
  collector.endTurn();
  collector.collect();
}
