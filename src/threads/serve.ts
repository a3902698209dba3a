/** The loop of a thread of the pool: one job after the other, as they come. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { MemoryTable } from './memory.ts';
import { type MemorySource, MemoryWatch } from './memory-watch.ts';
import { type FromThread, type Job, type JobResult, STOP_JOB, type ThreadData, type ToThread } from './messages.ts';
import { movable } from './transfer.ts';

/** Why a job is not to go on. */
export type StopReason = 'stopped' | 'memory';

/** What whoever carries out a job looks at meanwhile. */
export interface JobControl {
  /** Undefined as long as the job may go on; `now` is the time. To be asked often. */
  readonly stopReason: (now: number) => StopReason | undefined;
  /** Whether there is room for so many bytes more; to be asked before much is allocated. */
  readonly hasRoom: (bytes: number) => boolean;
}

/** How jobs are carried out. */
export interface Carrier extends MemorySource {
  carryOut(job: Job, control: JobControl): JobResult;
  /** Lets go of what lives under a name. */
  release(affinity: string): void;
  /** Gives back what no job needs; there is none for a while. */
  rest(): void;
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
  const { setup, flags, memory } = workerData as ThreadData;
  const carrier = carrierOf(setup);
  const watch = new MemoryWatch(new MemoryTable(memory.cells, memory.limit), memory.place, carrier);

  const carryOut = (id: number, job: Job): FromThread => {
    const began = performance.now();
    const control: JobControl = {
      stopReason(now) {
        if (Atomics.load(flags, STOP_JOB) === id) return 'stopped';
        return watch.mayGoOn(now) ? undefined : 'memory';
      },
      hasRoom: (bytes) => watch.hasRoom(bytes),
    };
    watch.begin();
    try {
      const result = carrier.carryOut(job, control);
      return { kind: 'done', id, busyMs: performance.now() - began, result };
    } catch (error) {
      return { kind: 'done', id, busyMs: performance.now() - began, failure: carrier.packError(error) };
    } finally {
      watch.end();
    }
  };

  port.on('message', (message: ToThread) => {
    if (message.kind === 'release') carrier.release(message.affinity);
    else if (message.kind === 'rest') {
      carrier.rest();
      watch.publish();
    } else {
      const done = carryOut(message.id, message.job);
      port.postMessage(done, done.kind === 'done' ? movable(done.result?.body) : []);
    }
  });
  watch.publish();
  port.postMessage({ kind: 'ready' } satisfies FromThread);
}
