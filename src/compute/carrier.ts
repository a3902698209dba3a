/** Carries out the jobs of one thread: stateless requests, and what is done in the workspaces that live there. */
import { collectGarbage } from '../tensor/collector.ts';
import { withRoomAsked } from '../tensor/room.ts';
import { CellStop, endingOf, filledHeap, type StopSignal, Watch } from './cell-limits.ts';
import { TimeLimit } from './clock.ts';
import { packError } from './failures.ts';
import type { ComputeRequest, JobResult, Travelling, WorkspaceJob } from './jobs.ts';
import type { Limits } from './limits.ts';
import { bytesApart, restThread } from './rest.ts';
import { Scope } from './scope.ts';
import { Workspace } from './workspace.ts';

/** An answer, or what there is in its place: see {@link JobResult}. */
export type Carried = Pick<JobResult, 'body' | 'mediaType' | 'elements' | 'value' | 'needs'>;

/** How stateless requests are carried out, and what is answered where one is refused. */
export interface Computing {
  carryOut(request: ComputeRequest, body: Uint8Array, scope: Scope): Carried;
  /** Undefined where the error is a defect. */
  refusalOf(error: unknown): unknown;
}

const NO_BODY = new Uint8Array(0);

export class ComputeCarrier {
  private readonly workspaces = new Map<string, Workspace>();
  private readonly limits: Limits;
  private readonly computing: Computing;
  readonly packError = packError;

  constructor(limits: Limits, computing: Computing) {
    this.limits = limits;
    this.computing = computing;
  }

  carryOut(job: Travelling, signal: StopSignal): JobResult {
    const watch = new Watch(this.limits.timeLimitMs, signal);
    return withRoomAsked(watch.room, () => this.carryOutWithin(job, watch));
  }

  private carryOutWithin(job: Travelling, watch: Watch): JobResult {
    const { affinity, payload, body = NO_BODY } = job;
    if (affinity === undefined) return this.compute(payload as ComputeRequest, body, watch);
    const work = payload as WorkspaceJob;
    return this.work(affinity, work.kind === 'put' ? { ...work, body } : work, watch);
  }

  /** Collects garbage of V8's heap; also while a job runs. */
  collect(): void {
    collectGarbage();
  }

  /** Gives back what no job needs: memory of kernels, scratch buffers, garbage. */
  rest(): void {
    restThread();
  }

  /** Bytes of this thread that V8's own figures leave out. */
  apart(): number {
    return bytesApart();
  }

  release(workspace: string): void {
    this.workspaces.get(workspace)?.end();
    this.workspaces.delete(workspace);
  }

  private compute(request: ComputeRequest, body: Uint8Array, watch: Watch): JobResult {
    const scope = new Scope(this.limits, watch);
    try {
      return { ...this.computing.carryOut(request, body, scope), times: scope.timing.times() };
    } catch (error) {
      const ending = endingOf(error, watch.timeLimitMs);
      const refusal = this.computing.refusalOf(ending);
      if (refusal === undefined) throw ending;
      return { body: '', elements: 0, refusal, times: scope.timing.times() };
    }
  }

  private work(id: string, job: WorkspaceJob, watch: Watch): JobResult {
    let workspace = this.workspaces.get(id);
    if (workspace === undefined) {
      workspace = new Workspace(this.limits);
      this.workspaces.set(id, workspace);
    }
    const scope = new Scope(this.limits, watch);
    try {
      const result = workspace.do(job, scope);
      return { ...result, heap: filledHeap(), times: scope.timing.times() };
    } catch (error) {
      if (error instanceof CellStop && error.reason === 'time') throw new TimeLimit(watch.timeLimitMs);
      throw error;
    }
  }
}
