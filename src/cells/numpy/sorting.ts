/** Arrays in order, and places found in them. */
import type { Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, type PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import {
  type ArrayData,
  arrayOn,
  integersIn,
  numbersIn,
  own,
  plainElement,
  resultOf,
  tensorFrom,
  writeOver,
} from './array.ts';
import {
  arrayFrom,
  asArray,
  boxed,
  dataOfValue,
  eachPlace,
  numeric,
  operandOf,
  sequenceOf,
  tensorAs,
  toAxis,
} from './convert.ts';
import { fn } from './define.ts';
import { copyOfCells } from './indexing.ts';
import { into } from './into.ts';
import { arraysOf } from './joining.ts';
import { dataOf, reshapedTo } from './shape.ts';
import { op } from './specs.ts';
import { BOOLEAN, INT64, isNumeric, type NpType, promote, resultType } from './types.ts';

/** Strings and whatever else Python can order. */
function leavesOf(data: ArrayData): Value[] {
  const out: Value[] = [];
  eachPlace(data.tensor, (at) => out.push(plainElement(data, at)));
  return out;
}

const before = (a: Value, b: Value): number => {
  if (typeof a !== typeof b || a === null || b === null || typeof a === 'object')
    throw typeError("'<' not supported between instances of objects that have no order");
  return a < b ? -1 : a > b ? 1 : 0;
};

function orderOfWords(words: readonly Value[], i: Interpreter): number[] {
  i.budget.step(1 + words.length * Math.ceil(Math.log2(words.length + 1)));
  return words.map((_, k) => k).sort((x, y) => before(words[x], words[y]));
}

const bytes = (t: Tensor): Tensor => (t.dtype === 'bool' ? op('to', t, 'uint8') : t);

/** Both results of a sort, along an axis or of all elements. */
function sorted(data: ArrayData, axis: Value): readonly Tensor[] {
  const t = bytes(tensorAs(data, data.type));
  const flat = axis === null || t.ndim === 0;
  return op(
    'sort',
    flat ? op('reshape', t, [-1]) : t,
    flat ? 0 : toAxis(axis, t.ndim),
    false,
    true,
  ) as unknown as readonly Tensor[];
}

function sort(a: Value, axis: Value, i: Interpreter): PyInstance {
  const data = dataOfValue(a, i);
  if (isNumeric(data.type)) return arrayOn(op('to', sorted(data, axis)[0], data.type.dtype), data.type);
  const words = leavesOf(data);
  return boxed(
    orderOfWords(words, i).map((k) => words[k]),
    [words.length],
    data.type,
  );
}

function argsort(a: Value, axis: Value, i: Interpreter): PyInstance {
  const data = dataOfValue(a, i);
  if (isNumeric(data.type)) return arrayOn(sorted(data, axis)[1], INT64);
  const order = orderOfWords(leavesOf(data), i);
  return arrayOn(tensorFrom(order, [order.length], INT64), INT64);
}

interface Runs {
  /** Places of the first of each run of equal elements, in the order of the elements. */
  readonly first: number[];
  readonly inverse: number[];
  readonly counts: number[];
}

function runsOf(n: number, order: ArrayLike<number>, equal: (x: number, y: number) => boolean): Runs {
  const first: number[] = [];
  const counts: number[] = [];
  const inverse = new Array<number>(n);
  for (let k = 0; k < n; k++) {
    const at = order[k];
    if (k === 0 || !equal(order[k - 1], at)) {
      first.push(at);
      counts.push(0);
    }
    counts[counts.length - 1]++;
    inverse[at] = first.length - 1;
  }
  return { first, inverse, counts };
}

const wholes = (list: readonly number[]): PyInstance => arrayOn(tensorFrom(list, [list.length], INT64), INT64);

function unique(
  a: Value,
  wanted: { index: boolean; inverse: boolean; counts: boolean },
  axis: Value,
  i: Interpreter,
): Value {
  const source = asArray(a, i);
  const data = dataOf(source);
  let runs: Runs;
  let made: PyInstance;
  if (axis !== null && data.tensor.ndim > 1) {
    const dim = toAxis(axis, data.tensor.ndim);
    const t = op('movedim', tensorAs(data, data.type), dim, 0);
    const rows = numbersIn(t);
    const width = rows.length / Math.max(1, t.shape[0]);
    const compare = (x: number, y: number): number => {
      for (let k = 0; k < width; k++) {
        const d = rows[x * width + k] - rows[y * width + k];
        if (d !== 0) return d;
      }
      return x - y;
    };
    i.budget.step(1 + rows.length);
    const order = Array.from({ length: t.shape[0] }, (_, k) => k).sort(compare);
    runs = runsOf(order.length, order, (x, y) => equalRows(rows, width, x, y));
    made = arrayOn(
      op('movedim', op('index_select', t, 0, tensorFrom(runs.first, [runs.first.length], INT64)), 0, dim),
      data.type,
    );
  } else if (isNumeric(data.type)) {
    const flat = op('reshape', tensorAs(data, data.type), [-1]);
    const [, places] = sorted({ ...data, tensor: flat } as ArrayData, null);
    const order = Float64Array.from(integersIn(places), Number);
    const elements = data.type.dtype === 'int64' ? integersIn(flat) : numbersIn(flat);
    runs = runsOf(
      order.length,
      order,
      (x, y) => elements[x] === elements[y] || (Number.isNaN(elements[x]) && Number.isNaN(elements[y])),
    );
    made = arrayOn(op('index_select', flat, 0, tensorFrom(runs.first, [runs.first.length], INT64)), data.type);
  } else {
    const words = leavesOf(data);
    const order = orderOfWords(words, i);
    runs = runsOf(order.length, order, (x, y) => words[x] === words[y]);
    made = arrayFrom(
      runs.first.map((k) => words[k]),
      [runs.first.length],
      data.type,
      i,
    );
  }
  const out: Value[] = [made];
  if (wanted.index) out.push(wholes(runs.first));
  if (wanted.inverse) out.push(wholes(runs.inverse));
  if (wanted.counts) out.push(wholes(runs.counts));
  return out.length === 1 ? made : new PyTuple(out);
}

function equalRows(rows: Float64Array, width: number, x: number, y: number): boolean {
  for (let k = 0; k < width; k++) if (rows[x * width + k] !== rows[y * width + k]) return false;
  return true;
}

/** Elements of two arrays as sets of numbers. */
function sets(a: Value, b: Value, i: Interpreter): { x: Tensor; y: Tensor; type: NpType } {
  const [p, q] = [a, b].map((value) => numeric(value, i, 'set'));
  const type = promote(p.type, q.type);
  const [x, y] = [p, q].map(
    (data) => dataOf(unique(arrayOn(tensorAs(data, type), type), NONE, null, i) as PyInstance).tensor,
  );
  return { x, y, type };
}

const NONE = { index: false, inverse: false, counts: false };

const kept = (t: Tensor, mask: Tensor, type: NpType): PyInstance => arrayOn(op('masked_select', t, mask), type);

function searchsorted(a: Value, v: Value, side: Value, sorter: Value, i: Interpreter): Value {
  let [row, values] = [numeric(a, i, 'searchsorted'), numeric(v, i, 'searchsorted')];
  if (row.tensor.ndim !== 1) throw valueError('object too deep for desired array');
  if (sorter !== null)
    row = dataOfValue(arrayOn(op('index_select', row.tensor, 0, dataOfValue(sorter, i).tensor), row.type), i);
  const type = resultType([operandOf(row), { type: values.type }]);
  if (side !== 'left' && side !== 'right')
    throw valueError(`search side must be 'left' or 'right' (got ${i.repr(side)})`);
  values = dataOfValue(arrayOn(bytes(tensorAs(values, type))), i);
  const made = op('searchsorted', bytes(tensorAs(row, type)), values.tensor, false, side === 'right');
  return resultOf(made, INT64);
}

function takeFrom(a: Value, indices: Value, axis: Value, mode: Value, i: Interpreter): Value {
  const source = asArray(a, i);
  const array = axis === null ? reshapedTo(source, [dataOf(source).tensor.numel], i) : source;
  const data = dataOf(array);
  const dim = axis === null ? 0 : toAxis(axis, data.tensor.ndim);
  const size = data.tensor.shape[dim];
  const at = dataOfValue(indices, i);
  if (at.type.kind === 'f' && at.tensor.numel > 0)
    throw typeError("Cannot cast array data from dtype('float64') to dtype('int64') according to the rule 'safe'");
  const places = Array.from(integersIn(at.tensor), (n) => {
    const k = Number(n);
    if (mode === 'clip') return Math.max(0, Math.min(size - 1, k));
    if (mode === 'wrap') return ((k % size) + size) % size;
    if (k < -size || k >= size)
      throw new PyError('IndexError', `index ${k} is out of bounds for axis ${dim} with size ${size}`);
    return k < 0 ? k + size : k;
  });
  const picked = op('index_select', op('contiguous', data.tensor), dim, tensorFrom(places, [places.length], INT64));
  const shape = [...data.tensor.shape.slice(0, dim), ...at.tensor.shape, ...data.tensor.shape.slice(dim + 1)];
  const shaped = op('reshape', picked, shape);
  if (data.cells !== null) return copyOfCells(data, shaped, i);
  return resultOf(shaped, data.type);
}

const SORT = 'a, axis=-1, kind=None, order=None';

/** Methods of arrays. */
export const SORT_METHODS: readonly NativeFunction[] = [
  fn('sort', SORT, ({ a, axis }, i) => {
    const data = own(a);
    const made = dataOf(sort(a, axis, i));
    if (data.cells === null) writeOver(data, made.tensor);
    else leavesOf(made).forEach((word, k) => void data.cells?.items.splice(k, 1, word));
    return null;
  }),
  fn('argsort', SORT, ({ a, axis }, i) => argsort(a, axis, i)),
  fn('searchsorted', "a, v, side='left', sorter=None", ({ a, v, side, sorter }, i) =>
    searchsorted(a, v, side, sorter, i),
  ),
  fn('take', "a, indices, axis=None, out=None, mode='raise'", ({ a, indices, axis, out, mode }, i) =>
    into(out, takeFrom(a, indices, axis, mode, i)),
  ),
  fn('partition', 'a, kth, axis=-1, kind=None', ({ a, axis }, i) => {
    writeOver(own(a), dataOf(sort(a, axis, i)).tensor);
    return null;
  }),
  fn('argpartition', 'a, kth, axis=-1, kind=None', ({ a, axis }, i) => argsort(a, axis, i)),
  fn('put', "a, ind, v, mode='raise'", ({ a, ind, v }, i) => {
    const data = own(a);
    const places = dataOfValue(ind, i);
    const values = numbersIn(dataOfValue(v, i).tensor);
    const flat = numbersIn(data.tensor);
    integersIn(places.tensor).forEach((n, k) => {
      const at = Number(n) < 0 ? Number(n) + flat.length : Number(n);
      if (!(at >= 0 && at < flat.length))
        throw new PyError('IndexError', `index ${n} is out of bounds for axis 0 with size ${flat.length}`);
      flat[at] = values[k % values.length];
    });
    writeOver(data, tensorFrom(flat, data.tensor.shape, data.type));
    return null;
  }),
];

export const SORTING: readonly NativeFunction[] = [
  fn('sort', SORT, ({ a, axis }, i) => sort(a, axis, i)),
  fn('partition', 'a, kth, axis=-1, kind=None', ({ a, axis }, i) => sort(a, axis, i)),
  ...SORT_METHODS.filter(({ name }) => name !== 'sort' && name !== 'partition'),
  fn('msort', 'a', ({ a }, i) => sort(a, 0n, i)),
  fn('lexsort', 'keys, axis=-1', ({ keys }, i) => {
    const rows = arraysOf(keys, i).map((array) => numbersIn(dataOf(array).tensor));
    const n = rows[0]?.length ?? 0;
    i.budget.step(1 + n * rows.length);
    const order = Array.from({ length: n }, (_, k) => k).sort((x, y) => {
      for (let r = rows.length - 1; r >= 0; r--) if (rows[r][x] !== rows[r][y]) return rows[r][x] - rows[r][y];
      return x - y;
    });
    return wholes(order);
  }),
  fn('unique', 'ar, return_index=False, return_inverse=False, return_counts=False, axis=None', (given, i) => {
    const wanted = {
      index: given.return_index === true,
      inverse: given.return_inverse === true,
      counts: given.return_counts === true,
    };
    return unique(given.ar, wanted, given.axis, i);
  }),
  fn('intersect1d', 'ar1, ar2, assume_unique=False', ({ ar1, ar2 }, i) => {
    const { x, y, type } = sets(ar1, ar2, i);
    return kept(x, op('isin', x, y), type);
  }),
  fn('setdiff1d', 'ar1, ar2, assume_unique=False', ({ ar1, ar2 }, i) => {
    const { x, y, type } = sets(ar1, ar2, i);
    return kept(x, op('isin', x, y, false, true), type);
  }),
  fn('union1d', 'ar1, ar2', ({ ar1, ar2 }, i) => {
    const { x, y, type } = sets(ar1, ar2, i);
    return unique(arrayOn(op('cat', [x, y], 0), type), NONE, null, i);
  }),
  fn('setxor1d', 'ar1, ar2, assume_unique=False', ({ ar1, ar2 }, i) => {
    const { x, y, type } = sets(ar1, ar2, i);
    const only = [
      op('masked_select', x, op('isin', x, y, false, true)),
      op('masked_select', y, op('isin', y, x, false, true)),
    ];
    return unique(arrayOn(op('cat', only, 0), type), NONE, null, i);
  }),
  fn('take_along_axis', 'arr, indices, axis', ({ arr, indices, axis }, i) => {
    const data = numeric(arr, i, 'take_along_axis');
    const at = dataOfValue(indices, i, INT64).tensor;
    const made =
      axis === null
        ? op('take', data.tensor, at)
        : op('take_along_dim', tensorAs(data, data.type), wrappedAt(at, data, axis), toAxis(axis, data.tensor.ndim));
    return arrayOn(made, data.type);
  }),
  fn('compress', 'condition, a, axis=None', ({ condition, a, axis }, i) => {
    const flags = integersIn(dataOfValue(condition, i, BOOLEAN).tensor);
    const places = [...flags].flatMap((flag, k) => (flag === 0n ? [] : [BigInt(k)]));
    return takeFrom(a, new PyTuple(places), axis, null, i);
  }),
  fn('extract', 'condition, arr', ({ condition, arr }, i) => {
    const data = numeric(arr, i, 'extract');
    const flags = op('reshape', dataOfValue(condition, i, BOOLEAN).tensor, [-1]);
    return kept(op('reshape', tensorAs(data, data.type), [-1]), flags, data.type);
  }),
  fn('choose', 'a, choices', ({ a, choices }, i) => {
    const places = dataOfValue(a, i, INT64).tensor;
    const rows = (sequenceOf(choices) ?? []).map((row) => numeric(row, i, 'choose'));
    if (rows.length === 0) throw valueError('choices must be a sequence of arrays');
    const type = rows.map((row) => row.type).reduce(promote);
    let made = op('zeros', places.shape, type.dtype);
    rows.forEach((row, k) => {
      made = op('where', op('eq', places, k), tensorAs(row, type), made);
    });
    return resultOf(made, type);
  }),
];

function wrappedAt(at: Tensor, data: ArrayData, axis: Value): Tensor {
  const size = data.tensor.shape[toAxis(axis, data.tensor.ndim)];
  return op('where', op('lt', at, 0), op('add', at, size), at);
}
