/** A thread that runs cells: one job after the other, as they come. */
import { parentPort, workerData } from 'node:worker_threads';
import { withPulse } from '../kernels/pulse.ts';
import { CellStop, filledHeap, Watch } from './cell-limits.ts';
import {
  type FromWorker,
  type Job,
  type JobResult,
  packError,
  STOP_JOB,
  type ToWorker,
  type WorkerData,
} from './cell-messages.ts';
import { Workspace } from './cell-workspace.ts';
import { runCode } from './code.ts';
import { TimeLimit } from './limits.ts';

const { limits, flags } = workerData as WorkerData;
const workspaces = new Map<string, Workspace>();

function carryOut(job: Job, watch: Watch): JobResult {
  switch (job.kind) {
    case 'evaluate':
      return runCode(job.request, job.options, limits, watch);
    case 'drop':
      workspaces.delete(job.workspace);
      return { body: '', elements: 0 };
    case 'work': {
      let workspace = workspaces.get(job.workspace);
      if (workspace === undefined) {
        workspace = new Workspace(limits);
        workspaces.set(job.workspace, workspace);
      }
      try {
        return { ...workspace.do(job.job, watch), heap: filledHeap() };
      } catch (error) {
        if (error instanceof CellStop && error.reason === 'time') throw new TimeLimit(limits.timeLimitMs);
        throw error;
      }
    }
  }
}

parentPort?.on('message', ({ id, job }: ToWorker) => {
  let answer: FromWorker;
  try {
    const watch = new Watch(limits.timeLimitMs, () => Atomics.load(flags, STOP_JOB) === id);
    answer = { id, result: withPulse(watch.tick, () => carryOut(job, watch)) };
  } catch (error) {
    answer = { id, failure: packError(error) };
  }
  const body = answer.result?.body;
  // Bytes with a buffer of their own move; small ones come out of a pool and are copied.
  const moved =
    body instanceof Uint8Array && body.buffer instanceof ArrayBuffer && body.byteLength === body.buffer.byteLength
      ? [body.buffer]
      : [];
  parentPort?.postMessage(answer, moved);
});
