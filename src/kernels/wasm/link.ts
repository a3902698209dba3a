/** Compiled kernels, linked to this thread's memory when they are first called. */
import { onMemoryLost, theMemory } from '../../tensor/memory.ts';
import { FUNCTIONS } from '../formula/functions.ts';
import type { WasmModule } from './emitter.ts';
import { wideVectors } from './vector-width.ts';

/** An exported function. int64 parameters are bigints, whatever the type here says. */
export type Kernel = (...args: number[]) => number;
export type Kernels = Readonly<Record<string, Kernel>>;

/** What modules may import: the memory, and functions of doubles. */
function host(): Record<string, unknown> {
  const entries: Record<string, unknown> = { memory: theMemory() };
  for (const [name, { number }] of Object.entries(FUNCTIONS)) entries[name] = number;
  return entries;
}

/**
 * The exports of a module that `build` describes: emitted and compiled at the first call, linked anew
 * where the memory is another one. Where `pairs` is set, `build` is told whether V8 makes wide
 * operations of pairs of vectors (see vector-width.ts) as far as is known then.
 *
 * @example
 * const kernels = linked(() => { const m = new WasmModule(); …; return m; });
 * kernels().sum(address, n);
 */
export function linked(build: (wide: boolean) => WasmModule, note?: string, pairs = false): () => Kernels {
  let module: WebAssembly.Module | undefined;
  let wide = false;
  let exports: Kernels | undefined;
  onMemoryLost(() => {
    exports = undefined;
  });
  return () => {
    if (exports === undefined) {
      if (module === undefined || (pairs && wide !== wideVectors())) {
        wide = pairs && wideVectors();
        module = compile(build, note, wide);
      }
      exports = new WebAssembly.Instance(module, { host: host() }).exports as Kernels;
    }
    return exports;
  };
}

/** V8 shares code between modules of equal bytes: for wide registers, which need code of their own, they differ. */
function compile(build: (wide: boolean) => WasmModule, note: string | undefined, wide: boolean): WebAssembly.Module {
  return new WebAssembly.Module(build(wide).bytes(wide ? `${note ?? ''} 256` : note));
}
