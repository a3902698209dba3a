/** A row of the bench: something that is compared, under a word to ask for it by. */
import type { Measured, Target } from '../comparison.ts';
import type { Machine } from '../machine.ts';
import type { Pace, Turns } from '../measure.ts';

export interface Context {
  readonly machine: Machine;
  readonly pace: Pace;
  /** Whether a part of a row is asked for. */
  wants(part: string): boolean;
  /** Notes that a part of the row cannot be measured here, and why; a target that hangs on it is told as not measured. */
  leaveOut(reason: string, target?: Target): void;
  /** Notes something worth knowing about what was measured. */
  note(text: string): void;
  /** Says what is being measured, to who waits. */
  progress(what: string): void;
}

export interface Row {
  readonly name: string;
  readonly title: string;
  /** What exactly the numbers are, for who reads the results. */
  readonly measures: string;
  readonly needs: readonly ('peers' | 'wrk')[];
  run(context: Context): Promise<Measured[]>;
}

/** Notes which sides ended before their time. */
export function noteFailures(turns: readonly Turns[], what: string, { leaveOut }: Context): void {
  for (const { side, readings, failure } of turns) {
    if (failure === undefined) continue;
    leaveOut(`${what}, ${side.name}${readings.length > 0 ? ` after ${readings.length} rounds` : ''}: ${failure}`);
  }
}
