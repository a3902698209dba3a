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
export type EndReason = 'time' | 'memory' | 'defect';

const MESSAGES: Record<EndReason, string> = {
  time: 'the computation did not stop when it was told to, and its thread was ended by force',
  memory: 'the thread that computed this request ran out of memory and was replaced',
  defect: 'the thread that computed this request failed and was replaced',
};

/** The thread that a job ran in, or waited for, came to its end. Another takes its place. */
export class ThreadLost extends Error {
  readonly reason: EndReason;
  /** Whether it was this very job that brought the thread down. */
  readonly culprit: boolean;
  constructor(reason: EndReason, culprit: boolean, cause?: unknown) {
    super(MESSAGES[reason], { cause });
    this.name = 'ThreadLost';
    this.reason = reason;
    this.culprit = culprit;
  }
}
