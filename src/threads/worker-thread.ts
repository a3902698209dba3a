/** One thread of the pool, with the queue that it takes its jobs from. */
import { Worker } from 'node:worker_threads';
import { Cancelled, type EndReason, Overloaded, ThreadLost } from './errors.ts';
import type { MemoryTable } from './memory.ts';
import { type FromThread, type Job, type JobResult, STOP_JOB, type ThreadData, type ToThread } from './messages.ts';
import { Rest } from './rest.ts';
import { movable } from './transfer.ts';
import type { Zombies } from './zombies.ts';

/** How long a job may go on after it was told to stop, or should have stopped by itself. */
const GRACE_MS = 1500;
/** How long a thread may take from its start until it takes jobs: some tenths of a second, more under load. */
const START_MS = 60_000;
const REST_MS = 2500;
const RETIRE_MS = 5000;
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
  /** The heap of one thread, in MiB; less where the memory is small. */
  readonly heapMb: number;
  /** After so long without a job a thread gives back what it does not need. */
  readonly restMs?: number;
  /** After so long without a job a thread that nothing lives in is ended, unless it is the last of its kind. */
  readonly retireMs?: number;
  /** Makes errors of what the threads' `packError` gave. */
  readonly unpackError: (failure: unknown) => Error;
}

/** What a thread tells its pool, and asks it. */
export interface Keeper {
  readonly zombies: Zombies;
  readonly memory: MemoryTable;
  /** Whether another thread may be started. */
  mayStart(): boolean;
  /** A thread begins to work. */
  busy(): void;
  /** Whether a thread in which nothing lives may be ended, since it has nothing to do. */
  mayRetire(thread: WorkerThread): boolean;
  /** These are gone with their thread. */
  lost(affinities: readonly string[]): void;
}

/** No thread's heap may be larger than half of all memory; none can do with less than the least. */
const LEAST_HEAP_MB = 128;
const heapFor = (heapMb: number, limit: number): number =>
  Math.min(heapMb, Math.max(LEAST_HEAP_MB, Math.floor(limit / 2 ** 21)));

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
  /** In the memory table. */
  private readonly place: number;
  private readonly resting: Rest;
  private readonly retiring: Rest;
  /** Whether it has had a job since it gave back what it could. */
  private used = false;

  constructor(settings: ThreadSettings, keeper: Keeper, place: number, queue: Pending[] = []) {
    this.place = place;
    this.resting = new Rest(settings.restMs ?? REST_MS, () => this.rest());
    this.retiring = new Rest(settings.retireMs ?? RETIRE_MS, () => this.retire());
    this.settings = settings;
    this.keeper = keeper;
    this.queue = queue;
  }

  get idle(): boolean {
    return this.running === null;
  }

  /** Whether there is a thread, and not only a place for one. */
  get alive(): boolean {
    return this.worker !== null;
  }

  /** Has a thread that has no job give back what it does not need. */
  rest(): void {
    if (this.running !== null || !this.used) return;
    this.used = false;
    this.post({ kind: 'rest' });
  }

  private retire(): void {
    if (this.idle && this.alive && this.affinities.size === 0 && this.keeper.mayRetire(this)) this.endWorker();
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
    this.used = true;
    this.touch();
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
      this.touch();
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
    this.used = true;
    this.keeper.busy();
    if (pending.stopped) Atomics.store(this.flags, STOP_JOB, pending.id);
    // A thread that is only starting is given its time when it is ready.
    if (this.ready) this.endAfter(this.settings.timeLimitMs + GRACE_MS);
    const { id, job } = pending;
    this.post({ kind: 'job', id, job }, job.body);
  }

  private touch(): void {
    this.resting.touch();
    this.retiring.touch();
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
    const { entry, setup, heapMb } = this.settings;
    const { cells, limit } = this.keeper.memory;
    const worker = new Worker(entry, {
      workerData: { setup, flags: this.flags, memory: { cells, limit, place: this.place } } satisfies ThreadData,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapFor(heapMb, limit), stackSizeMb: 16 },
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
    this.resting.stop();
    this.retiring.stop();
    this.worker = null;
    this.ready = false;
    if (worker === null) return;
    this.keeper.memory.clear(this.place);
    this.keeper.zombies.end(worker);
  }
}
