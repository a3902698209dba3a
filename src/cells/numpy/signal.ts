/** Histograms, interpolation, differences, convolution: series of numbers. */
import type { Tensor } from '../../tensor/tensor.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf } from '../torch/convert.ts';
import { arrayOn, dataIn, doubles, integersIn, numbersIn, resultOf, tensorFrom } from './array.ts';
import { dataOfValue, numeric, sequenceOf, tensorAs, toAxes, toAxis, toNumber, toWhole } from './convert.ts';
import { fn, raw } from './define.ts';
import { op } from './specs.ts';
import { BOOLEAN, FLOAT64, INT64, type NpType, promote } from './types.ts';

const rowOf = (value: Value, i: Interpreter, name: string): Float64Array => numbersIn(numeric(value, i, name).tensor);

const row = (numbers: ArrayLike<number>, type: NpType = FLOAT64): Value =>
  arrayOn(tensorFrom(numbers, [numbers.length], type), type);

/** The edges of bins: given, or so many between the least and the greatest. */
export function edgesOf(numbers: Float64Array, bins: Value, range: Value, i: Interpreter): Float64Array {
  const own =
    typeof bins === 'string' ? undefined : itemsOf(bins) !== undefined || (dataIn(bins)?.tensor.ndim ?? 0) > 0;
  if (own === true) {
    const edges = rowOf(bins, i, 'histogram');
    for (let k = 1; k < edges.length; k++)
      if (edges[k] < edges[k - 1]) throw valueError('`bins` must increase monotonically, when an array');
    return edges;
  }
  const limits = range === null ? null : (sequenceOf(range) ?? []).map((x) => toNumber(x, i));
  let low = limits?.[0] ?? numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  let high = limits?.[1] ?? numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (numbers.length === 0 && limits === null) [low, high] = [0, 1];
  if (!Number.isFinite(low) || !Number.isFinite(high))
    throw valueError(`autodetected range of [${low}, ${high}] is not finite`);
  if (low > high) throw valueError('max must be larger than min in range parameter.');
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const n = typeof bins === 'string' ? binsBy(bins, numbers, low, high) : toWhole(bins);
  if (n < 1) throw valueError('`bins` must be positive, when an integer');
  i.budget.room(n + 1);
  const step = (high - low) / n;
  return Float64Array.from({ length: n + 1 }, (_, k) => (k === n ? high : low + k * step));
}

/** How many bins a rule by name asks for. */
function binsBy(rule: string, numbers: Float64Array, low: number, high: number): number {
  const n = numbers.length;
  const sorted = numbers.toSorted();
  const at = (q: number): number => {
    const place = q * (n - 1);
    const k = Math.floor(place);
    return sorted[k] + (place - k) * ((sorted[k + 1] ?? sorted[k]) - sorted[k]);
  };
  const sturges = (high - low) / (Math.log2(n) + 1);
  const fd = (2 * (at(0.75) - at(0.25))) / n ** (1 / 3);
  const widths: ReadonlyMap<string, number> = new Map([
    ['sqrt', (high - low) / Math.sqrt(n)],
    ['sturges', sturges],
    ['rice', (high - low) / (2 * n ** (1 / 3))],
    ['fd', fd],
    ['auto', fd > 0 ? Math.min(fd, sturges) : sturges],
  ]);
  const width = widths.get(rule);
  if (width === undefined) throw valueError(`${rule} is not a valid estimator for \`bins\``);
  return n === 0 || !(width > 0) ? 1 : Math.ceil((high - low) / width);
}

/** The bin that a number is in, the last one closed on both sides; −1 where it is in none. */
export function binOf(edges: Float64Array, x: number): number {
  const last = edges.length - 1;
  if (!(x >= edges[0] && x <= edges[last])) return -1;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x >= edges[middle]) low = middle;
    else high = middle;
  }
  return low;
}

function histogram(a: Value, bins: Value, range: Value, density: Value, weights: Value, i: Interpreter): PyTuple {
  const numbers = rowOf(a, i, 'histogram');
  const edges = edgesOf(numbers, bins, range, i);
  const weight = weights === null ? null : numeric(weights, i, 'histogram');
  const shares = weight === null ? null : numbersIn(weight.tensor);
  if (shares !== null && shares.length !== numbers.length) throw valueError('weights should have the same shape as a.');
  const counts = doubles(edges.length - 1);
  i.budget.step(1 + numbers.length / 8);
  numbers.forEach((x, k) => {
    const bin = binOf(edges, x);
    if (bin >= 0) counts[bin] += shares === null ? 1 : shares[k];
  });
  const edgeType = dataOfValue(bins, i).tensor.ndim > 0 ? dataOfValue(bins, i).type : FLOAT64;
  if (density === true) {
    const total = counts.reduce((x, y) => x + y, 0);
    return new PyTuple([row(counts.map((n, k) => n / (edges[k + 1] - edges[k]) / total)), row(edges, edgeType)]);
  }
  return new PyTuple([row(counts, weight === null ? INT64 : weight.type), row(edges, edgeType)]);
}

function interp(x: Value, xp: Value, fp: Value, left: Value, right: Value, i: Interpreter): Value {
  const [at, values] = [rowOf(xp, i, 'interp'), rowOf(fp, i, 'interp')];
  if (at.length === 0) throw valueError('array of sample points is empty');
  if (at.length !== values.length) throw valueError('fp and xp are not of the same length.');
  const data = numeric(x, i, 'interp');
  const last = at.length - 1;
  const made = numbersIn(data.tensor).map((place) => {
    if (Number.isNaN(place)) return place;
    if (place < at[0]) return left === null ? values[0] : toNumber(left, i);
    if (place > at[last]) return right === null ? values[last] : toNumber(right, i);
    const k = binOf(at, place);
    if (place === at[last]) return values[last];
    if (place === at[k]) return values[k];
    return ((values[k + 1] - values[k]) / (at[k + 1] - at[k])) * (place - at[k]) + values[k];
  });
  return resultOf(tensorFrom(made, data.tensor.shape, FLOAT64), FLOAT64);
}

/** Sums of products of two rows, laid over each other at every place. */
function convolved(a: Value, v: Value, mode: Value, turned: boolean, i: Interpreter, fallback: string): Value {
  const [x, y] = [numeric(a, i, 'convolve'), numeric(v, i, 'convolve')];
  const type = promote(x.type, y.type);
  let [long, short] = [numbersIn(x.tensor), numbersIn(y.tensor)];
  if (long.length === 0 || short.length === 0) throw valueError('v cannot be empty');
  if (!turned) short = short.toReversed();
  const swapped = short.length > long.length;
  if (swapped) [long, short] = [short, long];
  const n = long.length;
  const m = short.length;
  i.budget.step(1 + (n * m) / 32);
  const full = doubles(n + m - 1);
  for (let k = 0; k < n; k++) for (let l = 0; l < m; l++) full[k + l] += long[k] * short[l];
  const how = mode ?? fallback;
  if (how !== 'full' && how !== 'same' && how !== 'valid')
    throw valueError(`mode must be 'full', 'same' or 'valid', got ${i.repr(how)}`);
  const size = how === 'full' ? full.length : how === 'same' ? n : n - m + 1;
  const from = how === 'full' ? 0 : how === 'same' ? (m - 1) >> 1 : m - 1;
  const made = full.slice(from, from + size);
  return row(made, type.kind === 'b' ? INT64 : type);
}

/** Second order differences inside, first order ones at both ends. */
function gradient(t: Tensor, dim: number, spacing: number | Float64Array): Tensor {
  const n = t.shape[dim];
  if (n < 2)
    throw valueError(
      'Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required.',
    );
  const part = (from: number, length: number): Tensor => op('narrow', t, dim, from, length);
  const along = (numbers: ArrayLike<number>): Tensor =>
    op(
      'reshape',
      tensorFrom(numbers, [numbers.length], FLOAT64),
      t.shape.map((_, d) => (d === dim ? numbers.length : 1)),
    );
  if (typeof spacing === 'number') {
    const first = op('div', op('sub', part(1, 1), part(0, 1)), spacing);
    const last = op('div', op('sub', part(n - 1, 1), part(n - 2, 1)), spacing);
    const inner = op('div', op('sub', part(2, n - 2), part(0, n - 2)), 2 * spacing);
    return op('cat', [first, inner, last], dim);
  }
  const h = Float64Array.from({ length: n - 1 }, (_, k) => spacing[k + 1] - spacing[k]);
  const first = op('div', op('sub', part(1, 1), part(0, 1)), h[0]);
  const last = op('div', op('sub', part(n - 1, 1), part(n - 2, 1)), h[n - 2]);
  const factor = (make: (a: number, b: number) => number): Tensor =>
    along(Float64Array.from({ length: n - 2 }, (_, k) => make(h[k], h[k + 1])));
  const inner = op(
    'add',
    op(
      'add',
      op(
        'mul',
        factor((a, b) => -b / (a * (a + b))),
        part(0, n - 2),
      ),
      op(
        'mul',
        factor((a, b) => (b - a) / (a * b)),
        part(1, n - 2),
      ),
    ),
    op(
      'mul',
      factor((a, b) => a / (b * (a + b))),
      part(2, n - 2),
    ),
  );
  return op('cat', [first, inner, last], dim);
}

export const SERIES: readonly NativeFunction[] = [
  fn('histogram', 'a, bins=10, range=None, density=None, weights=None', ({ a, bins, range, density, weights }, i) =>
    histogram(a, bins, range, density, weights, i),
  ),
  fn('histogram_bin_edges', 'a, bins=10, range=None, weights=None', ({ a, bins, range }, i) =>
    row(edgesOf(rowOf(a, i, 'histogram'), bins, range, i)),
  ),
  fn('histogram2d', 'x, y, bins=10, range=None, density=None, weights=None', ({ x, y, bins, range }, i) => {
    const [a, b] = [rowOf(x, i, 'histogram2d'), rowOf(y, i, 'histogram2d')];
    const both = itemsOf(bins);
    const [binsX, binsY] = both?.length === 2 ? both : [bins, bins];
    const ranges = range === null ? [null, null] : (itemsOf(range) ?? [null, null]);
    const [u, v] = [edgesOf(a, binsX, ranges[0], i), edgesOf(b, binsY, ranges[1], i)];
    const counts = doubles((u.length - 1) * (v.length - 1));
    a.forEach((one, k) => {
      const [p, q] = [binOf(u, one), binOf(v, b[k])];
      if (p >= 0 && q >= 0) counts[p * (v.length - 1) + q]++;
    });
    return new PyTuple([arrayOn(tensorFrom(counts, [u.length - 1, v.length - 1], FLOAT64), FLOAT64), row(u), row(v)]);
  }),
  fn('bincount', 'x, weights=None, minlength=0', ({ x, weights, minlength }, i) => {
    const data = dataOfValue(x, i);
    if (data.type.kind === 'f' && data.tensor.numel > 0)
      throw typeError("Cannot cast array data from dtype('float64') to dtype('int64') according to the rule 'safe'");
    if (data.tensor.ndim !== 1) throw valueError('object too deep for desired array');
    const places = integersIn(data.tensor);
    if (places.some((n) => n < 0n)) throw valueError("'list' argument must have no negative elements");
    const n = places.reduce((most, place) => Math.max(most, Number(place) + 1), toWhole(minlength));
    i.budget.room(n);
    const counts = doubles(n);
    const shares = weights === null ? null : rowOf(weights, i, 'bincount');
    if (shares !== null && shares.length !== places.length)
      throw valueError("The weights and list don't have the same length.");
    places.forEach((place, k) => {
      counts[Number(place)] += shares === null ? 1 : shares[k];
    });
    return row(counts, shares === null ? INT64 : FLOAT64);
  }),
  fn('digitize', 'x, bins, right=False', ({ x, bins, right }, i) => {
    const edges = rowOf(bins, i, 'digitize');
    const falling = edges.length > 1 && edges[0] > edges[edges.length - 1];
    const data = numeric(x, i, 'digitize');
    const rising = falling ? edges.toReversed() : edges;
    const count = (value: number): number => {
      const n = rising.filter((edge) => (right === true ? edge < value : edge <= value)).length;
      return falling
        ? rising.length -
            (right === true
              ? rising.filter((edge) => edge < value).length
              : rising.filter((edge) => edge <= value).length)
        : n;
    };
    i.budget.step(1 + (data.tensor.numel * edges.length) / 32);
    return resultOf(tensorFrom(numbersIn(data.tensor).map(count), data.tensor.shape, INT64), INT64);
  }),
  fn('interp', 'x, xp, fp, left=None, right=None, period=None', ({ x, xp, fp, left, right }, i) =>
    interp(x, xp, fp, left, right, i),
  ),
  fn('convolve', "a, v, mode='full'", ({ a, v, mode }, i) => convolved(a, v, mode, true, i, 'full')),
  fn('correlate', "a, v, mode='valid'", ({ a, v, mode }, i) => convolved(a, v, mode, false, i, 'valid')),
  fn('diff', 'a, n=1, axis=-1, prepend=None, append=None', ({ a, n, axis, prepend, append }, i) => {
    const data = numeric(a, i, 'diff');
    let t = tensorAs(data, data.type);
    if (t.ndim === 0) throw valueError('diff requires input that is at least one dimensional');
    const dim = toAxis(axis, t.ndim);
    const edge = (value: Value): Tensor[] => {
      if (value === null) return [];
      const own = tensorAs(dataOfValue(value, i), data.type);
      return [own.ndim === 0 ? op('broadcast_to', own, t.shape.with(dim, 1)) : own];
    };
    t = op('cat', [...edge(prepend), t, ...edge(append)], dim);
    for (let k = 0; k < toWhole(n); k++) {
      const size = t.shape[dim];
      const [high, low] = [op('narrow', t, dim, 1, size - 1), op('narrow', t, dim, 0, size - 1)];
      t = data.type.kind === 'b' ? op('ne', high, low) : op('sub', high, low);
    }
    return arrayOn(t, data.type.kind === 'b' ? BOOLEAN : data.type);
  }),
  fn('ediff1d', 'ary', ({ ary }, i) => {
    const data = numeric(ary, i, 'ediff1d');
    const t = op('reshape', tensorAs(data, data.type), [-1]);
    return arrayOn(op('sub', op('narrow', t, 0, 1, t.numel - 1), op('narrow', t, 0, 0, t.numel - 1)), data.type);
  }),
  raw('gradient', 1, ([f, ...spacings], kwargs, i) => {
    const data = numeric(f, i, 'gradient');
    const type = data.type.kind === 'f' ? data.type : FLOAT64;
    const t = tensorAs(data, FLOAT64);
    const axes = toAxes(kwargs.get('axis') ?? null, t.ndim);
    const made = axes.map((dim, k) => {
      const own = spacings.length === 0 ? 1n : spacings.length === 1 ? spacings[0] : spacings[k];
      const space = numeric(own, i, 'gradient').tensor.ndim === 0 ? toNumber(own, i) : rowOf(own, i, 'gradient');
      return arrayOn(op('to', gradient(t, dim, space), type.dtype), type);
    });
    return made.length === 1 ? made[0] : new PyList(made);
  }),
  fn('trapz', 'y, x=None, dx=1.0, axis=-1', ({ y, x, dx, axis }, i) => {
    const t = tensorAs(numeric(y, i, 'trapz'), FLOAT64);
    const dim = toAxis(axis, t.ndim);
    if (x === null) return resultOf(op('trapezoid', t, undefined, toNumber(dx, i), dim), FLOAT64);
    return resultOf(op('trapezoid', t, tensorAs(numeric(x, i, 'trapz'), FLOAT64), undefined, dim), FLOAT64);
  }),
  fn('unwrap', 'p', ({ p }, i) => {
    const numbers = rowOf(p, i, 'unwrap');
    for (let k = 1; k < numbers.length; k++) {
      const step = numbers[k] - numbers[k - 1];
      numbers[k] = numbers[k] - 2 * Math.PI * Math.round(step / (2 * Math.PI));
    }
    return row(numbers);
  }),
  ...['hanning', 'hamming', 'blackman', 'bartlett'].map((name) =>
    fn(name, 'M', ({ M }, i) => {
      const n = toWhole(M);
      i.budget.step(1 + n / 16);
      const wave = (k: number, times: number): number => Math.cos((Math.PI * times * (2 * k - n + 1)) / (n - 1));
      const shapes: ReadonlyMap<string, (k: number) => number> = new Map([
        ['hanning', (k: number) => 0.5 + 0.5 * wave(k, 1)],
        ['hamming', (k: number) => 0.54 + 0.46 * wave(k, 1)],
        ['blackman', (k: number) => 0.42 + 0.5 * wave(k, 1) + 0.08 * wave(k, 2)],
        ['bartlett', (k: number) => 1 - Math.abs((2 * k - n + 1) / (n - 1))],
      ]);
      const at = shapes.get(name) as (k: number) => number;
      return row(Float64Array.from({ length: Math.max(0, n) }, (_, k) => (n === 1 ? 1 : at(k))));
    }),
  ),
];
