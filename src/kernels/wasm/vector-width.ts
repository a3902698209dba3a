/**
 * Registers of 256 bits. WebAssembly has vectors of 128; V8, told by a flag, makes one wide operation
 * of two that stand side by side: same instruction, operands pairwise adjacent, and stores that lead
 * to neighbouring addresses. Code for it goes over two vectors (or four) at a time, with all loads
 * before all stores, and sets its temporaries to zero at the end of a loop's round.
 *
 * V8 calls the flag an experiment. So it is tried out first, in a process of its own (vector-trial.ts):
 * kernels are run by V8's baseline compiler, which pairs nothing, and by the optimizing one with the flag,
 * and have to agree to the bit; and pairs have to be faster, which they are not where the processor has no
 * such registers. Until the verdict is known kernels are written for single vectors, which give the same.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** Under which threads find what their process has decided. */
const SHARED = 'gradwire: wide vectors';

const WIDE = 1;
let decision: Int32Array | undefined;

/** One number that all threads of the process see, of those that were started before it was decided, too. */
function decisionCell(): Int32Array {
  decision ??= getEnvironmentData(SHARED) as Int32Array | undefined;
  if (decision === undefined) {
    decision = new Int32Array(new SharedArrayBuffer(4));
    setEnvironmentData(SHARED, decision);
  }
  return decision;
}

/**
 * Decides for all threads of this process whether kernels are written for pairs of vectors. To be called
 * before threads are started, and again when more is known.
 */
export function decideVectors(wide: boolean): void {
  Atomics.store(decisionCell(), 0, wide ? WIDE : 0);
}

/** Whether kernels are to be written for pairs of vectors. */
export const wideVectors = (): boolean => Atomics.load(decisionCell(), 0) === WIDE;
