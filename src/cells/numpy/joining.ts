/** Arrays put together, taken apart, repeated and turned. */
import { copy } from '../../kernels/copy.ts';
import { type Shape, sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, type PyInstance, PyList, PySlice, type Value } from '../runtime/values.ts';
import { itemsOf } from '../torch/convert.ts';
import { arrayOn, dataIn, forward, integersIn, plainElement, shapeText, tensorFrom, windowOn } from './array.ts';
import { arrayFrom, asArray, castArray, eachPlace, sequenceOf, toAxes, toAxis, toWhole } from './convert.ts';
import { fn } from './define.ts';
import { axisError } from './errors.ts';
import { into } from './into.ts';
import { dataOf, reshapedTo, taken } from './shape.ts';
import { op } from './specs.ts';
import { INT64, isNumeric, type NpType, promote, toType } from './types.ts';

/** The arrays of a sequence, an array's rows among them. */
export function arraysOf(value: Value, interpreter: Interpreter): PyInstance[] {
  const items = itemsOf(value);
  if (items !== undefined) return items.map((item) => asArray(item, interpreter));
  const array = asArray(value, interpreter);
  const { tensor } = dataOf(array);
  if (tensor.ndim === 0) throw valueError('zero-dimensional arrays cannot be concatenated');
  return Array.from({ length: tensor.shape[0] }, (_, k) =>
    windowOn(array, tensor.shape.slice(1), tensor.strides.slice(1), tensor.offset + k * tensor.strides[0]),
  );
}

export function joined(
  arrays: readonly PyInstance[],
  axis: number,
  interpreter: Interpreter,
  wanted?: NpType,
): PyInstance {
  if (arrays.length === 0) throw valueError('need at least one array to concatenate');
  const data = arrays.map(dataOf);
  const [first] = data;
  const { ndim } = first.tensor;
  if (ndim === 0) throw valueError('zero-dimensional arrays cannot be concatenated');
  if (axis < -ndim || axis >= ndim) throw axisError(axis, ndim);
  const dim = axis < 0 ? axis + ndim : axis;
  data.forEach(({ tensor }, k) => {
    if (tensor.ndim !== ndim)
      throw valueError(
        `all the input arrays must have same number of dimensions, but the array at index 0 has ${ndim} dimension(s) and the array at index ${k} has ${tensor.ndim} dimension(s)`,
      );
    const at = tensor.shape.findIndex((n, d) => d !== dim && n !== first.tensor.shape[d]);
    if (at >= 0)
      throw valueError(
        `all the input array dimensions except for the concatenation axis must match exactly, but along dimension ${at}, the array at index 0 has size ${first.tensor.shape[at]} and the array at index ${k} has size ${tensor.shape[at]}`,
      );
  });
  const type = wanted ?? data.map((one) => one.type).reduce(promote);
  if (isNumeric(type)) {
    const parts = data.map((one) =>
      forward((isNumeric(one.type) ? one : dataOf(castArray(one, type, interpreter))).tensor),
    );
    return arrayOn(
      op(
        'cat',
        parts.map((t) => op('to', t, type.dtype)),
        dim,
      ),
      type,
    );
  }
  // Their elements are numbered through, and the numbers joined.
  const leaves: Value[] = [];
  const places = data.map((one) => {
    const from = leaves.length;
    interpreter.budget.room(from + one.tensor.numel);
    eachPlace(one.tensor, (at) => leaves.push(plainElement(one, at)));
    return tensorFrom(
      Float64Array.from({ length: one.tensor.numel }, (_, k) => from + k),
      one.tensor.shape,
      INT64,
    );
  });
  const order = op('cat', places, dim);
  const sorted = Array.from(integersIn(order), (place) => leaves[Number(place)]);
  return arrayFrom(sorted, order.shape, type, interpreter);
}

const withAxis = (array: PyInstance, at: number, interpreter: Interpreter): PyInstance =>
  reshapedTo(array, dataOf(array).tensor.shape.toSpliced(at, 0, 1), interpreter);

function stacked(arrays: readonly PyInstance[], axis: number, interpreter: Interpreter): PyInstance {
  if (arrays.length === 0) throw valueError('need at least one array to stack');
  const { shape } = dataOf(arrays[0]).tensor;
  if (arrays.some((array) => !sameShape(dataOf(array).tensor.shape, shape)))
    throw valueError('all input arrays must have the same shape');
  const ndim = shape.length + 1;
  if (axis < -ndim || axis >= ndim) throw axisError(axis, ndim);
  const at = axis < 0 ? axis + ndim : axis;
  return joined(
    arrays.map((array) => withAxis(array, at, interpreter)),
    at,
    interpreter,
  );
}

const raised = (array: PyInstance, rank: number, interpreter: Interpreter): PyInstance => {
  const { shape } = dataOf(array).tensor;
  if (shape.length >= rank) return array;
  if (rank === 3) {
    const full = shape.length === 0 ? [1, 1, 1] : shape.length === 1 ? [1, shape[0], 1] : [...shape, 1];
    return reshapedTo(array, full, interpreter);
  }
  return reshapedTo(array, [...new Array<number>(rank - shape.length).fill(1), ...shape], interpreter);
};

/** A part of an array along one axis, as a window. */
function part(array: PyInstance, axis: number, from: number, to: number): PyInstance {
  const { tensor } = dataOf(array);
  const length = Math.max(0, to - from);
  return windowOn(
    array,
    tensor.shape.with(axis, length),
    tensor.strides,
    tensor.offset + (length === 0 ? 0 : from * tensor.strides[axis]),
  );
}

function pieces(a: Value, sections: Value, axis: Value, even: boolean, i: Interpreter): PyList {
  const array = asArray(a, i);
  const { tensor } = dataOf(array);
  if (tensor.ndim === 0) throw valueError('array_split does not work on 0-d arrays');
  const dim = toAxis(axis, tensor.ndim);
  const size = tensor.shape[dim];
  const list = sequenceOf(sections);
  const cuts: number[] = [0];
  if (list !== undefined) {
    const clamp = (n: number): number => Math.max(0, Math.min(size, n < 0 ? n + size : n));
    for (const cut of list) cuts.push(clamp(toWhole(cut)));
  } else {
    const n = toWhole(sections);
    if (n <= 0) throw valueError('number sections must be larger than 0.');
    if (even && size % n !== 0) throw valueError('array split does not result in an equal division');
    i.budget.room(n);
    const base = Math.floor(size / n);
    for (let k = 0, at = 0; k < n - 1; k++) {
      at += base + (k < size % n ? 1 : 0);
      cuts.push(at);
    }
  }
  return new PyList(cuts.map((from, k) => part(array, dim, from, cuts[k + 1] ?? size)));
}

function flipped(array: PyInstance, axes: readonly number[]): PyInstance {
  const { tensor } = dataOf(array);
  let { offset } = tensor;
  const strides = tensor.strides.map((stride, d) => {
    if (!axes.includes(d)) return stride;
    offset += stride * Math.max(0, tensor.shape[d] - 1);
    return -stride;
  });
  return windowOn(array, tensor.shape, strides, offset);
}

const turned = (a: Value, i: Interpreter, run: (t: Tensor) => Tensor): Value => {
  const data = dataOf(asArray(a, i));
  return taken(data, run(forward(data.tensor)), i);
};

const wholeList = (value: Value): number[] => (sequenceOf(value) ?? [value]).map((item) => toWhole(item));

export const REPEAT = fn('repeat', 'a, repeats, axis=None', ({ a, repeats, axis }, i) => {
  const counts = wholeList(repeats);
  return turned(a, i, (t) => {
    const flat = axis === null ? op('reshape', t, [-1]) : t;
    const dim = axis === null ? 0 : toAxis(axis, t.ndim);
    if (counts.length !== 1 && counts.length !== flat.shape[dim])
      throw valueError(
        `operands could not be broadcast together with shape ${shapeText([flat.shape[dim]])} ${shapeText([counts.length])}`,
      );
    if (counts.some((n) => n < 0)) throw valueError('repeats may not contain negative values.');
    const each = counts.length === 1 ? new Array<number>(flat.shape[dim]).fill(counts[0]) : counts;
    i.budget.step(1 + each.reduce((sum, n) => sum + n, 0) / 64);
    return op('repeat_interleave', flat, tensorFrom(each, [each.length], INT64), dim);
  });
});

/** Where each element of a part that is put in or left out stands. */
function placesOf(obj: Value, size: number, i: Interpreter): number[] {
  const data = dataIn(obj);
  if (data?.type.kind === 'b') return [...integersIn(data.tensor)].flatMap((flag, k) => (flag === 0n ? [] : [k]));
  return wholeList(obj).map((n) => {
    if (n < -size || n > size) throw valueError(`index ${n} is out of bounds for axis 0 with size ${size}`);
    i.budget.step();
    return n < 0 ? n + size : n;
  });
}

function pickRows(array: PyInstance, dim: number, rows: readonly number[], i: Interpreter): PyInstance {
  const data = dataOf(array);
  return taken(data, op('index_select', forward(data.tensor), dim, tensorFrom(rows, [rows.length], INT64)), i);
}

export const JOINING: readonly NativeFunction[] = [
  fn('concatenate', 'arrays, axis=0, out=None, *, dtype=None', ({ arrays, axis, out, dtype }, i) => {
    const list = arraysOf(arrays, i);
    const own = axis === null ? list.map((array) => reshapedTo(array, [dataOf(array).tensor.numel], i)) : list;
    return into(out, joined(own, axis === null ? 0 : toWhole(axis), i, toType(dtype)));
  }),
  fn('stack', 'arrays, axis=0, out=None', ({ arrays, axis, out }, i) =>
    into(out, stacked(arraysOf(arrays, i), toWhole(axis), i)),
  ),
  fn('vstack', 'tup', ({ tup }, i) =>
    joined(
      arraysOf(tup, i).map((a) => raised(a, 2, i)),
      0,
      i,
    ),
  ),
  fn('row_stack', 'tup', ({ tup }, i) =>
    joined(
      arraysOf(tup, i).map((a) => raised(a, 2, i)),
      0,
      i,
    ),
  ),
  fn('hstack', 'tup', ({ tup }, i) => {
    const arrays = arraysOf(tup, i).map((a) => raised(a, 1, i));
    return joined(arrays, arrays.length > 0 && dataOf(arrays[0]).tensor.ndim === 1 ? 0 : 1, i);
  }),
  fn('dstack', 'tup', ({ tup }, i) =>
    joined(
      arraysOf(tup, i).map((a) => raised(a, 3, i)),
      2,
      i,
    ),
  ),
  fn('column_stack', 'tup', ({ tup }, i) => {
    const columns = arraysOf(tup, i).map((a) => {
      const { shape } = dataOf(a).tensor;
      return shape.length < 2 ? reshapedTo(a, [shape[0] ?? 1, 1], i) : a;
    });
    return joined(columns, 1, i);
  }),
  fn('append', 'arr, values, axis=None', ({ arr, values, axis }, i) => {
    const list = [asArray(arr, i), asArray(values, i)];
    const own = axis === null ? list.map((array) => reshapedTo(array, [dataOf(array).tensor.numel], i)) : list;
    return joined(own, axis === null ? 0 : toWhole(axis), i);
  }),
  fn('split', 'ary, indices_or_sections, axis=0', ({ ary, indices_or_sections, axis }, i) =>
    pieces(ary, indices_or_sections, axis, true, i),
  ),
  fn('array_split', 'ary, indices_or_sections, axis=0', ({ ary, indices_or_sections, axis }, i) =>
    pieces(ary, indices_or_sections, axis, false, i),
  ),
  fn('vsplit', 'ary, indices_or_sections', ({ ary, indices_or_sections }, i) =>
    pieces(ary, indices_or_sections, 0n, true, i),
  ),
  fn('hsplit', 'ary, indices_or_sections', ({ ary, indices_or_sections }, i) =>
    pieces(ary, indices_or_sections, dataOf(asArray(ary, i)).tensor.ndim > 1 ? 1n : 0n, true, i),
  ),
  fn('dsplit', 'ary, indices_or_sections', ({ ary, indices_or_sections }, i) =>
    pieces(ary, indices_or_sections, 2n, true, i),
  ),
  fn('tile', 'A, reps', ({ A, reps }, i) => {
    const times = wholeList(reps);
    return turned(A, i, (t) => op('tile', t.ndim === 0 ? op('reshape', t, [1]) : t, times));
  }),
  REPEAT,
  fn('flip', 'm, axis=None', ({ m, axis }, i) => {
    const array = asArray(m, i);
    return flipped(array, toAxes(axis, dataOf(array).tensor.ndim));
  }),
  fn('fliplr', 'm', ({ m }, i) => flipped(asArray(m, i), [1])),
  fn('flipud', 'm', ({ m }, i) => flipped(asArray(m, i), [0])),
  fn('roll', 'a, shift, axis=None', ({ a, shift, axis }, i) =>
    turned(a, i, (t) => {
      const shifts = wholeList(shift);
      if (axis === null) return op('reshape', op('roll', op('reshape', t, [-1]), shifts, [0]), t.shape);
      const axes = toAxes(axis, t.ndim);
      return op('roll', t, axes.length > 1 && shifts.length === 1 ? axes.map(() => shifts[0]) : shifts, axes);
    }),
  ),
  fn('rot90', 'm, k=1, axes=(0; 1)', ({ m, k, axes }, i) =>
    turned(m, i, (t) => op('rot90', t, toWhole(k), toAxes(axes, t.ndim))),
  ),
  fn('insert', 'arr, obj, values, axis=None', ({ arr, obj, values, axis }, i) => {
    const source = asArray(arr, i);
    const array = axis === null ? reshapedTo(source, [dataOf(source).tensor.numel], i) : source;
    const { tensor, type } = dataOf(array);
    const dim = axis === null ? 0 : toAxis(axis, tensor.ndim);
    const size = tensor.shape[dim];
    const at = placesOf(obj, size, i);
    let fresh = asArray(values, i, type);
    const own = dataOf(fresh).tensor;
    const single = sequenceOf(obj) === undefined;
    const count = single
      ? own.ndim === tensor.ndim && own.ndim > 0
        ? own.shape[dim]
        : own.ndim === 1 && tensor.ndim === 1
          ? own.numel
          : 1
      : at.length;
    const shape = tensor.shape.with(dim, count);
    if (own.ndim === tensor.ndim - 1 && own.ndim > 0) fresh = reshapedTo(fresh, own.shape.toSpliced(dim, 0, 1), i);
    const filled = arrayOn(copy(dataOf(fresh).tensor, dataOf(fresh).tensor.dtype, shape), type, dataOf(fresh).cells);
    const all = joined([array, filled], dim, i);
    // Each new row comes before the row whose place it was given; rows of one place keep their order.
    const places = single ? new Array<number>(count).fill(at[0]) : at;
    const fromNew = places.map((place, k) => ({ place, row: size + k })).sort((x, y) => x.place - y.place);
    const order: number[] = [];
    for (let row = 0, k = 0; row <= size; row++) {
      while (k < fromNew.length && fromNew[k].place === row) order.push(fromNew[k++].row);
      if (row < size) order.push(row);
    }
    return pickRows(all, dim, order, i);
  }),
  fn('delete', 'arr, obj, axis=None', ({ arr, obj, axis }, i) => {
    const source = asArray(arr, i);
    const array = axis === null ? reshapedTo(source, [dataOf(source).tensor.numel], i) : source;
    const { tensor } = dataOf(array);
    const dim = axis === null ? 0 : toAxis(axis, tensor.ndim);
    const size = tensor.shape[dim];
    const gone = new Set(spanned(obj, size) ?? placesOf(obj, size, i));
    const rows = Array.from({ length: size }, (_, k) => k).filter((k) => !gone.has(k));
    return pickRows(array, dim, rows, i);
  }),
  fn('resize', 'a, new_shape', ({ a, new_shape }, i) =>
    turned(a, i, (t) => {
      const shape: Shape = wholeList(new_shape);
      const n = shape.reduce((p, size) => p * size, 1);
      i.budget.step(1 + n / 64);
      const flat = op('reshape', t, [-1]);
      return op(
        'reshape',
        op('narrow', op('tile', flat, [Math.max(1, Math.ceil(n / Math.max(1, flat.numel)))]), 0, 0, n),
        shape,
      );
    }),
  ),
];

/** The places of a slice. */
function spanned(obj: Value, size: number): number[] | undefined {
  if (!(obj instanceof PySlice)) return undefined;
  const [start, stop, step] = [obj.start, obj.stop, obj.step].map((x) => (x === null ? null : toWhole(x)));
  const by = step ?? 1;
  const clamp = (x: number): number => Math.max(0, Math.min(size, x < 0 ? x + size : x));
  const from = start === null ? 0 : clamp(start);
  const to = stop === null ? size : clamp(stop);
  const out: number[] = [];
  if (by > 0) for (let k = from; k < to; k += by) out.push(k);
  return out;
}
