/** What dicts and sets hold their keys by: equal keys of Python are one key of a Map. */
import { createHash } from 'node:crypto';
import { Tensor } from '../../tensor/tensor.ts';
import { PyBytes } from './bytes.ts';
import { PyComplex } from './complex.ts';
import { typeError } from './errors.ts';
import { raised } from './exceptions.ts';
import { lookup, mro } from './mro.ts';
import { intText } from './numbers.ts';
import { PyAlias, PySet, UserClass } from './objects.ts';
import { openClass } from './override.ts';
import { Primitive } from './primitive.ts';
import type { Runtime } from './runtime.ts';
import { joinText } from './text.ts';
import { PyClass, PyDict, PyInstance, PyList, PyObject, PySlice, PyTuple, type Value } from './values.ts';

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
  if (value instanceof PyInstance) {
    const number = value.native?.asNumber();
    if (number !== undefined) return keyOf(number, runtime);
  }
  if (openClass(value) !== null && value instanceof PyObject) {
    const own = ownKey(value, runtime);
    if (own !== undefined) return own;
  }
  if (
    value instanceof PyList ||
    value instanceof PyDict ||
    value instanceof PySlice ||
    (value instanceof PySet && value.type === 'set')
  ) {
    throw typeError(`unhashable type: '${value.type}'`);
  }
  if (value instanceof PyBytes) {
    if (value.type === 'bytearray') throw typeError("unhashable type: 'bytearray'");
    return shortKey('b', [value.text], runtime);
  }
  if (value instanceof PyComplex)
    return value.imag === 0 ? keyOf(value.real, runtime) : `\0c${value.real},${value.imag}`;
  if (value instanceof PyAlias)
    return shortKey(
      'a',
      [value.origin, ...value.args].map((item) => part(item, runtime)),
      runtime,
    );
  if (value instanceof PySet) return setKey(value, runtime);
  return value;
}

/** By what a class of a cell says: its hash, or that it has none since it says what is equal. */
function ownKey(value: PyObject, runtime: Runtime): unknown {
  const cls = openClass(value)!;
  const hash = lookup(cls, '__hash__');
  const equal = lookup(cls, '__eq__');
  if (value instanceof PyInstance && value.native instanceof Primitive && !(hash?.owner instanceof UserClass))
    return keyOf(value.native.value, runtime);
  const order = mro(cls);
  const said = equal?.owner instanceof UserClass ? order.indexOf(equal.owner) : Number.POSITIVE_INFINITY;
  if (hash === undefined ? said < order.length : hash.member === null || said < order.indexOf(hash.owner)) {
    if (value instanceof PyClass) return undefined;
    throw typeError(`unhashable type: '${cls.name}'`);
  }
  if (hash === undefined || (!(hash.owner instanceof UserClass) && !(value instanceof PyInstance))) return undefined;
  return `\0h${identityOf(cls)}:${runtime.repr(runtime.call(hash.member!, [value]))}`;
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
