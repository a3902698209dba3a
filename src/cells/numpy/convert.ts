/** Python's values as arrays, and arguments of NumPy's functions as numbers. */

import { dataOf as elementsOf } from '../../autograd/inplace.ts';
import { cast } from '../../kernels/copy.ts';
import { checkNumel, numelOf, type Shape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, typeError, valueError } from '../runtime/errors.ts';
import { numberBehind } from '../runtime/faces.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { lookup } from '../runtime/mro.ts';
import { PyInstance, PyList, PyRange, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf, typeName } from '../torch/convert.ts';
import {
  type ArrayData,
  arrayOfTensor,
  arrayOn,
  Cells,
  dataIn,
  elementAt,
  forward,
  plainElement,
  tensorFrom,
} from './array.ts';
import { axisError } from './errors.ts';
import { isGradEnabledOutside } from './quiet.ts';
import { fitted, ScalarData } from './scalar.ts';
import {
  BOOLEAN,
  FLOAT64,
  INT64,
  isNumeric,
  type NpType,
  OBJECT_TYPE,
  type Operand,
  promote,
  STRING,
  stringType,
} from './types.ts';

/** The type that a value which is no sequence brings along. */
function leafType(value: Value): NpType {
  if (typeof value === 'boolean') return BOOLEAN;
  if (typeof value === 'number') return FLOAT64;
  if (typeof value === 'bigint') return value >= -(2n ** 63n) && value < 2n ** 63n ? INT64 : OBJECT_TYPE;
  if (typeof value === 'string') return stringType([...value].length);
  if (value instanceof PyInstance && value.native instanceof ScalarData) return value.native.type;
  return OBJECT_TYPE;
}

/** What has elements of its own: an array, or a tensor. */
function arrayLike(value: Value): ArrayData | undefined {
  const data = dataIn(value);
  if (data !== undefined) return data;
  if (!(value instanceof Tensor)) return undefined;
  return numpyOf(value).native as ArrayData;
}

/** `t.numpy()` */
export function numpyOf(t: Tensor): PyInstance {
  if (t.requiresGrad && isGradEnabledOutside())
    throw runtimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.");
  return arrayOfTensor(elementsOf(t));
}

const ragged = (depth: number, found: Shape): PyError =>
  valueError(
    `setting an array element with a sequence. The requested array has an inhomogeneous shape after ${depth} dimensions. The detected shape was (${found.join(', ')}${depth === 1 ? ',' : ''}) + inhomogeneous part.`,
  );

interface Found {
  readonly shape: number[];
  readonly leaves: Value[];
  /** Whether lists may be elements. */
  readonly boxes: boolean;
  type: NpType | undefined;
}

/** The shape of nested lists, by their first items. */
function shapeOf(value: Value): number[] {
  const shape: number[] = [];
  let at = value;
  for (;;) {
    const part = arrayLike(at);
    if (part !== undefined) return [...shape, ...part.tensor.shape];
    const items = itemsOf(at);
    if (items === undefined) return shape;
    shape.push(items.length);
    if (shape.length > 32) throw valueError('maximum supported dimension for an ndarray is 32');
    if (items.length === 0) return shape;
    at = items[0];
  }
}

function gather(value: Value, depth: number, found: Found, interpreter: Interpreter): void {
  const part = arrayLike(value);
  if (part !== undefined) {
    const rest = found.shape.slice(depth);
    if (part.tensor.shape.length !== rest.length || part.tensor.shape.some((n, d) => n !== rest[d]))
      throw ragged(depth, found.shape.slice(0, depth));
    interpreter.budget.room(found.leaves.length + part.tensor.numel);
    eachPlace(part.tensor, (at) => found.leaves.push(plainElement(part, at)));
    found.type = found.type === undefined ? part.type : promote(found.type, part.type);
    return;
  }
  const items = itemsOf(value);
  if (items === undefined || depth === found.shape.length) {
    const fits = depth === found.shape.length && (items === undefined || found.boxes);
    if (!fits) throw ragged(Math.max(depth, 1), found.shape.slice(0, Math.max(depth, 1)));
    found.leaves.push(value);
    const type = leafType(value);
    if (type !== found.type) found.type = found.type === undefined ? type : promote(found.type, type);
    return;
  }
  if (items.length !== found.shape[depth]) throw ragged(depth, found.shape.slice(0, depth));
  interpreter.budget.room(found.leaves.length + items.length);
  interpreter.budget.step(1 + (items.length >> 4));
  for (const item of items) gather(item, depth + 1, found, interpreter);
}

function gathered(value: Value, shape: number[], boxes: boolean, interpreter: Interpreter): Found {
  const found: Found = { shape, leaves: [], boxes, type: undefined };
  gather(value, 0, found, interpreter);
  return found;
}

/** Objects may be lists: where these are of different lengths they are elements. */
function gatherObjects(value: Value, interpreter: Interpreter): Found {
  const shape = shapeOf(value);
  for (;;) {
    try {
      return gathered(value, [...shape], true, interpreter);
    } catch (error) {
      if (!(error instanceof PyError) || error.type !== 'ValueError' || shape.length <= 1) throw error;
      shape.pop();
    }
  }
}

/** Calls `visit` with the place of each element in storage, in row-major order. */
export function eachPlace(t: Tensor, visit: (at: number) => void): void {
  const { shape, strides } = t;
  const down = (dim: number, at: number): void => {
    if (dim === shape.length) visit(at);
    else for (let i = 0; i < shape[dim]; i++) down(dim + 1, at + i * strides[dim]);
  };
  down(0, t.offset);
}

/** One element as an array of `type` holds it. */
export function elementFor(value: Value, type: NpType, interpreter: Interpreter): Value {
  if (type.kind === 'O') return value;
  if (type.kind === 'U') {
    const text = interpreter.str(value);
    return type.size === 0 ? text : [...text].slice(0, type.size / 4).join('');
  }
  return numberFor(value, type, interpreter);
}

function numberFor(value: Value, type: NpType, interpreter: Interpreter): number | bigint | boolean {
  const number = numberBehind(value);
  if (number !== undefined) {
    if (
      typeof number === 'bigint' &&
      type.kind !== 'f' &&
      type.kind !== 'b' &&
      (number >= 2n ** 63n || number < -(2n ** 63n))
    )
      throw new PyError('OverflowError', 'Python int too large to convert to C long');
    if (typeof number === 'number' && !Number.isFinite(number) && (type.kind === 'i' || type.kind === 'u')) {
      if (Number.isNaN(number)) throw valueError('cannot convert float NaN to integer');
      throw new PyError('OverflowError', 'cannot convert float infinity to integer');
    }
    return fitted(number, type);
  }
  if (typeof value === 'string') {
    const text = value.trim();
    const known = /^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf(inity)?|nan)$/i.test(text);
    if (!known)
      throw valueError(
        type.kind === 'f'
          ? `could not convert string to float: ${interpreter.repr(value)}`
          : `invalid literal for int() with base 10: ${interpreter.repr(value)}`,
      );
    return fitted(Number(text.replace(/inf(inity)?/i, 'Infinity').replace(/nan/i, 'NaN')), type);
  }
  if (value instanceof Tensor && value.numel === 1) return fitted(elementAt(value, value.offset), type);
  const data = dataIn(value);
  if (data !== undefined && data.tensor.numel === 1)
    return numberFor(plainElement(data, data.tensor.offset), type, interpreter);
  if (data !== undefined || itemsOf(value) !== undefined) throw valueError('setting an array element with a sequence.');
  if (value === null && type.kind === 'f') return Number.NaN;
  throw typeError(
    type.kind === 'f'
      ? `float() argument must be a string or a real number, not '${typeName(value)}'`
      : `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
  );
}

/** An array of strings or objects. */
export function boxed(items: Value[], shape: Shape, type: NpType): PyInstance {
  const places = tensorFrom(
    Float64Array.from(items, (_, i) => i),
    shape,
    INT64,
  );
  return arrayOn(places, type, new Cells(items));
}

/** An array of values that stand in row-major order. */
export function arrayFrom(
  leaves: readonly Value[],
  shape: Shape,
  wanted: NpType,
  interpreter: Interpreter,
): PyInstance {
  checkNumel(shape);
  let type = wanted;
  const items = new Array<Value>(leaves.length);
  for (let i = 0; i < leaves.length; i++) items[i] = elementFor(leaves[i], type, interpreter);
  if (isNumeric(type)) return arrayOn(tensorFrom(items as number[], shape, type), type);
  if (type.kind === 'U' && type.size === 0) {
    let longest = 1;
    for (const item of items) longest = Math.max(longest, [...(item as string)].length);
    type = stringType(longest);
  }
  return boxed(items, shape, type);
}

/** `numpy.asarray`: the array itself where nothing has to be changed. */
export function asArray(value: Value, interpreter: Interpreter, type?: NpType): PyInstance {
  const known = dataIn(value);
  if (known !== undefined) {
    return type === undefined || known.type === type ? (value as PyInstance) : castArray(known, type, interpreter);
  }
  if (value instanceof Tensor) {
    const shared = numpyOf(value);
    const data = shared.native as ArrayData;
    return type === undefined || data.type === type ? shared : castArray(data, type, interpreter);
  }
  if (value instanceof PyRange || value instanceof PyList || value instanceof PyTuple) {
    const found =
      type?.kind === 'O' ? gatherObjects(value, interpreter) : gathered(value, shapeOf(value), false, interpreter);
    return arrayFrom(found.leaves, found.shape, type ?? found.type ?? FLOAT64, interpreter);
  }
  const own = value instanceof PyInstance ? lookup(value.cls, '__array__') : undefined;
  if (own !== undefined) {
    const made = interpreter.call(own.member, [value]);
    if (dataIn(made) === undefined) throw valueError('object __array__ method not producing an array');
    return asArray(made, interpreter, type);
  }
  return arrayFrom([value], [], type ?? leafType(value), interpreter);
}

export const dataOfValue = (value: Value, interpreter: Interpreter, type?: NpType): ArrayData =>
  asArray(value, interpreter, type).native as ArrayData;

/** `a.astype(type)`: always a new array. */
export function castArray(data: ArrayData, type: NpType, interpreter: Interpreter): PyInstance {
  const { tensor } = data;
  if (isNumeric(data.type) && isNumeric(type)) {
    const made = cast(forward(tensor), type.dtype);
    return arrayOn(made === tensor ? tensor : made, type);
  }
  interpreter.budget.room(tensor.numel);
  const leaves: Value[] = [];
  eachPlace(tensor, (at) => leaves.push(plainElement(data, at)));
  // As text numbers get the room that the longest of their type needs.
  const wide = type === STRING && isNumeric(data.type) ? promote(data.type, STRING) : type;
  return arrayFrom(leaves, tensor.shape, wide, interpreter);
}

/** The elements of what is to be numbers. */
export function numeric(value: Value, interpreter: Interpreter, name: string): ArrayData {
  const data = dataOfValue(value, interpreter);
  if (isNumeric(data.type)) return data;
  if (data.type.kind === 'O') return dataOfValue(castArray(data, commonLeaf(data), interpreter), interpreter);
  throw typeError(
    `ufunc '${name}' did not contain a loop with signature matching types (dtype('<U${data.type.size / 4}'), dtype('<U${data.type.size / 4}')) -> None`,
  );
}

/** What the numbers among objects have in common. */
function commonLeaf(data: ArrayData): NpType {
  let type: NpType = BOOLEAN;
  eachPlace(data.tensor, (at) => {
    type = promote(type, leafType(plainElement(data, at)));
  });
  return isNumeric(type) ? type : FLOAT64;
}

/** An operand of type promotion. */
export function operandOf({ tensor, type }: ArrayData): Operand {
  return tensor.ndim === 0 && isNumeric(type) ? { type, value: elementAt(tensor, tensor.offset) } : { type };
}

export const tensorAs = (data: ArrayData, type: NpType): Tensor => cast(forward(data.tensor), type.dtype);

/** A whole number. */
export function toWhole(value: Value, what = 'an integer'): number {
  const number = numberBehind(value);
  if (typeof number === 'bigint' || typeof number === 'boolean') return Number(number);
  const data = dataIn(value);
  if (data !== undefined && data.tensor.numel === 1 && (data.type.kind === 'i' || data.type.kind === 'u'))
    return Number(elementAt(data.tensor, data.tensor.offset));
  if (value instanceof Tensor && value.numel === 1 && !value.dtype.startsWith('float'))
    return Number(elementAt(value, value.offset));
  throw typeError(`'${typeName(value)}' object cannot be interpreted as ${what}`);
}

export const optionalWhole = (value: Value): number | undefined => (value === null ? undefined : toWhole(value));

/** A number, of whatever kind. */
export function toNumber(value: Value, interpreter: Interpreter): number {
  const number = numberBehind(value);
  if (number !== undefined) return Number(number);
  return Number(numberFor(value, FLOAT64, interpreter));
}

/** A shape argument: a whole number, or a sequence of them. */
export function toShape(value: Value, interpreter: Interpreter): number[] {
  const items = sequenceOf(value);
  const shape = items === undefined ? [toWhole(value)] : items.map((item) => toWhole(item));
  if (shape.some((n) => n < 0)) throw valueError('negative dimensions are not allowed');
  if (shape.length > 32) throw valueError(`maximum supported dimension for an ndarray is 32, found ${shape.length}`);
  checkNumel(shape);
  interpreter.budget.step(1 + Math.floor(numelOf(shape) / 1024));
  return shape;
}

/** The items of a list, a tuple, a range or an array of one dimension. */
export function sequenceOf(value: Value): readonly Value[] | undefined {
  const items = itemsOf(value);
  if (items !== undefined) return items;
  const data = dataIn(value);
  if (data === undefined || data.tensor.ndim !== 1) return undefined;
  const out: Value[] = [];
  eachPlace(data.tensor, (at) => out.push(plainElement(data, at)));
  return out;
}

export function toAxis(value: Value, ndim: number): number {
  const axis = toWhole(value);
  if (axis < -ndim || axis >= ndim) throw axisError(axis, ndim);
  return axis < 0 ? axis + ndim : axis;
}

/** An `axis` argument: all axes where it is None. */
export function toAxes(value: Value, ndim: number): number[] {
  if (value === null) return Array.from({ length: ndim }, (_, d) => d);
  const items = itemsOf(value);
  const axes = items === undefined ? [toAxis(value, ndim)] : items.map((item) => toAxis(item, ndim));
  if (new Set(axes).size !== axes.length) throw valueError("duplicate value in 'axis'");
  return axes;
}
