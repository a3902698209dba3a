/** Where a request's time went. Ops that are put off count where they are carried out. */
/** Milliseconds of each part; a value of this shape also travels between threads. */
export interface Times {
  /** Waiting for a worker, and the way there and back. */
  queue: number;
  /** From the body's bytes to what is to be computed. */
  parse: number;
  forward: number;
  backward: number;
  /** From tensors to the answer's bytes. */
  write: number;
}

export type Phase = keyof Times;

/** A stopwatch: each lap goes to the part that has just ended. */
export class Timing implements Times {
  queue = 0;
  parse = 0;
  forward = 0;
  backward = 0;
  write = 0;
  private at = performance.now();

  lap(phase: Phase): void {
    const now = performance.now();
    this[phase] += now - this.at;
    this.at = now;
  }

  /** As it travels. */
  times(): Times {
    const { queue, parse, forward, backward, write } = this;
    return { queue, parse, forward, backward, write };
  }
}

/** All parts but the wait. */
export const busyOf = ({ parse, forward, backward, write }: Times): number => parse + forward + backward + write;
