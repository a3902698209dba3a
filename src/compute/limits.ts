/** What one request may use. */

import type { DType } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { type Allocator, type DeferredStorage, heapAllocator, type Storage } from '../tensor/storage.ts';

export interface Limits {
  /** Elements of all values that a request creates, summed. */
  readonly maxElements: number;
  readonly maxNodes: number;
  readonly timeLimitMs: number;
}

/** Beyond so many elements a request's sizes are surveyed before it goes on. */
const SURVEY_FROM = 2 ** 20;

/**
 * Counts what a request creates and refuses before it is allocated. Where it begins to be large,
 * `survey` is called once: it finds the sizes of all that is still to come, and refuses them at once.
 * Beyond `enough` elements, `onEnough` is called, which may throw to end what was only a try.
 */
export class Budget implements Allocator {
  private used = 0;
  private survey: (() => void) | undefined;
  private readonly limit: number;
  private readonly inner: Allocator;
  private readonly enough: number;
  private readonly onEnough: (() => void) | undefined;

  constructor(
    limit: number,
    inner: Allocator = heapAllocator,
    survey?: () => void,
    enough = Number.POSITIVE_INFINITY,
    onEnough?: () => void,
  ) {
    this.limit = limit;
    this.inner = inner;
    this.survey = survey;
    this.enough = enough;
    this.onEnough = onEnough;
  }

  window(numel: number): void {
    if (!(numel <= this.limit)) {
      throw new EngineError(
        'budget',
        `a value of ${numel} elements is over the ${this.limit} that a request may create`,
      );
    }
    if (numel > this.enough) this.onEnough?.();
  }

  alloc(dtype: DType, numel: number): Storage {
    this.count(numel);
    return this.inner.alloc(dtype, numel);
  }

  defer(dtype: DType, numel: number): DeferredStorage | undefined {
    if (this.inner.defer === undefined) return undefined;
    this.count(numel);
    return this.inner.defer(dtype, numel);
  }

  private count(numel: number): void {
    this.used += numel;
    if (!(this.used <= this.limit)) {
      throw new EngineError(
        'budget',
        `the request would create ${this.used} elements or more, summed over all its values; at most ${this.limit} are allowed`,
      );
    }
    if (this.used > this.enough) this.onEnough?.();
    if (this.used > SURVEY_FROM && this.survey !== undefined) {
      const { survey } = this;
      this.survey = undefined;
      survey();
    }
  }
}

/** The request's own time has passed. Answered with a 504. */
export class TimeLimit extends Error {
  readonly limitMs: number;
  constructor(limitMs: number) {
    super(`the request's time limit of ${limitMs} ms has passed`);
    this.name = 'TimeLimit';
    this.limitMs = limitMs;
  }
}

/** Steps between two looks at the clock, which takes as long as a small op. */
export const STEPS = 8;

/** Looks at the clock between ops. */
export class Deadline {
  readonly timeLimitMs: number;
  private steps = 0;
  private readonly at: number;

  constructor(timeLimitMs: number) {
    this.timeLimitMs = timeLimitMs;
    this.at = performance.now() + timeLimitMs;
  }

  readonly check = (): void => {
    if (performance.now() > this.at) throw new TimeLimit(this.timeLimitMs);
  };

  /** Between steps that are short, or look at the clock themselves: one in several looks. */
  readonly tick = (): void => {
    if (this.steps++ % STEPS === 0) this.check();
  };
}
