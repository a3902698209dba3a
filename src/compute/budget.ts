/** Counts what a computation makes, where all of it lives as long as the computation. */
import type { DType } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import type { Allocator, DeferredStorage, Storage } from '../tensor/storage.ts';

/** Refuses, before it is allocated, what would be too much. */
export class Budget implements Allocator {
  /** Elements made so far. */
  used = 0;
  private readonly limit: number;
  private readonly inner: Allocator;

  constructor(limit: number, inner: Allocator) {
    this.limit = limit;
    this.inner = inner;
  }

  window(numel: number): void {
    if (numel <= this.limit) return;
    throw new EngineError('budget', `a value of ${numel} elements is over the ${this.limit} that a request may have`);
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
    if (this.used <= this.limit) return;
    throw new EngineError(
      'budget',
      `${this.used} elements or more would be alive at one time; at most ${this.limit} are allowed`,
    );
  }
}
