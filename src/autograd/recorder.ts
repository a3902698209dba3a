/** Who listens to the ops that are called: the graph document is written from what a recorder heard. */
import type { Tensor } from '../tensor/tensor.ts';

/** One op call as a client would see it; calls that an op makes inside itself are not heard. */
export interface Call<Op = unknown> {
  readonly op: Op;
  /** By parameter, in camelCase, defaults filled in. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Tensor[];
  /** Gradient nodes numbered from `first` up to, without, `last` came from this call. */
  readonly first: number;
  readonly last: number;
}

export type Recorder = (call: Call) => void;

let recorder: Recorder | null = null;

export const currentRecorder = (): Recorder | null => recorder;

/** Puts a recorder in place, or none, and gives back the one before. */
export function setRecorder(next: Recorder | null): Recorder | null {
  const before = recorder;
  recorder = next;
  return before;
}

export function withRecorder<T>(next: Recorder | null, body: () => T): T {
  const before = setRecorder(next);
  try {
    return body();
  } finally {
    recorder = before;
  }
}

