/** What a tensor's elements stand in, seen without its shape: torch.storage. */
import { overwrite } from '../../autograd/inplace.ts';
import { noGrad } from '../../autograd/mode.ts';
import { copy } from '../../kernels/copy.ts';
import { zeros } from '../../ops/creation/filled.ts';
import { addressOf } from '../../tensor/addresses.ts';
import { DEFAULT_DTYPE, DTYPES, type DType, elementSize, halfOf, typeNameOf } from '../../tensor/dtype.ts';
import { sharedStorage } from '../../tensor/storage.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { indexError, runtimeError, typeError } from '../runtime/errors.ts';
import { Native, type Visit, Walk } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyProperty } from '../runtime/objects.ts';
import {
  DTypeValue,
  type NativeFunction,
  PyClass,
  PyInstance,
  PyIterator,
  PyList,
  PySlice,
  type Value,
} from '../runtime/values.ts';
import { makeTensor } from './construct.ts';
import { elementAt, itemOf, itemsOf, toDType, toInteger, typeName } from './convert.ts';
import { native } from './define.ts';
import { CPU } from './devices.ts';
import { dtypeValue } from './dtypes.ts';
import { guarded } from './errors.ts';
import { getItem, setItem } from './indexing.ts';

/** All elements of a storage, in the order of memory. */
class Elements extends Native {
  readonly flat: Tensor;
  constructor(flat: Tensor) {
    super();
    this.flat = flat;
  }
  references(visit: Visit): void {
    visit(this.flat);
  }
}

/** The elements of a storage that are walked one by one. */
class ElementWalk extends Walk {
  private at = 0;
  private readonly flat: Tensor;
  constructor(flat: Tensor) {
    super();
    this.flat = flat;
  }
  next(): IteratorResult<Value, undefined> {
    const { flat, at } = this;
    if (at >= flat.numel) return { done: true, value: undefined };
    this.at++;
    return { done: false, value: elementAt(flat, flat.offset + at) };
  }
  references(visit: Visit): void {
    visit(this.flat);
  }
}

/** A window on all elements of a tensor's storage, read as `dtype`. */
function whole(t: Tensor, dtype: DType = t.dtype): Tensor {
  // Whoever holds the window reads the elements where they are.
  t.storage.keepers++;
  const storage = sharedStorage(t.storage, dtype);
  return new Tensor(storage, [storage.numel], [1], 0);
}

export const addressOfTensor = (t: Tensor): bigint => {
  if (t.numel === 0) return 0n;
  const bytes = elementSize(t.dtype);
  return BigInt(addressOf(t.storage, bytes * t.storage.numel) + bytes * t.offset);
};

export const isStorage = (value: Value): value is PyInstance =>
  value instanceof PyInstance && value.native instanceof Elements;

/** The elements behind a torch.storage object. */
export function flatOf(value: Value): Tensor {
  if (isStorage(value)) return (value.native as Elements).flat;
  throw typeError(`expected a torch storage, not ${typeName(value)}`);
}

function made(cls: PyClass, flat: Tensor): PyInstance {
  const storage = new PyInstance(cls);
  storage.native = new Elements(flat);
  return storage;
}

export const storageOfTensor = (t: Tensor): PyInstance => made(typedStorageClass, whole(t));

export function untypedStorageOf(t: Tensor): PyInstance {
  if (halfOf(t.dtype) !== undefined)
    throw runtimeError(`untyped storage of ${t.dtype} tensors: their bytes are nowhere in memory here`);
  return made(untypedStorageClass, whole(t, 'uint8'));
}

function indexOf(flat: Tensor, index: Value): bigint {
  const n = toInteger(index);
  if (n === undefined) throw typeError(`can't index a torch.storage.TypedStorage with ${typeName(index)}`);
  if (n < -flat.numel || n >= flat.numel) throw indexError(`index ${n} out of range for storage of size ${flat.numel}`);
  return BigInt(n < 0 ? n + flat.numel : n);
}

function text(storage: Value, interpreter: Interpreter): string {
  const flat = flatOf(storage);
  const cls = (storage as PyInstance).cls;
  interpreter.budget.room(flat.numel);
  const lines: string[] = [];
  for (let i = 0; i < flat.numel; i++) {
    interpreter.budget.step();
    lines.push(` ${interpreter.str(elementAt(flat, flat.offset + i))}`);
  }
  const dtype = cls === untypedStorageClass ? '' : `dtype=torch.${flat.dtype}, `;
  return `${lines.join('\n')}\n[torch.storage.${cls.name}(${dtype}device=cpu) of size ${flat.numel}]`;
}

function toList(flat: Tensor, interpreter: Interpreter): PyList {
  interpreter.budget.room(flat.numel);
  interpreter.budget.step(flat.numel);
  return new PyList(Array.from({ length: flat.numel }, (_, i) => elementAt(flat, flat.offset + i)));
}

/** A storage of its own with the same elements, or with others cast. */
const copied = (storage: Value, dtype?: DType): PyInstance =>
  made((storage as PyInstance).cls, copy(flatOf(storage), dtype));

const METHODS: readonly NativeFunction[] = [
  native('__getitem__', 'self index', ([s, index]) => {
    const flat = flatOf(s);
    if (index instanceof PySlice) {
      if ((s as PyInstance).cls !== untypedStorageClass)
        throw runtimeError('slices are only supported in UntypedStorage.__getitem__');
      return made(untypedStorageClass, copy(noGrad(() => getItem(flat, index))));
    }
    return itemOf(getItem(flat, indexOf(flat, index)));
  }),
  native('__setitem__', 'self index value', ([s, index, value]) => {
    const flat = flatOf(s);
    noGrad(() => setItem(flat, index instanceof PySlice ? index : indexOf(flat, index), value));
    return null;
  }),
  native('__len__', 'self', ([s]) => BigInt(flatOf(s).numel)),
  native('size', 'self', ([s]) => BigInt(flatOf(s).numel)),
  native('__iter__', 'self', ([s]) => new PyIterator(new ElementWalk(flatOf(s)))),
  native('__repr__', 'self', ([s], interpreter) => text(s, interpreter)),
  native('__str__', 'self', ([s], interpreter) => text(s, interpreter)),
  native('tolist', 'self', ([s], interpreter) => toList(flatOf(s), interpreter)),
  native('data_ptr', 'self', ([s]) => addressOfTensor(flatOf(s))),
  native('element_size', 'self', ([s]) => BigInt(elementSize(flatOf(s).dtype))),
  native('nbytes', 'self', ([s]) => BigInt(elementSize(flatOf(s).dtype) * flatOf(s).numel)),
  native('fill_', 'self value', ([s, value]) => {
    noGrad(() => setItem(flatOf(s), new PySlice(null, null, null), value));
    return s;
  }),
  native('copy_', 'self source non_blocking=', ([s, source]) => {
    const [flat, from] = [flatOf(s), flatOf(source)];
    if (flat.numel !== from.numel)
      throw runtimeError(`size does not match, self was ${flat.numel} bytes but src was ${from.numel} bytes`);
    guarded(() => noGrad(() => overwrite(flat, () => from, { name: 'copy_', anyType: true })));
    return s;
  }),
  native('clone', 'self', ([s]) => copied(s)),
  native('cpu', 'self', ([s]) => s),
  native('type', 'self dtype=', ([s, dtype]) =>
    dtype === null ? `torch.${typeNameOf(flatOf(s).dtype)}Storage` : copied(s, toDType(dtype)),
  ),
  native('is_shared', 'self', () => false),
  native('untyped', 'self', ([s]) => untypedStorageOf(flatOf(s))),
  ...(['float', 'double', 'long', 'int', 'short', 'char', 'byte', 'bool', 'half', 'bfloat16'] as const).map((name) =>
    native(name, 'self', ([s]) => copied(s, CASTS[name])),
  ),
];

const CASTS = {
  float: 'float32',
  double: 'float64',
  long: 'int64',
  int: 'int32',
  short: 'int16',
  char: 'int8',
  byte: 'uint8',
  bool: 'bool',
  half: 'float16',
  bfloat16: 'bfloat16',
} as const;

const property = (name: string, read: (flat: Tensor) => Value): [string, Value] => [
  name,
  new PyProperty(native(name, 'self', ([s]) => read(flatOf(s)))),
];

function members(): Map<string, Value> {
  return new Map<string, Value>([
    ['__module__', 'torch.storage'],
    ...METHODS.map((fn): [string, Value] => [fn.name, fn]),
    property('dtype', (flat) => dtypeValue(flat.dtype)),
    property('device', () => CPU),
    property('is_cuda', () => false),
    property('is_sparse', () => false),
  ]);
}

/** A storage of so many zeros, or of the numbers of a list. */
function construct(cls: PyClass, args: readonly Value[], dtype: DType): PyInstance {
  const [given = 0n] = args;
  const items = itemsOf(given);
  if (items !== undefined) return made(cls, makeTensor(given, dtype));
  const n = toInteger(given);
  if (n === undefined || n < 0) throw typeError(`${cls.name}(): expected a size or a list, not ${typeName(given)}`);
  return made(
    cls,
    guarded(() => zeros([n], dtype)),
  );
}

export const typedStorageClass: PyClass = new PyClass('TypedStorage', [], members(), (args, kwargs) => {
  const dtype = kwargs.get('dtype') ?? null;
  return construct(typedStorageClass, args, dtype instanceof DTypeValue ? dtype.dtype : DEFAULT_DTYPE);
});

export const untypedStorageClass: PyClass = new PyClass('UntypedStorage', [], members(), (args) =>
  construct(untypedStorageClass, args, 'uint8'),
);

/** torch.FloatStorage and its like make a storage of one dtype. */
const legacyClasses: readonly PyClass[] = DTYPES.map(
  (dtype) =>
    new PyClass(
      `${typeNameOf(dtype)}Storage`,
      [typedStorageClass],
      new Map<string, Value>([['__module__', 'torch']]),
      (args) => construct(typedStorageClass, args, dtype),
    ),
);

export const STORAGES: readonly (readonly [string, Value])[] = [
  typedStorageClass,
  untypedStorageClass,
  ...legacyClasses,
].map((cls) => [cls.name, cls]);
