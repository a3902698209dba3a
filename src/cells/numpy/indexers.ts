/** What makes arrays of subscripts: r_, c_, mgrid, ogrid, s_, ix_, ndindex, ndenumerate. */
import { contiguousStrides, numelOf } from '../../tensor/shape.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit, Walk } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import {
  type NativeFunction,
  PyClass,
  PyInstance,
  PyIterator,
  PyList,
  PySlice,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { DONE } from '../runtime/walks.ts';
import { type ArrayData, arrayOn, elementOf, integersIn } from './array.ts';
import { asArray, dataOfValue, numeric, toNumber, toShape, toWhole } from './convert.ts';
import { numbered } from './creation.ts';
import { fn, members, numpyClass, raw, special } from './define.ts';
import { placeAt } from './flat.ts';
import { joined } from './joining.ts';
import { quiet } from './quiet.ts';
import { dataOf, reshapedTo } from './shape.ts';
import { op } from './specs.ts';
import { FLOAT64, INT64, type NpType } from './types.ts';

class Nothing extends Native {
  references(): void {}
}

/** An object that is only ever subscripted. */
function subscripted(name: string, get: (key: Value, i: Interpreter) => Value): PyInstance {
  const cls = numpyClass(name);
  members(cls, [special('__getitem__', 1, ([, key], _, i) => quiet(() => get(key, i)))]);
  const made = new PyInstance(cls);
  made.native = new Nothing();
  return made;
}

const isImaginary = (value: Value): value is PyTuple => value instanceof PyTuple;

/** A slice as a row of numbers. Steps that count points are complex numbers in NumPy, which cells lack. */
function rowOf(slice: PySlice, i: Interpreter): { row: PyInstance; type: NpType } {
  const parts = [slice.start ?? 0n, slice.stop, slice.step ?? 1n];
  if (isImaginary(parts[2])) throw typeError('steps that are complex numbers are not there');
  const floating = parts.some((part) => part !== null && numeric(part, i, 'r_').type.kind === 'f');
  const type = floating ? FLOAT64 : INT64;
  const [from, to, by] = parts.map((part) => toNumber(part, i));
  const n = Math.max(0, Math.ceil((to - from) / by));
  i.budget.step(1 + n / 64);
  return {
    row: arrayOn(
      numbered(n, (k) => from + k * by, type),
      type,
    ),
    type,
  };
}

const keysOf = (key: Value): readonly Value[] => (key instanceof PyTuple ? key.items : [key]);

function along(key: Value, i: Interpreter, columns: boolean): Value {
  const parts = keysOf(key).map((part) => {
    const array = part instanceof PySlice ? rowOf(part, i).row : asArray(part, i);
    const { shape } = dataOf(array).tensor;
    if (shape.length === 0) return reshapedTo(array, columns ? [1, 1] : [1], i);
    return columns && shape.length === 1 ? reshapedTo(array, [shape[0], 1], i) : array;
  });
  const rank = Math.max(...parts.map((part) => dataOf(part).tensor.ndim));
  const raised = parts.map((part) => {
    const { shape } = dataOf(part).tensor;
    return shape.length === rank
      ? part
      : reshapedTo(part, [...new Array<number>(rank - shape.length).fill(1), ...shape], i);
  });
  return joined(raised, columns ? -1 : 0, i);
}

function grid(key: Value, i: Interpreter, open: boolean): Value {
  const rows = keysOf(key).map((part) => {
    if (!(part instanceof PySlice)) throw typeError('a grid is made of slices');
    return rowOf(part, i);
  });
  const shape = rows.map(({ row }) => dataOf(row).tensor.numel);
  const type = rows.some((row) => row.type === FLOAT64) ? FLOAT64 : INT64;
  if (!(key instanceof PyTuple)) return rows[0].row;
  const placed = rows.map(({ row }, d) =>
    op(
      'reshape',
      op('to', dataOf(row).tensor, type.dtype),
      shape.map((n, e) => (e === d ? n : 1)),
    ),
  );
  if (open) return new PyList(placed.map((t) => arrayOn(t, type)));
  i.budget.step(1 + (numelOf(shape) * rows.length) / 64);
  return arrayOn(
    op(
      'stack',
      placed.map((t) => op('broadcast_to', t, shape)),
      0,
    ),
    type,
  );
}

export const INDEXERS: readonly (readonly [string, PyInstance])[] = [
  ['r_', subscripted('RClass', (key, i) => along(key, i, false))],
  ['c_', subscripted('CClass', (key, i) => along(key, i, true))],
  ['mgrid', subscripted('MGridClass', (key, i) => grid(key, i, false))],
  ['ogrid', subscripted('OGridClass', (key, i) => grid(key, i, true))],
  ['s_', subscripted('IndexExpression', (key) => key)],
  ['index_exp', subscripted('IndexExpression', (key) => (key instanceof PyTuple ? key : new PyTuple([key])))],
];

/** Over the index tuples of a shape, with the elements there where an array is walked. */
class IndexWalk extends Walk {
  private readonly shape: readonly number[];
  private readonly strides: readonly number[];
  private readonly array: PyInstance | null;
  private readonly count: number;
  private at = 0;
  constructor(shape: readonly number[], array: PyInstance | null) {
    super();
    this.shape = shape;
    this.strides = contiguousStrides(shape);
    this.array = array;
    this.count = numelOf(shape);
  }
  next(): IteratorResult<Value, undefined> {
    if (this.at >= this.count) return DONE;
    let rest = this.at;
    const index = this.strides.map((stride) => {
      const place = Math.floor(rest / stride);
      rest -= place * stride;
      return BigInt(place);
    });
    const key = new PyTuple(index);
    const data = this.array?.native as ArrayData | undefined;
    const value = data === undefined ? key : new PyTuple([key, elementOf(data, placeAt(data, this.at))]);
    this.at++;
    return { done: false, value };
  }
  references(visit: Visit): void {
    visit(this.array);
    visit.weigh(this.shape.length / 4);
  }
}

const walkClass = (name: string, make: (args: readonly Value[], i: Interpreter) => Walk): PyClass =>
  new PyClass(
    name,
    [],
    new Map<string, Value>([['__module__', 'numpy']]),
    (args, _, i) => new PyIterator(make(args, i), name),
  );

export const WALKS: readonly PyClass[] = [
  walkClass('ndindex', (args, i) => {
    const shape =
      args.length === 1 && !(typeof args[0] === 'bigint') ? toShape(args[0], i) : args.map((n) => toWhole(n));
    return new IndexWalk(shape, null);
  }),
  walkClass('ndenumerate', ([array], i) => {
    const made = quiet(() => asArray(array, i));
    return new IndexWalk(dataOf(made).tensor.shape, made);
  }),
];

export const INDEXING: readonly NativeFunction[] = [
  raw('ix_', 0, (args, _, i) => {
    const rows = args.map((value) => {
      const data = dataOfValue(value, i);
      if (data.tensor.ndim !== 1) throw valueError('Cross index must be 1 dimensional');
      return data.type.kind === 'b' ? op('reshape', op('nonzero', data.tensor), [-1]) : data.tensor;
    });
    return new PyTuple(
      rows.map((t, d) =>
        arrayOn(
          op(
            'reshape',
            op('to', t, 'int64'),
            rows.map((_row, e) => (e === d ? t.numel : 1)),
          ),
          INT64,
        ),
      ),
    );
  }),
  fn('unravel_index', "indices, shape, order='C'", ({ indices: places, shape }, i) => {
    const sizes = toShape(shape, i);
    const strides = contiguousStrides(sizes);
    const data = dataOfValue(places, i);
    const numbers = integersIn(data.tensor);
    for (const n of numbers)
      if (n < 0n || n >= BigInt(numelOf(sizes)))
        throw valueError(`index ${n} is out of bounds for array with size ${numelOf(sizes)}`);
    const parts = strides.map((stride, d) => numbers.map((n) => (n / BigInt(stride)) % BigInt(sizes[d])));
    if (data.tensor.ndim === 0)
      return new PyTuple(
        parts.map((part) =>
          elementOf(
            { ...data, tensor: op('full', [], Number(part[0]), 'int64'), type: INT64, cells: null } as ArrayData,
            0,
          ),
        ),
      );
    return new PyTuple(
      parts.map((part) => asArray(new PyList([...part]), i, INT64)).map((row) => reshapedTo(row, data.tensor.shape, i)),
    );
  }),
  fn('ravel_multi_index', "multi_index, dims, mode='raise', order='C'", ({ multi_index, dims }, i) => {
    const sizes = toShape(dims, i);
    const strides = contiguousStrides(sizes);
    const parts = keysOf(multi_index).map((part) => dataOfValue(part, i, INT64).tensor);
    const sum = parts
      .map((t, d) => op('mul', t, strides[d]))
      .reduce((a, b) => op('add', a, b), op('zeros', [], 'int64'));
    return sum.ndim === 0
      ? elementOf({ tensor: sum, type: INT64, cells: null } as ArrayData, sum.offset)
      : arrayOn(sum, INT64);
  }),
];
