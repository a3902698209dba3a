/** Counts what a cell does, and ends it where that is too much. */
import type { CellLimits } from '../limits.ts';
import { PyError } from './errors.ts';
import type { Budget } from './interpreter.ts';

const TICK = 1000;
/** Calls of ours between two looks at the clock, each of which takes less than 50 ms. */
const CALLS = 16;
/** Elements that a plain loop goes through between two looks at the clock. */
const STRETCH = 2 ** 15;
/** Elements and characters that cost as much as a step, so that memory is bounded with the steps. */
const ITEMS_PER_STEP = 4;
const CHARACTERS_PER_STEP = 32;
const BITS_PER_STEP = 4096;

export class CellBudget implements Budget {
  readonly limits: CellLimits;
  #left: number;
  /** Where `left` has fallen to this, something is to be looked after. */
  #mark: number;
  #calls = CALLS;
  #printed = 0;
  /** What ended the cell: thrown again at every step, so that no `except` outlives it. */
  ended: { readonly error: unknown } | null = null;

  constructor(limits: CellLimits) {
    this.limits = limits;
    this.#left = limits.maxSteps;
    this.#mark = this.#left - TICK;
  }

  /** A new cell begins. */
  reset(): void {
    this.#left = this.limits.maxSteps;
    this.#mark = this.#left - TICK;
    this.#printed = 0;
    this.ended = null;
  }

  get used(): number {
    return this.limits.maxSteps - this.#left;
  }

  step(cost = 1): void {
    this.#left -= cost;
    if (this.#left < this.#mark) this.#look();
  }

  /** A call of ours begins, which may take long and count little: of several, one looks at the clock. */
  call(): void {
    this.step();
    if (--this.#calls >= 0) return;
    this.#calls = CALLS;
    this.#look();
  }

  #look(): void {
    if (this.ended !== null) throw this.ended.error;
    if (this.#left < 0) this.end(new PyError('TimeoutError', `the cell took more than ${this.limits.maxSteps} steps`));
    this.#mark = this.#left - TICK;
    try {
      this.limits.tick();
    } catch (error) {
      this.end(error);
    }
  }

  end(error: unknown): never {
    this.ended = { error };
    this.#mark = Number.POSITIVE_INFINITY;
    throw error;
  }

  /** So many elements are walked over, or made. */
  room(size: number): void {
    this.growth(0, size);
  }

  /** What has `size` elements gets `more` at its end: only they cost, however many are there. */
  growth(size: number, more = 1): void {
    if (size + more > this.limits.maxItems)
      throw new PyError('MemoryError', `more than ${this.limits.maxItems} elements in one object`);
    if (more > ITEMS_PER_STEP) this.step(Math.floor(more / ITEMS_PER_STEP));
  }

  characters(length: number): void {
    if (length > this.limits.maxStringLength)
      throw new PyError('MemoryError', `a string of more than ${this.limits.maxStringLength} characters`);
    if (length > CHARACTERS_PER_STEP) this.step(Math.floor(length / CHARACTERS_PER_STEP));
  }

  /** Between two stretches of a long loop: the clock is looked at. */
  stretch(): void {
    this.step(TICK + 1);
  }

  /** Runs a loop over `n` elements in stretches. */
  inStretches(n: number, loop: (from: number, to: number) => void): void {
    for (let from = 0; from < n; from += STRETCH) {
      loop(from, Math.min(from + STRETCH, n));
      if (n > STRETCH) this.stretch();
    }
  }

  bits(count: number): void {
    if (count > this.limits.maxIntBits)
      throw new PyError('MemoryError', `an int of more than ${this.limits.maxIntBits} bits`);
    if (count > BITS_PER_STEP) this.step(Math.floor(count / BITS_PER_STEP));
  }

  print(length: number): void {
    this.#printed += length;
    if (this.#printed > this.limits.maxOutput)
      this.end(new PyError('MemoryError', `the cell printed more than ${this.limits.maxOutput} characters`));
  }
}
