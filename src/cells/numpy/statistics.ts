/** Medians and quantiles, and reductions that pass over what is no number. */
import type { Tensor } from '../../tensor/tensor.ts';
import { valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { NativeFunction, Value } from '../runtime/values.ts';
import { numbersIn, resultOf } from './array.ts';
import { numeric, tensorAs, toAxes, toAxis, toNumber } from './convert.ts';
import { fn } from './define.ts';
import { into } from './into.ts';
import { meanType, overAxes } from './reductions.ts';
import { op } from './specs.ts';
import { FLOAT64, INT64, type NpType } from './types.ts';

const METHODS = new Set(['linear', 'lower', 'higher', 'midpoint', 'nearest']);

function quantiles(
  a: Value,
  q: Tensor,
  axis: Value,
  keep: boolean,
  method: Value,
  i: Interpreter,
  name: string,
): Value {
  const data = numeric(a, i, name);
  const type = meanType(data.type);
  const how = typeof method === 'string' ? method : 'linear';
  if (!METHODS.has(how)) throw valueError(`${how} is not a valid method. Use one of: ${[...METHODS].join(', ')}`);
  const t = tensorAs(data, type);
  const compute = t.dtype === 'float16' ? op('to', t, 'float32') : t;
  const points = op('to', op('reshape', q, [-1]), compute.dtype);
  const made = overAxes(compute, toAxes(axis, t.ndim), keep, (x, dim) =>
    op(name.startsWith('nan') ? 'nanquantile' : 'quantile', x, points, dim, false, how),
  );
  const shaped = op('reshape', made, [...q.shape, ...made.shape.slice(1)]);
  return resultOf(op('to', shaped, type.dtype), type);
}

function fractions(q: Value, i: Interpreter, whole: number): Tensor {
  const t = tensorAs(numeric(q, i, 'quantile'), FLOAT64);
  for (const x of numbersIn(t))
    if (!(x >= 0 && x <= whole))
      throw valueError(
        whole === 1 ? 'Quantiles must be in the range [0, 1]' : 'Percentiles must be in the range [0, 100]',
      );
  return whole === 1 ? t : op('div', t, whole);
}

const half = (): Tensor => op('full', [], 0.5, 'float64');

const QUANTILE =
  'a, q, axis=None, out=None, overwrite_input=False, method=linear, keepdims=False, *, interpolation=None';

const quantile = (name: string, whole: number): NativeFunction =>
  fn(
    name,
    QUANTILE.replace('method=linear', "method='linear'"),
    ({ a, q, axis, out, method, keepdims, interpolation }, i) =>
      into(out, quantiles(a, fractions(q, i, whole), axis, keepdims === true, interpolation ?? method, i, name)),
  );

const median = (name: string): NativeFunction =>
  fn(name, 'a, axis=None, out=None, overwrite_input=False, keepdims=False', ({ a, axis, out, keepdims }, i) =>
    into(out, quantiles(a, half(), axis, keepdims === true, 'linear', i, name)),
  );

/** Elements with another number where they are none. */
const filled = (t: Tensor, by: number): Tensor =>
  t.dtype.startsWith('float') ? op('where', op('isnan', t), op('full_like', t, by), t) : t;

type Reduce = (t: Tensor, axes: readonly number[], keep: boolean, ddof: number) => Tensor;

const count = (t: Tensor, axes: readonly number[], keep: boolean): Tensor =>
  op('sum', op('to', op('logical_not', op('isnan', t)), t.dtype), axes, keep);

const variance: Reduce = (t, axes, keep, ddof) => {
  const n = count(t, axes, true);
  const mean = op('div', op('sum', filled(t, 0), axes, true), n);
  const squares = filled(op('square', op('sub', t, mean)), 0);
  return op('div', op('sum', squares, axes, keep), op('sub', count(t, axes, keep), ddof));
};

const extreme =
  (name: 'amax' | 'amin', by: number): Reduce =>
  (t, axes, keep) => {
    if (!t.dtype.startsWith('float')) return op(name, t, axes, keep);
    const none = op('eq', count(t, axes, keep), 0);
    const made = op(name, filled(t, by), axes, keep);
    return op('where', none, op('full_like', made, Number.NaN), made);
  };

function nan(name: string, run: Reduce, type: (own: NpType) => NpType): NativeFunction {
  const takes = /std|var/.test(name)
    ? 'a, axis=None, dtype=None, out=None, ddof=0, keepdims=False'
    : /max|min/.test(name)
      ? 'a, axis=None, out=None, keepdims=False'
      : 'a, axis=None, dtype=None, out=None, keepdims=False';
  return fn(name, takes, (given, i) => {
    const data = numeric(given.a, i, name);
    const own = type(data.type);
    const t = tensorAs(data, own);
    const flat = t.ndim === 0 ? op('reshape', t, [1]) : t;
    const made = run(
      flat,
      t.ndim === 0 ? [0] : toAxes(given.axis, t.ndim),
      given.keepdims === true,
      toNumber(given.ddof ?? 0n, i),
    );
    return into(given.out, resultOf(made, own));
  });
}

const same = (type: NpType): NpType => type;
const sums = (type: NpType): NpType => (type.kind === 'f' ? type : INT64);

const nanPlace = (name: 'argmax' | 'argmin', by: number): NativeFunction =>
  fn(`nan${name}`, 'a, axis=None, out=None, *, keepdims=False', ({ a, axis, out, keepdims }, i) => {
    const data = numeric(a, i, name);
    const t = filled(tensorAs(data, data.type), by);
    const made =
      axis === null ? op(name, op('reshape', t, [-1]), 0) : op(name, t, toAxis(axis, t.ndim), keepdims === true);
    return into(out, resultOf(made, INT64));
  });

const nanRunning = (name: 'cumsum' | 'cumprod', by: number): NativeFunction =>
  fn(`nan${name}`, 'a, axis=None, dtype=None, out=None', ({ a, axis, out }, i) => {
    const data = numeric(a, i, name);
    const type = sums(data.type);
    const t = filled(tensorAs(data, type), by);
    const made = axis === null ? op(name, op('reshape', t, [-1]), 0) : op(name, t, toAxis(axis, t.ndim));
    return into(out, resultOf(made, type));
  });

export const STATISTICS: readonly NativeFunction[] = [
  median('median'),
  median('nanmedian'),
  quantile('quantile', 1),
  quantile('percentile', 100),
  quantile('nanquantile', 1),
  quantile('nanpercentile', 100),
  nan('nansum', (t, axes, keep) => op('sum', filled(t, 0), axes, keep), sums),
  nan('nanprod', (t, axes, keep) => overAxes(filled(t, 1), axes, keep, (x, dim) => op('prod', x, dim)), sums),
  nan('nanmean', (t, axes, keep) => op('div', op('sum', filled(t, 0), axes, keep), count(t, axes, keep)), meanType),
  nan('nanvar', variance, meanType),
  nan('nanstd', (...args) => op('sqrt', variance(...args)), meanType),
  nan('nanmax', extreme('amax', Number.NEGATIVE_INFINITY), same),
  nan('nanmin', extreme('amin', Number.POSITIVE_INFINITY), same),
  nanPlace('argmax', Number.NEGATIVE_INFINITY),
  nanPlace('argmin', Number.POSITIVE_INFINITY),
  nanRunning('cumsum', 0),
  nanRunning('cumprod', 1),
];

function covariance(m: Value, y: Value, rowvar: Value, ddof: Value, bias: Value, i: Interpreter): Tensor {
  const rows = (value: Value): Tensor => {
    const t = tensorAs(numeric(value, i, 'cov'), FLOAT64);
    const table = t.ndim < 2 ? op('reshape', t, [1, -1]) : t;
    return rowvar === false && table.shape[0] !== 1 ? op('transpose', table, 0, 1) : table;
  };
  const x = y === null ? rows(m) : op('cat', [rows(m), rows(y)], 0);
  const centred = op('sub', x, op('mean', x, [1], true));
  const free = x.shape[1] - (ddof === null ? (bias === true ? 0 : 1) : toNumber(ddof, i));
  return op('div', op('matmul', centred, op('transpose', centred, 0, 1)), free);
}

export const CORRELATIONS: readonly NativeFunction[] = [
  fn('cov', 'm, y=None, rowvar=True, bias=False, ddof=None', ({ m, y, rowvar, bias, ddof }, i) =>
    resultOf(op('squeeze', covariance(m, y, rowvar, ddof, bias, i)), FLOAT64),
  ),
  fn('corrcoef', 'x, y=None, rowvar=True', ({ x, y, rowvar }, i) => {
    const c = covariance(x, y, rowvar, null, null, i);
    const size = op('sqrt', op('diagonal', c));
    const made = op('div', op('div', c, op('unsqueeze', size, 1)), op('unsqueeze', size, 0));
    return resultOf(op('squeeze', op('clamp', made, -1, 1)), FLOAT64);
  }),
];
