/** import itertools: all of it lazy, so that each item is paid for when it is made. */
import { fn } from '../runtime/builtins/native.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { type Visit, Walk } from '../runtime/holding.ts';
import { toIndex } from '../runtime/indexing.ts';
import { iteratorOf, listOf } from '../runtime/iterate.ts';
import { binary } from '../runtime/operators.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { NativeFunction, PyIterator, PyTuple, type Value } from '../runtime/values.ts';
import { DONE } from '../runtime/walks.ts';

type Step = IteratorResult<Value, undefined>;

/** Choices by index out of pools of values; `advance` goes on to the next and says whether there was one. */
abstract class ChoiceWalk extends Walk {
  protected readonly runtime: Runtime;
  protected readonly pools: readonly (readonly Value[])[];
  protected readonly at: number[];
  private begun = false;
  private ended: boolean;
  constructor(runtime: Runtime, pools: readonly (readonly Value[])[], at: number[], empty: boolean) {
    super();
    this.runtime = runtime;
    this.pools = pools;
    this.at = at;
    this.ended = empty;
  }
  protected abstract advance(): boolean;
  next(): Step {
    if (this.ended) return DONE;
    const { pools, at } = this;
    this.runtime.budget.step(1 + at.length);
    if (this.begun && !this.advance()) {
      this.ended = true;
      return DONE;
    }
    this.begun = true;
    const one = pools.length === 1 ? pools[0] : null;
    return { done: false, value: new PyTuple(at.map((index, i) => (one ?? pools[i])[index])) };
  }
  references(visit: Visit): void {
    visit(this.pools);
    visit.weigh(this.at.length / 8);
  }
}

class ProductWalk extends ChoiceWalk {
  protected advance(): boolean {
    const { pools, at } = this;
    for (let i = at.length - 1; i >= 0; i--) {
      if (++at[i] < pools[i].length) return true;
      at[i] = 0;
    }
    return false;
  }
}

class CombinationWalk extends ChoiceWalk {
  protected advance(): boolean {
    const { at } = this;
    const n = this.pools[0].length;
    let i = at.length - 1;
    while (i >= 0 && at[i] === n - at.length + i) i--;
    if (i < 0) return false;
    at[i]++;
    for (let j = i + 1; j < at.length; j++) at[j] = at[j - 1] + 1;
    return true;
  }
}

class PermutationWalk extends ChoiceWalk {
  protected advance(): boolean {
    const { at } = this;
    const n = this.pools[0].length;
    const used = new Set(at);
    for (let i = at.length - 1; i >= 0; i--) {
      this.runtime.budget.step();
      used.delete(at[i]);
      let next = at[i] + 1;
      while (next < n && used.has(next)) next++;
      if (next === n) continue;
      at[i] = next;
      used.add(next);
      for (let j = i + 1, free = 0; j < at.length; j++) {
        while (used.has(free)) free++;
        at[j] = free;
        used.add(free);
      }
      return true;
    }
    return false;
  }
}

class ChainWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly left: readonly Value[];
  private at = 0;
  private current: Walk | null = null;
  constructor(runtime: Runtime, left: readonly Value[]) {
    super();
    this.runtime = runtime;
    this.left = left;
  }
  next(): Step {
    for (;;) {
      this.runtime.budget.step();
      if (this.current === null) {
        if (this.at >= this.left.length) return DONE;
        this.current = iteratorOf(this.runtime, this.left[this.at++]);
      }
      const item = this.current.next();
      if (item.done !== true) return item;
      this.current = null;
    }
  }
  references(visit: Visit): void {
    visit(this.left);
    visit(this.current);
  }
}

class CountWalk extends Walk {
  private readonly runtime: Runtime;
  private at: Value;
  private readonly step: Value;
  constructor(runtime: Runtime, at: Value, step: Value) {
    super();
    this.runtime = runtime;
    this.at = at;
    this.step = step;
  }
  next(): Step {
    this.runtime.budget.step();
    const value = this.at;
    this.at = binary(this.runtime, '+', value, this.step);
    return { done: false, value };
  }
  references(visit: Visit): void {
    visit(this.at);
    visit(this.step);
  }
}

class SliceWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly source: Walk;
  private wanted: number;
  private readonly stop: number;
  private readonly step: number;
  private at = 0;
  constructor(runtime: Runtime, source: Walk, start: number, stop: number, step: number) {
    super();
    this.runtime = runtime;
    this.source = source;
    this.wanted = start;
    this.stop = stop;
    this.step = step;
  }
  next(): Step {
    if (this.wanted >= this.stop) return DONE;
    for (;;) {
      this.runtime.budget.step();
      const item = this.source.next();
      if (item.done === true) return DONE;
      if (this.at++ < this.wanted) continue;
      this.wanted += this.step;
      return item;
    }
  }
  references(visit: Visit): void {
    visit(this.source);
  }
}

class AccumulateWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly source: Walk;
  private readonly callable: Value;
  private total: Value | undefined;
  constructor(runtime: Runtime, source: Walk, callable: Value) {
    super();
    this.runtime = runtime;
    this.source = source;
    this.callable = callable;
  }
  next(): Step {
    const { runtime, callable, total } = this;
    runtime.budget.step();
    const item = this.source.next();
    if (item.done === true) return DONE;
    if (total === undefined) this.total = item.value;
    else if (callable === null) this.total = binary(runtime, '+', total, item.value);
    else this.total = runtime.call(callable, [total, item.value]);
    return { done: false, value: this.total };
  }
  references(visit: Visit): void {
    visit(this.source);
    visit(this.callable);
    visit(this.total);
  }
}

/** A count of things, no more than an object may hold. */
function count(runtime: Runtime, value: Value, what: string): number {
  const n = Number(toIndex(runtime, value));
  if (n < 0) throw valueError(`${what} must be non-negative`);
  if (n > runtime.budget.limits.maxItems) throw new PyError('MemoryError', `too many ${what}`);
  return n;
}

function product(args: readonly Value[], repeat: Value, runtime: Runtime): PyIterator {
  const times = Number(toIndex(runtime, repeat));
  if (times < 0) throw valueError('repeat argument cannot be negative');
  if (times * args.length > 1000) throw new PyError('MemoryError', 'too many repeats');
  const lists = args.map((arg) => listOf(runtime, arg));
  const pools = Array.from({ length: times }, () => lists).flat();
  // The index of one pool is read from it alone, also where it is the only one.
  const empty = pools.some((pool) => pool.length === 0);
  return new PyIterator(
    new ProductWalk(
      runtime,
      pools,
      pools.map(() => 0),
      empty,
    ),
    'itertools.product',
  );
}

/** The first indices, as many as are chosen at a time. */
const first = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

export const itertools = (): Map<string, Value> =>
  new Map<string, Value>([
    [
      'product',
      new NativeFunction('product', (args, kwargs, interpreter) => {
        for (const key of kwargs.keys())
          if (key !== 'repeat') throw typeError(`'${key}' is an invalid keyword argument for product()`);
        return product(args, kwargs.get('repeat') ?? 1n, interpreter as Runtime);
      }),
    ],
    [
      'combinations',
      fn('combinations', { least: 2, most: 2, names: ['iterable', 'r'] }, ([items, r], runtime) => {
        const pool = listOf(runtime, items!);
        const size = count(runtime, r!, 'r');
        const empty = size > pool.length;
        return new PyIterator(
          new CombinationWalk(runtime, [pool], empty ? [] : first(size), empty),
          'itertools.combinations',
        );
      }),
    ],
    [
      'permutations',
      fn('permutations', { least: 1, most: 2, names: ['iterable', 'r'] }, ([items, r], runtime) => {
        const pool = listOf(runtime, items!);
        const size = r === undefined || r === null ? pool.length : count(runtime, r, 'r');
        const empty = size > pool.length;
        return new PyIterator(
          new PermutationWalk(runtime, [pool], empty ? [] : first(size), empty),
          'itertools.permutations',
        );
      }),
    ],
    [
      'chain',
      fn(
        'chain',
        { least: 0, most: Number.POSITIVE_INFINITY },
        (args, runtime) => new PyIterator(new ChainWalk(runtime, args as readonly Value[]), 'itertools.chain'),
      ),
    ],
    [
      'count',
      fn(
        'count',
        { least: 0, most: 2, names: ['start', 'step'] },
        ([start, step], runtime) => new PyIterator(new CountWalk(runtime, start ?? 0n, step ?? 1n), 'itertools.count'),
      ),
    ],
    [
      'islice',
      fn('islice', { least: 2, most: 4 }, ([items, a, b, c], runtime) => {
        const source = iteratorOf(runtime, items!);
        const place = (value: Value | undefined, absent: number): number => {
          if (value === undefined || value === null) return absent;
          const n = Number(toIndex(runtime, value));
          if (n < 0) throw valueError('Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.');
          return n;
        };
        const start = b === undefined ? 0 : place(a, 0);
        const stop = place(b === undefined ? a : b, Number.POSITIVE_INFINITY);
        const step = place(c, 1);
        if (step < 1) throw valueError('Step for islice() must be a positive integer or None.');
        return new PyIterator(new SliceWalk(runtime, source, start, stop, step), 'itertools.islice');
      }),
    ],
    [
      'accumulate',
      fn(
        'accumulate',
        { least: 1, most: 2, names: ['iterable', 'func'] },
        ([items, callable], runtime) =>
          new PyIterator(
            new AccumulateWalk(runtime, iteratorOf(runtime, items!), callable ?? null),
            'itertools.accumulate',
          ),
      ),
    ],
  ]);
