/** Ops that read and write where index tensors and masks say. */
import { contiguousStrides, numelOf, type Shape } from '../../../tensor/shape.ts';
import { checkTable, type GraphBuilder, type Ref, Unsupported } from './builder.ts';
import type { Call, Rule } from './call.ts';

const axisOf = (call: Call, rank: number): number => {
  const axis = call.number('dim', 0);
  return axis < 0 ? axis + rank : axis;
};

/** A scalar as a vector of one element. */
export const atLeast1 = (b: GraphBuilder, x: Ref): Ref => (x.rank === 0 ? b.reshape(x, [1]) : x);

/** Indices from the end, counted from the beginning. */
const wrapped = (b: GraphBuilder, index: Ref, size: number): Ref =>
  b.where(b.less(index, 0), b.add(index, size), index);

/** The rule of an op that reads along a dimension of what may have none. */
const along =
  (body: (b: GraphBuilder, x: Ref, axis: number, index: Ref, call: Call) => Ref): Rule =>
  (b, call) => {
    const x = atLeast1(b, call.tensor('input'));
    const index = atLeast1(b, call.tensor('index', 'int64'));
    return b.reshape(body(b, x, axisOf(call, x.rank), index, call), call.shape);
  };

/** A vector of indices for every element that it stands for. */
function spread(b: GraphBuilder, index: Ref, axis: number, shape: Shape): Ref {
  return b.expand(
    b.reshape(
      index,
      shape.map((_, d) => (d === axis ? index.numel : 1)),
    ),
    shape,
  );
}

export type Join = 'sum' | 'prod' | 'mean' | 'amax' | 'amin';

const NEUTRAL: Readonly<Record<Join, number>> = { sum: 0, mean: 0, prod: 1, amax: -Infinity, amin: Infinity };
const KIND = { sum: 'Sum', mean: 'Sum', prod: 'Prod', amax: 'Max', amin: 'Min' } as const;

/**
 * Values joined along a dimension, each where its index says: for every place, the values whose index it is
 * are told from the others by a comparison.
 */
function joined(b: GraphBuilder, x: Ref, axis: number, index: Ref, src: Ref, how: Join, self: boolean): Ref {
  if (index.shape.some((size, d) => d !== axis && size !== x.shape[d]))
    throw new Unsupported('the index is smaller than the input in other dimensions');
  let from = src;
  index.shape.forEach((size, d) => {
    from = b.slice(from, d, 0, size);
  });
  const size = x.shape[axis];
  checkTable(size);
  if (numelOf(index.shape) * size > 2 ** 24) throw new Unsupported('the comparison of its indices would be too large');
  const last = x.rank - 1;
  const perm = [...[...Array(x.rank).keys()].filter((d) => d !== axis), axis];
  const back = [...Array(x.rank).keys()].map((d) => perm.indexOf(d));
  const [xs, is, ss] = [x, index, from].map((t) => b.transpose(t, perm));
  const met = b.equal(b.unsqueeze(is, last), b.const([...Array(size).keys()], [size, 1], 'int64'));
  const float = x.dtype === 'float32' || x.dtype === 'float64';
  const inner = float ? x.dtype : 'float64';
  const neutral = b.scalar(NEUTRAL[how], inner);
  const values = b.where(met, b.unsqueeze(b.cast(ss, inner), last), neutral);
  let out = b.reduce(KIND[how], values, [-1]);
  const counts = b.sum(b.cast(met, inner), [-1]);
  const own = b.cast(xs, inner);
  if (self) {
    if (how === 'amax') out = b.max(out, own);
    else if (how === 'amin') out = b.min(out, own);
    else out = how === 'prod' ? b.mul(out, own) : b.add(out, own);
    if (how === 'mean') out = b.div(out, b.add(counts, 1));
  } else if (how === 'mean') out = b.div(out, b.max(counts, 1));
  if (how === 'mean' && !float) out = b.floor(out);
  if (!self) out = b.where(b.equal(counts, 0), own, out);
  return b.transpose(b.cast(out, x.dtype), back);
}

/** Sums into `x` along a dimension. */
export function addedAlong(b: GraphBuilder, x: Ref, axis: number, index: Ref, src: Ref): Ref {
  if (x.dtype === 'bool') return b.cast(addedAlong(b, b.cast(x, 'int32'), axis, index, b.cast(src, 'int32')), 'bool');
  return b.opset >= 16
    ? b.scatterElements(x, index, cut(b, src, index.shape), axis, 'add')
    : joined(b, x, axis, index, src, 'sum', true);
}

/** As much of a tensor as an index covers. */
function cut(b: GraphBuilder, src: Ref, shape: Shape): Ref {
  let out = src;
  shape.forEach((size, d) => {
    out = b.slice(out, d, 0, size);
  });
  return out;
}

const scatter: Rule = along((b, x, axis, index, call) => {
  const src = call.maybe('src');
  const number = call.args.src === undefined || call.args.src === null ? 'value' : 'src';
  const values =
    src === undefined ? b.expand(call.operand(number, x.dtype), index.shape) : cut(b, atLeast1(b, src), index.shape);
  const how = call.attr<string | null | undefined>('reduce');
  if (how === 'add') return addedAlong(b, x, axis, index, values);
  if (how !== 'multiply') return b.scatterElements(x, index, values, axis);
  return b.opset >= 16
    ? b.scatterElements(x, index, values, axis, 'mul')
    : joined(b, x, axis, index, values, 'prod', true);
});

/** Where in an input of row-major order advanced indices lead: a whole index of the shape of what they pick. */
function placesIn(b: GraphBuilder, call: Call, x: Ref, picked: Shape): Ref {
  const indices = call.tensors('indices');
  const dims = call.attr<readonly number[] | null | undefined>('dims');
  const strides = contiguousStrides(x.shape);
  const found: { index: Ref; dim: number }[] = [];
  let at = 0;
  indices.forEach((index, i) => {
    const mask = index.dtype === 'bool' || index.dtype === 'uint8';
    const dim = dims?.[i] ?? at;
    at = dim + (mask ? index.rank : 1);
    if (mask) found.push(...fromMask(b, index, dim, indices, picked, x));
    else found.push({ index, dim });
  });
  let offsets: Ref | undefined;
  for (const { index, dim } of found) {
    const offset = b.mul(wrapped(b, index, x.shape[dim]), strides[dim]);
    offsets = offsets === undefined ? offset : b.add(offsets, offset);
  }
  const taken = found.map(({ dim }) => dim);
  const rest = x.shape.map((_, d) => d).filter((d) => !taken.includes(d));
  const neighbours = taken.every((d, i) => i === 0 || d === taken[i - 1] + 1);
  const before = neighbours && taken.length > 0 ? rest.filter((d) => d < taken[0]) : [];
  const after = rest.slice(before.length);
  const common = offsets === undefined ? [] : offsets.shape;
  let index: Ref =
    offsets === undefined ? b.scalar(0, 'int64') : b.reshape(offsets, [...common, ...after.map(() => 1)]);
  const rank = before.length + common.length + after.length;
  const run = (dim: number, place: number): Ref => {
    const size = x.shape[dim];
    checkTable(size);
    const shape = Array<number>(rank).fill(1).with(place, size);
    return b.const(
      Array.from({ length: size }, (_, i) => i * strides[dim]),
      shape,
      'int64',
    );
  };
  before.forEach((dim, i) => {
    index = b.add(run(dim, i), index);
  });
  after.forEach((dim, i) => {
    index = b.add(index, run(dim, before.length + common.length + i));
  });
  const shape = [...before.map((d) => x.shape[d]), ...common, ...after.map((d) => x.shape[d])];
  return b.expand(index, shape);
}

/** The places of a mask's set elements, of which there are as many as were recorded. */
function fromMask(
  b: GraphBuilder,
  mask: Ref,
  dim: number,
  indices: readonly Ref[],
  picked: Shape,
  x: Ref,
): { index: Ref; dim: number }[] {
  if (indices.length > 1) throw new Unsupported('a mask among several indices');
  const count = picked[dim] ?? 1;
  if (picked.length !== x.rank - mask.rank + 1) throw new Unsupported('how many elements a mask names is not known');
  const rows = b.op('NonZero', [b.cast(mask, 'bool')], 'int64', [mask.rank, count]);
  return mask.shape.map((_, k) => ({ index: b.gather(rows, b.scalar(k, 'int64'), 0), dim: dim + k }));
}

const index: Rule = (b, call) => {
  const x = call.tensor('input');
  const places = placesIn(b, call, x, call.shape);
  return b.reshape(b.gather(b.reshape(x, [x.numel]), places), call.shape);
};

const indexPut: Rule = (b, call) => {
  const x = call.tensor('input');
  const values = call.tensor('values', x.dtype);
  const masks = call.tensors('indices').filter(({ dtype }) => dtype === 'bool' || dtype === 'uint8');
  const accumulate = call.flag('accumulate');
  const [mask] = masks;
  if (masks.length === 1 && values.numel === 1 && call.tensors('indices').length === 1) {
    const from = call.attr<readonly number[] | null | undefined>('dims')?.[0] ?? 0;
    const shape = [...mask.shape, ...Array<number>(x.rank - from - mask.rank).fill(1)];
    const value = b.reshape(values, []);
    return masked(b, b.reshape(b.cast(mask, 'bool'), shape), accumulate ? b.add(x, value) : value, x);
  }
  const places = placesIn(b, call, x, values.shape);
  const [flat, spots] = [b.reshape(x, [x.numel]), b.reshape(places, [places.numel])];
  const flatValues = b.reshape(b.expand(values, places.shape), [places.numel]);
  const out = accumulate ? addedAlong(b, flat, 0, spots, flatValues) : b.scatterElements(flat, spots, flatValues, 0);
  return b.reshape(out, x.shape);
};

/** `value` where a mask is set, and x elsewhere; of bools, too. */
function masked(b: GraphBuilder, mask: Ref, value: Ref, x: Ref): Ref {
  const [value8, x8] = x.dtype === 'bool' ? [b.cast(value, 'uint8'), b.cast(x, 'uint8')] : [value, x];
  return b.cast(b.where(mask, value8, x8), x.dtype);
}

const put: Rule = (b, call) => {
  const x = call.tensor('input');
  const flat = b.reshape(x, [x.numel]);
  const given = call.tensor('index', 'int64');
  const spots = wrapped(b, b.reshape(given, [given.numel]), x.numel);
  const values = b.reshape(call.tensor('source', x.dtype), [given.numel]);
  const out = call.flag('accumulate')
    ? addedAlong(b, flat, 0, spots, values)
    : b.scatterElements(flat, spots, values, 0);
  return b.reshape(out, x.shape);
};

/** How many set elements of a mask come before each, in row-major order. */
function ranks(b: GraphBuilder, mask: Ref): Ref {
  const flat = b.cast(b.reshape(mask, [mask.numel]), 'int64');
  return b.sub(b.op('CumSum', [flat, b.scalar(0, 'int64')], 'int64', flat.shape), 1);
}

const maskedScatter: Rule = (b, call) => {
  const x = b.expand(call.tensor('input'), call.shape);
  const mask = b.expand(call.tensor('mask', 'bool'), call.shape);
  const source = call.tensor('source', x.dtype);
  const flat = b.reshape(source, [source.numel]);
  const spots = b.min(b.max(ranks(b, mask), 0), Math.max(0, source.numel - 1));
  return masked(b, mask, b.reshape(b.gather(flat, spots), call.shape), x);
};

const maskedScatterBackward: Rule = (b, call) => {
  const g = call.tensor('gradOutput');
  const mask = b.expand(call.tensor('mask', 'bool'), g.shape);
  const count = numelOf(call.shape);
  // What no element of the source stands for goes to a place past the end.
  const spots = b.where(b.reshape(mask, [g.numel]), ranks(b, mask), b.scalar(count, 'int64'));
  const zeros = b.filled(0, [count + 1], g.dtype);
  const out = b.scatterElements(zeros, spots, b.reshape(g, [g.numel]), 0);
  return b.reshape(b.slice(out, 0, 0, count), call.shape);
};

const maskedSelect: Rule = (b, call) => {
  const [x, mask] = [call.tensor('input'), call.tensor('mask', 'bool')];
  const shape = x.rank >= mask.rank ? x.shape : mask.shape;
  const [xs, ms] = [x, mask].map((t) => b.reshape(b.expand(t, shape), [numelOf(shape)]));
  return b.op('Compress', [xs, ms], x.dtype, call.shape);
};

const nonzero: Rule = (b, call) => {
  const x = atLeast1(b, call.tensor('input', 'bool'));
  const tuple = call.outputs.length > 1 || call.flag('asTuple');
  const count = call.outputs[0].shape[0];
  const rows = b.op('NonZero', [x], 'int64', [x.rank, count]);
  if (!tuple) return b.transpose(rows, [1, 0]);
  return call.outputs.map((_, i) => b.gather(rows, b.scalar(i, 'int64'), 0));
};

/** How many of a row's boundaries stand before each value. */
const searched =
  (boundaries: string): Rule =>
  (b, call) => {
    const [dtype] = [call.tensor(boundaries).dtype];
    let row = call.tensor(boundaries);
    const values = call.operand('input', dtype);
    const sorter = call.op.params.some((p) => p.key === 'sorter') ? call.maybe('sorter') : undefined;
    if (sorter !== undefined) row = b.gatherElements(row, sorter, row.rank - 1);
    const right = call.flag('right') || call.args.side === 'right';
    const [rows, wide] = [row.rank === 1 ? row : b.unsqueeze(row, -2), b.unsqueeze(values, -1)];
    const before = right ? b.lessEqual(rows, wide) : b.less(rows, wide);
    return b.reshape(b.cast(b.sum(b.cast(before, 'int64'), [-1]), call.dtype), call.shape);
  };

/** Set where an element is the number of its place in a new last dimension. */
export const oneHot = (b: GraphBuilder, x: Ref, classes: number): Ref => {
  checkTable(classes);
  return b.equal(b.unsqueeze(x, -1), b.const([...Array(classes).keys()], [classes], 'int64'));
};

const bincount: Rule = (b, call) => {
  const x = call.tensor('input', 'int64');
  const [bins] = call.shape;
  const weights = call.maybe('weights');
  const met = b.cast(oneHot(b, x, bins), call.dtype);
  return b.sum(weights === undefined ? met : b.mul(met, b.unsqueeze(b.cast(weights, call.dtype), -1)), [0]);
};

const indexAdd: Rule = along((b, x, axis, index, call) => {
  const source = atLeast1(b, call.tensor('source', x.dtype));
  const alpha = call.number('alpha', 1);
  return addedAlong(b, x, axis, spread(b, index, axis, source.shape), alpha === 1 ? source : b.mul(source, alpha));
});

/** As many elements as were recorded, in order; where each came from, and how often. */
const unique: Rule = (b, call) => {
  const x = call.tensor('input');
  if (call.args.dim !== undefined && call.args.dim !== null) throw new Unsupported('slices without repeats');
  const wide = x.dtype === 'bool' ? b.cast(x, 'int64') : x;
  const count = { dtype: 'int64', shape: call.shape } as const;
  const [values, , inverse, counts] = b.ops(
    'Unique',
    [b.reshape(wide, [x.numel])],
    [{ dtype: wide.dtype, shape: call.shape }, count, { dtype: 'int64', shape: [x.numel] }, count],
    { sorted: 1 },
  );
  return [
    b.cast(values, x.dtype),
    ...(call.flag('returnInverse') ? [b.reshape(inverse, x.shape)] : []),
    ...(call.flag('returnCounts') ? [counts] : []),
  ];
};

export const INDEXING: Readonly<Record<string, Rule>> = {
  gather: along((b, x, axis, index) => b.gatherElements(x, index, axis)),
  index_select: along((b, x, axis, index) => b.gather(x, index, axis)),
  border_select: along((b, x, axis, index) => b.gather(x, index, axis)),
  take: (b, call) => {
    const x = call.tensor('input');
    return b.gather(b.reshape(x, [x.numel]), wrapped(b, call.tensor('index', 'int64'), x.numel));
  },
  index,
  index_put: indexPut,
  put,
  scatter,
  scatter_add: along((b, x, axis, index, call) =>
    addedAlong(b, x, axis, index, atLeast1(b, call.tensor('src', x.dtype))),
  ),
  scatter_reduce: along((b, x, axis, index, call) =>
    joined(
      b,
      x,
      axis,
      index,
      atLeast1(b, call.tensor('src', x.dtype)),
      call.attr<Join>('reduce'),
      call.args.includeSelf !== false,
    ),
  ),
  index_add: indexAdd,
  index_copy: along((b, x, axis, index, call) => {
    const source = atLeast1(b, call.tensor('source', x.dtype));
    return b.scatterElements(x, spread(b, index, axis, source.shape), source, axis);
  }),
  index_fill: along((b, x, axis, index, call) => {
    const shape = x.shape.map((size, d) => (d === axis ? index.numel : size));
    return b.scatterElements(x, spread(b, index, axis, shape), b.expand(call.operand('value', x.dtype), shape), axis);
  }),
  masked_fill: (b, call) =>
    b.expand(
      masked(b, call.tensor('mask', 'bool'), call.operand('value', call.dtype), call.tensor('input', call.dtype)),
      call.shape,
    ),
  masked_scatter: maskedScatter,
  masked_scatter_backward: maskedScatterBackward,
  masked_select: maskedSelect,
  nonzero,
  argwhere: nonzero,
  unique,
  searchsorted: searched('sortedSequence'),
  bucketize: searched('boundaries'),
  one_hot: (b, call) => b.cast(oneHot(b, call.tensor('input', 'int64'), call.shape[call.shape.length - 1]), 'int64'),
  bincount,
};
