/** What enumerate, zip, map, filter and reversed give: each holds what it walks. */
import { matches } from '../compare.ts';
import { valueError } from '../errors.ts';
import { type Visit, Walk } from '../holding.ts';
import { getItem } from '../indexing.ts';
import type { Runtime } from '../runtime.ts';
import { PyTuple, type Value } from '../values.ts';
import { DONE } from '../walks.ts';

type Step = IteratorResult<Value, undefined>;

export class EnumerateWalk extends Walk {
  private readonly walk: Walk;
  private at: bigint;
  constructor(walk: Walk, at: bigint) {
    super();
    this.walk = walk;
    this.at = at;
  }
  next(): Step {
    const next = this.walk.next();
    return next.done === true ? DONE : { done: false, value: new PyTuple([this.at++, next.value]) };
  }
  references(visit: Visit): void {
    visit(this.walk);
    visit(this.at);
  }
}

export class ZipWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly walks: readonly Walk[];
  private readonly strict: boolean;
  constructor(runtime: Runtime, walks: readonly Walk[], strict: boolean) {
    super();
    this.runtime = runtime;
    this.walks = walks;
    this.strict = strict;
  }
  next(): Step {
    const { walks } = this;
    if (walks.length === 0) return DONE;
    const items = new Array<Value>(walks.length);
    for (let i = 0; i < walks.length; i++) {
      this.runtime.budget.step();
      const next = walks[i].next();
      if (next.done === true) {
        if (this.strict) this.checkLengths(i);
        return DONE;
      }
      items[i] = next.value;
    }
    return { done: false, value: new PyTuple(items) };
  }
  /** One of them has ended: under `strict` it must be the first, and all others end with it. */
  private checkLengths(ended: number): void {
    const others = (i: number): string => `argument${i === 1 ? '' : 's'} 1${i === 1 ? '' : `-${i}`}`;
    if (ended > 0) throw valueError(`zip() argument ${ended + 1} is shorter than ${others(ended)}`);
    for (let i = 1; i < this.walks.length; i++) {
      if (this.walks[i].next().done !== true) throw valueError(`zip() argument ${i + 1} is longer than ${others(i)}`);
    }
  }
  references(visit: Visit): void {
    visit(this.walks);
  }
}

export class MapWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly callable: Value;
  private readonly walks: readonly Walk[];
  constructor(runtime: Runtime, callable: Value, walks: readonly Walk[]) {
    super();
    this.runtime = runtime;
    this.callable = callable;
    this.walks = walks;
  }
  next(): Step {
    const { runtime } = this;
    runtime.budget.step();
    const args: Value[] = [];
    for (const walk of this.walks) {
      const next = walk.next();
      if (next.done === true) return DONE;
      args.push(next.value);
    }
    return { done: false, value: runtime.call(this.callable, args) };
  }
  references(visit: Visit): void {
    visit(this.callable);
    visit(this.walks);
  }
}

export class FilterWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly callable: Value;
  private readonly walk: Walk;
  constructor(runtime: Runtime, callable: Value, walk: Walk) {
    super();
    this.runtime = runtime;
    this.callable = callable;
    this.walk = walk;
  }
  next(): Step {
    const { runtime, callable, walk } = this;
    for (let next = walk.next(); next.done !== true; next = walk.next()) {
      runtime.budget.step();
      const { value } = next;
      if (runtime.truth(callable === null ? value : runtime.call(callable, [value]))) return { done: false, value };
    }
    return DONE;
  }
  references(visit: Visit): void {
    visit(this.callable);
    visit(this.walk);
  }
}

/** `iter(callable, sentinel)` */
export class UntilWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly callable: Value;
  private readonly until: Value;
  private ended = false;
  constructor(runtime: Runtime, callable: Value, until: Value) {
    super();
    this.runtime = runtime;
    this.callable = callable;
    this.until = until;
  }
  next(): Step {
    if (this.ended) return DONE;
    this.runtime.budget.step();
    const value = this.runtime.call(this.callable, []);
    this.ended = matches(this.runtime, value, this.until);
    return this.ended ? DONE : { done: false, value };
  }
  references(visit: Visit): void {
    visit(this.callable);
    visit(this.until);
  }
}

/** By index, from the last to the first. */
export class BackWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly from: Value;
  private left: number;
  constructor(runtime: Runtime, from: Value, left: number) {
    super();
    this.runtime = runtime;
    this.from = from;
    this.left = left;
  }
  next(): Step {
    if (this.left <= 0) return DONE;
    this.left--;
    return { done: false, value: getItem(this.runtime, this.from, BigInt(this.left)) };
  }
  references(visit: Visit): void {
    visit(this.from);
  }
}
