/** Bytes into values. They may come from anybody: each part is looked at before it is taken. */
import { bytesOf, type DType, isDType } from '../../../tensor/dtype.ts';
import { allocate, type Storage } from '../../../tensor/storage.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { PyBytes } from '../../runtime/bytes.ts';
import { PyComplex } from '../../runtime/complex.ts';
import { isException } from '../../runtime/exceptions.ts';
import { addItem, setItem } from '../../runtime/keys.ts';
import { isSubclass, mro } from '../../runtime/mro.ts';
import { NOT_IMPLEMENTED, PyAlias, PySet } from '../../runtime/objects.ts';
import { override } from '../../runtime/override.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { restorerOf } from '../../runtime/saving.ts';
import { DICT, FROZENSET, LIST, SET, TUPLE } from '../../runtime/types.ts';
import {
  BoundMethod,
  type Derived,
  DTypeValue,
  ELLIPSIS,
  PyClass,
  PyDict,
  PyInstance,
  PyList,
  PyRange,
  PySlice,
  PyTuple,
  type Value,
} from '../../runtime/values.ts';
import { deviceOf } from '../../torch/devices.ts';
import { dressed } from '../../torch/duplicate.ts';
import { broken, type Entry, type Laid, split } from './format.ts';
import { loaded } from './names.ts';

const listed = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  throw broken();
};
const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  throw broken();
};
const whole = (value: unknown): number => {
  if (Number.isSafeInteger(value)) return value as number;
  throw broken();
};
const sizes = (value: unknown): number[] => {
  const all = listed(value).map(whole);
  if (all.length > 64 || all.some((each) => each < 0)) throw broken();
  return all;
};

class Reader {
  private readonly runtime: Runtime;
  private readonly laid: Laid;
  private readonly data: Uint8Array;
  private readonly rest: number;
  private readonly made: (Value | undefined)[] = [];
  private readonly open = new Set<number>();
  private readonly storages: (Storage | undefined)[] = [];

  constructor(data: Uint8Array, runtime: Runtime) {
    this.runtime = runtime;
    this.data = data;
    const { laid, rest } = split(data);
    this.laid = laid;
    this.rest = rest;
    runtime.budget.step(data.length >> 8);
  }

  value(): Value {
    return this.atom(this.laid.root);
  }

  private atom(from: unknown): Value {
    if (from === null || typeof from === 'boolean' || typeof from === 'string') return from;
    const [kind, what] = listed(from);
    if (kind === 'i') {
      const digits = text(what);
      if (!/^-?\d+$/.test(digits)) throw broken();
      this.runtime.budget.bits(digits.length * 4);
      return BigInt(digits);
    }
    if (kind === 'f') return Number(text(what));
    if (kind !== '@') throw broken();
    const index = whole(what);
    const known = this.made[index];
    if (known !== undefined) return known;
    const entry = this.laid.entries[index];
    if (!Array.isArray(entry) || this.open.has(index)) throw broken();
    this.runtime.budget.step(2);
    this.open.add(index);
    const value = this.runtime.nested(() => this.entry(entry as unknown as Entry, index));
    this.made[index] = value;
    this.open.delete(index);
    return value;
  }

  /** What may be referred to before all of it has been read. */
  private begun<T extends Value>(index: number, value: T): T {
    this.made[index] = value;
    return value;
  }

  private all(from: unknown): Value[] {
    return listed(from).map((each) => this.atom(each));
  }

  private derivedClass(from: unknown, base: PyClass): PyClass | null {
    const cls = this.atom(from ?? null);
    if (cls === null) return null;
    if (cls instanceof PyClass && isSubclass(cls, base)) return cls;
    throw broken();
  }

  private attributes(value: Derived, from: unknown): void {
    const pairs = listed(from ?? []);
    if (pairs.length === 0) return;
    value.attributes = new Map();
    for (const pair of pairs) {
      const [name, item] = listed(pair);
      value.attributes.set(text(name), this.atom(item));
    }
  }

  private entry(entry: Entry, index: number): Value {
    const [kind, a, b, c, d, e, f] = entry;
    const { runtime } = this;
    switch (kind) {
      case 'tensor':
        return this.tensor(whole(a), sizes(b), sizes(c), whole(d), e === true, f === true);
      case 'list': {
        const made = this.begun(index, new PyList([], this.derivedClass(b, LIST)));
        for (const item of listed(a)) made.items.push(this.atom(item));
        this.attributes(made, c);
        return made;
      }
      case 'tuple': {
        const cls = this.derivedClass(d, TUPLE);
        const fields = c === null ? undefined : listed(c).map(text);
        const items: Value[] = [];
        const type = a === 'torch.Size' ? 'torch.Size' : cls === null ? 'tuple' : cls.name;
        const made = this.begun(index, new PyTuple(items, type, fields, cls));
        for (const item of listed(b)) items.push(this.atom(item));
        if (fields !== undefined && fields.length !== items.length) throw broken();
        this.attributes(made, e);
        return made;
      }
      case 'dict': {
        const type = a === 'OrderedDict' || a === 'defaultdict' ? a : 'dict';
        const made = this.begun(index, new PyDict(type, this.derivedClass(c, DICT)));
        for (const pair of listed(b)) {
          const [key, item] = listed(pair);
          setItem(made, this.atom(key), this.atom(item), runtime);
        }
        this.attributes(made, d);
        return made;
      }
      case 'set': {
        const type = a === 'frozenset' ? 'frozenset' : 'set';
        const made = this.begun(index, new PySet(type, this.derivedClass(c, type === 'set' ? SET : FROZENSET)));
        for (const item of listed(b)) addItem(made, this.atom(item), runtime);
        this.attributes(made, d);
        return made;
      }
      case 'bytes':
        return new PyBytes(Uint8Array.from(Buffer.from(text(b), 'base64')), a === 'bytearray' ? 'bytearray' : 'bytes');
      case 'complex':
        return new PyComplex(Number(this.atom(a)), Number(this.atom(b)));
      case 'range': {
        const [start, stop, step] = [a, b, c].map((each) => this.atom(each));
        if (typeof start !== 'bigint' || typeof stop !== 'bigint' || typeof step !== 'bigint' || step === 0n)
          throw broken();
        return new PyRange(start, stop, step);
      }
      case 'slice':
        return new PySlice(this.atom(a), this.atom(b), this.atom(c));
      case 'dtype':
        return new DTypeValue(this.dtype(a));
      case 'device':
        return deviceOf(text(a));
      case 'ellipsis':
        return ELLIPSIS;
      case 'not implemented':
        return NOT_IMPLEMENTED;
      case 'alias': {
        const origin = this.atom(a);
        if (!(origin instanceof PyClass)) throw broken();
        return new PyAlias(origin, this.all(b));
      }
      case 'global':
        return loaded(text(a), text(b), runtime);
      case 'method':
        return new BoundMethod(this.atom(a), this.atom(b));
      case 'object':
        return this.instance(index, a, b, c, entry.length > 4 ? d : undefined);
      default:
        throw broken();
    }
  }

  private instance(index: number, of: unknown, native: unknown, attributes: unknown, state: unknown): Value {
    const cls = this.atom(of);
    // Classes whose instances are no plain objects are not made of attributes.
    if (!(cls instanceof PyClass) || (cls.construct !== undefined && !isException(cls))) throw broken();
    const made = this.begun(index, new PyInstance(cls));
    const needs = mro(cls).some((each) => each.allocate !== null);
    if (native !== null) {
      const [kind, value] = listed(native);
      const restore = restorerOf(text(kind));
      if (restore === undefined) throw broken();
      made.native = restore(this.atom(value));
    } else if (needs) throw broken();
    if (state !== undefined) {
      const given = this.atom(state);
      const set = override(made, '__setstate__');
      if (set !== undefined) this.runtime.call(set, [made, given]);
      else if (given instanceof PyDict)
        for (const [name, item] of given.entries.values()) made.attributes.set(text(name), item);
      return made;
    }
    for (const pair of listed(attributes)) {
      const [name, item] = listed(pair);
      made.attributes.set(text(name), this.atom(item));
    }
    return made;
  }

  private dtype(name: unknown): DType {
    if (typeof name === 'string' && isDType(name)) return name;
    throw broken();
  }

  private storage(at: number): Storage {
    const known = this.storages[at];
    if (known !== undefined) return known;
    let offset = this.rest;
    for (let i = 0; i < at; i++) {
      const [dtype, numel] = listed(this.laid.storages[i]);
      offset += whole(numel) * bytesOf(this.dtype(dtype));
      this.runtime.budget.step();
    }
    const [name, count] = listed(this.laid.storages[at]);
    const dtype = this.dtype(name);
    const numel = whole(count);
    const made = allocate(dtype, [0]);
    const size = numel * made.data.BYTES_PER_ELEMENT;
    if (numel < 0 || offset + size > this.data.length) throw broken();
    const storage = allocate(dtype, [numel]);
    const { data } = storage;
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(this.data.subarray(offset, offset + size));
    this.storages[at] = storage;
    return storage;
  }

  private tensor(
    at: number,
    shape: number[],
    strides: number[],
    offset: number,
    requiresGrad: boolean,
    parameter: boolean,
  ): Tensor {
    const storage = this.storage(at);
    if (strides.length !== shape.length || offset < 0) throw broken();
    const last = shape.reduce((total, size, i) => total + Math.max(0, size - 1) * strides[i], offset);
    if (!shape.includes(0) && last >= storage.numel) throw broken();
    this.runtime.budget.room(shape.length);
    return dressed(new Tensor(storage, shape, strides, offset), { parameter, requiresGrad });
  }
}

export const load = (data: Uint8Array, runtime: Runtime): Value => new Reader(data, runtime).value();
