/** Walking values: `for`, unpacking, comprehensions, list(…). */
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, typeError, valueError } from './errors.ts';
import { EXCEPTIONS, RaisedError } from './exceptions.ts';
import { isSubclass, lookup } from './mro.ts';
import { PyDictView, PySet } from './objects.ts';
import type { Runtime } from './runtime.ts';
import { codePoints } from './truth.ts';
import { typeName } from './types.ts';
import { PyDict, PyInstance, PyIterator, PyList, PyRange, PyTuple, type Value } from './values.ts';

const DONE: IteratorResult<Value> = { done: true, value: undefined };

export function iteratorOf(runtime: Runtime, value: Value): Iterator<Value> {
  if (value instanceof PyList) {
    // The list may grow or shrink while it is walked.
    let i = 0;
    return { next: () => (i < value.items.length ? { done: false, value: value.items[i++] } : DONE) };
  }
  if (value instanceof PyTuple) return value.items[Symbol.iterator]();
  if (value instanceof PyRange) return rangeIterator(value);
  if (typeof value === 'string') return (codePoints(value) ?? value)[Symbol.iterator]();
  if (value instanceof PyIterator) return value.iterator;
  if (value instanceof Tensor) return runtime.tensors!.iterate(value, runtime)[Symbol.iterator]();
  if (value instanceof PyDict) return watched(value.entries, 'dictionary', value.entries.values(), (entry) => entry[0]);
  if (value instanceof PySet) return watched(value.entries, 'Set', value.entries.values(), (item) => item);
  if (value instanceof PyDictView) {
    const { entries } = value.dict;
    const pick = value.part === 'keys' ? 0 : value.part === 'values' ? 1 : 2;
    return watched(entries, 'dictionary', entries.values(), (entry) =>
      pick === 2 ? new PyTuple([entry[0], entry[1]]) : entry[pick],
    );
  }
  if (value instanceof PyInstance) {
    const own = instanceIterator(runtime, value);
    if (own !== undefined) return own;
  }
  throw typeError(`'${typeName(value, runtime)}' object is not iterable`);
}

function rangeIterator({ start, stop, step }: PyRange): Iterator<Value> {
  let at = start;
  return {
    next() {
      if (step > 0n ? at >= stop : at <= stop) return DONE;
      const value = at;
      at += step;
      return { done: false, value };
    },
  };
}

function watched<T>(
  held: ReadonlyMap<unknown, unknown>,
  what: string,
  items: Iterator<T>,
  pick: (item: T) => Value,
): Iterator<Value> {
  const { size } = held;
  return {
    next() {
      if (held.size !== size) throw runtimeError(`${what} changed size during iteration`);
      const next = items.next();
      return next.done === true ? DONE : { done: false, value: pick(next.value) };
    },
  };
}

function instanceIterator(runtime: Runtime, value: PyInstance): Iterator<Value> | undefined {
  const own = lookup(value.cls, '__iter__');
  if (own !== undefined) {
    const made = runtime.call(own.member, [value]);
    if (!(made instanceof PyInstance)) return iteratorOf(runtime, made);
    const next = lookup(made.cls, '__next__');
    if (next === undefined) throw typeError(`iter() returned non-iterator of type '${made.cls.name}'`);
    return { next: () => untilStop(runtime, () => runtime.call(next.member, [made]), 'StopIteration') };
  }
  const item = lookup(value.cls, '__getitem__');
  if (item === undefined) return undefined;
  let i = 0n;
  return { next: () => untilStop(runtime, () => runtime.call(item.member, [value, i++]), 'IndexError') };
}

function untilStop(runtime: Runtime, get: () => Value, stop: string): IteratorResult<Value> {
  runtime.budget.step();
  try {
    return { done: false, value: get() };
  } catch (error) {
    if (isStop(error, stop) && runtime.budget.ended === null) return DONE;
    throw error;
  }
}

export function isStop(error: unknown, type = 'StopIteration'): boolean {
  if (error instanceof RaisedError) return isSubclass(error.instance.cls, EXCEPTIONS.get(type)!);
  return error instanceof PyError && error.type === type;
}

/** All elements, within what an object may hold. */
export function listOf(runtime: Runtime, value: Value): Value[] {
  const { budget } = runtime;
  if (value instanceof PyList || value instanceof PyTuple) {
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

/** As many elements as there are names for them. */
export function unpack(runtime: Runtime, value: Value, count: number): readonly Value[] {
  if (value instanceof PyTuple || value instanceof PyList) {
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

function unpackable(runtime: Runtime, value: Value): Iterator<Value> {
  try {
    return iteratorOf(runtime, value);
  } catch (error) {
    if (error instanceof PyError && error.type === 'TypeError' && /object is not iterable$/.test(error.message)) {
      throw typeError(`cannot unpack non-iterable ${typeName(value, runtime)} object`);
    }
    throw error;
  }
}
