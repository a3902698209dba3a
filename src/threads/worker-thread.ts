/** One thread of the pool, with the queue that it takes its jobs from. */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { Cancelled, type EndReason, Overloaded, ThreadLost } from './errors.ts';
import { type FromThread, type Job, type JobResult, STOP_JOB, type ThreadData, type ToThread } from './messages.ts';
import { movable } from './transfer.ts';
import type { Zombies } from './zombies.ts';

/** How long a job may go on after it was told to stop, or should have stopped by itself. */
const GRACE_MS = 1500;
/** How long a thread may take from its start until it takes jobs: some tenths of a second, more under load. */
const START_MS = 15_000;
/** Jobs that wait for one thread; further ones are turned away. */
const MAX_WAITING = 200;

/** A job's result, and how long it waited for a thread or was on its way. */
export type Waited<R> = R & { readonly waitedMs: number };

export interface Pending {
  readonly id: number;
  readonly job: Job;
  /** When it was asked for. */
  readonly since: number;
  readonly resolve: (result: Waited<JobResult>) => void;
  readonly reject: (error: Error) => void;
  /** Which thread carries it out. */
  thread?: WorkerThread;
  /** To be stopped as soon as it begins. */
  stopped?: true;
}

export interface ThreadSettings {
  /** The module that a thread runs: it calls `serveJobs`. */
  readonly entry: URL;
  /** What that module is to know; cloned for each thread. */
  readonly setup: unknown;
  /** How long a job may take; it is to look at the time by itself. */
  readonly timeLimitMs: number;
  /** The heap of one thread, in MiB. */
  readonly heapMb: number;
  /** Makes errors of what the threads' `packError` gave. */
  readonly unpackError: (failure: unknown) => Error;
}

/** What a thread tells its pool, and asks it. */
export interface Keeper {
  readonly zombies: Zombies;
  /** Whether another thread may be started. */
  mayStart(): boolean;
  /** These are gone with their thread. */
  lost(affinities: readonly string[]): void;
}

/**
 * Bodies and answers that pass through count as the heap's growth. After one collection V8 would begin the
 * next where the heap has grown by half, which a single large answer is, and stop the serving thread for
 * each. Set where the first worker starts: until then small heaps are kept small.
 */
const HEAP_GROWTH = '--heap-growing-percent=400';
let growing = false;

let lastId = 0;

/** The thread is started when it is first needed, and again after it was ended. Several may share one queue. */
export class WorkerThread {
  /** What lives in this thread. */
  readonly affinities = new Set<string>();
  running: Pending | null = null;
  private readonly queue: Pending[];
  private worker: Worker | null = null;
  private ready = false;
  private flags = new Int32Array(new SharedArrayBuffer(4));
  private timer: NodeJS.Timeout | undefined;
  private readonly settings: ThreadSettings;
  private readonly keeper: Keeper;

  constructor(settings: ThreadSettings, keeper: Keeper, queue: Pending[] = []) {
    this.settings = settings;
    this.keeper = keeper;
    this.queue = queue;
  }

  get idle(): boolean {
    return this.running === null;
  }

  run(job: Job, signal?: AbortSignal): Promise<Waited<JobResult>> {
    if (this.queue.length >= MAX_WAITING) return Promise.reject(new Overloaded());
    return new Promise((resolve, reject) => {
      lastId = (lastId % 0x7fffffff) + 1;
      const pending: Pending = { id: lastId, job, since: performance.now(), resolve, reject };
      this.queue.push(pending);
      signal?.addEventListener('abort', () => this.cancel(pending), { once: true });
      this.next();
    });
  }

  /** Takes a job back, or tells it to stop where it runs. */
  cancel(pending: Pending): void {
    const at = this.queue.indexOf(pending);
    if (at < 0) {
      pending.thread?.stop(pending);
    } else {
      this.queue.splice(at, 1);
      pending.reject(new Cancelled());
    }
  }

  /** Tells a job to stop, now or as soon as it begins. */
  stop(pending: Pending): void {
    if (pending.stopped) return;
    pending.stopped = true;
    if (this.running !== pending) return;
    Atomics.store(this.flags, STOP_JOB, pending.id);
    if (this.ready) this.endAfter(GRACE_MS);
  }

  /** Lets go of what lives here under a name; jobs with this name that are under way are taken back. */
  release(affinity: string): void {
    this.affinities.delete(affinity);
    for (const pending of this.jobsOf(affinity)) this.cancel(pending);
    this.post({ kind: 'release', affinity });
  }

  /** What is under way for a name, in order. */
  jobsOf(affinity: string): Pending[] {
    return [this.running, ...this.queue].filter((p): p is Pending => p !== null && p.job.affinity === affinity);
  }

  /** Takes all back and ends the thread. */
  close(): void {
    for (const pending of [this.running, ...this.queue.splice(0)]) pending?.reject(new Cancelled());
    this.running = null;
    this.endWorker();
  }

  private next(): void {
    if (this.running !== null) return;
    const pending = this.queue.shift();
    if (pending === undefined) {
      // Nothing is left to wait for: the thread alone does not keep the process.
      this.worker?.unref();
      return;
    }
    if (this.worker === null && !this.keeper.mayStart()) {
      pending.reject(new Overloaded('computations that could not be ended hold the threads of this service'));
      this.next();
      return;
    }
    this.worker ??= this.start();
    this.worker.ref();
    this.running = pending;
    pending.thread = this;
    if (pending.stopped) Atomics.store(this.flags, STOP_JOB, pending.id);
    // A thread that is only starting is given its time when it is ready.
    if (this.ready) this.endAfter(this.settings.timeLimitMs + GRACE_MS);
    const { id, job } = pending;
    this.post({ kind: 'job', id, job }, job.body);
  }

  private post(message: ToThread, body?: Uint8Array): void {
    this.worker?.postMessage(message, movable(body));
  }

  private endAfter(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end('time'), Math.min(ms, 2 ** 31 - 1));
    this.timer.unref();
  }

  private start(): Worker {
    this.flags = new Int32Array(new SharedArrayBuffer(4));
    this.ready = false;
    if (!growing) setFlagsFromString(HEAP_GROWTH);
    growing = true;
    const { entry, setup, heapMb } = this.settings;
    const worker = new Worker(entry, {
      workerData: { setup, flags: this.flags } satisfies ThreadData,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb, stackSizeMb: 16 },
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end('defect', new Error('a thread did not start in time')), START_MS);
    this.timer.unref();
    worker.on('message', (message: FromThread) => {
      if (worker !== this.worker) return;
      if (message.kind === 'done') this.done(message);
      else this.began();
    });
    worker.on('error', (error: Error & { code?: string }) => {
      if (worker !== this.worker) return;
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.end('memory');
      else this.end('defect', error);
    });
    worker.on('exit', (code) => {
      if (worker === this.worker) this.end('defect', new Error(`a thread of the pool ended with the code ${code}`));
    });
    return worker;
  }

  /** The thread is there, and its first job begins. */
  private began(): void {
    this.ready = true;
    if (this.running === null) clearTimeout(this.timer);
    else this.endAfter(this.running.stopped ? GRACE_MS : this.settings.timeLimitMs + GRACE_MS);
  }

  private done({ id, busyMs, result, failure }: Extract<FromThread, { kind: 'done' }>): void {
    const { running } = this;
    if (running === null || running.id !== id) return;
    clearTimeout(this.timer);
    this.running = null;
    if (result !== undefined) {
      running.resolve({ ...result, waitedMs: Math.max(0, performance.now() - running.since - busyMs) });
    } else if (running.stopped) running.reject(new Cancelled());
    else running.reject(this.settings.unpackError(failure));
    this.next();
  }

  /** Ends the thread. What waits for it goes on in a new one, unless what it belongs to lived here. */
  private end(reason: EndReason, defect?: Error): void {
    const { running } = this;
    this.running = null;
    this.endWorker();
    const lost = [...this.affinities];
    this.affinities.clear();
    const stranded = this.queue.filter(({ job }) => job.affinity !== undefined);
    for (const pending of stranded) this.queue.splice(this.queue.indexOf(pending), 1);
    this.keeper.lost(lost);
    running?.reject(new ThreadLost(reason, true, defect));
    for (const pending of stranded) pending.reject(new ThreadLost(reason, false, defect));
    this.next();
  }

  private endWorker(): void {
    const { worker } = this;
    clearTimeout(this.timer);
    this.worker = null;
    this.ready = false;
    if (worker !== null) this.keeper.zombies.end(worker);
  }
}
