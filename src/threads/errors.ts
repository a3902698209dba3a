/** How jobs of the pool end that were not carried out. */

/** Too much waits, or too little memory is left. Answered with a 503. */
export class Overloaded extends Error {
  constructor(message = 'too many requests are waiting for their turn') {
    super(message);
    this.name = 'Overloaded';
  }
}

/** A job that was taken back before it was done. */
export class Cancelled extends Error {}

/** Why a thread came to its end. */
export type Fall = 'time' | 'memory' | 'defect';

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

/** The thread that carried out a stateless request came to its end. Another takes its place. */
export class WorkerLost extends Error {
  readonly reason: 'memory' | 'defect';
  constructor(reason: 'memory' | 'defect', cause?: unknown) {
    super(
      reason === 'memory'
        ? 'the thread that computed this request ran out of memory and was replaced'
        : 'the thread that computed this request failed and was replaced',
      { cause },
    );
    this.name = 'WorkerLost';
    this.reason = reason;
  }
}
