/** Subscripts of arrays: `a[…]` and `a[…] = v`. */
import { settleReaders } from '../../kernels/deferred.ts';
import { take } from '../../ops/indexing/take.ts';
import { add } from '../../ops/pointwise/arithmetic.ts';
import { broadcastAll, contiguousStrides, numelOf, type Shape } from '../../tensor/shape.ts';
import { bigintsOf, dataOf, empty, fromStorage, Tensor } from '../../tensor/tensor.ts';
import { indexError, PyError, valueError } from '../runtime/errors.ts';
import { numberBehind } from '../runtime/faces.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyEllipsis, PyInstance, PyList, PyRange, PySlice, PyTuple, type Value } from '../runtime/values.ts';
import {
  ArrayData,
  arrayOn,
  elementOf,
  forward,
  integersIn,
  numbersIn,
  shapeText,
  tensorFrom,
  windowOn,
  writeOver,
} from './array.ts';
import { dataOfValue, eachPlace, elementFor, toWhole } from './convert.ts';
import { INT64, isNumeric } from './types.ts';

type Item =
  | { readonly kind: 'at'; readonly index: number }
  | { readonly kind: 'span'; readonly slice: PySlice }
  | { readonly kind: 'new' }
  | { readonly kind: 'rest' }
  /** A bare bool, which picks from a dimension of its own. */
  | { readonly kind: 'flag'; readonly holds: boolean }
  | {
      readonly kind: 'places';
      readonly places: BigInt64Array;
      readonly shape: Shape;
      /** How long the dimension has to be: that of the mask which the places were found in. */
      readonly length?: number;
    };

const REFUSED =
  'only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices';

function readItem(value: Value, interpreter: Interpreter, out: Item[]): void {
  if (value === null) out.push({ kind: 'new' });
  else if (value instanceof PyEllipsis) out.push({ kind: 'rest' });
  else if (value instanceof PySlice) out.push({ kind: 'span', slice: value });
  else if (typeof value === 'bigint') out.push({ kind: 'at', index: Number(value) });
  else {
    const number = typeof value === 'boolean' ? value : numberBehind(value);
    if (typeof number === 'bigint') {
      out.push({ kind: 'at', index: Number(number) });
      return;
    }
    if (typeof number === 'number' || typeof value === 'string') throw indexError(REFUSED);
    if (typeof number === 'boolean') {
      out.push({ kind: 'flag', holds: number });
      return;
    }
    if (value instanceof PyInstance && !(value.native instanceof ArrayData)) {
      out.push({ kind: 'at', index: toWhole(value) });
      return;
    }
    if (
      !(value instanceof PyInstance) &&
      !(value instanceof PyList) &&
      !(value instanceof PyTuple) &&
      !(value instanceof PyRange) &&
      !(value instanceof Tensor)
    )
      throw indexError(REFUSED);
    readArray(dataOfValue(value, interpreter), out);
  }
}

function readArray({ tensor, type }: ArrayData, out: Item[]): void {
  if (type.kind === 'b') {
    out.push(...maskItems(tensor));
    return;
  }
  if (tensor.numel === 0 && type.kind === 'f')
    out.push({ kind: 'places', places: new BigInt64Array(0), shape: tensor.shape });
  else if (type.kind !== 'i' && type.kind !== 'u')
    throw indexError('arrays used as indices must be of integer (or boolean) type');
  else if (tensor.ndim === 0) out.push({ kind: 'at', index: Number(integersIn(tensor)[0]) });
  else out.push({ kind: 'places', places: integersIn(tensor), shape: tensor.shape });
}

/** A mask as the places where it holds, one list for each of its dimensions. */
function maskItems(mask: Tensor): Item[] {
  const flags = numbersIn(mask);
  let count = 0;
  for (const flag of flags) if (flag !== 0) count++;
  const lists = mask.shape.map(() => new BigInt64Array(count));
  const strides = contiguousStrides(mask.shape);
  let at = 0;
  flags.forEach((flag, i) => {
    if (flag === 0) return;
    let rest = i;
    for (let d = 0; d < lists.length; d++) {
      const place = Math.floor(rest / strides[d]);
      lists[d][at] = BigInt(place);
      rest -= place * strides[d];
    }
    at++;
  });
  return lists.map((places, d): Item => ({ kind: 'places', places, shape: [count], length: mask.shape[d] }));
}

/** How many dimensions of the array an item takes. */
const takes = (item: Item): number => (item.kind === 'new' || item.kind === 'rest' || item.kind === 'flag' ? 0 : 1);

function readIndex(key: Value, interpreter: Interpreter, ndim: number): Item[] {
  const items: Item[] = [];
  const parts = key instanceof PyTuple ? key.items : [key];
  for (const part of parts) readItem(part, interpreter, items);
  const used = items.reduce((n, item) => n + takes(item), 0);
  if (used > ndim)
    throw indexError(`too many indices for array: array is ${ndim}-dimensional, but ${used} were indexed`);
  const rest = items.findIndex((item) => item.kind === 'rest');
  if (items.filter((item) => item.kind === 'rest').length > 1)
    throw indexError("an index can only have a single ellipsis ('...')");
  const spans = Array.from({ length: ndim - used }, (): Item => ({ kind: 'span', slice: ALL }));
  if (rest < 0) return [...items, ...spans];
  return [...items.slice(0, rest), ...spans, ...items.slice(rest + 1)];
}

const ALL = new PySlice(null, null, null);

interface Plan {
  readonly shape: number[];
  readonly strides: number[];
  readonly offset: number;
  /** Of index arrays: their place among the dimensions of the window. */
  readonly lists: readonly { readonly dim: number; readonly places: BigInt64Array; readonly shape: Shape }[];
  /** Whether the dimensions that index arrays make stand first. */
  readonly front: boolean;
}

function bounds({ start, stop, step }: PySlice, length: number): [number, number, number] {
  const part = (value: Value): number | null => (value === null ? null : toWhole(value, 'an integer'));
  const by = part(step) ?? 1;
  if (by === 0) throw valueError('slice step cannot be zero');
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const clamp = (x: number | null, fallback: number): number =>
    x === null ? fallback : Math.max(low, Math.min(high, x < 0 ? x + length : x));
  const from = clamp(part(start), by > 0 ? low : high);
  const to = clamp(part(stop), by > 0 ? high : low);
  return [from, by, Math.max(0, Math.ceil((to - from) / by))];
}

const outOfBounds = (index: number | bigint, axis: number, size: number): PyError =>
  indexError(`index ${index} is out of bounds for axis ${axis} with size ${size}`);

function wrapped(places: BigInt64Array, axis: number, size: number): BigInt64Array {
  const most = BigInt(size);
  return places.map((place) => {
    if (place < -most || place >= most) throw outOfBounds(place, axis, size);
    return place < 0n ? place + most : place;
  });
}

function planOf(tensor: Tensor, items: readonly Item[]): Plan {
  const shape: number[] = [];
  const strides: number[] = [];
  const lists: { dim: number; places: BigInt64Array; shape: Shape }[] = [];
  const many = items.some((item) => item.kind === 'places' || item.kind === 'flag');
  let { offset } = tensor;
  let axis = 0;
  const advanced: number[] = [];
  items.forEach((item, i) => {
    if (item.kind === 'new') {
      shape.push(1);
      strides.push(0);
      return;
    }
    if (item.kind === 'flag') {
      advanced.push(i);
      const count = item.holds ? 1 : 0;
      lists.push({ dim: shape.length, places: new BigInt64Array(count), shape: [count] });
      shape.push(1);
      strides.push(0);
      return;
    }
    const size = tensor.shape[axis];
    const stride = tensor.strides[axis];
    if (item.kind === 'at') {
      if (item.index < -size || item.index >= size) throw outOfBounds(item.index, axis, size);
      const at = item.index < 0 ? item.index + size : item.index;
      // Beside index arrays an integer is one of them, as far as the order of dimensions goes.
      offset += at * stride;
      if (many) advanced.push(i);
    } else if (item.kind === 'span') {
      const [from, by, length] = bounds(item.slice, size);
      offset += length === 0 ? 0 : from * stride;
      shape.push(length);
      strides.push(stride * by);
    } else if (item.kind === 'places') {
      if (item.length !== undefined && item.length !== size)
        throw indexError(
          `boolean index did not match indexed array along dimension ${axis}; dimension is ${size} but corresponding boolean dimension is ${item.length}`,
        );
      advanced.push(i);
      lists.push({ dim: shape.length, places: wrapped(item.places, axis, size), shape: item.shape });
      shape.push(size);
      strides.push(stride);
    }
    if (item.kind !== 'rest') axis++;
  });
  const front = advanced.some((at, k) => k > 0 && at !== advanced[k - 1] + 1);
  return { shape, strides, offset, lists, front };
}

/** The addresses of what an index with arrays picks, in the shape that it gives. */
function addresses({ shape, strides, offset, lists, front }: Plan): Tensor {
  let picked: Shape;
  try {
    picked = broadcastAll(lists.map((list) => list.shape));
  } catch {
    throw indexError(
      `shape mismatch: indexing arrays could not be broadcast together with shapes ${lists.map((list) => shapeText(list.shape)).join(' ')} `,
    );
  }
  const dims = new Set(lists.map((list) => list.dim));
  const first = front ? 0 : lists[0].dim;
  const kept = shape.map((_, d) => d).filter((d) => !dims.has(d));
  const before = front ? [] : kept.filter((d) => d < first);
  const after = kept.filter((d) => !before.includes(d));
  const result = [...before.map((d) => shape[d]), ...picked, ...after.map((d) => shape[d])];
  const rank = result.length;
  const placed = (numbers: Float64Array, own: Shape, at: number): Tensor =>
    tensorFrom(numbers, [...own, ...new Array<number>(rank - at - own.length).fill(1)], INT64);
  let sum = tensorFrom([offset], new Array<number>(rank).fill(1), INT64);
  for (const { dim, places, shape: own } of lists) {
    const steps = Float64Array.from(places, (place) => Number(place) * strides[dim]);
    sum = add(sum, placed(steps, own, before.length + picked.length - own.length));
  }
  [...before, ...after].forEach((d, k) => {
    const at = k < before.length ? k : k + picked.length;
    sum = add(
      sum,
      placed(
        Float64Array.from({ length: shape[d] }, (_, i) => i * strides[d]),
        [shape[d]],
        at,
      ),
    );
  });
  if (numelOf(sum.shape) !== numelOf(result)) return empty(result, 'int64');
  return sum;
}

/** All elements of a storage. */
const flat = (t: Tensor): Tensor => fromStorage(t.storage, [t.storage.numel]);

/** The place of a lone element, where the index is one or more integers; -1 where it is none. */
function placeOf(tensor: Tensor, key: Value): number {
  const parts = key instanceof PyTuple ? key.items : [key];
  if (parts.length !== tensor.ndim) return -1;
  let at = tensor.offset;
  for (let d = 0; d < parts.length; d++) {
    const part = parts[d];
    const number = typeof part === 'bigint' ? part : typeof part === 'object' ? numberBehind(part) : undefined;
    if (typeof number !== 'bigint') return -1;
    const size = tensor.shape[d];
    const index = Number(number);
    if (index < -size || index >= size) throw outOfBounds(index, d, size);
    at += (index < 0 ? index + size : index) * tensor.strides[d];
  }
  return at;
}

export function getItem(array: PyInstance, key: Value, interpreter: Interpreter): Value {
  const data = array.native as ArrayData;
  const { tensor } = data;
  const place = placeOf(tensor, key);
  if (place >= 0) return elementOf(data, place);
  const items = readIndex(key, interpreter, tensor.ndim);
  const plan = planOf(tensor, items);
  if (plan.lists.length === 0) {
    if (plan.shape.length === 0 && !items.some((item) => item.kind === 'rest') && !hasRest(key))
      return elementOf(data, plan.offset);
    return windowOn(array, plan.shape, plan.strides, plan.offset);
  }
  const picked = take(flat(tensor), addresses(plan));
  return data.cells === null ? arrayOn(picked, data.type) : copyOfCells(data, picked, interpreter);
}

const hasRest = (key: Value): boolean =>
  (key instanceof PyTuple ? key.items : [key]).some((part) => part instanceof PyEllipsis);

/** Strings or objects by their places, in an array of their own. */
export function copyOfCells({ cells, type }: ArrayData, places: Tensor, interpreter: Interpreter): PyInstance {
  interpreter.budget.room(places.numel);
  const items: Value[] = [];
  eachPlace(places, (at) => items.push((cells as NonNullable<typeof cells>).items[Number(bigintsOf(places)[at])]));
  const fresh = tensorFrom(
    Float64Array.from(items, (_, i) => i),
    places.shape,
    INT64,
  );
  const Kept = (cells as NonNullable<typeof cells>).constructor as new (items: Value[]) => NonNullable<typeof cells>;
  return arrayOn(fresh, type, new Kept(items));
}

export function setItem(array: PyInstance, key: Value, value: Value, interpreter: Interpreter): void {
  const data = array.native as ArrayData;
  const { tensor, type, cells, bond } = data;
  const place = placeOf(tensor, key);
  if (place >= 0 && cells !== null) {
    cells.items[Number(bigintsOf(tensor)[place])] = elementFor(value, type, interpreter);
    return;
  }
  if (place >= 0 && !bond.torch) {
    const x = elementFor(value, type, interpreter) as number;
    settleReaders(tensor.storage);
    (dataOf(tensor) as Float64Array)[place] = typeof x === 'boolean' ? Number(x) : x;
    tensor.storage.version++;
    return;
  }
  const plan = planOf(tensor, readIndex(key, interpreter, tensor.ndim));
  const source = numbersFor(value, data, interpreter);
  if (plan.lists.length === 0) {
    const window = windowOn(array, plan.shape, plan.strides, plan.offset).native as ArrayData;
    if (cells === null) writeOver(window, source.tensor);
    else writeCells(window, window.tensor, source);
    return;
  }
  const at = addresses(plan);
  if (cells !== null) {
    writeCells(data, take(flat(tensor), at), source);
    return;
  }
  writeAt(data, at, source.tensor);
}

function numbersFor(value: Value, { type }: ArrayData, interpreter: Interpreter): ArrayData {
  const source = dataOfValue(value, interpreter);
  return isNumeric(source.type) && isNumeric(type) ? source : dataOfValue(value, interpreter, type);
}

/** Writes values, repeated as need be, at addresses of the storage. */
export function writeAt(data: ArrayData, at: Tensor, values: Tensor): void {
  const { tensor } = data;
  const source = new ArrayData(empty(at.shape, tensor.dtype), data.type, null, { torch: false }, null);
  if (numelOf(at.shape) === 0 && numelOf(values.shape) <= 1) return;
  try {
    writeOver(source, forward(values));
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    throw valueError(
      values.ndim === 1 && at.ndim === 1
        ? `NumPy boolean array indexing assignment cannot assign ${values.numel} input values to the ${at.numel} output values where the mask is true`
        : `shape mismatch: value array of shape ${shapeText(values.shape)}  could not be broadcast to indexing result of shape ${shapeText(at.shape)}`,
    );
  }
  settleReaders(tensor.storage);
  const to = dataOf(tensor) as Float64Array;
  const from = dataOf(source.tensor) as Float64Array;
  const places = integersIn(at);
  for (let i = 0; i < places.length; i++) to[Number(places[i])] = from[i];
  tensor.storage.version++;
}

function writeCells({ cells }: ArrayData, places: Tensor, source: ArrayData): void {
  const spread = source.tensor.alias(places.shape, repeated(source.tensor, places.shape));
  const from: Value[] = [];
  eachPlace(spread, (at) =>
    from.push((source.cells as NonNullable<typeof cells>).items[Number(bigintsOf(spread)[at])]),
  );
  let next = 0;
  eachPlace(places, (at) => {
    (cells as NonNullable<typeof cells>).items[Number(bigintsOf(places)[at])] = from[next++];
  });
}

function repeated(from: Tensor, shape: Shape): number[] {
  const lead = shape.length - from.ndim;
  if (lead < 0 || from.shape.some((n, d) => n !== 1 && n !== shape[d + lead]))
    throw valueError(
      `could not broadcast input array from shape ${shapeText(from.shape)} into shape ${shapeText(shape)}`,
    );
  return shape.map((_, d) => (d < lead || from.shape[d - lead] === 1 ? 0 : from.strides[d - lead]));
}
