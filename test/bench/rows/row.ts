/** A row of the bench: something that is compared, under a word to ask for it by. */
import type { Machine } from '../machine.ts';
import type { Measured, Pace } from '../measure.ts';

export interface Context {
  readonly machine: Machine;
  readonly pace: Pace;
  /** Notes that a part of the row cannot be measured here, and why. */
  leaveOut(reason: string): void;
}

export interface Row {
  readonly name: string;
  readonly title: string;
  /** What exactly the numbers are, for who reads the results. */
  readonly measures: string;
  readonly needs: readonly ('peers' | 'wrk')[];
  run(context: Context): Promise<Measured[]>;
}
