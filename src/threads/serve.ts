/** The loop of a thread of the pool: one job after the other, as they come. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type FromThread, type Job, type JobResult, STOP_JOB, type ThreadData, type ToThread } from './messages.ts';
import { movable } from './transfer.ts';

/** What whoever carries out a job looks at meanwhile. */
export interface JobControl {
  /** Whether it was told to stop. */
  readonly stopped: () => boolean;
}

/** How jobs are carried out. */
export interface Carrier {
  carryOut(job: Job, control: JobControl): JobResult;
  /** Lets go of what lives under a name. */
  release(affinity: string): void;
  /** An error as data: structured cloning would make it a bare Error. The pool's `unpackError` undoes it. */
  packError(error: unknown): unknown;
}

/** Lower than the thread that serves, which needs little and should get it at once. */
const NICENESS = 10;

/** On Linux a priority is that of a thread; elsewhere it would be that of the whole process. */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(NICENESS);
  } catch {
    // Where it is not allowed, all threads are equal.
  }
}

/** Makes this thread one of the pool. `carrierOf` is given the setup that the pool was given. */
export function serveJobs(carrierOf: (setup: unknown) => Carrier): void {
  if (parentPort === null) throw new Error('this module is for threads of the pool');
  const port = parentPort;
  giveWay();
  const { setup, flags } = workerData as ThreadData;
  const carrier = carrierOf(setup);

  const carryOut = (id: number, job: Job): FromThread => {
    const began = performance.now();
    const control: JobControl = { stopped: () => Atomics.load(flags, STOP_JOB) === id };
    try {
      const result = carrier.carryOut(job, control);
      return { kind: 'done', id, busyMs: performance.now() - began, result };
    } catch (error) {
      return { kind: 'done', id, busyMs: performance.now() - began, failure: carrier.packError(error) };
    }
  };

  port.on('message', (message: ToThread) => {
    if (message.kind === 'release') {
      carrier.release(message.affinity);
      return;
    }
    const done = carryOut(message.id, message.job);
    port.postMessage(done, done.kind === 'done' ? movable(done.result?.body) : []);
  });
  port.postMessage({ kind: 'ready' } satisfies FromThread);
}
