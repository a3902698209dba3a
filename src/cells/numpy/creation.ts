/** Arrays made anew. */

import { copy } from '../../kernels/copy.ts';
import { fill as fillKernel } from '../../kernels/pointwise.ts';
import { numelOf, type Shape } from '../../tensor/shape.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, type PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { arrayOn, doubles, elementAt, forward, numbersIn, tensorFrom, windowOn } from './array.ts';
import {
  arrayFrom,
  asArray,
  boxed,
  castArray,
  dataOfValue,
  elementFor,
  numeric,
  optionalWhole,
  tensorAs,
  toNumber,
  toShape,
  toWhole,
} from './convert.ts';
import { calling, fn, raw } from './define.ts';
import { quiet } from './quiet.ts';
import { fitted } from './scalar.ts';
import { copied, dataOf, reshapedTo, taken } from './shape.ts';
import { op } from './specs.ts';
import { FLOAT64, INT64, isNumeric, type NpType, promote, toType } from './types.ts';
import { broadcast } from './ufunc.ts';

/** An array of one value over and over. */
export function filledArray(shape: Shape, value: Value, type: NpType, i: Interpreter): PyInstance {
  const element = elementFor(value, type, i);
  if (!isNumeric(type)) {
    i.budget.room(numelOf(shape));
    return boxed(new Array<Value>(numelOf(shape)).fill(element), shape, type);
  }
  const number = typeof element === 'boolean' ? Number(element) : (element as number | bigint);
  return arrayOn(fillKernel(empty(shape, type.dtype), number), type);
}

const zero = (type: NpType): Value => (type.kind === 'U' ? '' : type.kind === 'O' ? 0n : 0n);

const filled = (name: string, value: bigint): NativeFunction =>
  fn(name, "shape, dtype=None, order='C', *, like=None", ({ shape, dtype }, i) => {
    const type = toType(dtype) ?? FLOAT64;
    return filledArray(toShape(shape, i), value === 0n ? zero(type) : value, type, i);
  });

const like = (name: string, value: bigint): NativeFunction =>
  fn(name, "a, dtype=None, order='K', subok=True, shape=None", ({ a, dtype, shape }, i) => {
    const data = dataOfValue(a, i);
    const type = toType(dtype) ?? data.type;
    return filledArray(
      shape === null ? data.tensor.shape : toShape(shape, i),
      value === 0n ? zero(type) : value,
      type,
      i,
    );
  });

const isFloat = (value: Value, i: Interpreter): boolean =>
  value !== null && numeric(value, i, 'arange').type.kind === 'f';

function arange(args: readonly Value[], kwargs: ReadonlyMap<string, Value>, i: Interpreter): Value {
  const named = (name: string, at: number): Value => kwargs.get(name) ?? args[at] ?? null;
  let [start, stop, step] = [named('start', 0), named('stop', 1), named('step', 2)];
  const dtype = kwargs.get('dtype') ?? args[3] ?? null;
  if (stop === null && start === null) throw typeError('arange() requires stop to be specified.');
  if (stop === null) [start, stop] = [null, start];
  step ??= 1n;
  const floating = [start, stop, step].some((value) => isFloat(value, i));
  const type = toType(dtype) ?? (floating ? FLOAT64 : INT64);
  const [from, to, by] = [start === null ? 0 : toNumber(start, i), toNumber(stop, i), toNumber(step, i)];
  if (by === 0) throw new PyError('ZeroDivisionError', 'division by zero');
  const n = Math.max(0, Math.ceil((to - from) / by));
  if (!Number.isFinite(n)) throw valueError('Maximum allowed size exceeded');
  i.budget.step(1 + n / 256);
  // As NumPy does, the second element less the first is the step.
  const first = Number(fitted(from, type));
  const delta = Number(fitted(from + by, type)) - first;
  return arrayOn(
    numbered(n, (k) => first + k * delta, type),
    type,
  );
}

/** A row of numbers made from their places. */
export function numbered(n: number, at: (k: number) => number, type: NpType): Tensor {
  const whole = empty([n], 'float64');
  const data = whole.storage.data as Float64Array;
  for (let k = 0; k < n; k++) data[k] = at(k);
  return copy(whole, type.dtype);
}

interface Spaced {
  readonly made: PyInstance;
  readonly step: Value;
}

function linspace(
  start: Value,
  stop: Value,
  count: Value,
  endpoint: Value,
  dtype: Value,
  axis: Value,
  i: Interpreter,
): Spaced {
  const n = count === null ? 50 : toWhole(count);
  if (n < 0) throw valueError(`Number of samples, ${n}, must be non-negative.`);
  i.budget.step(1 + n / 256);
  const type = toType(dtype) ?? FLOAT64;
  const parts = endpoint === false ? n : n - 1;
  const [a, b] = [start, stop].map((value) => tensorAs(numeric(value, i, 'linspace'), FLOAT64));
  if (a.ndim === 0 && b.ndim === 0) {
    const [from, to] = [a, b].map((t) => elementAt(t, t.offset) as number);
    const step = parts > 0 ? (to - from) / parts : Number.NaN;
    const at = (k: number): number =>
      k === n - 1 && endpoint !== false && n > 1 ? to : step === 0 ? from + (k / parts) * (to - from) : from + k * step;
    const row = numbered(n, n === 1 ? () => from : at, FLOAT64);
    const cut = type.kind === 'i' || type.kind === 'u' ? op('floor', row) : row;
    return { made: arrayOn(copy(cut, type.dtype), type), step };
  }
  const shape = broadcast([a.shape, b.shape]);
  const [x, y] = [a, b].map((t) => op('unsqueeze', op('broadcast_to', t, shape), 0));
  const step = op('div', op('sub', y, x), Math.max(parts, 1));
  const row = op(
    'reshape',
    numbered(n, (k) => k, FLOAT64),
    [n, ...shape.map(() => 1)],
  );
  let made = op('add', x, op('mul', row, step));
  if (endpoint !== false && n > 1) made = op('cat', [op('narrow', made, 0, 0, n - 1), y], 0);
  const at = toWhole(axis);
  if (at !== 0) made = op('movedim', made, 0, at);
  return { made: arrayOn(copy(made, type.dtype), type), step: null };
}

/** Rows of coordinates, repeated to a grid. */
function meshgrid(args: readonly Value[], kwargs: ReadonlyMap<string, Value>, i: Interpreter): Value {
  const rows = args.map((value) => {
    const array = asArray(value, i);
    return reshapedTo(array, [dataOf(array).tensor.numel], i);
  });
  const indexing = kwargs.get('indexing') ?? 'xy';
  if (indexing !== 'xy' && indexing !== 'ij') throw valueError("Valid values for `indexing` are 'xy' and 'ij'.");
  const sparse = kwargs.get('sparse') === true;
  const sizes = rows.map((row) => dataOf(row).tensor.numel);
  const place = (k: number): number => (indexing === 'xy' && k < 2 && rows.length > 1 ? 1 - k : k);
  const shape = sizes.map((_, k) => sizes[place(k)]);
  i.budget.step(1 + (numelOf(shape) * rows.length) / 256);
  return new PyList(
    rows.map((row, k) => {
      const own = sizes.map((_, d) => (d === place(k) ? sizes[k] : 1));
      const placed = reshapedTo(row, own, i);
      if (sparse) return copied(placed, i);
      const { tensor } = dataOf(placed);
      const strides = own.map((n, d) => (n === 1 && shape[d] !== 1 ? 0 : tensor.strides[d]));
      return copied(windowOn(placed, shape, strides, tensor.offset), i);
    }),
  );
}

function triangle(name: 'tril' | 'triu'): NativeFunction {
  return fn(name, 'm, k=0', ({ m, k }, i) => {
    const data = numeric(m, i, name);
    const t = tensorAs(data, data.type);
    const square = t.ndim === 1 ? op('broadcast_to', t, [t.numel, t.numel]) : t;
    const made =
      data.type.kind === 'b'
        ? op('to', op(name, op('to', square, 'uint8'), toWhole(k)), 'bool')
        : op(name, square, toWhole(k));
    return arrayOn(made, data.type);
  });
}

const triangleIndices = (name: 'tril' | 'triu'): NativeFunction =>
  fn(`${name}_indices`, 'n, k=0, m=None', ({ n, k, m }, i) => {
    const rows = toWhole(n);
    const columns = optionalWhole(m) ?? rows;
    i.budget.step(1 + (rows * columns) / 256);
    const both = op(`${name}_indices`, rows, columns, toWhole(k));
    return new PyTuple([0, 1].map((d) => arrayOn(copy(op('select', both, 0, d)), INT64)));
  });

/** The coordinates of a grid, one array for each dimension. */
export function indices(shape: Shape, type: NpType): Tensor[] {
  return shape.map((n, d) => {
    const row = op(
      'reshape',
      numbered(n, (k) => k, type),
      shape.map((_, e) => (e === d ? n : 1)),
    );
    return op('broadcast_to', row, shape);
  });
}

export const CREATION: readonly NativeFunction[] = [
  fn(
    'array',
    "object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, like=None",
    ({ object, dtype, copy: fresh, ndmin }, i) => {
      let made = asArray(object, i, toType(dtype));
      const shares = made === object || object instanceof Tensor;
      if (shares && fresh !== false) made = copied(made, i);
      const least = toWhole(ndmin);
      const { shape } = dataOf(made).tensor;
      return shape.length >= least
        ? made
        : reshapedTo(made, [...new Array<number>(least - shape.length).fill(1), ...shape], i);
    },
  ),
  fn('asarray', 'a, dtype=None, order=None, *, like=None', ({ a, dtype }, i) => asArray(a, i, toType(dtype))),
  fn('asanyarray', 'a, dtype=None, order=None', ({ a, dtype }, i) => asArray(a, i, toType(dtype))),
  filled('zeros', 0n),
  filled('ones', 1n),
  filled('empty', 0n),
  like('zeros_like', 0n),
  like('ones_like', 1n),
  like('empty_like', 0n),
  fn('full', "shape, fill_value, dtype=None, order='C'", ({ shape, fill_value, dtype }, i) => {
    const value = dataOfValue(fill_value, i);
    const type = toType(dtype) ?? value.type;
    if (value.tensor.ndim === 0) return filledArray(toShape(shape, i), fill_value, type, i);
    return arrayOn(copy(forward(value.tensor), type.dtype, toShape(shape, i)), type);
  }),
  fn('full_like', "a, fill_value, dtype=None, order='K', subok=True, shape=None", ({ a, fill_value, dtype }, i) => {
    const data = dataOfValue(a, i);
    return filledArray(data.tensor.shape, fill_value, toType(dtype) ?? data.type, i);
  }),
  raw('arange', 0, arange),
  fn('linspace', 'start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0', (given, i) => {
    const { made, step } = linspace(given.start, given.stop, given.num, given.endpoint, given.dtype, given.axis, i);
    return given.retstep === true ? new PyTuple([made, step]) : made;
  }),
  fn('logspace', 'start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0', (given, i) => {
    const { made } = linspace(given.start, given.stop, given.num, given.endpoint, null, given.axis, i);
    const type = toType(given.dtype) ?? FLOAT64;
    const base = op('full', [], toNumber(given.base, i), 'float64');
    return arrayOn(op('to', op('pow', base, dataOf(made).tensor), type.dtype), type);
  }),
  fn('geomspace', 'start, stop, num=50, endpoint=True, dtype=None, axis=0', (given, i) => {
    const [a, b] = [toNumber(given.start, i), toNumber(given.stop, i)];
    if (a === 0 || b === 0) throw valueError('Geometric sequence cannot include zero');
    const sign = a < 0 && b < 0 ? -1 : 1;
    const { made } = linspace(
      Math.log10(a * sign),
      Math.log10(b * sign),
      given.num,
      given.endpoint,
      null,
      given.axis,
      i,
    );
    const numbers = numbersIn(dataOf(made).tensor).map((x) => sign * 10 ** x);
    if (numbers.length > 0) numbers[0] = a;
    if (numbers.length > 1 && given.endpoint !== false) numbers[numbers.length - 1] = b;
    const type = toType(given.dtype) ?? FLOAT64;
    return arrayOn(tensorFrom(numbers, [numbers.length], type), type);
  }),
  fn('eye', "N, M=None, k=0, dtype=None, order='C'", ({ N, M, k, dtype }, i) => {
    const type = toType(dtype) ?? FLOAT64;
    const [rows, columns] = toShape(new PyTuple([N, M ?? N]), i);
    const at = toWhole(k);
    const numbers = doubles(rows * columns);
    for (let r = Math.max(0, -at); r < rows && r + at < columns; r++) numbers[r * columns + r + at] = 1;
    return arrayOn(tensorFrom(numbers, [rows, columns], type), type);
  }),
  fn('identity', 'n, dtype=None', ({ n, dtype }, i) => {
    const type = toType(dtype) ?? FLOAT64;
    const [size] = toShape(new PyTuple([n, n]), i);
    return arrayOn(op('eye', size, size, type.dtype === 'bool' ? 'bool' : type.dtype), type);
  }),
  fn('diag', 'v, k=0', ({ v, k }, i) => {
    const data = dataOfValue(v, i);
    const t = forward(data.tensor);
    if (t.ndim !== 1 && t.ndim !== 2) throw valueError('Input must be 1- or 2-d.');
    return taken(data, copy(op('diag', t, toWhole(k))), i);
  }),
  fn('diagflat', 'v, k=0', ({ v, k }, i) => {
    const data = numeric(v, i, 'diagflat');
    return arrayOn(op('diagflat', tensorAs(data, data.type), toWhole(k)), data.type);
  }),
  triangle('tril'),
  triangle('triu'),
  triangleIndices('tril'),
  triangleIndices('triu'),
  fn('tri', 'N, M=None, k=0, dtype=None', ({ N, M, k, dtype }, i) => {
    const type = toType(dtype) ?? FLOAT64;
    const [rows, columns] = toShape(new PyTuple([N, M ?? N]), i);
    const ones = op('ones', [rows, columns], 'float64');
    return arrayOn(op('to', op('tril', ones, toWhole(k)), type.dtype), type);
  }),
  fn('diag_indices', 'n, ndim=2', ({ n, ndim }, i) => {
    const [size] = toShape(n, i);
    return new PyTuple(
      Array.from({ length: toWhole(ndim) }, () =>
        arrayOn(
          numbered(size, (k) => k, INT64),
          INT64,
        ),
      ),
    );
  }),
  fn('vander', 'x, N=None, increasing=False', ({ x, N, increasing }, i) => {
    const data = numeric(x, i, 'vander');
    const type = promote(data.type, INT64);
    const t = tensorAs(data, type);
    return arrayOn(op('vander', t, optionalWhole(N) ?? t.numel, increasing === true), type);
  }),
  raw('meshgrid', 0, meshgrid),
  fn('indices', 'dimensions, dtype=None, sparse=False', ({ dimensions, dtype }, i) => {
    const type = toType(dtype) ?? INT64;
    const shape = toShape(dimensions, i);
    return arrayOn(op('stack', indices(shape, type), 0), type);
  }),
  calling('fromfunction', 'function, shape, *, dtype=None', ({ function: made, shape, dtype }, i) => {
    const grids = quiet(() => {
      const type = toType(dtype) ?? FLOAT64;
      return indices(toShape(shape, i), type).map((t) => arrayOn(copy(t), type));
    });
    return i.call(made, grids);
  }),
  calling('fromiter', 'iter, dtype, count=-1', ({ iter, dtype, count }, i) => {
    const most = toWhole(count);
    const items: Value[] = [];
    for (const item of i.iterate(iter)) {
      if (most >= 0 && items.length === most) break;
      i.budget.room(items.length + 1);
      items.push(item);
    }
    return quiet(() => arrayFrom(items, [items.length], toType(dtype) ?? FLOAT64, i));
  }),
  fn('fromstring', "string, dtype=None, count=-1, *, sep=' '", ({ string, dtype, sep }, i) => {
    if (typeof string !== 'string' || typeof sep !== 'string') throw typeError('fromstring here reads text');
    i.budget.step(1 + string.length / 16);
    const words = string.split(sep === ' ' ? /\s+/ : sep).filter((word) => word.trim() !== '');
    return arrayFrom(words, [words.length], toType(dtype) ?? FLOAT64, i);
  }),
];

export const ASTYPE = fn(
  'astype',
  "a, dtype, order='K', casting='unsafe', subok=True, copy=True",
  ({ a, dtype, copy: fresh }, i) => {
    const data = dataOf(asArray(a, i));
    const type = toType(dtype) ?? FLOAT64;
    if (type === data.type) return fresh === false ? a : copied(a as PyInstance, i);
    return castArray(data, type, i);
  },
);
