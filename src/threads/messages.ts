/** What is said between the thread that serves and those that compute. What jobs mean is not known here. */

/** Something to be done. */
export interface Job {
  /** What it is, in the words of who gives it and who carries it out. */
  readonly kind: string;
  /** Names what must live in one thread: all jobs with this name are carried out in the same one. */
  readonly affinity?: string;
  /** Moves to the thread: the giver has it no longer. */
  readonly body?: Uint8Array;
  /** Small, and cloned on its way. */
  readonly payload?: unknown;
}

/** What a job gives. All of it is cloned on its way but the body, which moves. */
export interface JobResult {
  readonly body?: string | Uint8Array;
}

export type ToThread =
  | { readonly kind: 'job'; readonly id: number; readonly job: Job }
  /** There will be nothing to do for a while, or memory is short: what is not needed is to be given back. */
  | { readonly kind: 'rest' }
  /** What has lived under this name may go. */
  | { readonly kind: 'release'; readonly affinity: string };

export type FromThread =
  /** The thread has loaded all that it needs and takes jobs. */
  | { readonly kind: 'ready' }
  /** `busyMs` is how long the job took in the thread; the failure is an error as `packError` made it data. */
  | {
      readonly kind: 'done';
      readonly id: number;
      readonly busyMs: number;
      readonly result?: JobResult;
      readonly failure?: unknown;
    };

/** Places in the flags that both threads see: the job that is to stop. */
export const STOP_JOB = 0;

export interface ThreadData {
  /** What who carries out the jobs is to know. */
  readonly setup: unknown;
  readonly flags: Int32Array;
  /** The cells of the memory table that all threads share, what they may have together, and this thread's place. */
  readonly memory: { readonly cells: Float64Array; readonly limit: number; readonly place: number };
}
