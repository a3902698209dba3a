/** What dicts and sets hold their keys by: equal keys of Python are one key of a Map. */
import { createHash } from 'node:crypto';
import { Tensor } from '../../tensor/tensor.ts';
import { typeError } from './errors.ts';
import { raised } from './exceptions.ts';
import { lookup } from './mro.ts';
import { intText } from './numbers.ts';
import { PySet } from './objects.ts';
import type { Runtime } from './runtime.ts';
import { joinText } from './text.ts';
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

const HALF = 1n << 63n;

/**
 * Larger ints are held by their digits: V8's hash of a bigint is that of its last 64 bits, and with
 * equal ones a Map is as slow as a list.
 */
const intKey = (value: bigint, runtime: Runtime): unknown =>
  value < HALF && value >= -HALF ? value : `\0i${intText(value, runtime.budget, 32)}`;

/** Of strings longer than this V8's hash is their length. */
const LONG = 10_000;

/** What stands for a long string: a digest, of which no collision is known. */
function longKey(text: string, runtime: Runtime): string {
  const hash = createHash('sha256');
  runtime.budget.inStretches(text.length, (from, to) => hash.update(text.slice(from, to), 'utf16le'));
  return `\0L${text.length}:${hash.digest('base64')}`;
}

/**
 * Looking a key up may at worst pass all others by, where somebody has found keys of one hash: then
 * it counts as more than a step.
 */
function countLookup(size: number, runtime: Runtime): void {
  if (size >= CROWD) runtime.budget.step(lookupCost(size));
}

/** Steps that a look-up among so many keys counts as. */
export const lookupCost = (size: number): number => 1 + (size >> 14);

/** What a key is held by among `entries`, counted as a look-up. */
export function heldKey(entries: ReadonlyMap<unknown, unknown>, key: Value, runtime: Runtime): unknown {
  const held = keyOf(key, runtime);
  countLookup(entries.size, runtime);
  return held;
}

const CROWD = 2 ** 15;

export function keyOf(value: Value, runtime: Runtime): unknown {
  switch (typeof value) {
    case 'bigint':
      return intKey(value, runtime);
    case 'boolean':
      return value ? 1n : 0n;
    case 'number':
      return Number.isInteger(value) ? intKey(BigInt(value), runtime) : value;
    case 'string':
      return value.length > LONG ? longKey(value, runtime) : value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  }
  if (value === null) return null;
  if (value instanceof Tensor) return runtime.tensors?.identity(value) ?? value;
  if (value instanceof PyTuple) {
    return runtime.nested(() =>
      shortKey(
        't',
        value.items.map((item) => part(item, runtime)),
        runtime,
      ),
    );
  }
  if (
    value instanceof PyList ||
    value instanceof PyDict ||
    value instanceof PySlice ||
    (value instanceof PySet && value.type === 'set')
  ) {
    throw typeError(`unhashable type: '${value.type}'`);
  }
  if (value instanceof PySet) return setKey(value, runtime);
  if (value instanceof PyInstance) {
    const number = value.native?.asNumber();
    if (number !== undefined) return keyOf(number, runtime);
    const hash = lookup(value.cls, '__hash__');
    if (hash !== undefined) return `\0h${identityOf(value.cls)}:${runtime.repr(runtime.call(hash.member, [value]))}`;
    if (lookup(value.cls, '__eq__') !== undefined) throw typeError(`unhashable type: '${value.cls.name}'`);
  }
  return value;
}

/** Keys of parts put together. */
function shortKey(kind: string, parts: readonly string[], runtime: Runtime): string {
  const key = `\0${kind}${joinText(runtime.budget, parts, '')}`;
  runtime.budget.characters(key.length);
  return key.length > LONG ? longKey(key, runtime) : key;
}

/** Longer parts are not compared with each other. */
const SORTED = 128;

/** Of a frozenset: of its items in whatever order. */
function setKey(set: PySet, runtime: Runtime): string {
  runtime.budget.room(set.entries.size * 16);
  const parts: string[] = [];
  for (const item of set.entries.values()) {
    const text = part(item, runtime);
    parts.push(text.length > SORTED ? longKey(text, runtime) : text);
  }
  return runtime.nested(() => shortKey('f', parts.sort(), runtime));
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
  countLookup(dict.entries.size, runtime);
  return dict.entries.get(keyOf(key, runtime))?.[1];
}

export function setItem(dict: PyDict, key: Value, value: Value, runtime: Runtime): void {
  const held = keyOf(key, runtime);
  countLookup(dict.entries.size, runtime);
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
  countLookup(set.entries.size, runtime);
  if (set.entries.has(held)) return;
  if (set.entries.size >= runtime.budget.limits.maxItems) runtime.budget.room(set.entries.size + 1);
  set.entries.set(held, value);
}

/** Copies the entries of a dict into another one, or into itself. */
export function fillFrom(runtime: Runtime, into: PyDict, from: PyDict): void {
  runtime.budget.room(from.entries.size);
  if (into === from) return;
  const cost = lookupCost(from.entries.size);
  for (const [held, [key, value]] of from.entries) {
    runtime.budget.step(cost);
    const entry = into.entries.get(held);
    if (entry !== undefined) entry[1] = value;
    else {
      if (into.entries.size >= runtime.budget.limits.maxItems) runtime.budget.room(into.entries.size + 1);
      into.entries.set(held, [key, value]);
    }
  }
}

export const keyError = (key: Value, runtime: Runtime): Error => raised('KeyError', [key], runtime.repr(key));
