/** Arrays in other shapes: windows where there can be one. */
import { copy } from '../../kernels/copy.ts';
import { contiguousStrides, numelOf, type Shape, viewStrides } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, type PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf } from '../torch/convert.ts';
import { type ArrayData, arrayOn, shapeText, windowOn } from './array.ts';
import { asArray, sequenceOf, toAxes, toAxis, toShape, toWhole } from './convert.ts';
import { fn, raw } from './define.ts';
import { copyOfCells } from './indexing.ts';
import { broadcast } from './ufunc.ts';

export const dataOf = (array: PyInstance): ArrayData => array.native as ArrayData;

/** A new array of elements that were taken from another one. */
export const taken = (from: ArrayData, tensor: Tensor, interpreter: Interpreter): PyInstance =>
  from.cells === null ? arrayOn(tensor, from.type) : copyOfCells(from, tensor, interpreter);

/** A copy of an array, whatever its elements. */
export const copied = (array: PyInstance, interpreter: Interpreter): PyInstance =>
  taken(dataOf(array), copy(dataOf(array).tensor), interpreter);

const reversed = <T>(list: readonly T[]): T[] => list.toReversed();

export const transposed = (array: PyInstance, axes: readonly number[]): PyInstance => {
  const { tensor } = dataOf(array);
  return windowOn(
    array,
    axes.map((d) => tensor.shape[d]),
    axes.map((d) => tensor.strides[d]),
    tensor.offset,
  );
};

const allReversed = (array: PyInstance): PyInstance =>
  transposed(array, reversed(dataOf(array).tensor.shape.map((_, d) => d)));

/** A shape in which one size may be left open. */
function resolved(shape: readonly number[], numel: number, wanted: Value): number[] {
  const open = shape.indexOf(-1);
  const given = (): string => (itemsOf(wanted) === undefined ? `(${String(shape[0])},)` : shapeText(shape));
  if (open < 0) {
    if (numelOf(shape) !== numel) throw valueError(`cannot reshape array of size ${numel} into shape ${given()}`);
    return [...shape];
  }
  if (shape.indexOf(-1, open + 1) >= 0) throw valueError('can only specify one unknown dimension');
  const rest = shape.reduce((n, size, d) => (d === open ? n : n * size), 1);
  if (rest === 0 || numel % rest !== 0) throw valueError(`cannot reshape array of size ${numel} into shape ${given()}`);
  return shape.map((size, d) => (d === open ? numel / rest : size));
}

export function reshape(array: PyInstance, wanted: Value, order: Value, interpreter: Interpreter): PyInstance {
  const { tensor } = dataOf(array);
  const items = sequenceOf(wanted) ?? [wanted];
  const shape = resolved(
    items.map((item) => toWhole(item)),
    tensor.numel,
    wanted,
  );
  if (order === 'F')
    return allReversed(reshape(allReversed(array), new PyTuple(reversed(shape).map(BigInt)), null, interpreter));
  return reshapedTo(array, shape, interpreter);
}

export function reshapedTo(array: PyInstance, shape: Shape, interpreter: Interpreter): PyInstance {
  const { tensor } = dataOf(array);
  const strides = viewStrides(tensor.shape, tensor.strides, shape);
  if (strides !== null) return windowOn(array, shape, strides, tensor.offset);
  const own = copied(array, interpreter);
  return windowOn(own, shape, contiguousStrides(shape), 0);
}

const flat = (array: PyInstance, order: Value, interpreter: Interpreter): PyInstance => {
  const from = order === 'F' ? allReversed(array) : array;
  return reshapedTo(from, [dataOf(from).tensor.numel], interpreter);
};

/** `broadcast_to`: elements that are repeated without being copied. */
export function repeatedTo(array: PyInstance, shape: Shape): PyInstance {
  const { tensor } = dataOf(array);
  const lead = shape.length - tensor.ndim;
  if (lead < 0 || tensor.shape.some((n, d) => n !== 1 && n !== shape[d + lead]))
    throw valueError(
      `operands could not be broadcast together with remapped shapes [original->remapped]: ${shapeText(tensor.shape)}  and requested shape ${shapeText(shape)}`,
    );
  const strides = shape.map((_, d) => (d < lead || tensor.shape[d - lead] === 1 ? 0 : tensor.strides[d - lead]));
  return windowOn(array, shape, strides, tensor.offset);
}

function squeezed(array: PyInstance, axis: Value): PyInstance {
  const { tensor } = dataOf(array);
  const gone = axis === null ? tensor.shape.flatMap((n, d) => (n === 1 ? [d] : [])) : toAxes(axis, tensor.ndim);
  if (gone.some((d) => tensor.shape[d] !== 1))
    throw valueError('cannot select an axis to squeeze out which has size not equal to one');
  const keep = (_: number, d: number): boolean => !gone.includes(d);
  return windowOn(array, tensor.shape.filter(keep), tensor.strides.filter(keep), tensor.offset);
}

function expanded(array: PyInstance, axis: Value): PyInstance {
  const { tensor } = dataOf(array);
  const count = tensor.ndim + (itemsOf(axis)?.length ?? 1);
  const fresh = toAxes(axis, count);
  const shape: number[] = [];
  const strides: number[] = [];
  let next = 0;
  for (let d = 0; d < count; d++) {
    shape.push(fresh.includes(d) ? 1 : tensor.shape[next]);
    strides.push(fresh.includes(d) ? 0 : tensor.strides[next]);
    if (!fresh.includes(d)) next++;
  }
  return windowOn(array, shape, strides, tensor.offset);
}

function moved(array: PyInstance, source: Value, destination: Value): PyInstance {
  const { tensor } = dataOf(array);
  const from = toAxes(source, tensor.ndim);
  const to = toAxes(destination, tensor.ndim);
  if (from.length !== to.length)
    throw valueError('`source` and `destination` arguments must have the same number of elements');
  const order = tensor.shape.map((_, d) => d).filter((d) => !from.includes(d));
  for (const [target, own] of to.map((t, k) => [t, from[k]] as const).sort((a, b) => a[0] - b[0]))
    order.splice(target, 0, own);
  return transposed(array, order);
}

function swapped(array: PyInstance, a: Value, b: Value): PyInstance {
  const { tensor } = dataOf(array);
  const order = tensor.shape.map((_, d) => d);
  const [x, y] = [toAxis(a, tensor.ndim), toAxis(b, tensor.ndim)];
  [order[x], order[y]] = [y, x];
  return transposed(array, order);
}

/** The axes of `transpose`, given one by one or as one tuple. */
function axesFrom(args: readonly Value[], ndim: number): number[] {
  const list = args.length === 1 ? (args[0] === null ? [] : (sequenceOf(args[0]) ?? args)) : args;
  if (args.length === 0 || (args.length === 1 && args[0] === null))
    return Array.from({ length: ndim }, (_, d) => ndim - 1 - d);
  if (list.length !== ndim) throw valueError("axes don't match array");
  const axes = list.map((d) => toAxis(d, ndim));
  if (new Set(axes).size !== ndim) throw valueError('repeated axis in transpose');
  return axes;
}

/** Methods of arrays, which take their sizes one by one as well. */
export const SHAPE_METHODS: readonly NativeFunction[] = [
  raw('reshape', 1, ([a, ...sizes], kwargs, i) => {
    for (const key of kwargs.keys())
      if (key !== 'order') throw typeError(`'${key}' is an invalid keyword argument for this function`);
    const wanted = sizes.length === 1 ? sizes[0] : new PyTuple(sizes);
    return reshape(asArray(a, i), wanted, kwargs.get('order') ?? null, i);
  }),
  raw('transpose', 1, ([a, ...axes], _, i) =>
    transposed(asArray(a, i), axesFrom(axes, dataOf(asArray(a, i)).tensor.ndim)),
  ),
  fn('flatten', "a, order='C'", ({ a, order }, i) => copied(flat(asArray(a, i), order, i), i)),
  fn('copy', "a, order='C'", ({ a }, i) => copied(asArray(a, i), i)),
];

/** Functions that are methods of arrays as well. */
export const SHAPES: readonly NativeFunction[] = [
  fn('ravel', "a, order='C'", ({ a, order }, i) => flat(asArray(a, i), order, i)),
  fn('squeeze', 'a, axis=None', ({ a, axis }, i) => squeezed(asArray(a, i), axis)),
  fn('swapaxes', 'a, axis1, axis2', ({ a, axis1, axis2 }, i) => swapped(asArray(a, i), axis1, axis2)),
];

const atLeast = (name: string, rank: number): NativeFunction =>
  raw(name, 0, (args, _, i) => {
    const made = args.map((value): Value => {
      const array = asArray(value, i);
      const { shape } = dataOf(array).tensor;
      if (shape.length >= rank) return array;
      const full =
        rank === 3
          ? shape.length === 0
            ? [1, 1, 1]
            : shape.length === 1
              ? [1, shape[0], 1]
              : [...shape, 1]
          : [...new Array<number>(rank - shape.length).fill(1), ...shape];
      return reshapedTo(array, full, i);
    });
    return made.length === 1 ? made[0] : new PyList(made);
  });

/** Functions alone. */
export const MORE_SHAPES: readonly NativeFunction[] = [
  fn('reshape', "a, newshape, order='C'", ({ a, newshape, order }, i) => reshape(asArray(a, i), newshape, order, i)),
  fn('transpose', 'a, axes=None', ({ a, axes }, i) =>
    transposed(asArray(a, i), axesFrom([axes], dataOf(asArray(a, i)).tensor.ndim)),
  ),
  fn('copy', "a, order='K', subok=False", ({ a }, i) => copied(asArray(a, i), i)),
  fn('expand_dims', 'a, axis', ({ a, axis }, i) => expanded(asArray(a, i), axis)),
  fn('moveaxis', 'a, source, destination', ({ a, source, destination }, i) =>
    moved(asArray(a, i), source, destination),
  ),
  fn('rollaxis', 'a, axis, start=0', ({ a, axis, start }, i) => {
    const array = asArray(a, i);
    const { ndim } = dataOf(array).tensor;
    const from = toAxis(axis, ndim);
    const to = toWhole(start);
    return moved(array, BigInt(from), BigInt(to > from ? to - 1 : to));
  }),
  fn('broadcast_to', 'array, shape, subok=False', ({ array, shape }, i) =>
    repeatedTo(asArray(array, i), toShape(shape, i)),
  ),
  raw('broadcast_arrays', 0, (args, _, i) => {
    const arrays = args.map((value) => asArray(value, i));
    const shape = broadcast(arrays.map((array) => dataOf(array).tensor.shape));
    return new PyList(arrays.map((array) => repeatedTo(array, shape)));
  }),
  raw(
    'broadcast_shapes',
    0,
    (args, _, i) => new PyTuple(broadcast(args.map((shape) => toShape(shape, i))).map(BigInt)),
  ),
  atLeast('atleast_1d', 1),
  atLeast('atleast_2d', 2),
  atLeast('atleast_3d', 3),
  fn('shape', 'a', ({ a }, i) => new PyTuple(dataOf(asArray(a, i)).tensor.shape.map(BigInt))),
  fn('ndim', 'a', ({ a }, i) => BigInt(dataOf(asArray(a, i)).tensor.ndim)),
  fn('size', 'a, axis=None', ({ a, axis }, i) => {
    const { tensor } = dataOf(asArray(a, i));
    return BigInt(axis === null ? tensor.numel : tensor.shape[toAxis(axis, tensor.ndim)]);
  }),
  fn('ascontiguousarray', 'a, dtype=None', ({ a }, i) => {
    const array = asArray(a, i);
    return dataOf(array).tensor.isContiguous ? array : copied(array, i);
  }),
  fn('squeeze', 'a, axis=None', ({ a, axis }, i) => squeezed(asArray(a, i), axis)),
];
