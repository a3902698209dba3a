/** Subscripts: reading, writing and deleting, by index and by slice. */
import { Tensor } from '../../tensor/tensor.ts';
import { PyBytes } from './bytes.ts';
import { indexError, PyError, typeError, valueError } from './errors.ts';
import { listOf } from './iterate.ts';
import { getItem as getEntry, heldKey, keyError, setItem as setEntry } from './keys.ts';
import { lookup } from './mro.ts';
import { PyAlias, PyClassMethod } from './objects.ts';
import { openClass, override } from './override.ts';
import type { Runtime } from './runtime.ts';
import { cut, isPlain, placesIn, skip, TextBuilder, textLength } from './text.ts';
import { rangeLength } from './truth.ts';
import { typeName } from './types.ts';
import { PyClass, PyDict, PyInstance, PyList, PyRange, PySlice, PyTuple, type Value } from './values.ts';

/** Classes of the language that take types in brackets. */
const GENERIC: ReadonlySet<string> = new Set(['list', 'dict', 'tuple', 'set', 'frozenset', 'type']);

/** `operator.index`: ints, bools, tensors of one integer and whatever has `__index__`. */
export function toIndex(runtime: Runtime, value: Value): bigint {
  const index = asIndex(runtime, value);
  if (index === undefined) throw typeError(`'${typeName(value, runtime)}' object cannot be interpreted as an integer`);
  return index;
}

export function asIndex(runtime: Runtime, value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return BigInt(value);
  if (value instanceof Tensor) return runtime.tensors?.toIndex(value);
  if (value instanceof PyInstance) {
    const own = lookup(value.cls, '__index__');
    if (own !== undefined) {
      const index = runtime.call(own.member, [value]);
      if (typeof index === 'bigint') return index;
    }
  }
  return undefined;
}

export interface Span {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** slice.indices, as a start, a step and a count. */
export function spanOf(runtime: Runtime, slice: PySlice, length: number): Span {
  const part = (value: Value): number | null => {
    if (value === null) return null;
    const index = asIndex(runtime, value);
    if (index === undefined) throw typeError('slice indices must be integers or None or have an __index__ method');
    return Number(index);
  };
  const step = part(slice.step) ?? 1;
  if (step === 0) throw valueError('slice step cannot be zero');
  const low = step > 0 ? 0 : -1;
  const high = step > 0 ? length : length - 1;
  const clamp = (value: number | null, fallback: number): number => {
    if (value === null) return fallback;
    return Math.max(low, Math.min(high, value < 0 ? value + length : value));
  };
  const start = clamp(part(slice.start), step > 0 ? low : high);
  const stop = clamp(part(slice.stop), step > 0 ? high : low);
  return { start, step, length: Math.max(0, Math.ceil((stop - start) / step)) };
}

function position(runtime: Runtime, index: Value, length: number, kind: string, purpose = ''): number {
  const at = asIndex(runtime, index);
  if (at === undefined)
    throw typeError(
      `${kind === 'string' ? 'string' : kind} indices must be integers${kind === 'string' ? '' : ' or slices'}, not ${kind === 'string' ? `'${typeName(index, runtime)}'` : typeName(index, runtime)}`,
    );
  const whole = Number(at);
  const from = whole < 0 ? whole + length : whole;
  if (from < 0 || from >= length) throw indexError(`${kind} ${purpose}index out of range`);
  return from;
}

export function getItem(runtime: Runtime, value: Value, index: Value): Value {
  if (openClass(value) !== null) {
    const own = override(value, '__getitem__');
    if (own !== undefined) return runtime.call(own, [value, index]);
  }
  return plainItem(runtime, value, index);
}

/** As the language's own classes have it. */
export function plainItem(runtime: Runtime, value: Value, index: Value): Value {
  if (value instanceof PyList || value instanceof PyTuple) {
    const { items } = value;
    const list = value instanceof PyList;
    if (index instanceof PySlice) {
      const picked = pick(runtime, items, spanOf(runtime, index, items.length));
      return list ? new PyList(picked) : new PyTuple(picked, value.fields === undefined ? value.type : 'tuple');
    }
    return items[position(runtime, index, items.length, list ? 'list' : 'tuple')];
  }
  if (value instanceof Tensor && runtime.tensors !== undefined) {
    runtime.budget.call();
    return runtime.tensors.getItem(value, index, runtime);
  }
  if (value instanceof PyDict) {
    const found = getEntry(value, index, runtime);
    if (found !== undefined) return found;
    const missing = value.cls === null ? undefined : lookup(value.cls, '__missing__');
    if (missing !== undefined) return runtime.call(missing.member, [value, index]);
    throw keyError(index, runtime);
  }
  if (typeof value === 'string') {
    return characterOf(runtime, value, index);
  }
  if (value instanceof PyBytes) {
    if (!(index instanceof PySlice))
      return BigInt(
        value.data[position(runtime, index, value.data.length, value.type === 'bytes' ? 'index' : 'bytearray')],
      );
    const { start, step, length } = spanOf(runtime, index, value.data.length);
    runtime.budget.characters(length);
    return new PyBytes(
      Uint8Array.from({ length }, (_, i) => value.data[start + i * step]),
      value.type,
    );
  }
  if (value instanceof PyRange) {
    const length = rangeLength(value);
    if (index instanceof PySlice) {
      const span = spanOf(runtime, index, Number(length));
      const start = value.start + BigInt(span.start) * value.step;
      const step = value.step * BigInt(span.step);
      return new PyRange(start, start + step * BigInt(span.length), step);
    }
    const at = asIndex(runtime, index);
    if (at === undefined) throw typeError(`range indices must be integers or slices, not ${typeName(index, runtime)}`);
    const from = at < 0n ? at + length : at;
    if (from < 0n || from >= length) throw indexError('range object index out of range');
    return value.start + from * value.step;
  }
  if (value instanceof PyClass) {
    const own = lookup(value, '__class_getitem__')?.member;
    if (own instanceof PyClassMethod) return runtime.call(own.fn, [value, index]);
    if (own !== undefined && own !== null) return runtime.call(own, [value, index]);
    if (own === null || GENERIC.has(value.name) || value.bases.length > 0 || value.construct !== undefined)
      return new PyAlias(value, index instanceof PyTuple ? index.items : [index]);
    throw typeError(`type '${value.name}' is not subscriptable`);
  }
  throw typeError(`'${typeName(value, runtime)}' object is not subscriptable`);
}

/** A character, or a slice, of a string. */
function characterOf(runtime: Runtime, text: string, index: Value): string {
  const { budget } = runtime;
  const plain = isPlain(text, budget);
  const size = plain ? text.length : textLength(text, budget);
  if (!(index instanceof PySlice)) {
    const at = position(runtime, index, size, 'string');
    if (plain) return text[at];
    const from = skip(text, 0, at);
    return text.slice(from, skip(text, from, 1));
  }
  const { start, step, length } = spanOf(runtime, index, size);
  budget.characters(length);
  if (step === 1) {
    if (plain) return cut(text, start, start + length);
    const from = skip(text, 0, start);
    return cut(text, from, skip(text, from, length));
  }
  const places = plain ? null : placesIn(text, size, budget);
  const out = new TextBuilder(budget);
  for (let i = 0; i < length; i++) {
    const at = start + i * step;
    out.add(places === null ? text[at] : text.slice(places[at], skip(text, places[at], 1)));
  }
  return out.toString();
}

function pick(runtime: Runtime, items: readonly Value[], { start, step, length }: Span): Value[] {
  runtime.budget.room(length);
  if (step === 1) return items.slice(start, start + length);
  const picked = new Array<Value>(length);
  for (let i = 0; i < length; i++) picked[i] = items[start + i * step];
  return picked;
}

export function setItem(runtime: Runtime, value: Value, index: Value, to: Value): void {
  if (openClass(value) !== null) {
    const own = override(value, '__setitem__');
    if (own !== undefined) {
      runtime.call(own, [value, index, to]);
      return;
    }
  }
  setPlainItem(runtime, value, index, to);
}

/** As the language's own classes have it. */
export function setPlainItem(runtime: Runtime, value: Value, index: Value, to: Value): void {
  if (value instanceof PyList) {
    if (index instanceof PySlice) setSlice(runtime, value, index, to);
    else value.items[position(runtime, index, value.items.length, 'list', 'assignment ')] = to;
    return;
  }
  if (value instanceof PyBytes && value.type === 'bytearray' && !(index instanceof PySlice)) {
    const byte = Number(toIndex(runtime, to));
    if (byte < 0 || byte > 255) throw valueError('byte must be in range(0, 256)');
    value.data[position(runtime, index, value.data.length, 'bytearray')] = byte;
    return;
  }
  if (value instanceof PyDict) {
    setEntry(value, index, to, runtime);
    return;
  }
  if (value instanceof Tensor && runtime.tensors !== undefined) {
    runtime.budget.call();
    runtime.tensors.setItem(value, index, to, runtime);
    return;
  }
  throw typeError(`'${typeName(value, runtime)}' object does not support item assignment`);
}

function setSlice(runtime: Runtime, list: PyList, slice: PySlice, to: Value): void {
  const items = assignable(runtime, to);
  const { start, step, length } = spanOf(runtime, slice, list.items.length);
  if (step === 1) {
    runtime.budget.room(list.items.length - length + items.length);
    list.items = list.items.slice(0, start).concat(items, list.items.slice(start + length));
    return;
  }
  if (items.length !== length)
    throw valueError(`attempt to assign sequence of size ${items.length} to extended slice of size ${length}`);
  for (let i = 0; i < length; i++) list.items[start + i * step] = items[i];
}

function assignable(runtime: Runtime, value: Value): Value[] {
  try {
    return listOf(runtime, value);
  } catch (error) {
    if (error instanceof PyError && /object is not iterable$/.test(error.message))
      throw typeError('can only assign an iterable');
    throw error;
  }
}

/** The items but for `length` of them, every `step`-th from `start` on. */
function without(runtime: Runtime, items: Value[], start: number, step: number, length: number): Value[] {
  if (length === 0) return items;
  if (step === 1) return items.slice(0, start).concat(items.slice(start + length));
  const kept = items.slice(0, start);
  runtime.budget.inStretches(items.length - start, (from, to) => {
    for (let i = from; i < to; i++) if (i % step !== 0 || i / step >= length) kept.push(items[start + i]);
  });
  return kept;
}

export function deleteItem(runtime: Runtime, value: Value, index: Value): void {
  if (openClass(value) !== null) {
    const own = override(value, '__delitem__');
    if (own !== undefined) {
      runtime.call(own, [value, index]);
      return;
    }
  }
  deletePlainItem(runtime, value, index);
}

/** As the language's own classes have it. */
export function deletePlainItem(runtime: Runtime, value: Value, index: Value): void {
  if (value instanceof PyList) {
    const { items } = value;
    if (index instanceof PySlice) {
      const { start, step, length } = spanOf(runtime, index, items.length);
      runtime.budget.room(items.length);
      value.items = without(runtime, items, step > 0 ? start : start + (length - 1) * step, Math.abs(step), length);
    } else {
      runtime.budget.room(items.length);
      items.splice(position(runtime, index, items.length, 'list', 'assignment '), 1);
    }
    return;
  }
  if (value instanceof PyDict) {
    if (!value.entries.delete(heldKey(value.entries, index, runtime))) throw keyError(index, runtime);
    return;
  }
  throw typeError(
    `'${typeName(value, runtime)}' object ${value instanceof PyTuple || typeof value === 'string' || value instanceof PyRange ? "doesn't" : 'does not'} support item deletion`,
  );
}
