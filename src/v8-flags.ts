/** How V8 runs the service. */
import { setFlagsFromString } from 'node:v8';

/**
 * To be set before compiled code is looked for: what was compiled under other flags is compiled anew.
 * Threads share them.
 */
export function setV8Flags(): void {
  // What a request makes is gone with its answer. V8 takes some of it for long-lived where a collection falls
  // into the middle of large requests, and makes its like among old objects from then on: dead graphs then hold
  // later ones, and each collection copies all of them.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // Registers of 256 bits for kernels, see kernels/wasm/vector-width.ts. The settings are not there yet.
  if (process.arch === 'x64' && process.env.WASM_REVECTORIZE?.trim() !== 'off') {
    setFlagsFromString('--experimental-wasm-revectorize');
  }
}
