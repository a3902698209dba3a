/** Values into bytes. */
import type { Storage } from '../../../tensor/storage.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { isParameter } from '../../nn/parameter.ts';
import { PyBytes } from '../../runtime/bytes.ts';
import { PyComplex } from '../../runtime/complex.ts';
import { typeError } from '../../runtime/errors.ts';
import { intText } from '../../runtime/numbers.ts';
import { NOT_IMPLEMENTED, PyAlias, PySet, UserFunction } from '../../runtime/objects.ts';
import { override } from '../../runtime/override.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { typeName } from '../../runtime/types.ts';
import {
  BoundMethod,
  type Derived,
  DTypeValue,
  ELLIPSIS,
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyList,
  type PyObject,
  PyRange,
  PySlice,
  PyTuple,
  type Value,
} from '../../runtime/values.ts';
import { Device, deviceRepr } from '../../torch/devices.ts';
import { type Atom, type Entry, join } from './format.ts';
import { nameOf } from './names.ts';

class Writer {
  private readonly runtime: Runtime;
  private readonly entries: Entry[] = [];
  private readonly known = new Map<Value, number>();
  private readonly storages = new Map<Storage, number>();
  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  bytes(value: Value): Uint8Array {
    const root = this.atom(value);
    const storages = [...this.storages.keys()];
    const rows = storages.map((storage) => [storage.dtype, storage.numel] as const);
    const data = storages.map((storage) => {
      const { data: elements } = storage;
      return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
    });
    const size = data.reduce((total, each) => total + each.length, 0);
    this.runtime.budget.step(this.entries.length + (size >> 8));
    return join({ root, entries: this.entries, storages: rows }, data);
  }

  private atom(value: Value): Atom {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'bigint') return ['i', intText(value, this.runtime.budget)];
    if (typeof value === 'number') return ['f', Object.is(value, -0) ? '-0' : String(value)];
    const known = this.known.get(value);
    if (known !== undefined) return ['@', known];
    this.runtime.budget.step(2);
    return this.runtime.nested(() => {
      const index = this.entries.length;
      this.known.set(value, index);
      this.entries.push(['none']);
      this.entries[index] = this.entry(value);
      return ['@', index];
    });
  }

  private all(items: Iterable<Value>): Atom[] {
    const atoms: Atom[] = [];
    for (const item of items) atoms.push(this.atom(item));
    return atoms;
  }

  private pairs(entries: Iterable<readonly [Value, Value]>): [Atom, Atom][] {
    const pairs: [Atom, Atom][] = [];
    for (const [key, item] of entries) pairs.push([this.atom(key), this.atom(item)]);
    return pairs;
  }

  /** The class and the attributes of a list, tuple, dict or set of a derived class. */
  private derived(value: Derived): [Atom, [Atom, Atom][]] {
    return [this.atom(value.cls), this.pairs(value.attributes ?? [])];
  }

  private entry(value: Tensor | PyObject): Entry {
    if (value instanceof Tensor) return this.tensor(value);
    if (value instanceof PyList) return ['list', this.all(value.items), ...this.derived(value)];
    if (value instanceof PyTuple) {
      const type = value.type === 'torch.Size' ? value.type : 'tuple';
      return ['tuple', type, this.all(value.items), value.fields ?? null, ...this.derived(value)];
    }
    if (value instanceof PyDict)
      return ['dict', value.type, this.pairs(value.entries.values()), ...this.derived(value)];
    if (value instanceof PySet) return ['set', value.type, this.all(value.entries.values()), ...this.derived(value)];
    if (value instanceof PyBytes) return ['bytes', value.type, Buffer.from(value.data).toString('base64')];
    if (value instanceof PyComplex) return ['complex', this.atom(value.real), this.atom(value.imag)];
    if (value instanceof PyRange) return ['range', ...this.all([value.start, value.stop, value.step])];
    if (value instanceof PySlice) return ['slice', ...this.all([value.start, value.stop, value.step])];
    if (value instanceof DTypeValue) return ['dtype', value.dtype];
    if (value instanceof Device) return ['device', deviceRepr(value)];
    if (value === ELLIPSIS) return ['ellipsis'];
    if (value === NOT_IMPLEMENTED) return ['not implemented'];
    if (value instanceof PyAlias) return ['alias', this.atom(value.origin), this.all(value.args)];
    if (value instanceof PyClass || value instanceof UserFunction || value instanceof NativeFunction)
      return ['global', ...nameOf(value, this.runtime)];
    if (value instanceof BoundMethod) return ['method', this.atom(value.self), this.atom(value.fn)];
    if (value instanceof PyInstance) return this.instance(value);
    throw typeError(`cannot pickle '${typeName(value, this.runtime)}' object`);
  }

  private instance(value: PyInstance): Entry {
    const cls = this.atom(value.cls);
    const getState = override(value, '__getstate__');
    const setState = override(value, '__setstate__');
    const saved = value.native?.toSave() ?? null;
    if (value.native !== null && saved === null)
      throw typeError(`cannot pickle '${typeName(value, this.runtime)}' object`);
    const native = saved === null ? null : [saved.kind, this.atom(saved.value)];
    if (getState !== undefined || setState !== undefined) {
      const state =
        getState === undefined ? this.runtime.getAttribute(value, '__dict__') : this.runtime.call(getState, [value]);
      return ['object', cls, native, null, this.atom(state)];
    }
    return ['object', cls, native, this.pairs(value.attributes)];
  }

  private tensor(value: Tensor): Entry {
    let at = this.storages.get(value.storage);
    if (at === undefined) {
      at = this.storages.size;
      this.storages.set(value.storage, at);
    }
    const leaf = value.isLeaf && value.requiresGrad;
    return ['tensor', at, value.shape, value.strides, value.offset, leaf || value.requiresGrad, isParameter(value)];
  }
}

export const dump = (value: Value, runtime: Runtime): Uint8Array => new Writer(runtime).bytes(value);
