/** Sums, means, extremes: what is made of all elements along some axes. */
import { Tensor } from '../../tensor/tensor.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { type ArrayData, resultOf } from './array.ts';
import { dataOfValue, numeric, tensorAs, toAxes, toAxis, toNumber } from './convert.ts';
import { fn, type Given } from './define.ts';
import { into } from './into.ts';
import { op } from './specs.ts';
import { BOOLEAN, FLOAT64, INT64, type NpType, promote, resultType, toType, typeOf } from './types.ts';

/** The elements of an argument; PyTorch's own reductions do not take NumPy's arguments. */
function input(value: Value, i: Interpreter, name: string): ArrayData {
  if (value instanceof Tensor && REFUSED_BY_TORCH.has(name))
    throw typeError(
      `${name}() received an invalid combination of arguments - got (${name === 'mean' ? 'dtype=NoneType, ' : ''}out=NoneType, axis=NoneType, ), but expected one of:\n * ()`,
    );
  return numeric(value, i, name);
}

const REFUSED_BY_TORCH = new Set(['sum', 'prod', 'mean', 'max', 'min', 'std', 'var', 'all', 'any']);

/** The type that sums and products of integers are made in. */
const sumType = (type: NpType): NpType => (type.kind === 'f' ? type : INT64);
export const meanType = (type: NpType): NpType => (type.kind === 'f' ? type : FLOAT64);

/** Where `where=` does not hold, something takes an element's place that changes nothing. */
function masked(t: Tensor, where: Value, neutral: number, i: Interpreter): Tensor {
  if (where === undefined || where === null || where === true) return t;
  const mask = op('broadcast_to', dataOfValue(where, i, BOOLEAN).tensor, t.shape);
  return op('where', mask, t, op('full_like', t, neutral));
}

function total(name: 'sum' | 'prod', given: Given, i: Interpreter): Value {
  const data = input(given.a, i, name);
  const wanted = toType(given.dtype) ?? sumType(data.type);
  // A sum of bools as bools is whether any holds.
  const type = wanted;
  const axes = toAxes(given.axis, data.tensor.ndim);
  let t = masked(tensorAs(data, type), given.where, name === 'sum' ? 0 : 1, i);
  const keep = given.keepdims === true;
  if (name === 'sum') t = axes.length === 0 && data.tensor.ndim > 0 ? t : op('sum', t, axes, keep, type.dtype);
  else t = overAxes(t, axes, keep, (x, dim) => op('prod', x, dim, false, type.dtype));
  if (given.initial !== null) {
    const start = op('full', [], toNumber(given.initial, i), type.dtype);
    t = op(name === 'sum' ? 'add' : 'mul', t, start);
  }
  return into(given.out, resultOf(t, type));
}

/** Applies a reduction of one dimension to several: they are made one. */
export function overAxes(
  t: Tensor,
  axes: readonly number[],
  keep: boolean,
  run: (x: Tensor, dim: number) => Tensor,
): Tensor {
  if (t.ndim === 0) return run(op('reshape', t, [1]), 0);
  const sorted = axes.toSorted((a, b) => a - b);
  const rest = t.shape.map((_, d) => d).filter((d) => !sorted.includes(d));
  const shape = rest.map((d) => t.shape[d]);
  const made = run(flatAlong(t, sorted, rest), rest.length);
  if (!keep) return made;
  const lead = made.ndim - rest.length;
  let next = lead;
  const full = [...made.shape.slice(0, lead), ...t.shape.map((_, d) => (rest.includes(d) ? made.shape[next++] : 1))];
  return shape.length >= 0 ? op('reshape', made, full) : made;
}

const flatAlong = (t: Tensor, axes: readonly number[], rest: readonly number[]): Tensor => {
  if (axes.length === 1 && axes[0] === t.ndim - 1) return t;
  const moved = op('permute', t, [...rest, ...axes]);
  return op('reshape', moved, [...rest.map((d) => t.shape[d]), axes.reduce((n, d) => n * t.shape[d], 1)]);
};

function extreme(name: 'max' | 'min', given: Given, i: Interpreter): Value {
  const data = input(given.a, i, name);
  const axes = toAxes(given.axis, data.tensor.ndim);
  let t = tensorAs(data, data.type);
  if (given.initial !== null) {
    const start = op('full_like', t, toNumber(given.initial, i));
    if (given.where !== null) t = op('where', dataOfValue(given.where, i, BOOLEAN).tensor, t, start);
    else if (t.numel > 0) t = op(name === 'max' ? 'maximum' : 'minimum', t, start);
  }
  if (axes.some((d) => t.shape[d] === 0) || t.numel === 0)
    throw valueError(`zero-size array to reduction operation ${name}imum which has no identity`);
  const made = t.ndim === 0 ? t : op(name === 'max' ? 'amax' : 'amin', t, axes, given.keepdims === true);
  return into(given.out, resultOf(made, data.type));
}

function mean(given: Given, i: Interpreter): Value {
  const data = input(given.a, i, 'mean');
  const type = toType(given.dtype) ?? meanType(data.type);
  const axes = toAxes(given.axis, data.tensor.ndim);
  const t = tensorAs(data, type);
  const keep = given.keepdims === true;
  if (given.where !== null && given.where !== true) {
    const mask = op('broadcast_to', dataOfValue(given.where, i, BOOLEAN).tensor, t.shape);
    const count = op('sum', op('to', mask, type.dtype), axes, keep);
    return into(given.out, resultOf(op('div', op('sum', masked(t, given.where, 0, i), axes, keep), count), type));
  }
  if (t.numel === 0) i.warn('RuntimeWarning', 'Mean of empty slice.');
  return into(given.out, resultOf(t.ndim === 0 ? t : op('mean', t, axes, keep), type));
}

function spread(name: 'std' | 'var', given: Given, i: Interpreter): Value {
  const data = input(given.a, i, name);
  const type = toType(given.dtype) ?? meanType(data.type);
  const axes = toAxes(given.axis, data.tensor.ndim);
  const t = tensorAs(data, type);
  const own = t.ndim === 0 ? op('reshape', t, [1]) : t;
  const dims = t.ndim === 0 ? [0] : axes;
  const made = op(name, own, dims, undefined, given.keepdims === true && t.ndim > 0, toNumber(given.ddof, i));
  return into(given.out, resultOf(made, type));
}

function truth(name: 'any' | 'all', given: Given, i: Interpreter): Value {
  const data = input(given.a, i, name);
  const axes = toAxes(given.axis, data.tensor.ndim);
  const flags = op('ne', tensorAs(data, data.type), 0);
  const t = masked(flags, given.where, name === 'any' ? 0 : 1, i);
  const made = overAxes(t, axes, given.keepdims === true, (x, dim) => op(name, x, dim));
  return into(given.out, resultOf(made, BOOLEAN));
}

function place(name: 'argmax' | 'argmin', given: Given, i: Interpreter): Value {
  const { tensor } = numeric(given.a, i, name);
  if (tensor.numel === 0) throw valueError(`attempt to get ${name} of an empty sequence`);
  const t =
    tensor.dtype === 'bool' ? op('to', tensor, 'uint8') : tensorAs(numeric(given.a, i, name), typeOf(tensor.dtype));
  const keep = given.keepdims === true;
  if (given.axis === null) {
    const made = op(name, op('reshape', t, [-1]), 0);
    return into(
      given.out,
      resultOf(
        keep
          ? op(
              'reshape',
              made,
              tensor.shape.map(() => 1),
            )
          : made,
        INT64,
      ),
    );
  }
  return into(given.out, resultOf(op(name, t, toAxis(given.axis, t.ndim), keep), INT64));
}

function running(name: 'cumsum' | 'cumprod', given: Given, i: Interpreter): Value {
  const data = numeric(given.a, i, name);
  const type = toType(given.dtype) ?? sumType(data.type);
  const t = tensorAs(data, type);
  const flat = given.axis === null || t.ndim === 0;
  const made = op(name, flat ? op('reshape', t, [-1]) : t, flat ? 0 : toAxis(given.axis, t.ndim));
  return into(given.out, resultOf(made, type));
}

const OVER = 'a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None';
const EXTREME = 'a, axis=None, out=None, keepdims=False, initial=None, where=None';
const SPREAD = 'a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None';
const TRUTH = 'a, axis=None, out=None, keepdims=False, *, where=None';
const PLACE = 'a, axis=None, out=None, *, keepdims=False';

/** Functions that are methods of arrays as well. */
export const REDUCTIONS: readonly NativeFunction[] = [
  fn('sum', OVER, (given, i) => total('sum', given, i)),
  fn('prod', OVER, (given, i) => total('prod', given, i)),
  fn('mean', 'a, axis=None, dtype=None, out=None, keepdims=False, *, where=None', mean),
  fn('std', SPREAD, (given, i) => spread('std', given, i)),
  fn('var', SPREAD, (given, i) => spread('var', given, i)),
  fn('max', EXTREME, (given, i) => extreme('max', given, i)),
  fn('min', EXTREME, (given, i) => extreme('min', given, i)),
  fn('any', TRUTH, (given, i) => truth('any', given, i)),
  fn('all', TRUTH, (given, i) => truth('all', given, i)),
  fn('argmax', PLACE, (given, i) => place('argmax', given, i)),
  fn('argmin', PLACE, (given, i) => place('argmin', given, i)),
  fn('cumsum', 'a, axis=None, dtype=None, out=None', (given, i) => running('cumsum', given, i)),
  fn('cumprod', 'a, axis=None, dtype=None, out=None', (given, i) => running('cumprod', given, i)),
  fn('ptp', 'a, axis=None, out=None, keepdims=False', ({ a, axis, out, keepdims }, i) => {
    const data = numeric(a, i, 'ptp');
    const axes = toAxes(axis, data.tensor.ndim);
    const t = tensorAs(data, data.type);
    const [most, least] = ['amax', 'amin'].map((name) => op(name, t, axes, keepdims === true));
    return into(out, resultOf(op('sub', most, least), data.type));
  }),
];

/** Functions alone. */
export const MORE_REDUCTIONS: readonly NativeFunction[] = [
  fn('amax', EXTREME, (given, i) => extreme('max', given, i)),
  fn('amin', EXTREME, (given, i) => extreme('min', given, i)),
  fn('product', OVER, (given, i) => total('prod', given, i)),
  fn('count_nonzero', 'a, axis=None, *, keepdims=False', ({ a, axis, keepdims }, i) => {
    const data = dataOfValue(a, i);
    const flags = op('to', op('ne', tensorAs(data, data.type), 0), 'int64');
    return axis === null && keepdims !== true
      ? BigInt(op('sum', flags).storage.data[0])
      : resultOf(op('sum', flags, toAxes(axis, flags.ndim), keepdims === true), INT64);
  }),
  fn('average', 'a, axis=None, weights=None, returned=False, *, keepdims=False', (given, i) => {
    const data = numeric(given.a, i, 'average');
    if (given.weights === null) {
      const type = meanType(data.type);
      const made = resultOf(
        op('mean', tensorAs(data, type), toAxes(given.axis, data.tensor.ndim), given.keepdims === true),
        type,
      );
      return made;
    }
    const weights = numeric(given.weights, i, 'average');
    const type = meanType(resultType([{ type: promote(data.type, weights.type) }]));
    const t = tensorAs(data, type);
    let w = tensorAs(weights, type);
    if (w.ndim !== t.ndim || w.shape.some((n, d) => n !== t.shape[d])) {
      if (given.axis === null) throw typeError('Axis must be specified when shapes of a and weights differ.');
      if (w.ndim !== 1) throw typeError('1D weights expected when shapes of a and weights differ.');
      const axis = toAxis(given.axis, t.ndim);
      if (w.shape[0] !== t.shape[axis]) throw valueError('Length of weights not compatible with specified axis.');
      w = op(
        'broadcast_to',
        op(
          'reshape',
          w,
          t.shape.map((n, d) => (d === axis ? n : 1)),
        ),
        t.shape,
      );
    }
    const axes = toAxes(given.axis, t.ndim);
    const keep = given.keepdims === true;
    const sum = op('sum', w, axes, keep);
    const made = resultOf(op('div', op('sum', op('mul', t, w), axes, keep), sum), type);
    return given.returned === true ? new PyTuple([made, resultOf(sum, type)]) : made;
  }),
];
