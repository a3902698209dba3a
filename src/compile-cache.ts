/**
 * Compiled code that outlives the process. Most of a start goes into stripping types and compiling some
 * hundred files; Node keeps the result of both on disk (`module.enableCompileCache`), each file's under
 * the hash of its source, so that a changed one is simply compiled anew.
 */
import { constants, enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Beside the packages: it goes when they go, and who cannot write there cannot put code there. */
const FOLDER = fileURLToPath(new URL('../node_modules/.cache/gradwire', import.meta.url));

/** Writing blocks for a moment: not while the first requests come. */
const FLUSH_AFTER_MS = 2000;

/**
 * Takes compiled code from the disk for all that is imported from now on, threads included, and leaves
 * it there. Where the folder is neither there nor can be made, the service starts as it would without.
 * `NODE_COMPILE_CACHE` names another folder, `NODE_DISABLE_COMPILE_CACHE=1` does without one.
 */
export function keepCompiledCode(): void {
  const { status } = enableCompileCache(FOLDER);
  // What threads inherit.
  if (status === constants.compileCacheStatus.ENABLED) process.env.NODE_COMPILE_CACHE = FOLDER;
}

/** Writes what was compiled so far, a while from now: a process that is killed would not. */
export function flushLater(): void {
  setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
}
