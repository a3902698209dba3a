/** One evaluation as it runs: what it may use, when it has to end, where its time goes. */
import { deferring } from '../kernels/deferred.ts';
import { withPulse } from '../kernels/pulse.ts';
import { withArena } from '../tensor/arena.ts';
import { withAllocator } from '../tensor/storage.ts';
import { Budget, Deadline, type Limits } from './limits.ts';
import { Timing } from './timing.ts';

/**
 * What is done on the thread that also serves all others: some tenths of a millisecond, a few where the
 * elements are of a costly op. Beyond any of these a request begun there is dropped and begun anew in a
 * worker, some 0.1 ms away, where it gives the same: it keeps nothing.
 */
export const INLINE = {
  /** Elements of all values created. The dearest ops take some 60 ns for one, most less than 1 ns. */
  elements: 100_000,
  /** Multiplications, as long loops report or announce them: 8 MFLOP. */
  work: 4_000_000,
  /** Nodes of a graph, counted again for their gradients, and again where those are recorded: some 5 µs each. */
  nodes: 250,
  /** Elements written as text, each of which takes some 100 ns. */
  written: 10_000,
  /** Bytes of an answer's text, in the pieces of 64 KiB in which it is written. */
  pieces: 2,
} as const;

/** Thrown out of an evaluation that turns out too large for where it was begun. */
export class HandOff extends Error {}

/** One for all: nobody looks at its stack, which takes a while to gather. */
const HAND_OFF = new HandOff('to be done by a worker');

export function handOff(): never {
  throw HAND_OFF;
}

/** Looks at the clock, and at whatever else may end an evaluation early, by throwing. */
export interface Clock {
  readonly timeLimitMs: number;
  /** Looks. */
  readonly check: () => void;
  /** Between steps that are short: one in several looks. */
  readonly tick: () => void;
}

export class Run {
  readonly limits: Limits;
  readonly clock: Clock;
  /** Whether others wait while it runs: then it may only be small. */
  readonly inline: boolean;
  readonly timing: Timing;

  constructor(limits: Limits, clock: Clock = new Deadline(limits.timeLimitMs), inline = false, timing = new Timing()) {
    this.limits = limits;
    this.clock = clock;
    this.inline = inline;
    this.timing = timing;
  }

  static inline(limits: Limits): Run {
    return new Run(limits, undefined, true);
  }
}

/**
 * The one place where an evaluation's computing begins and ends: its tensors come from an arena of its
 * own under its budget, and are gone when it ends; its loops look at its clock. `survey` finds the sizes
 * of all that is to come, see {@link Budget}.
 */
export function within<T>({ limits, clock, inline }: Run, body: () => T, survey?: () => void): T {
  const enough = inline ? INLINE.elements : Number.POSITIVE_INFINITY;
  return withArena((arena) =>
    withAllocator(new Budget(limits.maxElements, arena, survey, enough, handOff), () =>
      deferring(() => (inline ? withPulse(handOff, body, INLINE.work) : withPulse(clock.check, body))),
    ),
  );
}
