/** The methods of list and tuple, and sorting. */
import { matches, order } from '../compare.ts';
import { indexError, typeError, valueError } from '../errors.ts';
import { spanOf, toIndex } from '../indexing.ts';
import { append, listOf } from '../iterate.ts';
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
  runtime.budget.growth(self.items.length, more.length);
  append(runtime, self.items, more);
  return null;
});
define('insert', { least: 2, most: 2 }, (self, [index, item], runtime) => {
  runtime.budget.room(self.items.length + 1);
  const at = Math.max(-(2 ** 53), Math.min(2 ** 53, Number(toIndex(runtime, index!))));
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
  runtime.budget.room(self.items.length - at);
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
  if (key === null) return inOrder(runtime, items.slice(), (item) => item, reverse);
  const rows: { item: Value; key: Value }[] = [];
  for (const item of items) {
    runtime.budget.step();
    rows.push({ item, key: runtime.call(key, [item]) });
  }
  const sorted = inOrder(runtime, rows, (row) => row.key, reverse);
  const out: Value[] = [];
  runtime.budget.inStretches(sorted.length, (from, to) => {
    for (let i = from; i < to; i++) out.push(sorted[i].item);
  });
  return out;
}

/** How many at the beginning are in order already; negative where each comes before the one that it stands behind. */
function runOf<T>(rows: readonly T[], comesFirst: (a: T, b: T) => boolean): number {
  if (rows.length < 2) return rows.length;
  const falling = comesFirst(rows[1], rows[0]);
  let n = 2;
  while (n < rows.length && comesFirst(rows[n], rows[n - 1]) === falling) n++;
  return falling ? -n : n;
}

/** Sorts in place: a merge sort, stable, that asks only whether one is less than the other. */
function inOrder<T>(runtime: Runtime, rows: T[], keyOf: (row: T) => Value, reverse: boolean): T[] {
  const less = (a: Value, b: Value): boolean => {
    runtime.budget.step();
    const result = order(runtime, '<', a, b);
    return typeof result === 'boolean' ? result : runtime.truth(result);
  };
  // Reversed, equal ones stay in their order, too.
  const comesFirst = reverse
    ? (a: T, b: T): boolean => less(keyOf(b), keyOf(a))
    : (a: T, b: T): boolean => less(keyOf(a), keyOf(b));
  const run = runOf(rows, comesFirst);
  if (run === rows.length) return rows;
  if (run === -rows.length) return rows.reverse();
  let from = rows;
  let to = new Array<T>(rows.length);
  for (let width = 1; width < rows.length; width *= 2) {
    for (let start = 0; start < rows.length; start += 2 * width) {
      const middle = Math.min(start + width, rows.length);
      const end = Math.min(start + 2 * width, rows.length);
      let [left, right] = [start, middle];
      // What is in order already is copied.
      if (middle < end && !comesFirst(from[middle], from[middle - 1])) {
        for (let i = start; i < end; i++) to[i] = from[i];
        runtime.budget.step((end - start) >> 4);
        continue;
      }
      for (let i = start; i < end; i++) {
        const takeRight = left === middle || (right < end && comesFirst(from[right], from[left]));
        to[i] = takeRight ? from[right++] : from[left++];
      }
      runtime.budget.step((end - start) >> 4);
    }
    [from, to] = [to, from];
  }
  return from;
}

export function sortedList(runtime: Runtime, iterable: Value, key: Value, reverse: boolean): PyList {
  if (iterable === undefined) throw typeError('sorted expected 1 argument, got 0');
  return new PyList(sortValues(runtime, listOf(runtime, iterable), key, reverse));
}
