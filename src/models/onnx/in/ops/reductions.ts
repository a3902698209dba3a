/** What is left of axes: sums, extrema, norms, places. */
import { isFloating } from '../../../../tensor/dtype.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import type { Val } from '../val.ts';
import { cast, dimOf, single } from './helpers.ts';

interface Axes {
  readonly dim: readonly number[] | Val | undefined;
  readonly keepdim: boolean;
}

type Reduce = (n: OnnxNode, x: Val, axes: Axes) => Val;

/** All axes where none are named, unless the node says that none then means none. */
const reduction =
  (call: Reduce): Lower =>
  (n) => {
    const x = n.input(0);
    let dim = n.listAt('axes', 1);
    if (Array.isArray(dim) && dim.length === 0) dim = undefined;
    if (dim === undefined && n.flag('noop_with_empty_axes'))
      return call(n, x, { dim: undefined, keepdim: true, none: true } as Axes);
    return call(n, x, { dim, keepdim: n.flag('keepdims', true) });
  };

const isNone = (axes: Axes): boolean => 'none' in axes;

/** Integers keep their dtype, which PyTorch widens. */
const dtypeFor = (x: Val): { dtype?: string } => (isFloating(x.dtype) ? {} : { dtype: x.dtype });

const sum: Reduce = (n, x, axes) =>
  isNone(axes) ? x : n.build.one('sum', [x], { dim: axes.dim, keepdim: axes.keepdim, ...dtypeFor(x) });

const mean: Reduce = (n, x, axes) => {
  if (isNone(axes)) return x;
  if (isFloating(x.dtype)) return n.build.one('mean', [x], { dim: axes.dim, keepdim: axes.keepdim });
  return cast(n, n.build.one('mean', [cast(n, x, 'float64')], { dim: axes.dim, keepdim: axes.keepdim }), x.dtype);
};

const extremum =
  (op: 'amax' | 'amin'): Reduce =>
  (n, x, axes) => {
    if (isNone(axes)) return x;
    const name = x.dtype === 'bool' ? (op === 'amax' ? 'any' : 'all') : op;
    if (x.dtype !== 'bool') return n.build.one(name, [x], { dim: axes.dim, keepdim: axes.keepdim });
    return cast(n, extremum(op)(n, cast(n, x, 'uint8'), axes), 'bool');
  };

/** A product goes over one axis at a time. */
const prod: Reduce = (n, x, axes) => {
  if (isNone(axes)) return x;
  const { dim, keepdim } = axes;
  if (dim === undefined && !keepdim) return n.build.one('prod', [x], dtypeFor(x));
  const list =
    dim === undefined
      ? Array.from({ length: n.rank(x) }, (_, d) => d)
      : Array.isArray(dim)
        ? dim
        : n.known(dim as Val, 'axes');
  const front = list.map((d) => (d < 0 ? d + n.rank(x) : d)).sort((a, b) => b - a);
  return front.reduce((v, d) => n.build.one('prod', [v], { dim: d, keepdim, ...dtypeFor(x) }), x);
};

const normOf =
  (ord: number): Reduce =>
  (n, x, axes) => {
    if (isNone(axes)) return n.build.one('abs', [x]);
    const { dim, keepdim } = axes;
    if (isFloating(x.dtype)) return n.build.one('linalg_vector_norm', [x], { ord, dim, keepdim });
    return cast(n, normOf(ord)(n, cast(n, x, 'float64'), axes), x.dtype);
  };

const squares: Reduce = (n, x, axes) => sum(n, n.build.one('mul', [x, x]), axes);

const logSum: Reduce = (n, x, axes) => n.build.one('log', [sum(n, x, axes)]);

const logSumExp: Reduce = (n, x, axes) => {
  if (isNone(axes)) return x;
  const dim = axes.dim ?? Array.from({ length: n.rank(x) }, (_, d) => d);
  if (isFloating(x.dtype)) return n.build.one('logsumexp', [x], { dim, keepdim: axes.keepdim });
  return cast(n, logSumExp(n, cast(n, x, 'float64'), axes), x.dtype);
};

const place =
  (op: 'argmax' | 'argmin'): Lower =>
  (n) => {
    const x = n.input(0);
    const [dim, keepdim] = [n.int('axis', 0), n.flag('keepdims', true)];
    if (!n.flag('select_last_index')) return n.build.one(op, [x], { dim, keepdim });
    // The last of equals is the first from behind.
    const from = n.build.one(op, [n.build.one('flip', [x], { dims: [dim] })], { dim, keepdim });
    const size = dimOf(n, x, dim);
    const back = n.build.one('sub', [n.build.one('neg', [from]), 1]);
    return n.build.one('add', [back, size]);
  };

/** Sums up to each element, it included or not, from either end. */
const cumsum: Lower = (n) => {
  const b = n.build;
  const dim = single(n.input(1));
  let x = n.input(0);
  const { dtype } = x;
  const reverse = n.flag('reverse');
  if (reverse) x = b.one('flip', [x], { dims: [dim] });
  if (n.flag('exclusive')) {
    const first = b.one('zeros_like', [b.one('slice', [x], { dim, start: 0, end: 1 })]);
    x = b.one('cat', [[first, b.one('slice', [x], { dim, start: 0, end: -1 })]], { dim });
  }
  const out = b.one('cumsum', [x], { dim, ...(isFloating(dtype) ? {} : { dtype }) });
  return reverse ? b.one('flip', [out], { dims: [dim] }) : out;
};

const topk: Lower = (n) => {
  const k = n.int('k') ?? single(n.input(1));
  const [values, indices] = n.build.op(
    'topk',
    [n.input(0)],
    { k, dim: n.int('axis', -1), largest: n.flag('largest', true), sorted: true },
    2,
  );
  return [values, indices];
};

const attributes = [1, 11, 13, 18];

export const reductions: Table = {
  ArgMax: since([1, 11, 12, 13], place('argmax')),
  ArgMin: since([1, 11, 12, 13], place('argmin')),
  CumSum: since([11, 14], cumsum),
  ReduceL1: since(attributes, reduction(normOf(1))),
  ReduceL2: since(attributes, reduction(normOf(2))),
  ReduceLogSum: since(attributes, reduction(logSum)),
  ReduceLogSumExp: since(attributes, reduction(logSumExp)),
  ReduceMax: since([1, 11, 12, 13, 18, 20], reduction(extremum('amax'))),
  ReduceMean: since(attributes, reduction(mean)),
  ReduceMin: since([1, 11, 12, 13, 18, 20], reduction(extremum('amin'))),
  ReduceProd: since(attributes, reduction(prod)),
  ReduceSum: since([1, 11, 13], reduction(sum)),
  ReduceSumSquare: since(attributes, reduction(squares)),
  TopK: since([1, 10, 11], topk),
};
