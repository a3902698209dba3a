/** How V8 runs the service. */
import { setFlagsFromString } from 'node:v8';

/**
 * To be set before anything runs: threads share the flags and read them while they compile, so that none
 * may change later; and what was compiled and kept under other flags is compiled anew.
 */
export function setV8Flags(wideVectors = true): void {
  // What a request makes is gone with its answer. V8 takes some of it for long-lived where a collection falls
  // into the middle of large requests, and makes its like among old objects from then on: dead graphs then hold
  // later ones, and each collection copies all of them.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // Bodies and answers that pass through count as the heap's growth. By default V8 begins the next collection
  // where the heap has grown by half since the last, which a single large answer is, and stops the serving
  // thread for each.
  setFlagsFromString('--heap-growing-percent=400');
  // A thread that rests, or whose memory fills up, collects its garbage itself (tensor/collector.ts).
  setFlagsFromString('--expose-gc');
  // Registers of 256 bits for kernels, see kernels/wasm/vector-width.ts.
  if (process.arch === 'x64' && wideVectors) setFlagsFromString('--experimental-wasm-revectorize');
}
