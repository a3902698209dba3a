/** A thread that computes: one job after the other, as they come. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer } from '../compute/answer.ts';
import { CellStop, endingOf, filledHeap, Watch } from '../compute/cell-limits.ts';
import { TimeLimit } from '../compute/limits.ts';
import { Run } from '../compute/scope.ts';
import { Timing } from '../compute/timing.ts';
import { Workspace } from '../compute/workspace.ts';
import { withPulse } from '../kernels/pulse.ts';
import {
  type ComputeJob,
  type FromWorker,
  type Job,
  type JobResult,
  packError,
  STOP_JOB,
  type ToWorker,
  type WorkerData,
} from './messages.ts';
import { movable } from './transfer.ts';

/** How stateless requests are carried out, and what is answered where one is refused. */
export interface Computing {
  carryOut(job: ComputeJob, run: Run): Answer;
  /** Undefined where the error is a defect. */
  refusalOf(error: unknown): unknown;
}

class Carrier {
  private readonly workspaces = new Map<string, Workspace>();
  private readonly data: WorkerData;
  private readonly computing: Computing;

  constructor(data: WorkerData, computing: Computing) {
    this.data = data;
    this.computing = computing;
  }

  do(id: number, job: Job): JobResult {
    const { limits, flags } = this.data;
    const watch = new Watch(limits.timeLimitMs, () => Atomics.load(flags, STOP_JOB) === id);
    switch (job.kind) {
      case 'compute':
        return this.compute(job, watch);
      case 'drop':
        this.workspaces.delete(job.workspace);
        return { body: '', elements: 0 };
      case 'work':
        return withPulse(watch.check, () => this.work(job, watch));
    }
  }

  private compute(job: ComputeJob, watch: Watch): JobResult {
    const run = new Run(this.data.limits, watch);
    try {
      return { ...this.computing.carryOut(job, run), times: run.timing.times() };
    } catch (error) {
      const ending = endingOf(error, watch.timeLimitMs);
      const refusal = this.computing.refusalOf(ending);
      if (refusal === undefined) throw ending;
      return { body: '', elements: 0, refusal, times: run.timing.times() };
    }
  }

  private work({ workspace: id, job }: Extract<Job, { kind: 'work' }>, watch: Watch): JobResult {
    let workspace = this.workspaces.get(id);
    if (workspace === undefined) {
      workspace = new Workspace(this.data.limits);
      this.workspaces.set(id, workspace);
    }
    const timing = new Timing();
    try {
      const result = workspace.do(job, watch, timing);
      return { ...result, heap: filledHeap(), times: timing.times() };
    } catch (error) {
      if (error instanceof CellStop && error.reason === 'time') throw new TimeLimit(watch.timeLimitMs);
      throw error;
    }
  }
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

/** Makes this thread a worker of the pool. */
export function serveJobs(computing: Computing): void {
  giveWay();
  const carrier = new Carrier(workerData as WorkerData, computing);
  parentPort?.on('message', ({ id, job }: ToWorker) => {
    let answer: FromWorker;
    try {
      answer = { id, result: carrier.do(id, job) };
    } catch (error) {
      answer = { id, failure: packError(error) };
    }
    parentPort?.postMessage(answer, movable(answer.result?.body));
  });
}
