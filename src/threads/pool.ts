/**
 * The threads that compute: stateless requests and the cells of workspaces. Each works on one job at a
 * time, in order. A workspace lives in the one thread that it was first used in; stateless requests
 * have threads of their own, so that none of them can take a workspace down. A job whose time is up is
 * asked to stop, and where it does not, its thread is ended, with all that lives there.
 */
import type { ComputeJob, JobResult, WorkspaceJob } from './messages.ts';
import { Hand, type Pending, type PoolSettings } from './worker-thread.ts';

export class WorkerPool {
  private readonly homes: Hand[] = [];
  private readonly hands: Hand[] = [];
  /** Stateless requests that no hand is free for. */
  private readonly waiting: Pending[] = [];
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

  /**
   * Carries out a stateless request in whichever thread has least to do. The body is gone afterwards:
   * it moves to that thread.
   *
   * @throws Overloaded, Cancelled, TimeLimit, WorkerLost; a defect's own error
   */
  compute(job: ComputeJob, signal?: AbortSignal): Promise<JobResult> {
    let hand = this.hands.find(({ idle }) => idle);
    if (hand === undefined && this.hands.length < this.settings.size) {
      hand = new Hand(this.settings, this.waiting);
      this.hands.push(hand);
    }
    // Where all are busy, the first to be done takes it from the queue that they share.
    return (hand ?? this.hands[0]).run(job, undefined, signal);
  }

  /** Does something in a workspace, which comes to be where it is not yet. */
  work(workspace: string, job: WorkspaceJob, signal?: AbortSignal): Promise<JobResult> {
    let home = this.homeOf.get(workspace);
    if (home === undefined) {
      home = this.emptiest();
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

  /** The home of the fewest workspaces; a new one where none is empty and there may be more. */
  private emptiest(): Hand {
    let best: Hand | undefined;
    for (const home of this.homes) if (best === undefined || home.workspaces.size < best.workspaces.size) best = home;
    if (best !== undefined && (best.workspaces.size === 0 || this.homes.length >= this.settings.size)) return best;
    const home = new Hand(this.settings);
    this.homes.push(home);
    return home;
  }
}
