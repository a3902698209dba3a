/** Elements by their places: taken out, put in, found. */
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import type { Val } from '../val.ts';
import { asIndex, axisOf, cast, type Dim, dimOf, dimsOf, indexAt, reshape, single, times } from './helpers.ts';

/** Slices along an axis; the places may be of any shape. */
const gather: Lower = (n) => {
  const [x, indices] = [n.input(0), n.input(1)];
  const axis = axisOf(x, n.int('axis', 0));
  const place = single(indices);
  if (typeof place === 'number' && indices.rank === 0) return n.build.one('select', [x], { dim: axis, index: place });
  if (indices.rank === 1 && indices.numbers?.every((i) => i >= 0))
    return n.build.one('index_select', [x, asIndex(n, indices)], { dim: axis });
  return n.build.one('getitem', [x, [asIndex(n, indices)]], { index: indexAt(axis, { tensor: 0 }) });
};

/** Places that are counted from the end, counted from the front. */
function counted(n: OnnxNode, index: Val, size: Dim): Val {
  const wide = asIndex(n, index);
  if (wide.numbers?.every((i) => i >= 0)) return wide;
  return n.build.one('where', [n.build.one('lt', [wide, 0]), n.build.one('add', [wide, size]), wide]);
}

const gatherElements: Lower = (n) => {
  const x = n.input(0);
  const dim = n.int('axis', 0);
  return n.build.one('gather', [x, counted(n, n.input(1), dimOf(n, x, dim))], { dim });
};

const REDUCE: Readonly<Record<string, string>> = { mul: 'prod', max: 'amax', min: 'amin' };

const scatterElements: Lower = (n) => {
  const x = n.input(0);
  const dim = n.int('axis', 0);
  const [index, updates] = [counted(n, n.input(1), dimOf(n, x, dim)), n.input(2)];
  const reduction = n.string('reduction', 'none');
  if (reduction === 'none') return n.build.one('scatter', [x, index, updates], { dim });
  if (reduction === 'add') return n.build.one('scatter_add', [x, index, updates], { dim });
  const reduce = REDUCE[reduction];
  if (reduce === undefined) throw new Unsupported(`the reduction "${reduction}" is not supported`);
  return n.build.one('scatter_reduce', [x, index, updates], { dim, reduce });
};

/** The columns of index tuples. */
function columns(n: OnnxNode, indices: Val): Val[] {
  const width = indices.sizes?.at(-1);
  if (width == null) throw new Unsupported('how many axes the indices name is known only when the graph runs');
  const wide = asIndex(n, indices);
  return Array.from({ length: width }, (_, j) => n.build.one('select', [wide], { dim: -1, index: j }));
}

const gatherNd: Lower = (n) => {
  const b = n.build;
  const [x, indices] = [n.input(0), n.input(1)];
  const batch = n.int('batch_dims', 0);
  const tuples = columns(n, indices);
  const before: Val[] = [];
  for (let d = 0; d < batch; d++) {
    const rows = b.one('arange', [], { start: 0, end: dimOf(n, x, d), step: 1, dtype: 'int64' });
    const shape = Array.from({ length: n.rank(indices) - 1 }, (_, i) => (i === d ? -1 : 1));
    before.push(b.one('reshape', [rows], { shape }));
  }
  const all = [...before, ...tuples];
  return b.one('getitem', [x, all], { index: all.map((_, i) => ({ tensor: i })) });
};

const scatterNd: Lower = (n) => {
  const b = n.build;
  const [x, indices, updates] = [n.input(0), n.input(1), n.input(2)];
  const tuples = columns(n, indices);
  const reduction = n.string('reduction', 'none');
  if (reduction === 'none' || reduction === 'add')
    return b.one('index_put', [x, tuples, updates], { accumulate: reduction === 'add' });
  const reduce = REDUCE[reduction];
  if (reduce === undefined) throw new Unsupported(`the reduction "${reduction}" is not supported`);
  // The axes that are named become one, along which slices are reduced.
  const sizes = dimsOf(n, x);
  const rest = sizes.slice(tuples.length);
  let flat = counted(n, tuples[0], sizes[0]);
  for (let j = 1; j < tuples.length; j++)
    flat = b.one('add', [b.one('mul', [flat, sizes[j]]), counted(n, tuples[j], sizes[j])]);
  const count = sizes.slice(0, tuples.length).reduce((a, d) => times(n, a, d), 1 as Dim);
  const rows = reshape(n, x, [count, ...rest]);
  const index = b.one('reshape', [flat], { shape: [-1] });
  const out = b.one('index_reduce', [rows, index, reshape(n, updates, [-1, ...rest])], { dim: 0, reduce });
  return b.one('reshape_as', [out, x]);
};

/** One place of each row is on; places beyond the depth are off everywhere. */
const oneHot: Lower = (n) => {
  const b = n.build;
  const [indices, depthAt, values] = [n.input(0), n.input(1), n.input(2)];
  const axis = n.int('axis', -1);
  const told = single(depthAt);
  const depth: Dim = typeof told === 'number' ? told : b.one('reshape', [asIndex(n, told)], { shape: [] });
  const places = b.one('unsqueeze', [counted(n, indices, depth)], { dim: -1 });
  const steps = b.one('arange', [], { start: 0, end: depth, step: 1, dtype: 'int64' });
  const [off, on] = [0, 1].map((i) => b.one('select', [values], { dim: 0, index: i }));
  const out = b.one('where', [b.one('eq', [places, steps]), on, off]);
  return axis === -1 ? out : b.one('movedim', [out], { source: -1, destination: axis });
};

/** Slices where a condition holds; it may be shorter than the axis. */
const compress: Lower = (n) => {
  const b = n.build;
  const axis = n.int('axis');
  const x = axis === undefined ? b.one('flatten', [n.input(0)], { start_dim: 0, end_dim: -1 }) : n.input(0);
  const places = b.one('reshape', [b.one('nonzero', [n.input(1)])], { shape: [-1] });
  return b.one('index_select', [x, places], { dim: axis ?? 0 });
};

/** Indices as columns, where PyTorch has rows. */
const nonzero: Lower = (n) => n.build.one('T', [n.build.one('nonzero', [n.input(0)])]);

/** Sorted, or in the order in which they come up. */
const unique: Lower = (n) => {
  const b = n.build;
  const axis = n.int('axis');
  const x = axis === undefined ? b.one('flatten', [n.input(0)], { start_dim: 0, end_dim: -1 }) : n.input(0);
  const dim = axis ?? 0;
  const settings = { sorted: true, return_inverse: true, return_counts: true, ...(axis === undefined ? {} : { dim }) };
  let [values, inverse, counts] = b.op('unique', [x], settings, 3);
  const sorted = n.flag('sorted', true);
  if (sorted && !n.wants(1)) return [values, null, inverse, counts];
  // Where each came up first: the least of the places that have it.
  const flat = b.one('reshape', [inverse], { shape: [-1] });
  const places = b.one('cumsum', [b.one('ones_like', [flat])], { dim: 0 });
  const none = b.one('zeros_like', [counts]);
  let first = b.one('scatter_reduce', [none, flat, b.one('sub', [places, 1])], {
    dim: 0,
    reduce: 'amin',
    include_self: false,
  });
  if (!sorted) {
    const order = b.one('argsort', [first], { dim: 0 });
    const pick = (v: Val, d: number): Val => b.one('index_select', [v, order], { dim: d });
    [values, first, counts] = [pick(values, dim), pick(first, 0), pick(counts, 0)];
    inverse = b.one('getitem', [b.one('argsort', [order], { dim: 0 }), [flat]], { index: [{ tensor: 0 }] });
  }
  return [values, first, inverse, counts];
};

const trilu: Lower = (n) => {
  const x = n.input(0);
  const k = n.optional(1);
  const op = n.flag('upper', true) ? 'triu' : 'tril';
  const diagonal = k === null ? 0 : single(k);
  if (x.dtype !== 'bool') return n.build.one(op, [x], { diagonal });
  return cast(n, n.build.one(op, [cast(n, x, 'uint8')], { diagonal }), 'bool');
};

/** A diagonal of ones in the sizes of another matrix. */
const eyeLike: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const dtype = n.dtype('dtype') ?? x.dtype;
  const k = n.int('k', 0);
  const [rows, cols] = [dimOf(n, x, 0), dimOf(n, x, 1)];
  if (k === 0) return b.one('eye', [], { n: rows, m: cols, dtype });
  const count = (end: Dim): Val => b.one('arange', [], { start: 0, end, step: 1, dtype: 'int64' });
  const down = b.one('add', [b.one('unsqueeze', [count(rows)], { dim: 1 }), k]);
  return cast(n, b.one('eq', [down, count(cols)]), dtype);
};

const gatherVersions = [1, 11, 13];

export const indexing: Table = {
  Compress: since([9, 11], compress),
  EyeLike: since([9], eyeLike),
  Gather: since(gatherVersions, gather),
  GatherElements: since([11, 13], gatherElements),
  GatherND: since([11, 12, 13], gatherNd),
  NonZero: since([9, 13], nonzero),
  OneHot: since([9, 11], oneHot),
  Scatter: since([9], scatterElements),
  ScatterElements: since([11, 13, 16, 18], scatterElements),
  ScatterND: since([11, 13, 16, 18], scatterNd),
  Trilu: since([14], trilu),
  Unique: since([11], unique),
};
