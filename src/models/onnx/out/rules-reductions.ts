/** Sums, statistics, running sums, and what is sorted. */
import { isFloating } from '../../../tensor/dtype.ts';
import type { Shape } from '../../../tensor/shape.ts';
import { checkTable, type GraphBuilder, type Ref, Unsupported } from './builder.ts';
import type { Call, Rule } from './call.ts';

/** The input in the dtype that is reduced in, and the dimensions that go. */
function reduced(_: GraphBuilder, call: Call, key = 'input'): { x: Ref; dims: number[]; keepdim: boolean } {
  const x = call.tensor(key);
  return { x, dims: call.dims('dim', x.rank), keepdim: call.flag('keepdim') };
}

const summed =
  (kind: 'Sum' | 'Mean' | 'Prod'): Rule =>
  (b, call) => {
    const { x, dims, keepdim } = reduced(b, call);
    const cast = b.cast(x, call.dtype);
    if (kind === 'Mean' && countOf(x, dims) === 0) return b.filled(Number.NaN, call.shape, call.dtype);
    return b.reduce(kind, cast, dims, keepdim);
  };

const countOf = (x: Ref, dims: readonly number[]): number => dims.reduce((n, d) => n * x.shape[d], 1);

/** NaN where any element is. */
const extreme =
  (kind: 'Max' | 'Min'): Rule =>
  (b, call) => {
    const { x, dims, keepdim } = reduced(b, call);
    const value = b.reduce(kind, x.dtype === 'bool' ? b.cast(x, 'int32') : x, dims, keepdim);
    if (!isFloating(x.dtype)) return b.cast(value, call.dtype);
    const nan = b.greater(b.reduce('Max', b.cast(b.isNan(x), 'int32'), dims, keepdim), 0);
    return b.where(nan, b.like(Number.NaN, value), value);
  };

const flags =
  (kind: 'Max' | 'Min'): Rule =>
  (b, call) => {
    const { x, dims, keepdim } = reduced(b, call);
    const value = b.reduce(kind, b.cast(b.cast(x, 'bool'), 'int32'), dims, keepdim);
    return b.cast(b.cast(value, 'bool'), call.dtype);
  };

const place =
  (operator: string): Rule =>
  (b, call) => {
    let x = call.tensor('input');
    if (x.dtype === 'bool') x = b.cast(x, 'int32');
    const whole = call.args.dim === undefined || call.args.dim === null;
    const keepdim = call.flag('keepdim');
    if (x.rank === 0) return b.const([0], [], 'int64');
    const flat = whole ? b.reshape(x, [x.numel]) : x;
    const axis = whole ? 0 : call.dims('dim', x.rank)[0];
    const shape = flat.shape.flatMap((size, d) => (d === axis ? (keepdim && !whole ? [1] : []) : [size]));
    const made = b.op(operator, [flat], 'int64', shape, { axis, keepdims: keepdim && !whole ? 1 : 0 });
    return b.reshape(made, call.shape);
  };

/** The deviation's square, and the mean. */
function spread(b: GraphBuilder, call: Call): { variance: Ref; mean: Ref } {
  const { x, dims, keepdim } = reduced(b, call);
  const count = countOf(x, dims);
  const correction = call.number('correction', call.args.unbiased === false ? 0 : 1);
  const mean = b.reduce('Mean', x, dims, true);
  const centred = b.sub(x, mean);
  const sum = b.sum(b.mul(centred, centred), dims, keepdim);
  return {
    variance: b.div(sum, Math.max(0, count - correction)),
    mean: b.reshape(mean, call.outputs[call.outputs.length - 1].shape),
  };
}

/** log Σ e^x, each taken less the largest. */
export function logSumExp(b: GraphBuilder, x: Ref, dims: readonly number[], keepdim: boolean): Ref {
  const most = b.reduce('Max', x, dims, true);
  const safe = b.where(b.less(b.abs(most), Number.POSITIVE_INFINITY), most, b.like(0, most));
  const sum = b.add(b.log(b.sum(b.exp(b.sub(x, safe)), dims, true)), safe);
  return keepdim
    ? sum
    : b.reshape(
        sum,
        x.shape.filter((_, d) => !dims.includes(d)),
      );
}

function vectorNorm(b: GraphBuilder, x: Ref, order: number, dims: readonly number[], keepdim: boolean): Ref {
  const size = b.abs(x);
  if (order === 2) return b.sqrt(b.sum(b.mul(x, x), dims, keepdim));
  if (order === 1) return b.sum(size, dims, keepdim);
  if (order === 0) return b.sum(b.cast(b.not(b.equal(x, 0)), x.dtype), dims, keepdim);
  if (order === Number.POSITIVE_INFINITY) return b.reduce('Max', size, dims, keepdim);
  if (order === Number.NEGATIVE_INFINITY) return b.reduce('Min', size, dims, keepdim);
  const sum = b.sum(b.binary('Pow', size, b.like(order, x)), dims, keepdim);
  return b.binary('Pow', sum, b.like(1 / order, x));
}

const norm =
  (key: string, order: string): Rule =>
  (b, call) => {
    const { x, dims, keepdim } = reduced(b, call, key);
    const p = call.args[order];
    if (p === 'nuc') throw new Unsupported('ONNX has no singular values');
    const value =
      p === 'inf'
        ? Infinity
        : p === '-inf'
          ? -Infinity
          : p === 'fro' || p === undefined || p === null
            ? 2
            : call.number(order);
    return vectorNorm(b, b.cast(x, call.dtype), value, dims, keepdim);
  };

/** A dimension as the last one, and back. */
export function withLast(b: GraphBuilder, x: Ref, axis: number, body: (x: Ref) => Ref): Ref {
  const perm = [...Array(x.rank).keys()].filter((d) => d !== axis);
  const out = body(b.transpose(x, [...perm, axis]));
  return b.transpose(
    out,
    [...Array(x.rank).keys()].map((d) => [...perm, axis].indexOf(d)),
  );
}

const running: Rule = (b, call) => {
  const x = call.tensor('input', call.dtype);
  if (x.rank === 0) return x;
  const [axis] = call.dims('dim', x.rank);
  return b.op('CumSum', [x, b.scalar(axis, 'int64')], x.dtype, x.shape);
};

/** Each element of `x`, as many dimensions on, beside all elements up to its own; what comes later is `rest`. */
function upTo(b: GraphBuilder, x: Ref, rest: number | Ref): Ref {
  const n = x.shape[x.rank - 1];
  checkTable(n * n);
  const mask = Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? 1 : 0));
  return b.where(b.const(mask, [n, n], 'bool'), b.unsqueeze(x, -2), b.like(rest as number, x));
}

const alongLast =
  (body: (b: GraphBuilder, x: Ref) => Ref): Rule =>
  (b, call) => {
    const x = call.tensor('input', call.dtype);
    if (x.rank === 0) return x;
    return withLast(b, x, call.dims('dim', x.rank)[0], (last) => body(b, last));
  };

/** The running extreme, and where it was met last. */
const runningExtreme =
  (kind: 'Max' | 'Min'): Rule =>
  (b, call) => {
    const x = call.tensor('input');
    if (x.rank === 0) return [x, b.const([0], [], 'int64')];
    const inner = isFloating(x.dtype) ? x : b.cast(x, 'float64');
    const [axis] = call.dims('dim', x.rank);
    const worst = kind === 'Max' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const values = withLast(b, inner, axis, (last) => b.reduce(kind, upTo(b, last, worst), [-1]));
    const places = withLast(b, inner, axis, (last) => {
      const all = upTo(b, last, worst);
      const best = b.reduce(kind, all, [-1], true);
      const n = last.shape[last.rank - 1];
      const index = b.const([...Array(n).keys()], [n], 'int64');
      const mask = Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? 1 : 0));
      const met = b.and(b.equal(all, best), b.const(mask, [n, n], 'bool'));
      return b.reduce('Max', b.where(met, index, b.scalar(-1, 'int64')), [-1]);
    });
    return [b.cast(values, x.dtype), places];
  };

/** h_k = x_k + a_k h_{k−1}, by products of stretches of a. */
const recurrence: Rule = (b, call) => {
  const { shape } = call;
  const rank = shape.length;
  if (rank === 0) return call.tensor('input');
  const [axis] = call.dims('dim', rank);
  const reverse = call.flag('reverse');
  const n = shape[axis];
  if (n > 64) throw new Unsupported(`a recurrence of ${n} steps would be written step by step`);
  const [x, decay] = [call.tensor('input'), call.tensor('decay')];
  const parts: Ref[] = [];
  let before: Ref | undefined;
  for (let i = 0; i < n; i++) {
    const k = reverse ? n - 1 - i : i;
    const part = b.slice(x, axis, k, k + 1);
    before = before === undefined ? part : b.add(part, b.mul(b.slice(decay, axis, k, k + 1), before));
    parts.push(before);
  }
  return b.concat(reverse ? parts.reverse() : parts, axis);
};

function sorted(b: GraphBuilder, x: Ref, axis: number, k: number, largest: boolean, shape: Shape): Ref[] {
  return b.ops(
    'TopK',
    [x, b.ints([k])],
    [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ],
    { axis, largest: largest ? 1 : 0, sorted: 1 },
  );
}

/** All of a dimension in order: equal elements as they came, NaN as the largest. */
export function sortedAlong(b: GraphBuilder, input: Ref, axis: number, descending: boolean): [Ref, Ref] {
  if (input.rank === 0) return [input, b.const([0], [], 'int64')];
  const x = input.dtype === 'bool' ? b.cast(input, 'int32') : input;
  const [values, places] = sorted(b, x, axis, x.shape[axis], descending, x.shape);
  return [b.cast(values, input.dtype), places];
}

const sort: Rule = (b, call) => {
  const x = call.tensor('input');
  return sortedAlong(b, x, x.rank === 0 ? 0 : call.dims('dim', x.rank)[0], call.flag('descending'));
};

const topk: Rule = (b, call) => {
  const x = call.tensor('input');
  if (x.rank === 0) return [x, b.const([0], [], 'int64')];
  return sorted(b, x, call.dims('dim', x.rank)[0], call.number('k'), call.args.largest !== false, call.shape);
};

const kthvalue: Rule = (b, call) => {
  const x = call.tensor('input');
  if (x.rank === 0) return [x, b.const([0], [], 'int64')];
  const axis = call.args.dim === undefined ? x.rank - 1 : call.dims('dim', x.rank)[0];
  const k = call.number('k');
  const shape = x.shape.map((size, d) => (d === axis ? k : size));
  const parts = sorted(b, x, axis, k, false, shape);
  return parts.map((part) => b.reshape(b.slice(part, axis, k - 1, k), call.shape));
};

/** The most frequent element, the least of several, and where it stands last. */
const mode: Rule = (b, call) => {
  const input = call.tensor('input');
  if (input.rank === 0) return [input, b.const([0], [], 'int64')];
  const axis = call.args.dim === undefined ? input.rank - 1 : call.dims('dim', input.rank)[0];
  const x = input.dtype === 'bool' ? b.cast(input, 'int32') : input;
  const perm = [...[...Array(x.rank).keys()].filter((d) => d !== axis), axis];
  const last = b.transpose(x, perm);
  const counts = b.sum(b.cast(b.equal(b.unsqueeze(last, -1), b.unsqueeze(last, -2)), 'int64'), [-1]);
  const frequent = b.equal(counts, b.reduce('Max', counts, [-1], true));
  const [order] = sortedAlong(b, last, last.rank - 1, true);
  const value = b.reduce('Min', b.where(frequent, last, b.slice(order, last.rank - 1, 0, 1)), [-1], true);
  const n = last.shape[last.rank - 1];
  const places = b.where(b.equal(last, value), b.const([...Array(n).keys()], [n], 'int64'), b.scalar(-1, 'int64'));
  return [b.reshape(b.cast(value, input.dtype), call.shape), b.reshape(b.reduce('Max', places, [-1]), call.shape)];
};

/** PyTorch's three forms under one name: of all, along a dimension with the place, of two tensors. */
const extremes =
  (kind: 'Max' | 'Min'): Rule =>
  (b, call) => {
    const x = call.tensor('input');
    const other = call.maybe('other') ?? call.maybe('dim');
    if (other !== undefined) {
      const [p, q] = [b.cast(x, call.dtype), b.cast(other, call.dtype)];
      if (call.dtype === 'bool') return kind === 'Max' ? b.or(p, q) : b.and(p, q);
      return kind === 'Max' ? b.max(p, q) : b.min(p, q);
    }
    const value = extreme(kind)(b, call) as Ref;
    if (call.outputs.length === 1) return value;
    return [value, place(`Arg${kind}`)(b, call) as Ref];
  };

/** The middle of the numbers in order, the lower of two; NaN where there is none, or unless `ignored` is any. */
const median =
  (ignored: boolean): Rule =>
  (b, call) => {
    const input = call.tensor('input');
    const whole = call.args.dim === undefined || call.args.dim === null;
    const x = whole || input.rank === 0 ? b.reshape(input, [input.numel]) : input;
    const axis = whole || input.rank === 0 ? 0 : call.dims('dim', input.rank)[0];
    const float = isFloating(x.dtype);
    const nan = float ? b.isNan(x) : b.filled(0, x.shape, 'bool');
    const [values, places] = sortedAlong(
      b,
      float ? b.where(nan, b.like(Number.POSITIVE_INFINITY, x), x) : x,
      axis,
      false,
    );
    const count = b.sum(b.cast(b.not(nan), 'int64'), [axis], true);
    const middle = b.max(b.div(b.sub(count, 1), b.scalar(2, 'int64')), 0);
    let value = b.gatherElements(values, middle, axis);
    if (float) {
      const lost = ignored ? b.equal(count, 0) : b.less(count, x.shape[axis]);
      value = b.where(lost, b.like(Number.NaN, x), value);
    }
    const made = b.reshape(value, call.shape);
    return call.outputs.length === 1 ? made : [made, b.reshape(b.gatherElements(places, middle, axis), call.shape)];
  };

export const REDUCTIONS: Readonly<Record<string, Rule>> = {
  sum: summed('Sum'),
  mean: summed('Mean'),
  prod: summed('Prod'),
  nansum: (b, call) => {
    const { x, dims, keepdim } = reduced(b, call);
    const clean = isFloating(x.dtype) ? b.where(b.isNan(x), b.like(0, x), x) : x;
    return b.sum(b.cast(clean, call.dtype), dims, keepdim);
  },
  sum_to_size: (b, call) => b.sumTo(call.tensor('input', call.dtype), call.shape),
  amax: extreme('Max'),
  amin: extreme('Min'),
  max: extremes('Max'),
  min: extremes('Min'),
  median: median(false),
  nanmedian: median(true),
  all: flags('Min'),
  any: flags('Max'),
  argmax: place('ArgMax'),
  argmin: place('ArgMin'),
  count_nonzero: (b, call) => {
    const { x, dims } = reduced(b, call);
    return b.sum(b.cast(b.cast(x, 'bool'), 'int64'), dims);
  },
  var: (b, call) => spread(b, call).variance,
  std: (b, call) => b.sqrt(spread(b, call).variance),
  var_mean: (b, call) => Object.values(spread(b, call)),
  std_mean: (b, call) => {
    const { variance, mean } = spread(b, call);
    return [b.sqrt(variance), mean];
  },
  logsumexp: (b, call) => {
    const { x, dims, keepdim } = reduced(b, call);
    return logSumExp(b, b.cast(x, call.dtype), dims, keepdim);
  },
  norm: norm('input', 'p'),
  linalg_vector_norm: norm('x', 'ord'),
  dist: (b, call) => {
    const gap = b.sub(call.tensor('input', call.dtype), call.tensor('other', call.dtype));
    return vectorNorm(b, gap, call.number('p', 2), [...Array(gap.rank).keys()], false);
  },
  cumsum: running,
  cumprod: alongLast((b, x) => b.reduce('Prod', upTo(b, x, 1), [-1])),
  logcumsumexp: alongLast((b, x) => {
    const all = upTo(b, x, Number.NEGATIVE_INFINITY);
    return logSumExp(b, all, [all.rank - 1], false);
  }),
  cummax: runningExtreme('Max'),
  cummin: runningExtreme('Min'),
  linear_recurrence: recurrence,
  sort,
  argsort: (b, call) => (sort(b, call) as Ref[])[1],
  topk,
  kthvalue,
  mode,
};
