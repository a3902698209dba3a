/** The class of arrays: attributes, methods and the language's own ways to look at them. */
import { floatFrom } from '../runtime/coerce.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import { formatPlain } from '../runtime/format.ts';
import { type Visit, Walk } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { truncate } from '../runtime/numbers.ts';
import type { Runtime } from '../runtime/runtime.ts';
import {
  ELLIPSIS,
  NativeFunction,
  PyDict,
  PyInstance,
  PyIterator,
  PyList,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { DONE } from '../runtime/walks.ts';
import { itemsOf } from '../torch/convert.ts';
import {
  type ArrayData,
  ArrayData as Data,
  elementAt,
  elementOf,
  NDARRAY,
  own,
  plainElement,
  shapeTuple,
  windowOn,
  writeOver,
} from './array.ts';
import { asArray, dataOfValue, toShape, toWhole } from './convert.ts';
import { ASTYPE, filledArray } from './creation.ts';
import { atLeast, constructs, fn, getter, members } from './define.ts';
import { CLIP, NONZERO, ROUND } from './elementwise.ts';
import { flatIterator } from './flat.ts';
import { getItem, setItem } from './indexing.ts';
import { REPEAT } from './joining.ts';
import { giveOperators } from './operators.ts';
import { arrayRepr, arrayStr, Printing } from './print.ts';
import { PRODUCTS } from './products.ts';
import { quiet } from './quiet.ts';
import { REDUCTIONS } from './reductions.ts';
import { RESIZE } from './resize.ts';
import { reshapedTo, SHAPE_METHODS, SHAPES, transposed } from './shape.ts';
import { SORT_METHODS } from './sorting.ts';
import { op, SPECS, type Spec } from './specs.ts';
import { dtypeObject, FLOAT64, toType } from './types.ts';
import { apply } from './ufunc.ts';

const self = (value: Value): PyInstance => {
  own(value);
  return value as PyInstance;
};

/** Along the first dimension: rows, or elements. */
class RowWalk extends Walk {
  private readonly array: PyInstance;
  private at = 0;
  constructor(array: PyInstance) {
    super();
    this.array = array;
  }
  next(): IteratorResult<Value, undefined> {
    const data = this.array.native as ArrayData;
    const { tensor } = data;
    if (this.at >= tensor.shape[0]) return DONE;
    const place = tensor.offset + this.at++ * tensor.strides[0];
    const value =
      tensor.ndim === 1
        ? elementOf(data, place)
        : windowOn(this.array, tensor.shape.slice(1), tensor.strides.slice(1), place);
    return { done: false, value };
  }
  references(visit: Visit): void {
    visit(this.array);
  }
}

/** Nested lists of the elements as Python's own. */
function toList(data: ArrayData, i: Interpreter, dim = 0, at = data.tensor.offset): Value {
  const { tensor } = data;
  if (dim === tensor.ndim) return plainElement(data, at);
  i.budget.room(tensor.shape[dim]);
  const items: Value[] = [];
  for (let k = 0; k < tensor.shape[dim]; k++) {
    if (k % 1024 === 1023) i.budget.step(1024);
    items.push(toList(data, i, dim + 1, at + k * tensor.strides[dim]));
  }
  return new PyList(items);
}

/** The one element of an array. */
function sole(data: ArrayData, what: string): Value {
  if (data.tensor.numel !== 1) throw typeError(what);
  return plainElement(data, data.tensor.offset);
}

const LENGTH_ONE = 'only size-1 arrays can be converted to Python scalars';

function truth(data: ArrayData): boolean {
  if (data.tensor.numel === 0) return false;
  if (data.tensor.numel > 1)
    throw valueError('The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()');
  const value = plainElement(data, data.tensor.offset);
  return !(value === false || value === 0 || value === 0n || value === '' || value === null);
}

function setShape(array: PyInstance, to: Value, i: Interpreter): void {
  const data = array.native as ArrayData;
  const made = reshapedTo(array, toShape(to, i).map(Number), i).native as ArrayData;
  if (made.tensor.storage !== data.tensor.storage) throw typeError('incompatible shape for a non-contiguous array');
  array.native = new Data(made.tensor, data.type, data.cells, data.bond, data.base);
}

const ATTRIBUTES = [
  getter(
    'shape',
    (value) => shapeTuple(own(value).tensor.shape),
    (value, to, i) => quiet(() => setShape(self(value), to, i)),
  ),
  getter('ndim', (value) => BigInt(own(value).tensor.ndim)),
  getter('size', (value) => BigInt(own(value).tensor.numel)),
  getter('dtype', (value) => dtypeObject(own(value).type)),
  getter('itemsize', (value) => BigInt(own(value).type.size)),
  getter('nbytes', (value) => BigInt(own(value).type.size * own(value).tensor.numel)),
  getter('strides', (value) => {
    const { tensor, type } = own(value);
    return new PyTuple(tensor.strides.map((stride) => BigInt(stride * type.size)));
  }),
  getter('base', (value) => own(value).base),
  getter('T', (value) => {
    const { ndim } = own(value).tensor;
    return transposed(
      self(value),
      Array.from({ length: ndim }, (_, d) => ndim - 1 - d),
    );
  }),
  getter('real', (value) => value),
  getter('imag', (value, i) => filledArray(own(value).tensor.shape, 0n, own(value).type, i)),
  getter(
    'flat',
    (value) => flatIterator(self(value)),
    (value, to, i) =>
      quiet(() => writeOver(own(value), op('broadcast_to', dataOfValue(to, i).tensor, own(value).tensor.shape))),
  ),
  getter('flags', (value) => {
    const { tensor, base } = own(value);
    const dict = new PyDict();
    const put = (name: string, holds: boolean): void => {
      dict.entries.set(name, [name, holds]);
    };
    put('C_CONTIGUOUS', tensor.isContiguous);
    put('OWNDATA', base === null);
    put('WRITEABLE', true);
    return dict;
  }),
];

/** How many arguments stand beside the receiver. */
const COUNTS: ReadonlyMap<string, number> = new Map([
  ['__getitem__', 1],
  ['__setitem__', 2],
  ['__contains__', 1],
  ['__format__', 1],
]);

const special = (name: string, run: (self: Value, args: readonly Value[], i: Interpreter) => Value): NativeFunction =>
  new NativeFunction(name, ([receiver, ...args], _, i) => {
    atLeast(name, COUNTS.get(name) ?? 0, args);
    return run(self(receiver ?? null), args, i);
  });

members(NDARRAY, [
  ...REDUCTIONS,
  ...SHAPES,
  ...SHAPE_METHODS,
  ...SORT_METHODS,
  ...PRODUCTS.filter(({ name }) => name === 'dot'),
  ASTYPE,
  ROUND,
  NONZERO,
  REPEAT,
  RESIZE,
  fn('clip', 'a, min=None, max=None, out=None', ({ a, min, max, out }, i) =>
    CLIP.call([a, min, max, out], new Map(), i),
  ),
  fn('tolist', 'self', ({ self: value }, i) => toList(own(value), i)),
  fn('item', 'self, at=None', ({ self: value, at }, i) => {
    const data = own(value);
    if (at === null) {
      if (data.tensor.numel !== 1) throw valueError('can only convert an array of size 1 to a Python scalar');
      return plainElement(data, data.tensor.offset);
    }
    const flat = reshapedTo(self(value), [data.tensor.numel], i);
    const from = itemsOf(at) === undefined ? getItem(flat, at, i) : getItem(self(value), at, i);
    return from instanceof PyInstance ? (from.native?.asNumber() ?? from) : from;
  }),
  fn('fill', 'self, value', ({ self: array, value }, i) => {
    setItem(self(array), ELLIPSIS, value, i);
    return null;
  }),
  fn('view', 'self, dtype=None', ({ self: value, dtype }) => {
    const { tensor, type } = own(value);
    const wanted = toType(dtype);
    if (wanted !== undefined && wanted !== type) throw valueError('a view as another dtype is not there yet');
    return windowOn(self(value), tensor.shape, tensor.strides, tensor.offset);
  }),
  fn('trace', 'self, offset=0', ({ self: value, offset }, i) => TRACE(value, offset, i)),
  fn('diagonal', 'self, offset=0', ({ self: value, offset }) => diagonal(self(value), toWhole(offset))),
  fn('conj', 'self', ({ self: value }) => value),
  fn('tobytes', 'self', () => {
    throw typeError('there are no bytes of an array here: use tolist()');
  }),
  fn('__array__', 'self, dtype=None', ({ self: value, dtype }, i) => asArray(value, i, toType(dtype))),
  special('__getitem__', (array, [key], i) => quiet(() => getItem(self(array), key, i))),
  special('__setitem__', (array, [key, value], i) => {
    quiet(() => setItem(self(array), key, value, i));
    return null;
  }),
  special('__len__', (value) => {
    const { tensor } = own(value);
    if (tensor.ndim === 0) throw typeError('len() of unsized object');
    return BigInt(tensor.shape[0]);
  }),
  special('__iter__', (value) => {
    if (own(value).tensor.ndim === 0) throw typeError('iteration over a 0-d array');
    return new PyIterator(new RowWalk(self(value)));
  }),
  special('__contains__', (array, [value], i) => {
    const flags = dataOfValue(
      quiet(() => apply(SPECS.get('equal') as Spec, [array, value], i)),
      i,
    );
    return quiet(() => elementAt(op('any', flags.tensor), 0)) === true;
  }),
  special('__bool__', (value) => truth(own(value))),
  special('__float__', (value, _, i) => floatFrom(i as Runtime, sole(own(value), LENGTH_ONE))),
  special('__int__', (value) => {
    const number = sole(own(value), LENGTH_ONE);
    return typeof number === 'number' ? truncate(number) : BigInt(number as bigint);
  }),
  special('__index__', (value) => {
    const { tensor, type } = own(value);
    if (tensor.ndim !== 0 || (type.kind !== 'i' && type.kind !== 'u'))
      throw typeError('only integer scalar arrays can be converted to a scalar index');
    return BigInt(elementAt(tensor, tensor.offset));
  }),
  special('__repr__', (value, _, i) => arrayRepr(own(value), i.parts.of(Printing).options, i)),
  special('__str__', (value, _, i) => arrayStr(own(value), i.parts.of(Printing).options, i)),
  special('__format__', (value, [spec], i) => {
    if (spec === '') return i.str(value);
    if (own(value).tensor.ndim === 0) return formatPlain(i as Runtime, sole(own(value), LENGTH_ONE), spec as string);
    throw typeError('unsupported format string passed to numpy.ndarray.__format__');
  }),
  special('__copy__', (value, _, i) => quiet(() => i.call(i.getAttribute(value, 'copy'), []))),
  special('__deepcopy__', (value, _, i) => quiet(() => i.call(i.getAttribute(value, 'copy'), []))),
  special('__hash__', () => {
    throw typeError("unhashable type: 'numpy.ndarray'");
  }),
]);
for (const [name, property] of ATTRIBUTES) NDARRAY.members.set(name, property);
giveOperators(NDARRAY, true);

constructs(NDARRAY, ([shape, dtype], kwargs, i) =>
  quiet(() =>
    filledArray(
      toShape(shape ?? kwargs.get('shape') ?? null, i),
      0n,
      toType(dtype ?? kwargs.get('dtype') ?? null) ?? FLOAT64,
      i,
    ),
  ),
);

/** A diagonal as a window. */
export function diagonal(array: PyInstance, offset: number): PyInstance {
  const { tensor } = array.native as ArrayData;
  if (tensor.ndim < 2) throw valueError('diag requires an array of at least two dimensions');
  const [rows, columns] = tensor.shape;
  const n = Math.max(0, Math.min(rows - Math.max(0, -offset), columns - Math.max(0, offset)));
  const start = offset >= 0 ? offset * tensor.strides[1] : -offset * tensor.strides[0];
  return windowOn(
    array,
    [...tensor.shape.slice(2), n],
    [...tensor.strides.slice(2), tensor.strides[0] + tensor.strides[1]],
    tensor.offset + (n === 0 ? 0 : start),
  );
}

export const TRACE = (value: Value, offset: Value, i: Interpreter): Value => {
  const on = diagonal(asArray(value, i), toWhole(offset));
  return i.call(i.getAttribute(on, 'sum'), [BigInt((on.native as ArrayData).tensor.ndim - 1)]);
};
