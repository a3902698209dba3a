/** Comparison, identity, membership and the unary operators. */
import { Tensor } from '../../tensor/tensor.ts';
import type { CompareOp } from '../syntax/ast.ts';
import { bytesEqual, PyBytes } from './bytes.ts';
import { asComplex, PyComplex } from './complex.ts';
import { typeError } from './errors.ts';
import { iteratorOf } from './iterate.ts';
import { heldKey, lookupCost } from './keys.ts';
import { lookup } from './mro.ts';
import { PyAlias, PyDictView, PySet } from './objects.ts';
import { special } from './operators.ts';
import { openClass, override } from './override.ts';
import type { Runtime } from './runtime.ts';
import { Search } from './search.ts';
import { rangeLength } from './truth.ts';
import { typeName } from './types.ts';
import {
  BoundMethod,
  DTypeValue,
  PyDict,
  PyInstance,
  PyList,
  PyObject,
  PyRange,
  PySlice,
  PyTuple,
  type Value,
} from './values.ts';

export type Ordering = '<' | '<=' | '>' | '>=';

const isNumber = (value: Value): value is bigint | number | boolean =>
  typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';

export function compare(runtime: Runtime, op: CompareOp, left: Value, right: Value): Value {
  switch (op) {
    case '==':
      return equal(runtime, left, right);
    case '!=':
      return unequal(runtime, left, right);
    case 'is':
      return same(left, right);
    case 'is not':
      return !same(left, right);
    case 'in':
      return contains(runtime, right, left);
    case 'not in':
      return !contains(runtime, right, left);
    default:
      return order(runtime, op, left, right);
  }
}

export function same(left: Value, right: Value): boolean {
  if (left instanceof DTypeValue && right instanceof DTypeValue) return left.dtype === right.dtype;
  return Object.is(left, right);
}

/** Long strings of one length are gone through: that counts. */
function sameText(runtime: Runtime, left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string' && left.length > LONG && left.length === right.length)
    runtime.budget.step(left.length >> 10);
  return left === right;
}
const LONG = 4096;

/** `==` as a value: a tensor where one of the two is one. */
export function equal(runtime: Runtime, left: Value, right: Value): Value {
  // biome-ignore lint/suspicious/noDoubleEquals: bigint against number compares their values exactly
  if (isNumber(left) && isNumber(right)) return left == right;
  if (typeof left === 'string' || typeof right === 'string')
    if (
      openClass(left) === null &&
      openClass(right) === null &&
      !(left instanceof Tensor) &&
      !(right instanceof Tensor)
    )
      return sameText(runtime, left, right);
  if (openClass(left) !== null || openClass(right) !== null) {
    const result = special(runtime, left, right, '__eq__', '__eq__');
    if (result !== undefined) return result;
    if (left instanceof PyInstance || right instanceof PyInstance)
      if (!(left instanceof Tensor) && !(right instanceof Tensor)) return left === right;
  }
  if (left instanceof Tensor || right instanceof Tensor)
    return runtime.tensors?.binary('==', left, right, runtime) ?? left === right;
  if (left instanceof PyComplex || right instanceof PyComplex) {
    const [a, b] = [asComplex(left), asComplex(right)];
    return a !== undefined && b !== undefined && a.real === b.real && a.imag === b.imag;
  }
  if (left instanceof PyObject && right instanceof PyObject)
    return left === right || runtime.nested(() => equalObjects(runtime, left, right));
  return left === right;
}

/** Equality as containers see it: the same object, or equal and true. */
export function matches(runtime: Runtime, left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string') return sameText(runtime, left, right);
  if (left === right) return true;
  const result = equal(runtime, left, right);
  return typeof result === 'boolean' ? result : runtime.truth(result);
}

function unequal(runtime: Runtime, left: Value, right: Value): Value {
  if (openClass(left) !== null || openClass(right) !== null) {
    const result = special(runtime, left, right, '__ne__', '__ne__');
    if (result !== undefined) return result;
  } else if (left instanceof Tensor || right instanceof Tensor) {
    return runtime.tensors?.binary('!=', left, right, runtime) ?? left !== right;
  }
  const result = equal(runtime, left, right);
  return typeof result === 'boolean' ? !result : !runtime.truth(result);
}

function equalObjects(runtime: Runtime, left: PyObject, right: PyObject): boolean {
  if ((left instanceof PyList && right instanceof PyList) || (left instanceof PyTuple && right instanceof PyTuple)) {
    if (left.items.length !== right.items.length) return false;
    for (let i = 0; i < left.items.length && i < right.items.length; i++) {
      runtime.budget.step();
      if (!matches(runtime, left.items[i], right.items[i])) return false;
    }
    return true;
  }
  if (left instanceof PyDict && right instanceof PyDict) {
    if (left.entries.size !== right.entries.size) return false;
    for (const [key, [, value]] of left.entries) {
      runtime.budget.step();
      const other = right.entries.get(key);
      if (other === undefined || !matches(runtime, value, other[1])) return false;
    }
    return true;
  }
  if (left instanceof PySet && right instanceof PySet)
    return left.entries.size === right.entries.size && isSubset(runtime, left, right);
  if (left instanceof PyRange && right instanceof PyRange) {
    const length = rangeLength(left);
    return (
      length === rangeLength(right) &&
      (length === 0n || (left.start === right.start && (length === 1n || left.step === right.step)))
    );
  }
  if (left instanceof PySlice && right instanceof PySlice) {
    return (
      matches(runtime, left.start, right.start) &&
      matches(runtime, left.stop, right.stop) &&
      matches(runtime, left.step, right.step)
    );
  }
  if (left instanceof PyDictView && right instanceof PyDictView && left.part !== 'values' && right.part !== 'values') {
    return (
      left.dict.entries.size === right.dict.entries.size &&
      everyKey(runtime, left.dict.entries, (key) => right.dict.entries.has(key))
    );
  }
  if (left instanceof PyBytes && right instanceof PyBytes) {
    runtime.budget.step(left.data.length >> 10);
    return bytesEqual(left, right);
  }
  if (left instanceof PyAlias && right instanceof PyAlias)
    return left.origin === right.origin && left.args.every((arg, i) => matches(runtime, arg, right.args[i]));
  if (left instanceof BoundMethod && right instanceof BoundMethod)
    return left.self === right.self && left.fn === right.fn;
  return same(left, right);
}

export function isSubset(runtime: Runtime, inner: PySet, outer: PySet): boolean {
  return inner.entries.size <= outer.entries.size && everyKey(runtime, inner.entries, (key) => outer.entries.has(key));
}

function everyKey(runtime: Runtime, entries: ReadonlyMap<unknown, unknown>, holds: (key: unknown) => boolean): boolean {
  const cost = lookupCost(entries.size);
  for (const key of entries.keys()) {
    runtime.budget.step(cost);
    if (!holds(key)) return false;
  }
  return true;
}

const REFLECTED: Readonly<Record<Ordering, Ordering>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
const NAMES: Readonly<Record<Ordering, string>> = { '<': '__lt__', '<=': '__le__', '>': '__gt__', '>=': '__ge__' };

function holds<T extends bigint | number | boolean | string>(op: Ordering, left: T, right: T): boolean {
  return op === '<' ? left < right : op === '<=' ? left <= right : op === '>' ? left > right : left >= right;
}

export function order(runtime: Runtime, op: Ordering, left: Value, right: Value): Value {
  if (isNumber(left) && isNumber(right)) return holds(op, left, right);
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length > LONG && right.length > LONG) runtime.budget.step(Math.min(left.length, right.length) >> 10);
    return holds(op, left, right);
  }
  if (openClass(left) !== null || openClass(right) !== null) {
    const result = special(runtime, left, right, NAMES[op], NAMES[REFLECTED[op]]);
    if (result !== undefined) return result;
  }
  if (left instanceof Tensor || right instanceof Tensor) {
    const result = runtime.tensors?.binary(op, left, right, runtime);
    if (result !== undefined) return result;
  }
  if ((left instanceof PyList && right instanceof PyList) || (left instanceof PyTuple && right instanceof PyTuple)) {
    return runtime.nested(() => orderItems(runtime, op, left.items, right.items));
  }
  if (left instanceof PyBytes && right instanceof PyBytes) return holds(op, left.text, right.text);
  if (left instanceof PySet && right instanceof PySet) {
    const [inner, outer] = op === '<' || op === '<=' ? [left, right] : [right, left];
    return isSubset(runtime, inner, outer) && (op === '<=' || op === '>=' || inner.entries.size < outer.entries.size);
  }
  throw typeError(
    `'${op}' not supported between instances of '${typeName(left, runtime)}' and '${typeName(right, runtime)}'`,
  );
}

function orderItems(runtime: Runtime, op: Ordering, left: readonly Value[], right: readonly Value[]): Value {
  for (let i = 0; i < left.length && i < right.length; i++) {
    runtime.budget.step();
    if (!matches(runtime, left[i], right[i])) return order(runtime, op, left[i], right[i]);
  }
  return holds(op, left.length, right.length);
}

export function contains(runtime: Runtime, container: Value, item: Value): boolean {
  const own = openClass(container) === null ? undefined : override(container, '__contains__');
  if (own !== undefined) return runtime.truth(runtime.call(own, [container, item]));
  return containsPlain(runtime, container, item);
}

/** As the language's own classes have it. */
export function containsPlain(runtime: Runtime, container: Value, item: Value): boolean {
  if (container instanceof PyDict) return container.entries.has(heldKey(container.entries, item, runtime));
  if (container instanceof PySet) return container.entries.has(heldKey(container.entries, item, runtime));
  if (container instanceof PyDictView && container.part === 'keys')
    return container.dict.entries.has(heldKey(container.dict.entries, item, runtime));
  if (typeof container === 'string') {
    if (typeof item !== 'string')
      throw typeError(`'in <string>' requires string as left operand, not ${typeName(item, runtime)}`);
    runtime.budget.characters(container.length);
    return new Search(runtime.budget, container, item).first() >= 0;
  }
  if (container instanceof PyBytes) {
    if (item instanceof PyBytes) {
      runtime.budget.characters(container.data.length);
      return container.text.includes(item.text);
    }
    if (typeof item !== 'bigint' && typeof item !== 'boolean')
      throw typeError(`a bytes-like object is required, not '${typeName(item, runtime)}'`);
    return container.data.includes(Number(item));
  }
  if (container instanceof Tensor) return runtime.tensors!.contains(container, item, runtime);
  if (container instanceof PyRange && (typeof item === 'bigint' || typeof item === 'boolean')) {
    const value = BigInt(item);
    const { start, step } = container;
    const count = (value - start) / step;
    return (value - start) % step === 0n && count >= 0n && count < rangeLength(container);
  }
  if (container instanceof PyInstance) {
    if (lookup(container.cls, '__iter__') === undefined && lookup(container.cls, '__getitem__') === undefined)
      throw notContainer(runtime, container);
  } else if (!(container instanceof PyObject)) throw notContainer(runtime, container);
  const iterator = iteratorOf(runtime, container);
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    runtime.budget.step();
    if (matches(runtime, next.value, item)) return true;
  }
  return false;
}

const notContainer = (runtime: Runtime, value: Value): Error =>
  typeError(`argument of type '${typeName(value, runtime)}' is not iterable`);

const UNARY: Readonly<Record<'-' | '+' | '~', string>> = { '-': '__neg__', '+': '__pos__', '~': '__invert__' };

export function unary(runtime: Runtime, op: '-' | '+' | '~', value: Value): Value {
  const integer = typeof value === 'boolean' ? BigInt(value) : value;
  if (typeof integer === 'bigint') return op === '-' ? -integer : op === '+' ? integer : ~integer;
  if (typeof value === 'number' && op !== '~') return op === '-' ? -value : value;
  if (value instanceof Tensor && runtime.tensors !== undefined) return runtime.tensors.unary(op, value, runtime);
  if (value instanceof PyComplex && op !== '~') return op === '-' ? new PyComplex(-value.real, -value.imag) : value;
  const own = override(value, UNARY[op]);
  if (own !== undefined) return runtime.call(own, [value]);
  throw typeError(`bad operand type for unary ${op}: '${typeName(value, runtime)}'`);
}
