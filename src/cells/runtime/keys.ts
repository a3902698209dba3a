/** What dicts and sets hold their keys by: equal keys of Python are one key of a Map. */
import { Tensor } from '../../tensor/tensor.ts';
import { typeError } from './errors.ts';
import { raised } from './exceptions.ts';
import { lookup } from './mro.ts';
import { PySet } from './objects.ts';
import type { Runtime } from './runtime.ts';
import { PyDict, PyInstance, PyList, PySlice, PyTuple, type Value } from './values.ts';

const identities = new WeakMap<object, number>();
let next = 1;

/** A number that stands for an object as long as it lives: `id(x)`. */
export function identityOf(value: object): number {
  let known = identities.get(value);
  if (known === undefined) {
    known = next++;
    identities.set(value, known);
  }
  return known;
}

export function keyOf(value: Value, runtime: Runtime): unknown {
  switch (typeof value) {
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1n : 0n;
    case 'number':
      return Number.isInteger(value) ? BigInt(value) : value;
    case 'string':
      return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  }
  if (value === null) return null;
  if (value instanceof Tensor) return runtime.tensors?.identity(value) ?? value;
  if (value instanceof PyTuple)
    return runtime.nested(() => `\0t${value.items.map((item) => part(item, runtime)).join('')}`);
  if (
    value instanceof PyList ||
    value instanceof PyDict ||
    value instanceof PySlice ||
    (value instanceof PySet && value.type === 'set')
  ) {
    throw typeError(`unhashable type: '${value.type}'`);
  }
  if (value instanceof PySet)
    return `\0f${[...value.entries.values()]
      .map((item) => part(item, runtime))
      .sort()
      .join('')}`;
  if (value instanceof PyInstance) {
    const hash = lookup(value.cls, '__hash__');
    if (hash !== undefined) return `\0h${identityOf(value.cls)}:${runtime.repr(runtime.call(hash.member, [value]))}`;
    if (lookup(value.cls, '__eq__') !== undefined) throw typeError(`unhashable type: '${value.cls.name}'`);
  }
  return value;
}

/** A key as text that no other key shares, its length before it. */
function part(value: Value, runtime: Runtime): string {
  runtime.budget.step();
  const key = keyOf(value, runtime);
  let text: string;
  if (typeof key === 'bigint') text = `i${key}`;
  else if (typeof key === 'number') text = `n${key}`;
  else if (typeof key === 'string') text = `s${key}`;
  else if (key === null) text = '0';
  else text = `o${identityOf(key as object)}`;
  runtime.budget.characters(text.length);
  return `${text.length}:${text}`;
}

export function getItem(dict: PyDict, key: Value, runtime: Runtime): Value | undefined {
  return dict.entries.get(keyOf(key, runtime))?.[1];
}

export function setItem(dict: PyDict, key: Value, value: Value, runtime: Runtime): void {
  const held = keyOf(key, runtime);
  const entry = dict.entries.get(held);
  if (entry !== undefined) {
    entry[1] = value;
    return;
  }
  if (dict.entries.size >= runtime.budget.limits.maxItems) runtime.budget.room(dict.entries.size + 1);
  dict.entries.set(held, [key, value]);
}

export function addItem(set: PySet, value: Value, runtime: Runtime): void {
  const held = keyOf(value, runtime);
  if (set.entries.has(held)) return;
  if (set.entries.size >= runtime.budget.limits.maxItems) runtime.budget.room(set.entries.size + 1);
  set.entries.set(held, value);
}

export const keyError = (key: Value, runtime: Runtime): Error => raised('KeyError', [key], runtime.repr(key));
