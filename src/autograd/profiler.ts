/**
 * Which ops run, one within the other, and how long each takes. An op whose result is put off takes little time,
 * and who reads the result the more: what is told is what happened when.
 */

export interface ProfileEvent {
  readonly name: string;
  /** In microseconds since the profile began. */
  readonly start: number;
  end: number;
  /** Sizes of the arguments that are tensors, [] for each of the others; null where they are not wanted. */
  readonly shapes: readonly (readonly number[])[] | null;
  /** The number of the node that a call has made, or whose rule runs; −1 where there is none. */
  seq: number;
  /** 0 for ops, 1 for what a backward pass runs, 7 for what a client has named. */
  readonly scope: 0 | 1 | 7;
}

/** Events that a profile holds. */
const MOST = 100_000;

export class Profile {
  readonly events: ProfileEvent[] = [];
  readonly shapes: boolean;
  private readonly from = performance.now();
  /** How many events had no room. */
  missed = 0;

  constructor(shapes: boolean) {
    this.shapes = shapes;
  }

  private now(): number {
    return (performance.now() - this.from) * 1000;
  }

  begin(name: string, scope: ProfileEvent['scope'], shapes: ProfileEvent['shapes'] = null, seq = -1): ProfileEvent {
    const start = this.now();
    const event: ProfileEvent = { name, start, end: start, shapes: this.shapes ? shapes : null, seq, scope };
    if (this.events.length < MOST) this.events.push(event);
    else this.missed++;
    return event;
  }

  end(event: ProfileEvent): void {
    event.end = this.now();
  }
}

let current: Profile | null = null;

export const currentProfile = (): Profile | null => current;

/** Puts another profile, or none, in its place; gives what it was. */
export function setProfile(next: Profile | null): Profile | null {
  const before = current;
  current = next;
  return before;
}
