/** How the process ends: on a signal, in its own time, and whatever its threads do. */
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

/** How long the closing may take when nothing is in flight any more. */
const CLOSE_MS = 2000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const threads = new Set<Worker>();

/** From here on it is known which threads are alive. */
export function watchThreads(): void {
  process.on('worker', (worker: Worker) => {
    threads.add(worker);
    worker.once('exit', () => threads.delete(worker));
  });
}

/** Calls `drain` at the first signal that asks the process to go; a second one ends it at once. */
export function onSignal(drain: (signal: string) => Promise<void>): void {
  let going = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (going) exit(128 + constants.signals[signal]);
      going = true;
      drain(signal).catch((error: unknown) => {
        console.error(error);
        exit(1);
      });
    });
  }
}

/** Waits for what is closing, but not for ever, and ends the process. */
export async function leave(code: number, closing: Promise<unknown>): Promise<never> {
  await Promise.race([closing, pause(CLOSE_MS)]);
  return exit(code);
}

/**
 * Ends the process at once. Where a thread still runs, `process.exit` would wait for it, without an end where it is
 * within a native call. Another program in the place of this one takes all threads away and leaves the exit code.
 */
function exit(code: number): never {
  if (threads.size > 0 && process.execve !== undefined) {
    process.emit('exit', code);
    process.execve(process.execPath, [process.execPath, '--eval', `process.exit(${code})`], {});
  }
  return process.exit(code);
}
