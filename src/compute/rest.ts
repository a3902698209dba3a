/** Memory of a thread that no job needs between jobs, and how it is given back. */
import { getHeapStatistics } from 'node:v8';
import { keptBytes, releaseKept } from '../codec/loans.ts';
import { compactHeap } from '../tensor/collector.ts';
import { giveMemoryBack, memorySize } from '../tensor/memory.ts';
import { giveBackMemory } from './memory.ts';

/** Bytes that V8's figures leave out: they are shared memory, though with nobody. */
export const bytesApart = (): number => memorySize() + keptBytes();

/** What is not used of a heap that was collected, and is worth compacting it. */
const LOOSE_BYTES = 16 * 1024 * 1024;

/** To be called when nothing runs, and nothing will for a while: some ten ms. */
export function restThread(): void {
  releaseKept();
  giveBackMemory();
  compactHeap(LOOSE_BYTES);
}

/** What has to be won on a thread that others wait for, by collecting and by compacting. */
const WORTH_COLLECTING = 16 * 1024 * 1024;
const WORTH_COMPACTING = 64 * 1024 * 1024;
/** What was left by the last collection. */
let left = 0;

const filled = (): number => {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory + bytesApart();
};

/** {@link restThread} for the thread that serves: where little was added, it does nothing. */
export function restServing(): void {
  const now = filled();
  if (now < left + WORTH_COLLECTING) {
    left = Math.min(left, now);
    return;
  }
  releaseKept();
  giveMemoryBack();
  compactHeap(WORTH_COMPACTING);
  left = filled();
}
