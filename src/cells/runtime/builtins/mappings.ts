/** The methods of dict and set. */
import { isSubset } from '../compare.ts';
import { typeError, valueError } from '../errors.ts';
import { raised } from '../exceptions.ts';
import { iteratorOf, listOf } from '../iterate.ts';
import { addItem, fillFrom, getItem, heldKey, keyError, setItem } from '../keys.ts';
import { PyClassMethod, PyDictView, PySet } from '../objects.ts';
import { setOperation } from '../operators.ts';
import type { Runtime } from '../runtime.ts';
import { DICT, FROZENSET, ORDERED_DICT, SET } from '../types.ts';
import { NativeFunction, PyDict, PyList, PyTuple, type Value } from '../values.ts';
import { type Given, method, type Shape } from './native.ts';

const NONE: Shape = { least: 0, most: 0 };
const ONE: Shape = { least: 1, most: 1 };

const isDict = (value: Value): value is PyDict => value instanceof PyDict;
const dict = (name: string, shape: Shape, run: (self: PyDict, given: Given, runtime: Runtime) => Value): void =>
  method(DICT, name, shape, isDict, run);

for (const part of ['keys', 'values', 'items'] as const) dict(part, NONE, (self) => new PyDictView(self, part));
dict('get', { least: 1, most: 2 }, (self, [key, fallback], runtime) => {
  const found = getItem(self, key!, runtime);
  return found === undefined ? (fallback ?? null) : found;
});
dict('pop', { least: 1, most: 2 }, (self, [key, fallback], runtime) => {
  const held = heldKey(self.entries, key!, runtime);
  const entry = self.entries.get(held);
  if (entry === undefined) {
    if (fallback === undefined) throw keyError(key!, runtime);
    return fallback;
  }
  self.entries.delete(held);
  return entry[1];
});
dict('popitem', { least: 0, most: 1, names: ['last'] }, (self, [last], runtime) => {
  if (self.entries.size === 0)
    throw raised('KeyError', ['popitem(): dictionary is empty'], "'popitem(): dictionary is empty'");
  const fromEnd = last === undefined || runtime.truth(last);
  runtime.budget.step(self.entries.size >> 10);
  let found: unknown;
  let seen = 0;
  for (const held of self.entries.keys()) {
    found = held;
    if (!fromEnd) break;
    if (++seen % 2 ** 14 === 0) runtime.budget.stretch();
  }
  const [key, value] = self.entries.get(found)!;
  self.entries.delete(found);
  return new PyTuple([key, value]);
});
dict('setdefault', { least: 1, most: 2 }, (self, [key, fallback], runtime) => {
  const found = getItem(self, key!, runtime);
  if (found !== undefined) return found;
  setItem(self, key!, fallback ?? null, runtime);
  return fallback ?? null;
});
dict('clear', NONE, (self) => {
  self.entries.clear();
  return null;
});
dict('copy', NONE, (self, _, runtime) => fillDict(new PyDict(self.type), self, runtime));
DICT.members.set(
  'update',
  new NativeFunction(
    'update',
    (args, kwargs, interpreter) => {
      const [self, other] = args;
      if (!isDict(self)) throw typeError("descriptor 'update' for 'dict' objects doesn't apply");
      const runtime = interpreter as Runtime;
      if (other !== undefined) fillDict(self, other, runtime);
      for (const [name, value] of kwargs) setItem(self, name, value, runtime);
      return null;
    },
    'method_descriptor',
  ),
);
DICT.members.set(
  'fromkeys',
  new PyClassMethod(
    new NativeFunction('fromkeys', ([, keys, value], _, interpreter) => {
      const made = new PyDict();
      for (const key of interpreter.iterate(keys ?? null)) setItem(made, key, value ?? null, interpreter as Runtime);
      return made;
    }),
  ),
);
method(
  ORDERED_DICT,
  'move_to_end',
  { least: 1, most: 2, names: ['key', 'last'] },
  isDict,
  (self, [key, last], runtime) => {
    const held = heldKey(self.entries, key!, runtime);
    const entry = self.entries.get(held);
    if (entry === undefined) throw keyError(key!, runtime);
    self.entries.delete(held);
    if (last === undefined || runtime.truth(last)) {
      self.entries.set(held, entry);
      return null;
    }
    runtime.budget.room(self.entries.size);
    const others = new Map(self.entries);
    self.entries.clear();
    self.entries.set(held, entry);
    for (const [other, value] of others) {
      runtime.budget.step();
      self.entries.set(other, value);
    }
    return null;
  },
);

/** dict(other): of another dict, or of pairs. */
export function fillDict(into: PyDict, from: Value, runtime: Runtime): PyDict {
  if (from instanceof PyDict) {
    fillFrom(runtime, into, from);
    return into;
  }
  let i = 0;
  for (const pair of runtime.iterate(from)) {
    try {
      iteratorOf(runtime, pair);
    } catch {
      throw typeError(`cannot convert dictionary update sequence element #${i} to a sequence`);
    }
    const items = listOf(runtime, pair);
    if (items.length !== 2)
      throw valueError(`dictionary update sequence element #${i} has length ${items.length}; 2 is required`);
    setItem(into, items[0], items[1], runtime);
    i++;
  }
  return into;
}

export function makeSet(runtime: Runtime, from: Value | undefined, type: PySet['type'] = 'set'): PySet {
  const set = new PySet(type);
  if (from !== undefined) for (const item of runtime.iterate(from)) addItem(set, item, runtime);
  return set;
}

const isSet = (value: Value): value is PySet => value instanceof PySet;

for (const cls of [SET, FROZENSET]) {
  const operations = { union: '|', intersection: '&', difference: '-' } as const;
  for (const name of ['union', 'intersection', 'difference'] as const) {
    method(cls, name, { least: 0, most: 100 }, isSet, (self, given, runtime) => {
      let result = setOperation(runtime, '|', self, new PySet(self.type))!;
      for (const other of given)
        result = setOperation(
          runtime,
          operations[name],
          result,
          other instanceof PySet ? other : makeSet(runtime, other),
        )!;
      return result;
    });
  }
  method(
    cls,
    'symmetric_difference',
    ONE,
    isSet,
    (self, [other], runtime) => setOperation(runtime, '^', self, makeSet(runtime, other))!,
  );
  method(cls, 'issubset', ONE, isSet, (self, [other], runtime) => isSubset(runtime, self, makeSet(runtime, other)));
  method(cls, 'issuperset', ONE, isSet, (self, [other], runtime) => isSubset(runtime, makeSet(runtime, other), self));
  method(
    cls,
    'isdisjoint',
    ONE,
    isSet,
    (self, [other], runtime) => setOperation(runtime, '&', self, makeSet(runtime, other))!.entries.size === 0,
  );
  method(cls, 'copy', NONE, isSet, (self, _, runtime) => setOperation(runtime, '|', self, new PySet())!);
}

const set = (name: string, shape: Shape, run: (self: PySet, given: Given, runtime: Runtime) => Value): void =>
  method(SET, name, shape, isSet, run);
set('add', ONE, (self, [item], runtime) => {
  addItem(self, item!, runtime);
  return null;
});
set('discard', ONE, (self, [item], runtime) => {
  self.entries.delete(heldKey(self.entries, item!, runtime));
  return null;
});
set('remove', ONE, (self, [item], runtime) => {
  if (!self.entries.delete(heldKey(self.entries, item!, runtime))) throw keyError(item!, runtime);
  return null;
});
set('pop', NONE, (self, _, runtime) => {
  // What was taken out before is passed over to come to the first.
  runtime.budget.step(self.entries.size >> 12);
  const first = self.entries.entries().next();
  if (first.done === true) throw raised('KeyError', ['pop from an empty set'], "'pop from an empty set'");
  self.entries.delete(first.value[0]);
  return first.value[1];
});
set('clear', NONE, (self) => {
  self.entries.clear();
  return null;
});
set('update', { least: 0, most: 100 }, (self, given, runtime) => {
  for (const other of given)
    for (const item of listOf(runtime, other!)) {
      runtime.budget.step();
      addItem(self, item, runtime);
    }
  return null;
});

export const listFrom = (runtime: Runtime, value: Value): PyList => new PyList(listOf(runtime, value));
