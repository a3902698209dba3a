/** ndarray: a face of a tensor. Arrays, windows on them and tensors made of them show the same elements. */

import { overwrite } from '../../autograd/inplace.ts';
import { noGrad } from '../../autograd/mode.ts';
import { currentRecorder } from '../../autograd/recorder.ts';
import { copy, copyInto } from '../../kernels/copy.ts';
import { settleReaders } from '../../kernels/deferred.ts';
import { settleHalf } from '../../kernels/launch.ts';
import { expandsTo, type Shape } from '../../tensor/shape.ts';
import { bigintsOf, dataOf, empty, numbersOf, type Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { tensorBehind } from '../runtime/faces.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import { PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { numpyClass } from './define.ts';
import { heard } from './quiet.ts';
import { scalarOf } from './scalar.ts';
import { isNumeric, type NpType, typeOf } from './types.ts';

export const NDARRAY = numpyClass('ndarray');

/** What strings and objects of an array stand in; all windows on the array share it. */
export class Cells {
  readonly items: Value[];
  constructor(items: Value[]) {
    this.items = items;
  }
  references(visit: Visit): void {
    visit.weigh(this.items.length / 8);
    for (const item of this.items) visit(item);
  }
}

/** Whether a tensor of PyTorch's shows the elements too: known to all windows on them. */
interface Bond {
  torch: boolean;
}

export class ArrayData extends Native {
  /** The elements; of strings and objects their places in `cells`, each element its own. */
  readonly tensor: Tensor;
  readonly type: NpType;
  readonly cells: Cells | null;
  readonly bond: Bond;
  /** The array that this is a window on. */
  readonly base: PyInstance | null;
  constructor(tensor: Tensor, type: NpType, cells: Cells | null, bond: Bond, base: PyInstance | null) {
    super();
    this.tensor = tensor;
    this.type = type;
    this.cells = cells;
    this.bond = bond;
    this.base = base;
  }

  override asTensor(): Tensor {
    if (!isNumeric(this.type))
      throw typeError(
        `can't convert np.ndarray of type numpy.${this.type.kind === 'U' ? 'str_' : 'object_'}. The only supported types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint8, and bool.`,
      );
    if (this.tensor.strides.some((stride) => stride < 0))
      throw valueError(
        'At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. (You can probably work around this by making a copy of your array  with array.copy().) ',
      );
    this.bond.torch = true;
    return this.tensor.alias();
  }

  references(visit: Visit): void {
    visit(this.tensor);
    visit(this.cells);
    visit(this.base);
  }
}

/** An array over a tensor of its own. */
export function arrayOn(tensor: Tensor, type: NpType = typeOf(tensor.dtype), cells: Cells | null = null): PyInstance {
  const made = new PyInstance(NDARRAY);
  made.native = new ArrayData(tensor, type, cells, { torch: false }, null);
  return made;
}

/** An array over the elements of a tensor of PyTorch's. */
export function arrayOfTensor(tensor: Tensor): PyInstance {
  const made = new PyInstance(NDARRAY);
  made.native = new ArrayData(tensor, typeOf(tensor.dtype), null, { torch: true }, null);
  return made;
}

/** What is an array; undefined for all else. */
export const dataIn = (value: Value): ArrayData | undefined =>
  value instanceof PyInstance && value.native instanceof ArrayData ? value.native : undefined;

/** The receiver of a method. */
export function own(value: Value): ArrayData {
  const data = dataIn(value);
  if (data === undefined) throw typeError("a method of 'numpy.ndarray' needs an array");
  return data;
}

/** Another window on an array's elements. */
export function windowOn(of: PyInstance, shape: Shape, strides: readonly number[], offset: number): PyInstance {
  const { tensor, type, cells, bond, base } = of.native as ArrayData;
  const view = tensor.alias(shape, strides, offset);
  if (bond.torch) view.windowOn(tensor, 'plain');
  const made = new PyInstance(NDARRAY);
  made.native = new ArrayData(view, type, cells, bond, base ?? of);
  return made;
}

/** A result: an array, or a scalar where it has no dimensions. */
export const resultOf = (tensor: Tensor, type: NpType = typeOf(tensor.dtype)): Value =>
  tensor.ndim === 0 ? scalarOf(elementAt(tensor, tensor.offset), type) : arrayOn(tensor, type);

/** An element of a tensor as a number. */
export function elementAt(t: Tensor, at: number): number | bigint | boolean {
  if (t.dtype === 'int64') return bigintsOf(t)[at];
  const x = numbersOf(t)[at];
  return t.dtype === 'bool' ? x !== 0 : t.dtype.startsWith('float') ? x : BigInt(x);
}

/** An element of an array as indexing gives it. */
export function elementOf({ tensor, type, cells }: ArrayData, at: number): Value {
  const x = elementAt(tensor, at);
  return cells === null ? scalarOf(x, type) : cells.items[Number(x)];
}

/** An element as Python's own. */
export function plainElement({ tensor, cells }: ArrayData, at: number): Value {
  const x = elementAt(tensor, at);
  return cells === null ? x : cells.items[Number(x)];
}

/** The tensor of a value that is one or shows one: what other rooms turn arrays into. */
export const tensorOf = (value: Value): Tensor | undefined => tensorBehind(value);

/** The elements, in an order that every op takes. */
export const forward = (t: Tensor): Tensor => (t.strides.some((stride) => stride < 0) ? copy(t) : t);

/** A shape as NumPy's messages write it. */
export const shapeText = (shape: Shape): string => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(',')})`);

export const shapeTuple = (shape: Shape): PyTuple => new PyTuple(shape.map(BigInt));

/** Writes elements over others, cast and repeated as they need be. */
export function writeOver({ tensor, bond, cells }: ArrayData, source: Tensor): void {
  if (cells !== null) throw typeError('numbers are written into arrays of strings or objects by subscripts alone');
  let from = source;
  while (from.ndim > tensor.ndim && from.shape[0] === 1) from = from.alias(from.shape.slice(1), from.strides.slice(1));
  if (!expandsTo(from.shape, tensor.shape))
    throw valueError(
      `could not broadcast input array from shape ${shapeText(source.shape)} into shape ${shapeText(tensor.shape)}`,
    );
  if (from.storage.data.buffer === tensor.storage.data.buffer) from = copy(from);
  if (bond.torch && heard(currentRecorder) !== null) {
    const values = copy(from, tensor.dtype, tensor.shape);
    heard(() => noGrad(() => overwrite(tensor, () => values, { name: 'copy_', anyType: true })));
    return;
  }
  settleReaders(tensor.storage);
  copyInto(tensor, from);
  tensor.storage.version++;
}

/** A tensor of numbers, in order. */
export function tensorFrom(numbers: ArrayLike<number | bigint>, shape: Shape, type: NpType): Tensor {
  const out = empty(shape, type.dtype);
  const data = dataOf(out) as Float64Array;
  const n = out.numel;
  if (type.dtype === 'int64') {
    const wide = bigintsOf(out);
    for (let i = 0; i < n; i++) {
      const x = numbers[i];
      wide[i] = typeof x === 'bigint' ? x : Number.isFinite(x) ? BigInt(Math.trunc(x)) : -(2n ** 63n);
    }
  } else if (type.dtype === 'bool') for (let i = 0; i < n; i++) data[i] = Number(numbers[i]) === 0 ? 0 : 1;
  else for (let i = 0; i < n; i++) data[i] = Number(numbers[i]);
  return settleHalf(out);
}

/** Elements that are looked at outside of the memory that tensors are counted in: 128 MiB of them. */
const MOST_AT_ONCE = 2 ** 24;

const checkCount = (n: number): void => {
  if (n > MOST_AT_ONCE) throw new PyError('MemoryError', `more than ${MOST_AT_ONCE} elements for a function of numpy`);
};

/** Room for so many numbers. */
export function doubles(n: number): Float64Array {
  checkCount(n);
  return new Float64Array(n);
}

/** All elements as doubles, in order. */
export function numbersIn(t: Tensor): Float64Array {
  checkCount(t.numel);
  const c = copy(t, 'float64');
  return new Float64Array((dataOf(c) as Float64Array).subarray(c.offset, c.offset + c.numel));
}

/** All elements as integers, in order. */
export function integersIn(t: Tensor): BigInt64Array {
  checkCount(t.numel);
  const c = copy(t, 'int64');
  return new BigInt64Array(bigintsOf(c).subarray(c.offset, c.offset + c.numel));
}
