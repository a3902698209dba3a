/** Workspaces that live on from request to request: who may reach them, and when they go. */
import { randomBytes } from 'node:crypto';
import { isCell, type JobResult, type WorkspaceJob, withWait, workspaceJob } from '../compute/jobs.ts';
import { Cancelled, type EndReason, Overloaded, ThreadLost } from '../threads/errors.ts';
import type { WorkerPool } from '../threads/pool.ts';
import { MemoryStore, type SessionRecord, type SessionStore } from './store.ts';

/** There is no such workspace: it never was, has expired, had to make room or was lost. */
export class NoSession extends Error {
  constructor(detail = 'there is no such workspace: it may have expired, made room for others, or been deleted') {
    super(detail);
    this.name = 'NoSession';
  }
}

const REASONS: Record<EndReason, string> = {
  time: 'a cell did not stop when it was told to and had to be ended by force',
  memory: 'a cell took more memory than its thread has',
  defect: 'the thread that held this workspace failed',
};

/** A job in this workspace brought down the thread that it lived in. */
export class WorkspaceLost extends Error {
  readonly reason: EndReason;
  constructor(reason: EndReason) {
    super(`${REASONS[reason]}; the workspace was lost with it`);
    this.name = 'WorkspaceLost';
    this.reason = reason;
  }
}

export interface SessionSettings {
  readonly ttlMs: number;
  readonly max: number;
  /** Elements that all workspaces may hold together. */
  readonly maxHeld: number;
  readonly store?: SessionStore;
  readonly now?: () => number;
}

/** A thread whose heap is filled so far lets go of the longest idle of its workspaces. */
const FULL = 0.5;
const MIN_SWEEP_MS = 1000;
const MAX_SWEEP_MS = 60_000;
/** Ids of lost workspaces, kept so that whoever comes back is told what happened. */
const MAX_LOST = 1000;

export interface Expiry {
  readonly id: string;
  readonly expiresAt: number;
}

/**
 * Where there are too many workspaces, or they hold too much, the longest idle one goes of the client that has, or
 * holds, most. So a client pushes out no other that has less than he.
 */
export class Sessions {
  private readonly pool: WorkerPool;
  private readonly store: SessionStore;
  private readonly settings: SessionSettings;
  private readonly now: () => number;
  /** Jobs under way, by workspace: one that is at work is not idle. */
  private readonly busy = new Map<string, number>();
  private readonly lost = new Set<string>();
  private sweeper: NodeJS.Timeout | undefined;

  constructor(pool: WorkerPool, settings: SessionSettings) {
    this.pool = pool;
    this.settings = settings;
    this.store = settings.store ?? new MemoryStore();
    this.now = settings.now ?? Date.now;
  }

  get size(): number {
    return this.store.size;
  }

  /**
   * A new, empty workspace. Its id is a secret of 192 bits.
   *
   * @throws Overloaded where there are too many, and none of them can go
   */
  create(owner: string): Expiry {
    this.sweep();
    while (this.store.size >= this.settings.max) {
      const counts = this.totals(() => 1);
      const own = counts.get(owner) ?? 0;
      const victim = this.victim(counts, (record) => (counts.get(record.owner) ?? 0) >= own);
      if (victim === undefined)
        throw new Overloaded('there are as many workspaces as there may be, and all are at work');
      this.drop(victim.id);
    }
    const id = randomBytes(24).toString('base64url');
    const record = { id, owner, expiresAt: this.now() + this.settings.ttlMs, held: 0, executions: 0 };
    this.store.put(record);
    this.keepSweeping();
    return record;
  }

  /** @throws NoSession */
  use(id: string): SessionRecord {
    return this.touch(this.find(id));
  }

  /**
   * Does something in a workspace, after all that was asked of it before.
   *
   * @throws NoSession; WorkspaceLost where this very job brought it down; what the job throws
   */
  async run(id: string, job: WorkspaceJob, signal?: AbortSignal): Promise<JobResult & Expiry> {
    this.use(id);
    this.busy.set(id, (this.busy.get(id) ?? 0) + 1);
    try {
      const result = withWait(await this.pool.run<JobResult>(workspaceJob(id, job), signal));
      const record = this.store.get(id);
      const { held, executions } = result;
      const { expiresAt } =
        record === undefined
          ? { expiresAt: this.now() }
          : this.touch({ ...record, held: held ?? record.held, executions: executions ?? record.executions });
      this.makeRoom(id, result);
      return { ...result, id, expiresAt };
    } catch (error) {
      if (error instanceof ThreadLost) {
        if (!error.culprit) throw new NoSession(new WorkspaceLost(error.reason).message);
        if (error.reason === 'defect') throw error.cause ?? error;
        throw new WorkspaceLost(error.reason);
      }
      if (error instanceof Cancelled && this.store.get(id) === undefined) throw new NoSession();
      throw error;
    } finally {
      const left = (this.busy.get(id) ?? 1) - 1;
      if (left > 0) this.busy.set(id, left);
      else this.busy.delete(id);
    }
  }

  /** Ends the cell that runs; false where none does. */
  interrupt(id: string): boolean {
    this.use(id);
    return this.pool.stop(id, isCell);
  }

  delete(id: string): void {
    this.find(id);
    this.drop(id);
  }

  /** Told by the pool: these had to go with their thread. */
  forget(ids: readonly string[]): void {
    for (const id of ids) {
      if (!this.store.delete(id)) continue;
      this.lost.add(id);
      if (this.lost.size > MAX_LOST) for (const first of this.lost.values().take(1)) this.lost.delete(first);
    }
  }

  close(): void {
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  }

  /** Lets go of all whose time has come. */
  sweep(): void {
    const now = this.now();
    for (const { id, expiresAt } of this.store.byIdleness()) {
      // The longest idle one expires first.
      if (expiresAt > now) break;
      if (!this.busy.has(id)) this.drop(id);
    }
    if (this.store.size === 0) this.close();
  }

  private find(id: string): SessionRecord {
    const record = this.store.get(id);
    if (record === undefined) {
      throw this.lost.has(id)
        ? new NoSession('this workspace was lost with the thread that held it: a cell had to be ended by force')
        : new NoSession();
    }
    if (record.expiresAt <= this.now() && !this.busy.has(id)) {
      this.drop(id);
      throw new NoSession();
    }
    return record;
  }

  private touch(record: SessionRecord): SessionRecord {
    const used = { ...record, expiresAt: this.now() + this.settings.ttlMs };
    this.store.put(used);
    return used;
  }

  private drop(id: string): void {
    this.store.delete(id);
    this.pool.release(id);
  }

  /** What each client has, by a measure of workspaces. */
  private totals(measure: (record: SessionRecord) => number): ReadonlyMap<string, number> {
    const totals = new Map<string, number>();
    for (const record of this.store.byIdleness()) {
      totals.set(record.owner, (totals.get(record.owner) ?? 0) + measure(record));
    }
    return totals;
  }

  /** Of the client that has most among those that may go, the longest idle one. */
  private victim(
    totals: ReadonlyMap<string, number>,
    mayGo: (record: SessionRecord) => boolean,
  ): SessionRecord | undefined {
    let victim: SessionRecord | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const record of this.store.byIdleness()) {
      const total = totals.get(record.owner) ?? 0;
      if (total <= most || this.busy.has(record.id) || !mayGo(record)) continue;
      victim = record;
      most = total;
    }
    return victim;
  }

  /** Makes room where too much is held, but for the workspace at hand. */
  private makeRoom(id: string, { heap = 0 }: JobResult): void {
    for (;;) {
      const totals = this.totals(({ held }) => held);
      const all = totals.values().reduce((sum, held) => sum + held, 0);
      if (all <= this.settings.maxHeld || !this.dropHeld(id, totals, ({ held }) => held > 0)) break;
    }
    // Cells that would add much are refused by then. Where what is there is still too much, one makes room after each.
    if (this.pool.overfull)
      this.dropHeld(
        id,
        this.totals(({ held }) => held + 1),
        () => true,
      );
    if (heap > FULL) {
      const neighbours = this.pool.neighbours(id);
      // One that holds no elements may fill the heap with other things.
      const totals = this.totals((record) => (neighbours.has(record.id) ? record.held + 1 : 0));
      this.dropHeld(id, totals, (record) => neighbours.has(record.id));
    }
  }

  /**
   * Drops a workspace beside the one at hand. Where the client at hand holds most and all of his are at work, the
   * others are not made to pay: his go as soon as they rest.
   */
  private dropHeld(
    id: string,
    totals: ReadonlyMap<string, number>,
    among: (record: SessionRecord) => boolean,
  ): boolean {
    const hand = this.store.get(id);
    const own = hand === undefined ? 0 : (totals.get(hand.owner) ?? 0);
    const alone = hand !== undefined && own <= hand.held + 1;
    const victim = this.victim(
      totals,
      (record) =>
        record.id !== id &&
        among(record) &&
        (totals.get(record.owner) ?? 0) > 0 &&
        (alone || (totals.get(record.owner) ?? 0) >= own),
    );
    if (victim === undefined) return false;
    this.drop(victim.id);
    return true;
  }

  private keepSweeping(): void {
    if (this.sweeper !== undefined) return;
    const every = Math.min(Math.max(this.settings.ttlMs / 2, MIN_SWEEP_MS), MAX_SWEEP_MS);
    this.sweeper = setInterval(() => this.sweep(), every);
    this.sweeper.unref();
  }
}
