/**
 * The threads that compute. Each works on one job at a time, in order. Jobs with an affinity go to the one
 * thread that what they name lives in; jobs without have threads of their own, so that none of them can
 * take down what lives in a thread. A job whose time is up is told to stop, and where it does not, its
 * thread is ended, with all that lives there.
 */
import { allocatedBytes, MemoryTable, SERVING } from './memory.ts';
import type { Job, JobResult } from './messages.ts';
import { type Keeper, type Pending, type ThreadSettings, type Waited, WorkerThread } from './worker-thread.ts';
import { Zombies } from './zombies.ts';

export interface PoolSettings extends ThreadSettings {
  /** Threads for jobs with an affinity, and as many for those without. */
  readonly size: number;
  /** Bytes that the whole process may take. */
  readonly memoryLimit: number;
  /** Bytes of this thread that V8 does not know of. */
  readonly apart?: () => number;
  /** Told when memory is short, so that this thread gives back what it does not need. */
  readonly onShortage?: () => void;
  /** Told of what is gone with its thread. */
  readonly onLost?: (affinities: readonly string[]) => void;
  /** Told of what whoever runs the service should know. */
  readonly report?: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

/** How often memory is looked at while a thread works. */
const LOOK_MS = 50;
/** Beyond this part of the memory, threads that rest are asked to give back what they do not need. */
const SHORT = 0.85;
/** Beyond this part of what there may be, something has to go of what lives in threads. */
const OVERFULL = 1.15;
/** Giving back takes this thread some ten ms. */
const SHORTAGE_EVERY_MS = 2000;

export class WorkerPool {
  /** For jobs with an affinity. */
  private readonly keeping: WorkerThread[] = [];
  /** For jobs without. */
  private readonly free: WorkerThread[] = [];
  /** Jobs without an affinity that no thread has taken yet. */
  private readonly waiting: Pending[] = [];
  private readonly threadOf = new Map<string, WorkerThread>();
  private readonly settings: PoolSettings;
  private readonly zombies: Zombies;
  private readonly keeper: Keeper;
  private readonly memory: MemoryTable;
  private readonly apart: () => number;
  private looking: NodeJS.Timeout | undefined;
  private shortAt = Number.NEGATIVE_INFINITY;

  constructor(settings: PoolSettings) {
    const { size, memoryLimit, apart = () => 0, report } = settings;
    this.settings = settings;
    this.apart = apart;
    this.memory = MemoryTable.of(2 * size, memoryLimit, allocatedBytes(apart()));
    this.zombies = new Zombies((alive) =>
      report?.('a thread was ended, but goes on in a native call that cannot be interrupted', { alive }),
    );
    this.keeper = {
      zombies: this.zombies,
      memory: this.memory,
      // Those take processors from the living, and memory: there may be as many as there are threads of a kind.
      mayStart: () => this.zombies.size < size,
      busy: () => this.keepLooking(),
      // The next job need not wait until a thread has started.
      mayRetire: (thread) =>
        (this.keeping.includes(thread) ? this.keeping : this.free).some((o) => o !== thread && o.alive),
      lost: (affinities) => {
        for (const affinity of affinities) this.threadOf.delete(affinity);
        settings.onLost?.(affinities);
      },
    };
  }

  /**
   * Carries out a job. Its body is gone afterwards: it moves to the thread.
   *
   * @throws Overloaded, Cancelled, ThreadLost; what `unpackError` makes of the job's own error
   */
  run<R extends JobResult = JobResult>(job: Job, signal?: AbortSignal): Promise<Waited<R>> {
    const thread = job.affinity === undefined ? this.anyThread() : this.threadFor(job.affinity);
    return thread.run(job, signal) as Promise<Waited<R>>;
  }

  /** Lets go of what lives under a name; jobs of it that are under way are stopped. */
  release(affinity: string): void {
    this.threadOf.get(affinity)?.release(affinity);
    this.threadOf.delete(affinity);
  }

  /** Stops the first job of a name, running or waiting, that was not stopped yet and fits; false where there is none. */
  stop(affinity: string, fits: (job: Job) => boolean): boolean {
    const thread = this.threadOf.get(affinity);
    const found = thread?.jobsOf(affinity).find(({ job, stopped }) => !stopped && fits(job));
    if (thread === undefined || found === undefined) return false;
    thread.stop(found);
    return true;
  }

  /** What lives in the same thread. */
  neighbours(affinity: string): ReadonlySet<string> {
    return this.threadOf.get(affinity)?.affinities ?? new Set();
  }

  /** Bytes that this thread and all others have allocated. */
  allocated(): number {
    this.memory.publish(SERVING, allocatedBytes(this.apart()));
    return this.memory.total();
  }

  /** Whether so much is allocated that jobs alone cannot make up for it. */
  get overfull(): boolean {
    return this.allocated() > OVERFULL * this.memory.limit;
  }

  /** Takes all jobs back and ends all threads; waits for them, but not for long. */
  async close(): Promise<void> {
    clearInterval(this.looking);
    for (const thread of this.threads()) thread.close();
    await this.zombies.settled();
  }

  private threads(): WorkerThread[] {
    return [...this.keeping, ...this.free];
  }

  private keepLooking(): void {
    if (this.looking !== undefined) return;
    this.looking = setInterval(() => this.look(), LOOK_MS);
    this.looking.unref();
  }

  private look(): void {
    if (this.threads().every(({ idle }) => idle)) {
      clearInterval(this.looking);
      this.looking = undefined;
    }
    const { memory } = this;
    if (this.allocated() + memory.wanted <= SHORT * memory.limit) return;
    memory.want(0);
    for (const thread of this.threads()) thread.rest();
    const now = performance.now();
    if (now - this.shortAt < SHORTAGE_EVERY_MS) return;
    this.shortAt = now;
    this.settings.onShortage?.();
  }

  /** One that is idle, alive if possible; else a new one, where there may be more. */
  private anyThread(): WorkerThread {
    const idle = this.free.find((thread) => thread.idle && thread.alive) ?? this.free.find((thread) => thread.idle);
    if (idle !== undefined) return idle;
    // Where all are busy, the first to be done takes the job from the queue that they share.
    if (this.free.length >= this.settings.size) return this.free[0];
    const thread = new WorkerThread(this.settings, this.keeper, this.nextPlace(), this.waiting);
    this.free.push(thread);
    return thread;
  }

  private threadFor(affinity: string): WorkerThread {
    const known = this.threadOf.get(affinity);
    if (known !== undefined) return known;
    const thread = this.emptiest();
    thread.affinities.add(affinity);
    this.threadOf.set(affinity, thread);
    return thread;
  }

  /** The thread in which the least lives; a new one where none is empty and there may be more. */
  private emptiest(): WorkerThread {
    let best: WorkerThread | undefined;
    for (const thread of this.keeping) {
      if (best === undefined || thread.affinities.size < best.affinities.size) best = thread;
    }
    if (best !== undefined && (best.affinities.size === 0 || this.keeping.length >= this.settings.size)) return best;
    const thread = new WorkerThread(this.settings, this.keeper, this.nextPlace());
    this.keeping.push(thread);
    return thread;
  }

  private nextPlace(): number {
    return SERVING + 1 + this.keeping.length + this.free.length;
  }
}
