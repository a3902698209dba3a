/** What instances of our classes keep besides attributes, as a value of the language: for copies and for files. */
import type { Native } from './holding.ts';
import type { Value } from './values.ts';

export interface Saved {
  readonly kind: string;
  readonly value: Value;
}

const restorers = new Map<string, (value: Value) => Native>();

/** Says how a kind is made again of what it said of itself; what comes in may be anybody's. */
export function restores(kind: string, make: (value: Value) => Native): void {
  restorers.set(kind, make);
}

export const restorerOf = (kind: string): ((value: Value) => Native) | undefined => restorers.get(kind);
