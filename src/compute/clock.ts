/** When a computation has to end. */

/** The request's own time has passed. Answered with a 504. */
export class TimeLimit extends Error {
  readonly limitMs: number;
  constructor(limitMs: number) {
    super(`the request's time limit of ${limitMs} ms has passed`);
    this.name = 'TimeLimit';
    this.limitMs = limitMs;
  }
}

/** Looks at the time, and at whatever else may end a computation early, by throwing. */
export interface Clock {
  readonly timeLimitMs: number;
  readonly check: () => void;
  /** To be called between steps that are short: one in several looks. */
  readonly tick: () => void;
}

/** Steps between two looks at the time, each of which takes as long as a small op. */
export const STEPS = 8;

/** Ends a computation when its time is up. */
export class Deadline implements Clock {
  readonly timeLimitMs: number;
  private steps = 0;
  private readonly at: number;

  constructor(timeLimitMs: number) {
    this.timeLimitMs = timeLimitMs;
    this.at = performance.now() + timeLimitMs;
  }

  readonly check = (): void => {
    if (performance.now() > this.at) throw new TimeLimit(this.timeLimitMs);
  };

  readonly tick = (): void => {
    if (this.steps++ % STEPS === 0) this.check();
  };
}
