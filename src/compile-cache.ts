/**
 * Compiled code that outlives the process. Half of a start goes into stripping types and compiling some
 * hundred files; Node keeps the result of both on disk (`module.enableCompileCache`), each entry under
 * the hash of its source, so that a changed file is simply compiled anew.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Beside the packages: it goes where they go, and nobody else can write to it. */
const FOLDER = fileURLToPath(new URL('../node_modules/.cache/gradwire', import.meta.url));

/** Until then the first requests are through; what is new since then is written when the process ends. */
const FLUSH_AFTER_MS = 2000;

/**
 * Takes compiled code from the disk for all that is imported from now on, and leaves it there. Where the
 * folder can neither be read nor made, the service starts as it would without. `NODE_COMPILE_CACHE`
 * names another folder, `NODE_DISABLE_COMPILE_CACHE` turns it off.
 */
export function keepCompiledCode(): void {
  enableCompileCache(process.env.NODE_COMPILE_CACHE ?? FOLDER);
}

/** Writes what was compiled so far, a while from now: a process that is killed does not. */
export function flushLater(): void {
  setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
}
