/**
 * The threads that run cells. Each works on one job at a time, in order. A workspace lives in the one
 * thread that it was first used in; evaluations have threads of their own, so that none of them can
 * take a workspace down. A job whose time is up is asked to stop, and where it does not, its thread
 * is ended, with all that lives there.
 */
import { Worker } from 'node:worker_threads';
import { EngineError } from '../tensor/errors.ts';
import type { AnswerOptions } from './answer.ts';
import {
  type CodeRequest,
  type FromWorker,
  type Job,
  type JobResult,
  STOP_JOB,
  type ToWorker,
  unpackError,
  type WorkerData,
  type WorkspaceJob,
} from './cell-messages.ts';
import { type Limits, TimeLimit } from './limits.ts';

/** How long a job may go on after it was told to stop. */
const GRACE_MS = 2000;
/** Jobs that wait for one thread; further ones are turned away. */
const MAX_WAITING = 200;
/** Starting a thread takes some hundred milliseconds, which the first job need not pay for. */
const START_MS = 10_000;

/** Too many jobs wait. Answered with a 503. */
export class Overloaded extends Error {
  constructor() {
    super('too many cells are waiting');
    this.name = 'Overloaded';
  }
}

/** Why a thread came to its end. */
type Fall = 'time' | 'memory' | 'defect';

const FALLS: Record<Fall, string> = {
  time: 'a cell did not stop when it was told to and had to be ended by force',
  memory: 'a cell took more memory than its thread has',
  defect: 'the thread that held this workspace failed',
};

/** The thread that a workspace lived in had to be ended. */
export class WorkspaceLost extends Error {
  /** Whether it was this very job that brought the thread down. */
  readonly culprit: boolean;
  readonly reason: Fall;
  constructor(culprit: boolean, reason: Fall) {
    super(`${FALLS[reason]}; the workspace was lost with it`);
    this.name = 'WorkspaceLost';
    this.culprit = culprit;
    this.reason = reason;
  }
}

/** A job that was taken back before it began. */
export class Cancelled extends Error {}

interface Pending {
  /** To be stopped as soon as it begins. */
  stopped?: true;
  readonly id: number;
  readonly job: Job;
  readonly workspace: string | undefined;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
}

export interface PoolSettings {
  readonly limits: Limits;
  /** Threads for workspaces, and as many for evaluations. */
  readonly size: number;
  /** Told of workspaces that are gone with their thread. */
  readonly onLost?: (workspaces: readonly string[]) => void;
  /** The heap of one thread, in MiB. */
  readonly heapMb?: number;
}

let lastId = 0;

/** One thread with its queue. */
class Hand {
  readonly workspaces = new Set<string>();
  running: Pending | null = null;
  readonly queue: Pending[] = [];
  private worker: Worker | null = null;
  private flags = new Int32Array(new SharedArrayBuffer(4));
  private timer: NodeJS.Timeout | undefined;
  private fresh = true;
  private readonly settings: PoolSettings;

  constructor(settings: PoolSettings) {
    this.settings = settings;
  }

  get load(): number {
    return this.queue.length + (this.running === null ? 0 : 1);
  }

  run(job: Job, workspace: string | undefined, signal?: AbortSignal): Promise<JobResult> {
    if (this.queue.length >= MAX_WAITING && job.kind !== 'drop') return Promise.reject(new Overloaded());
    return new Promise((resolve, reject) => {
      lastId = (lastId % 0x7fffffff) + 1;
      const pending: Pending = { id: lastId, job, workspace, resolve, reject };
      this.queue.push(pending);
      signal?.addEventListener('abort', () => this.cancel(pending), { once: true });
      this.next();
    });
  }

  /** Takes a job back, or asks it to stop where it runs. */
  cancel(pending: Pending): void {
    const at = this.queue.indexOf(pending);
    if (at < 0) {
      this.stop(pending);
    } else {
      this.queue.splice(at, 1);
      pending.reject(new Cancelled());
    }
  }

  /** Asks a job to stop, now or as soon as it begins. */
  stop(pending: Pending): void {
    if (pending.stopped) return;
    pending.stopped = true;
    if (this.running !== pending) return;
    Atomics.store(this.flags, STOP_JOB, pending.id);
    this.watch(GRACE_MS);
  }

  /** What is under way for a workspace, in order. */
  jobsOf(workspace: string): Pending[] {
    return [this.running, ...this.queue].filter((p): p is Pending => p !== null && p.workspace === workspace);
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    clearTimeout(this.timer);
    for (const pending of [this.running, ...this.queue.splice(0)]) pending?.reject(new Cancelled());
    this.running = null;
    await worker?.terminate();
  }

  private next(): void {
    if (this.running !== null) return;
    const pending = this.queue.shift();
    if (pending === undefined) {
      // Nothing is left to wait for: the thread alone does not keep the process.
      this.worker?.unref();
      return;
    }
    this.worker ??= this.start();
    this.worker.ref();
    this.running = pending;
    if (pending.stopped) Atomics.store(this.flags, STOP_JOB, pending.id);
    this.watch(this.settings.limits.timeLimitMs + GRACE_MS + (this.fresh ? START_MS : 0));
    this.worker.postMessage({ id: pending.id, job: pending.job } satisfies ToWorker);
  }

  private watch(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fall('time'), Math.min(ms, 2 ** 31 - 1));
    this.timer.unref();
  }

  private start(): Worker {
    this.flags = new Int32Array(new SharedArrayBuffer(4));
    this.fresh = true;
    const workerData: WorkerData = { limits: this.settings.limits, flags: this.flags };
    const worker = new Worker(new URL('./cell-worker.ts', import.meta.url), {
      workerData,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.settings.heapMb ?? 1024, stackSizeMb: 16 },
    });
    worker.on('message', (message: FromWorker) => {
      if (worker === this.worker) this.done(message);
    });
    worker.on('error', (error: Error & { code?: string }) => {
      if (worker !== this.worker) return;
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.fall('memory');
      else this.fall('defect', error);
    });
    worker.on('exit', (code) => {
      if (worker === this.worker)
        this.fall('defect', new Error(`a thread that runs cells ended with the code ${code}`));
    });
    return worker;
  }

  private done({ id, result, failure }: FromWorker): void {
    const { running } = this;
    if (running === null || running.id !== id) return;
    this.fresh = false;
    clearTimeout(this.timer);
    this.running = null;
    if (result !== undefined) running.resolve(result);
    else running.reject(unpackError(failure ?? { kind: 'other', message: 'no answer' }));
    this.next();
  }

  /** Ends the thread. What waits for it goes on in a new one, unless its workspace is gone. */
  private fall(reason: Fall, defect?: Error): void {
    const { worker, running } = this;
    clearTimeout(this.timer);
    this.worker = null;
    this.running = null;
    void worker?.terminate();
    const lost = [...this.workspaces];
    this.workspaces.clear();
    const stranded = this.queue.filter((p) => p.workspace !== undefined);
    for (const pending of stranded) this.queue.splice(this.queue.indexOf(pending), 1);
    this.settings.onLost?.(lost);
    if (defect !== undefined) running?.reject(defect);
    else if (running?.workspace !== undefined) running.reject(new WorkspaceLost(true, reason));
    else if (reason === 'time') running?.reject(new TimeLimit(this.settings.limits.timeLimitMs));
    else running?.reject(new EngineError('budget', 'the code took more memory than its thread has'));
    for (const pending of stranded) pending.reject(new WorkspaceLost(false, reason));
    this.next();
  }
}

export class CellPool {
  private readonly homes: Hand[] = [];
  private readonly hands: Hand[] = [];
  private readonly homeOf = new Map<string, Hand>();
  private readonly settings: PoolSettings;

  constructor(settings: PoolSettings) {
    this.settings = {
      ...settings,
      onLost: (lost) => {
        for (const id of lost) this.homeOf.delete(id);
        settings.onLost?.(lost);
      },
    };
  }

  evaluate(request: CodeRequest, options: AnswerOptions, signal?: AbortSignal): Promise<JobResult> {
    return this.pick(this.hands, (hand) => hand.load).run({ kind: 'evaluate', request, options }, undefined, signal);
  }

  /** Does something in a workspace, which comes to be where it is not yet. */
  work(workspace: string, job: WorkspaceJob, signal?: AbortSignal): Promise<JobResult> {
    let home = this.homeOf.get(workspace);
    if (home === undefined) {
      home = this.pick(this.homes, (hand) => hand.workspaces.size);
      home.workspaces.add(workspace);
      this.homeOf.set(workspace, home);
    }
    return home.run({ kind: 'work', workspace, job }, workspace, signal);
  }

  /** Lets go of a workspace; a cell of it that still runs is stopped. */
  drop(workspace: string): void {
    const home = this.homeOf.get(workspace);
    if (home === undefined) return;
    this.homeOf.delete(workspace);
    home.workspaces.delete(workspace);
    for (const job of home.jobsOf(workspace)) home.cancel(job);
    home.run({ kind: 'drop', workspace }, undefined).catch(() => {});
  }

  /** Stops the cell that runs, or the first that waits; false where there is none. */
  interrupt(workspace: string): boolean {
    const home = this.homeOf.get(workspace);
    const cell = home
      ?.jobsOf(workspace)
      .find(({ job, stopped }) => job.kind === 'work' && job.job.kind === 'cell' && !stopped);
    if (home === undefined || cell === undefined) return false;
    home.stop(cell);
    return true;
  }

  /** Workspaces that live in the same thread. */
  neighbours(workspace: string): ReadonlySet<string> {
    return this.homeOf.get(workspace)?.workspaces ?? new Set();
  }

  async close(): Promise<void> {
    await Promise.all([...this.homes, ...this.hands].map((hand) => hand.close()));
  }

  /** The least loaded one; a new one where none is free and there may be more. */
  private pick(hands: Hand[], load: (hand: Hand) => number): Hand {
    let best: Hand | undefined;
    for (const hand of hands) if (best === undefined || load(hand) < load(best)) best = hand;
    if (best !== undefined && (load(best) === 0 || hands.length >= this.settings.size)) return best;
    const hand = new Hand(this.settings);
    hands.push(hand);
    return hand;
  }
}
