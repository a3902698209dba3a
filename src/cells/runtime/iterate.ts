/** Walking values: `for`, unpacking, comprehensions, list(…). */
import { Tensor } from '../../tensor/tensor.ts';
import { PyBytes } from './bytes.ts';
import { PyError, typeError, valueError } from './errors.ts';
import { EXCEPTIONS, RaisedError, raised } from './exceptions.ts';
import { type Visit, Walk } from './holding.ts';
import { isSubclass, lookup } from './mro.ts';
import { PyDictView, PySet } from './objects.ts';
import { openClass, override } from './override.ts';
import type { Runtime } from './runtime.ts';
import { typeName } from './types.ts';
import { PyDict, PyInstance, PyIterator, PyList, PyRange, PyTuple, type Value } from './values.ts';
import { ArrayWalk, BytesWalk, DictWalk, DONE, ListWalk, RangeWalk, SetWalk, TextWalk } from './walks.ts';

export function iteratorOf(runtime: Runtime, value: Value): Walk {
  if (openClass(value) !== null) {
    const own = instanceIterator(runtime, value);
    if (own !== undefined) return own;
  }
  return plainIterator(runtime, value);
}

/** As the language's own classes have it. */
export function plainIterator(runtime: Runtime, value: Value): Walk {
  if (value instanceof PyList) return new ListWalk(value);
  if (value instanceof PyTuple) return new ArrayWalk(value.items);
  if (value instanceof PyRange) return new RangeWalk(value);
  if (typeof value === 'string') return new TextWalk(value);
  if (value instanceof PyIterator) return value.iterator;
  if (value instanceof Tensor) return runtime.tensors!.iterate(value, runtime);
  if (value instanceof PyDict) return new DictWalk(value, 'keys');
  if (value instanceof PySet) return new SetWalk(value);
  if (value instanceof PyDictView) return new DictWalk(value.dict, value.part);
  if (value instanceof PyBytes) return new BytesWalk(value);
  throw typeError(`'${typeName(value, runtime)}' object is not iterable`);
}

/** By calls of a method until it raises: `__next__`, or `__getitem__` with 0, 1, 2, … */
class CallWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly method: Value;
  private readonly self: Value;
  private at: bigint | null;
  constructor(runtime: Runtime, method: Value, self: Value, at: bigint | null) {
    super();
    this.runtime = runtime;
    this.method = method;
    this.self = self;
    this.at = at;
  }
  next(): IteratorResult<Value, undefined> {
    const { runtime, method, self, at } = this;
    if (at === null) return untilStop(runtime, () => runtime.call(method, [self]), 'StopIteration');
    this.at = at + 1n;
    return untilStop(runtime, () => runtime.call(method, [self, at]), 'IndexError');
  }
  references(visit: Visit): void {
    visit(this.method);
    visit(this.self);
  }
}

function instanceIterator(runtime: Runtime, value: Value): Walk | undefined {
  const own = override(value, '__iter__');
  if (own === null) throw typeError(`'${typeName(value, runtime)}' object is not iterable`);
  if (own !== undefined) {
    const made = runtime.call(own, [value]);
    if (!(made instanceof PyInstance)) {
      if (made instanceof PyIterator) return made.iterator;
      throw typeError(`iter() returned non-iterator of type '${typeName(made, runtime)}'`);
    }
    const next = lookup(made.cls, '__next__');
    if (next === undefined) throw typeError(`iter() returned non-iterator of type '${made.cls.name}'`);
    return new CallWalk(runtime, next.member, made, null);
  }
  const item = value instanceof PyInstance ? override(value, '__getitem__') : undefined;
  return item === undefined ? undefined : new CallWalk(runtime, item, value, 0n);
}

function untilStop(runtime: Runtime, get: () => Value, stop: string): IteratorResult<Value, undefined> {
  runtime.budget.step();
  try {
    return { done: false, value: get() };
  } catch (error) {
    if (isStop(error, stop) && runtime.budget.ended === null) return DONE;
    throw error;
  }
}

/** What `next` raises at the end: with what a generator returned. */
export function stopOf(walk: Walk): Error {
  const value = walk.returned;
  return raised('StopIteration', value === null ? [] : [value], value === null ? '' : String(value));
}

export function isStop(error: unknown, type = 'StopIteration'): boolean {
  if (error instanceof RaisedError) return isSubclass(error.instance.cls, EXCEPTIONS.get(type)!);
  return error instanceof PyError && error.type === type;
}

/** All elements, within what an object may hold. */
export function listOf(runtime: Runtime, value: Value): Value[] {
  const { budget } = runtime;
  if ((value instanceof PyList || value instanceof PyTuple) && value.cls === null) {
    budget.room(value.items.length);
    return value.items.slice();
  }
  const iterator = iteratorOf(runtime, value);
  const items: Value[] = [];
  const most = budget.limits.maxItems;
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    budget.step();
    if (items.length >= most) budget.room(items.length + 1);
    items.push(next.value);
  }
  return items;
}

/** Adds all of `more` at the end. */
export function append(runtime: Runtime, items: Value[], more: readonly Value[]): void {
  runtime.budget.inStretches(more.length, (from, to) => {
    for (let i = from; i < to; i++) items.push(more[i]);
  });
}

/** As many elements as there are names for them. */
export function unpack(runtime: Runtime, value: Value, count: number): readonly Value[] {
  if ((value instanceof PyTuple || value instanceof PyList) && value.cls === null) {
    if (value.items.length === count) return value instanceof PyList ? value.items.slice() : value.items;
    if (value.items.length > count) throw valueError(`too many values to unpack (expected ${count})`);
    throw valueError(`not enough values to unpack (expected ${count}, got ${value.items.length})`);
  }
  const iterator = unpackable(runtime, value);
  const items: Value[] = [];
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    runtime.budget.step();
    if (items.length === count) throw valueError(`too many values to unpack (expected ${count})`);
    items.push(next.value);
  }
  if (items.length < count) throw valueError(`not enough values to unpack (expected ${count}, got ${items.length})`);
  return items;
}

/** `a, *b, c = value`: the elements before the star, the rest, and those after it. */
export function unpackStar(runtime: Runtime, value: Value, before: number, after: number): Value[] {
  unpackable(runtime, value);
  const items = listOf(runtime, value);
  if (items.length < before + after) {
    throw valueError(`not enough values to unpack (expected at least ${before + after}, got ${items.length})`);
  }
  const end = items.length - after;
  return [...items.slice(0, before), new PyList(items.slice(before, end)), ...items.slice(end)];
}

function unpackable(runtime: Runtime, value: Value): Walk {
  try {
    return iteratorOf(runtime, value);
  } catch (error) {
    if (error instanceof PyError && error.type === 'TypeError' && /object is not iterable$/.test(error.message)) {
      throw typeError(`cannot unpack non-iterable ${typeName(value, runtime)} object`);
    }
    throw error;
  }
}
