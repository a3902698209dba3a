/** import copy */
import { Tensor } from '../../tensor/tensor.ts';
import { type PyError, typeError } from '../runtime/errors.ts';
import { EXCEPTIONS } from '../runtime/exceptions.ts';
import type { Visit } from '../runtime/holding.ts';
import { addItem, identityOf, setItem } from '../runtime/keys.ts';
import { PySet } from '../runtime/objects.ts';
import { override } from '../runtime/override.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { restorerOf } from '../runtime/saving.ts';
import { typeName } from '../runtime/types.ts';
import {
  BoundMethod,
  type Derived,
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyIterator,
  PyList,
  PyObject,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { Duplicates, sameElements } from '../torch/duplicate.ts';

/** The memo that `__deepcopy__` is handed, and hands on. */
class Memo extends PyDict {
  readonly known = new Map<Value, Value>();
  readonly tensors = new Duplicates();
  override references(visit: Visit): void {
    super.references(visit);
    visit(this.known);
  }
}

/** As `id` has it. */
const idOf = (value: object): bigint => BigInt(0x7f0000000000 + identityOf(value) * 16);

function cannot(value: Value, runtime: Runtime): PyError {
  return typeError(`cannot pickle '${typeName(value, runtime)}' object`);
}

class DeepCopy {
  private readonly runtime: Runtime;
  private readonly memo: Memo;
  constructor(runtime: Runtime, memo: Memo) {
    this.runtime = runtime;
    this.memo = memo;
  }

  of(value: Value): Value {
    if (typeof value !== 'object' || value === null) return value;
    const known = this.memo.known.get(value) ?? this.memo.entries.get(idOf(value))?.[1];
    if (known !== undefined) return known;
    this.runtime.budget.step();
    return this.runtime.nested(() => this.make(value));
  }

  private keep<T extends Value>(from: Value, made: T): T {
    this.memo.known.set(from, made);
    return made;
  }

  private make(value: Tensor | PyObject): Value {
    if (value instanceof Tensor) return this.keep(value, this.memo.tensors.of(value));
    const own = override(value, '__deepcopy__');
    if (own !== undefined && !(value instanceof PyClass))
      return this.keep(value, this.runtime.call(own, [value, this.memo]));
    if (value instanceof PyInstance) return this.instance(value);
    if (value instanceof PyList) {
      const made = this.keep(value, new PyList([], value.cls));
      this.runtime.budget.room(value.items.length);
      for (const item of [...value.items]) made.items.push(this.of(item));
      return this.attributes(value, made);
    }
    if (value instanceof PyTuple) {
      this.runtime.budget.room(value.items.length);
      const items = value.items.map((item) => this.of(item));
      const met = this.memo.known.get(value);
      if (met !== undefined) return met;
      if (value.cls === null && items.every((item, i) => item === value.items[i])) return this.keep(value, value);
      return this.attributes(value, this.keep(value, new PyTuple(items, value.type, value.fields, value.cls)));
    }
    if (value instanceof PyDict) {
      const made = this.keep(value, new PyDict(value.type, value.cls));
      for (const [key, item] of [...value.entries.values()]) setItem(made, this.of(key), this.of(item), this.runtime);
      return this.attributes(value, made);
    }
    if (value instanceof PySet) {
      const made = this.keep(value, new PySet(value.type, value.cls));
      for (const item of value.entries.values()) addItem(made, this.of(item), this.runtime);
      return this.attributes(value, made);
    }
    if (value instanceof BoundMethod) return new BoundMethod(this.of(value.self), value.fn);
    if (value instanceof PyIterator) throw cannot(value, this.runtime);
    return value;
  }

  private attributes<T extends Derived & Value>(from: Derived, made: T): T {
    if (from.attributes === null) return made;
    const copies = new Map<string, Value>();
    made.attributes = copies;
    for (const [name, item] of from.attributes) copies.set(name, this.of(item));
    return made;
  }

  private instance(value: PyInstance): Value {
    const made = this.keep(value, new PyInstance(value.cls));
    const { native } = value;
    const again = native?.again((item) => this.of(item)) ?? null;
    if (again !== null) made.native = again;
    else if (native !== null) {
      const saved = native.toSave();
      const restore = saved === null ? undefined : restorerOf(saved.kind);
      if (saved === null || restore === undefined) throw cannot(value, this.runtime);
      made.native = restore(this.of(saved.value));
    }
    const getState = override(value, '__getstate__');
    const setState = override(value, '__setstate__');
    if (getState !== undefined || setState !== undefined) {
      const state =
        getState === undefined ? this.runtime.getAttribute(value, '__dict__') : this.runtime.call(getState, [value]);
      const copied = this.of(state);
      if (setState !== undefined) this.runtime.call(setState, [made, copied]);
      else if (copied instanceof PyDict)
        for (const [name, item] of copied.entries.values()) made.attributes.set(String(name), item);
      return made;
    }
    for (const [name, item] of value.attributes) made.attributes.set(name, this.of(item));
    return made;
  }
}

function shallow(value: Value, runtime: Runtime): Value {
  if (value instanceof Tensor) return sameElements(value);
  if (!(value instanceof PyObject) || value instanceof PyClass) return value;
  const own = override(value, '__copy__');
  if (own !== undefined) return runtime.call(own, [value]);
  const extras = <T extends Derived & Value>(from: Derived, made: T): T => {
    if (from.attributes !== null) made.attributes = new Map(from.attributes);
    return made;
  };
  if (value instanceof PyList) {
    runtime.budget.room(value.items.length);
    return extras(value, new PyList([...value.items], value.cls));
  }
  if (value instanceof PyDict) {
    const made = new PyDict(value.type, value.cls);
    for (const [key, item] of value.entries.values()) setItem(made, key, item, runtime);
    return extras(value, made);
  }
  if (value instanceof PySet && value.type === 'set') {
    const made = new PySet('set', value.cls);
    for (const item of value.entries.values()) addItem(made, item, runtime);
    return extras(value, made);
  }
  if (value instanceof PyInstance) {
    const made = new PyInstance(value.cls);
    if (value.native !== null) {
      const saved = value.native.toSave();
      const restore = saved === null ? undefined : restorerOf(saved.kind);
      if (saved === null || restore === undefined) throw cannot(value, runtime);
      made.native = restore(saved.value);
    }
    for (const [name, item] of value.attributes) made.attributes.set(name, item);
    return made;
  }
  if (value instanceof PyIterator) throw cannot(value, runtime);
  return value;
}

export function deepcopy(value: Value, memo: Value, runtime: Runtime): Value {
  return new DeepCopy(runtime, memo instanceof Memo ? memo : new Memo()).of(value);
}

export const COPY = (): Map<string, Value> =>
  new Map<string, Value>([
    [
      'deepcopy',
      new NativeFunction('deepcopy', ([value, memo], kwargs, interpreter) =>
        deepcopy(value ?? kwargs.get('x') ?? null, memo ?? kwargs.get('memo') ?? null, interpreter as Runtime),
      ),
    ],
    ['copy', new NativeFunction('copy', ([value], _, interpreter) => shallow(value ?? null, interpreter as Runtime))],
    ['Error', new PyClass('Error', [EXCEPTIONS.get('Exception')!])],
  ]);
