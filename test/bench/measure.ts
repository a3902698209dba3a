/** Sides take turns, so that what else the machine does hits each of them alike. */
import { setTimeout as sleep } from 'node:timers/promises';

/** What one round of a side gave: a median, a percentile or a rate. */
export interface Reading {
  readonly value: number;
  /** Forward and backward alone, in ms, where an answer says how long they took. */
  readonly inside?: number;
}

export interface Side {
  readonly name: string;
  /** One round, over about so many seconds. */
  round(seconds: number): Promise<Reading>;
}

export interface Pace {
  readonly rounds: number;
  /** Of one side in one round. */
  readonly seconds: number;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** What a side gave in all its rounds, and why it gave no more. */
export interface Turns {
  readonly side: Side;
  readonly readings: readonly Reading[];
  readonly failure?: string;
}

export const valuesOf = (turns: Turns): number[] => turns.readings.map(({ value }) => value);

/** Forward and backward alone in each round, or undefined where the answers did not say. */
export function insidesOf({ readings }: Turns): number[] | undefined {
  const insides = readings.flatMap(({ inside }) => (inside === undefined ? [] : [inside]));
  return insides.length === readings.length && insides.length > 0 ? insides : undefined;
}

/** Until then V8 is still compiling what a request runs through. */
const WARM_UP_ROUNDS = 2;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A B C, A B C, … after a warm-up that does not count. A side that fails is left out from then on. */
export async function interleave(sides: readonly Side[], { rounds, seconds }: Pace): Promise<Turns[]> {
  const turns = sides.map((side) => ({ side, readings: [] as Reading[], failure: undefined as string | undefined }));
  for (let r = -1; r < rounds; r++) {
    for (const turn of turns) {
      if (turn.failure !== undefined) continue;
      try {
        const reading = await turn.side.round(r < 0 ? WARM_UP_ROUNDS * seconds : seconds);
        if (r >= 0) turn.readings.push(reading);
      } catch (error) {
        turn.failure = messageOf(error);
      }
    }
  }
  return turns;
}

/** The median time of `work`, in ms, over as many calls as fit in; `work` may say how long its inside took. */
export async function sample(seconds: number, work: () => Promise<number | undefined>): Promise<Reading> {
  const times: number[] = [];
  const insides: number[] = [];
  const end = performance.now() + seconds * 1000;
  do {
    const start = performance.now();
    const inside = await work();
    times.push(performance.now() - start);
    if (inside !== undefined) insides.push(inside);
  } while (performance.now() < end);
  return { value: median(times), inside: insides.length === times.length ? median(insides) : undefined };
}

/** Fails rather than wait without end. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  try {
    const late = sleep(ms, undefined, { signal: over.signal }).then((): never => {
      throw new Error(`${what} took more than ${ms / 1000} s`);
    });
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
}
