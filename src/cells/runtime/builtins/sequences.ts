/** The methods of list and tuple, and sorting. */
import { matches, order } from '../compare.ts';
import { indexError, typeError, valueError } from '../errors.ts';
import { spanOf, toIndex } from '../indexing.ts';
import { listOf } from '../iterate.ts';
import type { Runtime } from '../runtime.ts';
import { rangeLength } from '../truth.ts';
import { LIST, RANGE, TUPLE } from '../types.ts';
import { PyList, PyRange, PySlice, PyTuple, type Value } from '../values.ts';
import { type Given, method, type Shape } from './native.ts';

const isList = (value: Value): value is PyList => value instanceof PyList;
const isSequence = (value: Value): value is PyList | PyTuple => value instanceof PyList || value instanceof PyTuple;

const define = (name: string, shape: Shape, run: (self: PyList, given: Given, runtime: Runtime) => Value): void =>
  method(LIST, name, shape, isList, run);

const ONE: Shape = { least: 1, most: 1 };
const NONE: Shape = { least: 0, most: 0 };

define('append', ONE, (self, [item], { budget }) => {
  if (self.items.length >= budget.limits.maxItems) budget.room(self.items.length + 1);
  self.items.push(item!);
  return null;
});
define('extend', ONE, (self, [items], runtime) => {
  const more = listOf(runtime, items!);
  runtime.budget.room(self.items.length + more.length);
  for (const item of more) self.items.push(item);
  return null;
});
define('insert', { least: 2, most: 2 }, (self, [index, item], runtime) => {
  runtime.budget.room(self.items.length + 1);
  const at = Number(toIndex(runtime, index!));
  self.items.splice(at, 0, item!);
  return null;
});
define('pop', { least: 0, most: 1 }, (self, [index], runtime) => {
  if (self.items.length === 0) throw indexError('pop from empty list');
  if (index === undefined) return self.items.pop()!;
  const given = Number(toIndex(runtime, index));
  const at = given < 0 ? given + self.items.length : given;
  if (at < 0 || at >= self.items.length) throw indexError('pop index out of range');
  runtime.budget.room(self.items.length - at);
  return self.items.splice(at, 1)[0];
});
define('remove', ONE, (self, [item], runtime) => {
  const at = position(runtime, self.items, item!, 0, self.items.length);
  if (at < 0) throw valueError('list.remove(x): x not in list');
  self.items.splice(at, 1);
  return null;
});
define('clear', NONE, (self) => {
  self.items = [];
  return null;
});
define('copy', NONE, (self, _, { budget }) => {
  budget.room(self.items.length);
  return new PyList(self.items.slice());
});
define('reverse', NONE, (self, _, { budget }) => {
  budget.room(self.items.length);
  self.items.reverse();
  return null;
});
define('sort', { least: 0, most: 2, names: ['key', 'reverse'] }, (self, [key, reverse], runtime) => {
  const items = self.items;
  self.items = [];
  try {
    const sorted = sortValues(runtime, items, key ?? null, reverse !== undefined && runtime.truth(reverse));
    if (self.items.length > 0) throw valueError('list modified during sort');
    self.items = sorted;
  } catch (error) {
    self.items = items;
    throw error;
  }
  return null;
});

function position(runtime: Runtime, items: readonly Value[], item: Value, from: number, to: number): number {
  for (let i = from; i < to && i < items.length; i++) {
    runtime.budget.step();
    if (matches(runtime, items[i], item)) return i;
  }
  return -1;
}

for (const cls of [LIST, TUPLE]) {
  method(cls, 'index', { least: 1, most: 3 }, isSequence, (self, [item, from, to], runtime) => {
    const { start, length } = spanOf(runtime, new PySlice(from ?? null, to ?? null, null), self.items.length);
    const at = position(runtime, self.items, item!, start, start + length);
    if (at < 0)
      throw valueError(
        self instanceof PyList ? `${runtime.repr(item!)} is not in list` : 'tuple.index(x): x not in tuple',
      );
    return BigInt(at);
  });
  method(cls, 'count', ONE, isSequence, (self, [item], runtime) => {
    let count = 0n;
    for (const each of self.items) {
      runtime.budget.step();
      if (matches(runtime, each, item!)) count++;
    }
    return count;
  });
}

const isRange = (value: Value): value is PyRange => value instanceof PyRange;
method(RANGE, 'count', ONE, isRange, (self, [item]) =>
  typeof item === 'bigint' &&
  (item - self.start) % self.step === 0n &&
  (item - self.start) / self.step >= 0n &&
  (item - self.start) / self.step < rangeLength(self)
    ? 1n
    : 0n,
);
method(RANGE, 'index', ONE, isRange, (self, [item], runtime) => {
  const at = typeof item === 'bigint' && (item - self.start) % self.step === 0n ? (item - self.start) / self.step : -1n;
  if (at < 0n || at >= rangeLength(self)) throw valueError(`${runtime.repr(item!)} is not in range`);
  return at;
});

/** Stable, in Python's order; a new array. */
export function sortValues(runtime: Runtime, items: readonly Value[], key: Value, reverse: boolean): Value[] {
  runtime.budget.room(items.length);
  const rows = items.map((item) => ({ item, key: key === null ? item : runtime.call(key, [item]) }));
  const less = (a: Value, b: Value): boolean => {
    runtime.budget.step();
    const result = order(runtime, '<', a, b);
    return typeof result === 'boolean' ? result : runtime.truth(result);
  };
  const sign = reverse ? -1 : 1;
  rows.sort((a, b) => (less(a.key, b.key) ? -sign : less(b.key, a.key) ? sign : 0));
  return rows.map(({ item }) => item);
}

export function sortedList(runtime: Runtime, iterable: Value, key: Value, reverse: boolean): PyList {
  if (iterable === undefined) throw typeError('sorted expected 1 argument, got 0');
  return new PyList(sortValues(runtime, listOf(runtime, iterable), key, reverse));
}
