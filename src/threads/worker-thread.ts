/** One thread of the pool, with its queue. */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type Limits, TimeLimit } from '../compute/limits.ts';
import { busyOf } from '../compute/timing.ts';
import { Cancelled, type Fall, Overloaded, WorkerLost, WorkspaceLost } from './errors.ts';
import {
  type FromWorker,
  type Job,
  type JobResult,
  STOP_JOB,
  type ToWorker,
  unpackError,
  type WorkerData,
} from './messages.ts';
import { movable } from './transfer.ts';

/** How long a job may go on after it was told to stop. */
const GRACE_MS = 2000;
/** Jobs that wait for one thread; further ones are turned away. */
const MAX_WAITING = 200;
/** Starting a thread takes some hundred milliseconds, which the first job need not pay for. */
const START_MS = 10_000;

export interface Pending {
  /** To be stopped as soon as it begins. */
  stopped?: true;
  /** Who carries it out. */
  hand?: Hand;
  readonly id: number;
  readonly job: Job;
  readonly workspace: string | undefined;
  /** When it was asked for. */
  readonly since: number;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
}

export interface PoolSettings {
  readonly limits: Limits;
  /** The module that a thread runs: it calls `serveJobs`. */
  readonly entry: URL;
  /** Threads for workspaces, and as many for stateless requests. */
  readonly size: number;
  /** Told of workspaces that are gone with their thread. */
  readonly onLost?: (workspaces: readonly string[]) => void;
  /** The heap of one thread, in MiB. */
  readonly heapMb?: number;
}

/** The bytes that travel with a job, where it has any. */
function bodyOf(job: Job): Uint8Array | undefined {
  if (job.kind === 'compute') return job.body;
  return job.kind === 'work' && job.job.kind === 'put' ? job.job.body : undefined;
}

/**
 * Bodies and answers that pass through count as the heap's growth. After one collection V8 would begin the
 * next where the heap has grown by half, which a single large answer is, and stop the serving thread for
 * each. Set where the first worker starts: until then small heaps are kept small.
 */
const HEAP_GROWTH = '--heap-growing-percent=400';
let growing = false;

let lastId = 0;

/**
 * One thread, and the queue that it takes its jobs from, which several may share. The thread is started
 * when it is first needed.
 */
export class Hand {
  readonly workspaces = new Set<string>();
  running: Pending | null = null;
  readonly queue: Pending[];
  private worker: Worker | null = null;
  private flags = new Int32Array(new SharedArrayBuffer(4));
  private timer: NodeJS.Timeout | undefined;
  private fresh = true;
  private readonly settings: PoolSettings;

  constructor(settings: PoolSettings, queue: Pending[] = []) {
    this.settings = settings;
    this.queue = queue;
  }

  get idle(): boolean {
    return this.running === null;
  }

  run(job: Job, workspace: string | undefined, signal?: AbortSignal): Promise<JobResult> {
    if (this.queue.length >= MAX_WAITING && job.kind !== 'drop') return Promise.reject(new Overloaded());
    return new Promise((resolve, reject) => {
      lastId = (lastId % 0x7fffffff) + 1;
      const pending: Pending = { id: lastId, job, workspace, since: performance.now(), resolve, reject };
      this.queue.push(pending);
      signal?.addEventListener('abort', () => this.cancel(pending), { once: true });
      this.next();
    });
  }

  /** Takes a job back, or asks it to stop where it runs. */
  cancel(pending: Pending): void {
    const at = this.queue.indexOf(pending);
    if (at < 0) {
      pending.hand?.stop(pending);
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
    pending.hand = this;
    if (pending.stopped) Atomics.store(this.flags, STOP_JOB, pending.id);
    this.watch(this.settings.limits.timeLimitMs + GRACE_MS + (this.fresh ? START_MS : 0));
    const { id, job } = pending;
    this.worker.postMessage({ id, job } satisfies ToWorker, movable(bodyOf(job)));
  }

  private watch(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fall('time'), Math.min(ms, 2 ** 31 - 1));
    this.timer.unref();
  }

  private start(): Worker {
    this.flags = new Int32Array(new SharedArrayBuffer(4));
    this.fresh = true;
    if (!growing) setFlagsFromString(HEAP_GROWTH);
    growing = true;
    const workerData: WorkerData = { limits: this.settings.limits, flags: this.flags };
    const worker = new Worker(this.settings.entry, {
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
      if (worker === this.worker) this.fall('defect', new Error(`a thread of the pool ended with the code ${code}`));
    });
    return worker;
  }

  private done({ id, result, failure }: FromWorker): void {
    const { running } = this;
    if (running === null || running.id !== id) return;
    this.fresh = false;
    clearTimeout(this.timer);
    this.running = null;
    if (result?.times !== undefined) {
      // What was not spent there was spent waiting, or on the way.
      result.times.queue = Math.max(0, performance.now() - running.since - busyOf(result.times));
    }
    if (result !== undefined) running.resolve(result);
    else if (running.stopped) running.reject(new Cancelled());
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
    if (running?.workspace !== undefined) running.reject(defect ?? new WorkspaceLost(true, reason));
    else if (reason === 'time') running?.reject(new TimeLimit(this.settings.limits.timeLimitMs));
    else running?.reject(new WorkerLost(reason, defect));
    for (const pending of stranded) pending.reject(new WorkspaceLost(false, reason));
    this.next();
  }
}
