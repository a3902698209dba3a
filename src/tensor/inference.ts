/** Elements that were made in inference mode, and take no part in differentiation from then on. */
import type { Storage } from './storage.ts';

let inferring = false;
/** Whether there ever were any. */
let any = false;
const made = new WeakSet<Storage>();

export const isInferring = (): boolean => inferring;

/** Switches inference mode on or off; gives what it was. */
export function setInferring(value: boolean): boolean {
  const before = inferring;
  inferring = value;
  any ||= value;
  return before;
}

/** Notes that a storage is made. */
export function noteMade(storage: Storage): void {
  if (inferring) made.add(storage);
}

export const isInferenceMade = (storage: Storage): boolean => any && made.has(storage);

/** Notes that `other` shows the elements of `storage`. */
export function noteShared(storage: Storage, other: Storage): void {
  if (isInferenceMade(storage)) made.add(other);
}
