/** The same elements in another shape or order, parts of them, and several put together. */
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import { Val } from '../val.ts';
import {
  asIndex,
  axisOf,
  type Dim,
  dimOf,
  dimsOf,
  FULL,
  indexAt,
  reshape,
  scalarFor,
  single,
  times,
} from './helpers.ts';

/** Sizes by an operand: 0 keeps the size that stands there. */
const reshaped: Lower = (n) => {
  const x = n.input(0);
  const told = n.ints('shape');
  const v = told === undefined ? n.input(1) : null;
  const entries: readonly (number | null)[] | undefined = told ?? v?.entries ?? entriesOf(v);
  if (entries === undefined) return n.build.one('reshape', [x], { shape: v });
  const zeros = !n.flag('allowzero');
  // Sizes that came from a shape are none of the zeros that stand for the size that is there.
  if (v !== null && !v.real && zeros) return n.build.one('reshape', [x], { shape: filledIn(n, x, v, entries.length) });
  const shape = entries.map((size, d): Dim => {
    if (size === 0 && zeros) return dimOf(n, x, d);
    return size ?? n.build.one('select', [v as Val], { dim: 0, index: d });
  });
  return reshape(n, x, shape);
};

/** As many sizes as there are, none of them known. */
const entriesOf = (v: Val | null): null[] | undefined => {
  const count = v?.shape?.[0];
  return count === undefined || count > 64 ? undefined : new Array(count).fill(null);
};

/** Sizes that are read when the graph runs, those of the tensor itself in the places of zeros. */
function filledIn(n: OnnxNode, x: Val, v: Val, count: number): Val {
  const b = n.build;
  const own = b.one('shape_as_tensor', [x]);
  const pad = [0, count - n.rank(x)];
  const fitted = pad[1] === 0 ? own : b.one('constant_pad_nd', [own], { pad, value: 1 });
  return b.one('where', [b.one('eq', [v, 0]), fitted, v]);
}

const transpose: Lower = (n) => {
  const x = n.input(0);
  const dims = n.ints('perm');
  if (dims !== undefined) return n.build.one('permute', [x], { dims });
  if (x.rank === undefined) return n.build.one('T', [x]);
  return n.build.one('permute', [x], { dims: Array.from({ length: x.rank }, (_, d) => (x.rank as number) - 1 - d) });
};

/** Axes in an order in which dropping one does not move those that follow. */
function dropping(n: OnnxNode, x: Val, axes: readonly number[]): number[] {
  if (x.rank !== undefined || axes.some((d) => d < 0) !== axes.every((d) => d < 0))
    return axes.map((d) => (d < 0 ? d + n.rank(x) : d)).sort((a, b) => b - a);
  return [...axes].sort((a, b) => (a < 0 ? a - b : b - a));
}

/** Axes that are read when the graph runs, one by one, in the order in which they can be carried out. */
function sortedAxes(n: OnnxNode, axes: Val, rank: number, descending: boolean): Val[] {
  const b = n.build;
  const count = n.shape(axes)[0] ?? 1;
  const front = b.one('where', [b.one('lt', [axes, 0]), b.one('add', [axes, rank]), axes]);
  const [sorted] = b.op('sort', [front], { dim: 0, descending }, 2);
  return Array.from({ length: count }, (_, i) => b.one('select', [sorted], { dim: 0, index: i }));
}

/** A dimension that is named is one of size 1, whatever stands for its size. */
function dropped(n: OnnxNode, x: Val, dim: number | Val): Val {
  const out = n.build.one('squeeze', [x], { dim });
  if (typeof dim !== 'number' || x.sizes?.at(dim) !== 1)
    out.probes = n.build.one('select', [x], { dim, index: 0 }).probes;
  return out;
}

const squeeze: Lower = (n) => {
  const x = n.input(0);
  const axes = n.listAt('axes', 1);
  if (axes === undefined) return n.build.one('squeeze', [x]);
  if (axes instanceof Val && axes.numbers === undefined) {
    const order = sortedAxes(n, axes, n.rank(x), true);
    return order.reduce((v, dim) => dropped(n, v, dim), x);
  }
  const list = axes instanceof Val ? n.known(axes, 'axes') : axes;
  return dropping(n, x, list).reduce((v, dim) => dropped(n, v, dim), x);
};

const unsqueeze: Lower = (n) => {
  const x = n.input(0);
  const axes = n.listAt('axes', 1) ?? [];
  if (axes instanceof Val && axes.numbers === undefined) {
    const order = sortedAxes(n, axes, n.rank(x) + (n.shape(axes)[0] ?? 1), false);
    return order.reduce((v, dim) => n.build.one('unsqueeze', [v], { dim }), x);
  }
  const list = axes instanceof Val ? n.known(axes, 'axes') : axes;
  const negative = list.every((d) => d < 0);
  const rank = x.rank === undefined ? undefined : x.rank + list.length;
  const order =
    rank === undefined && negative
      ? [...list].sort((a, b) => b - a)
      : list.map((d) => (d < 0 ? d + (rank ?? n.rank(x)) : d)).sort((a, b) => a - b);
  return order.reduce((v, dim) => n.build.one('unsqueeze', [v], { dim }), x);
};

/** Two dimensions: those before an axis, and the others. */
const flatten: Lower = (n) => {
  const x = n.input(0);
  const axis = axisOf(x, n.int('axis', 1));
  if (axis === 0) return n.build.one('reshape', [x], { shape: [1, -1] });
  if (axis < 0 || axis >= n.rank(x)) return n.build.one('reshape', [x], { shape: [-1, 1] });
  const tail = axis === n.rank(x) - 1 ? x : n.build.one('flatten', [x], { start_dim: axis, end_dim: -1 });
  return axis === 1 ? tail : n.build.one('flatten', [tail], { start_dim: 0, end_dim: axis - 1 });
};

const concat: Lower = (n) => {
  const parts = n.inputs.map((_, i) => n.input(i));
  return n.build.one('cat', [parts], { dim: n.int('axis', 1) });
};

const split: Lower = (n) => {
  const x = n.input(0);
  const dim = n.int('axis', 0);
  const count = n.outputs.length;
  const told = n.listAt('split', 1);
  if (told !== undefined) return n.build.op('split_with_sizes', [x], { split_sizes: told, dim }, count);
  const size = x.sizes?.at(dim);
  if (size == null) return n.build.op('chunk', [x], { chunks: count, dim }, count);
  const piece = Math.ceil(size / count);
  const sizes = Array.from({ length: count }, (_, i) => Math.max(0, Math.min(piece, size - i * piece)));
  return n.build.op('split_with_sizes', [x], { split_sizes: sizes, dim }, count);
};

/** Beyond this a bound stands for the end. */
const FAR = 2 ** 31 - 1;

/** Python's slices; a negative step goes over what was turned around. */
const slice: Lower = (n) => {
  let x = n.input(0);
  const [starts, ends] = [n.listAt('starts', 1), n.listAt('ends', 2)];
  if (starts === undefined || ends === undefined) throw new Unsupported('it says not where to start and to end');
  const count = Array.isArray(starts) ? starts.length : (starts as Val).shape?.[0];
  if (count === undefined) throw new Unsupported('how many axes are cut is known only when the graph runs');
  const [axesAt, stepsAt] = [n.listAt('axes', 3), n.version >= 10 ? n.listAt('steps', 4) : undefined];
  const fixed = (value: readonly number[] | Val | undefined): readonly number[] | undefined =>
    value instanceof Val ? value.numbers : value;
  const [axes, steps] = [
    axesAt === undefined ? Array.from({ length: count }, (_, i) => i) : fixed(axesAt),
    stepsAt === undefined ? new Array<number>(count).fill(1) : fixed(stepsAt),
  ];
  if (axes === undefined || steps === undefined) return lateSlice(n, x, count, [starts, ends, axesAt, stepsAt]);
  const at = (list: readonly number[] | Val, i: number): Dim => {
    if (!(list instanceof Val)) return list[i];
    return list.entries?.[i] ?? n.build.one('select', [list], { dim: 0, index: i });
  };
  const items = axes.map((axis, i) => {
    let [start, end, step] = [at(starts, i), at(ends, i), steps[i]];
    if (step === 0) throw new Unsupported('the step of a slice is 0');
    if (step < 0) {
      x = n.build.one('flip', [x], { dims: [axis] });
      const mirrored = (bound: Dim): Dim =>
        typeof bound === 'number' ? -bound - 1 : n.build.one('sub', [n.build.one('neg', [bound]), 1]);
      [start, end, step] = [mirrored(start), mirrored(end), -step];
    }
    const bound = (b: Dim, open: (b: number) => boolean): Dim | null => (typeof b === 'number' && open(b) ? null : b);
    return {
      axis,
      slice: [bound(start, (b) => b === 0 || b <= -FAR), bound(end, (b) => b >= FAR), step === 1 ? null : step],
    };
  });
  return cut(n, x, items);
};

/** A slice of which the axes, or whether it goes back, are known only when the graph runs: places are counted. */
function lateSlice(n: OnnxNode, x: Val, count: number, lists: readonly (readonly number[] | Val | undefined)[]): Val {
  const b = n.build;
  const shape = b.one('shape_as_tensor', [x]);
  const vals = lists.map((list) => (list === undefined || list instanceof Val ? list : b.constant(list)));
  const at = (list: Val | undefined, i: number, absent: number): Val =>
    list === undefined ? b.constant([absent], []) : asIndex(n, b.one('select', [list], { dim: 0, index: i }));
  let out = x;
  for (let i = 0; i < count; i++) {
    const [start, end, axis, step] = [at(vals[0], i, 0), at(vals[1], i, 0), at(vals[2], i, i), at(vals[3], i, 1)];
    const size = b.one('select', [shape], { dim: 0, index: axis });
    const front = (v: Val): Val => b.one('where', [b.one('lt', [v, 0]), b.one('add', [v, size]), v]);
    const back = b.one('lt', [step, 0]);
    const last = b.one('sub', [size, 1]);
    const first = b.one('clamp', [front(start), b.constant([0], []), b.one('where', [back, last, size])]);
    // Going back, the end may lie before the first place.
    const [low, high] = [b.one('where', [back, -1, 0]), b.one('where', [back, last, size])];
    const bounded = b.one('clamp', [front(end), low, high]);
    const stop = b.one('where', [back, b.one('minimum', [bounded, first]), b.one('maximum', [bounded, first])]);
    const places = b.one('arange', [], { start: first, end: stop, step, dtype: 'int64' });
    out = b.one('index_select', [out, places], { dim: axis });
  }
  return out;
}

interface Cut {
  readonly axis: number;
  readonly slice: readonly (Dim | null)[];
}

/** One index for all axes, where they can be told from one end. */
function cut(n: OnnxNode, x: Val, items: readonly Cut[]): Val {
  const front = items.map(({ axis, slice: s }) => ({ axis: axisOf(x, axis), slice: s }));
  const far = (b: Dim | null): Dim | null =>
    typeof b === 'number' && b < -FAR ? -FAR : typeof b === 'number' && b > FAR ? FAR : b;
  const index = (parts: readonly Cut[]): unknown[] => {
    const out = new Array<unknown>(Math.max(...parts.map(({ axis }) => axis)) + 1).fill(FULL);
    for (const { axis, slice: s } of parts) out[axis] = { slice: s.map(far) };
    return out;
  };
  if (front.length === 0) return x;
  const axes = new Set(front.map(({ axis }) => axis));
  if (front.every(({ axis }) => axis >= 0) && axes.size === front.length) return indexed(n, x, index(front));
  return front.reduce((v, { axis, slice: s }) => indexed(n, v, indexAt(axis, { slice: s.map(far) })), x);
}

/** Bounds that are read when the graph runs are among the index tensors of the op. */
const indexed = (n: OnnxNode, x: Val, index: readonly unknown[]): Val => n.build.one('getitem', [x], { index });

/** Broadcasts in both directions. */
const expand: Lower = (n) => {
  const x = n.input(0);
  const v = n.input(1);
  const entries = v.entries ?? entriesOf(v);
  if (entries !== undefined && x.sizes !== undefined) {
    const lead = entries.length - x.sizes.length;
    const sizes = x.sizes;
    // Where the size that is there is known to be 1, or the one that is asked for is, it is clear who gives way.
    const clear = entries.every((size, d) => d < lead || size !== null || sizes[d - lead] === 1);
    if (clear) {
      const size = [
        ...new Array(Math.max(-lead, 0)).fill(-1),
        ...entries.map((s, d): Dim => {
          if (s === 1 && d >= lead) return -1;
          if (s !== null && d >= lead && sizes[d - lead] === s) return -1;
          return s ?? n.build.one('select', [v], { dim: 0, index: d });
        }),
      ];
      if (size.every((s) => s === -1)) return x;
      return n.build.one('expand', [x], { size });
    }
  }
  const ones = n.build.one('ones', [], { size: v, dtype: x.dtype });
  return n.build.one(x.dtype === 'bool' ? 'logical_and' : 'mul', [x, ones]);
};

const tile: Lower = (n) => {
  const x = n.input(0);
  return n.build.one('repeat', [x], { repeats: n.list(n.input(1)) });
};

const MODES: Readonly<Record<string, string>> = {
  constant: 'constant',
  reflect: 'reflect',
  edge: 'replicate',
  wrap: 'circular',
};

/** Before all axes, then behind all of them; PyTorch wants pairs, from the last axis on. */
const pad: Lower = (n) => {
  const x = n.input(0);
  const mode = MODES[n.string('mode', 'constant')];
  if (mode === undefined) throw new Unsupported(`the mode "${n.string('mode', '')}" is not supported`);
  const pads = n.listAt('pads', 1) ?? n.ints('paddings');
  if (pads === undefined) throw new Unsupported('it says not how much to pad');
  const axesAt = n.version >= 18 ? n.optional(3) : null;
  const value = padValue(n, x, mode);
  if (!(pads instanceof Val)) {
    const half = pads.length / 2;
    const axes = axesAt === null ? undefined : n.known(axesAt, 'the axes of a border').map((d) => axisOf(x, d));
    const rank = axes === undefined ? half : n.rank(x);
    const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
    for (let i = 0; i < half; i++) {
      const d = axes?.[i] ?? i;
      before[d] = pads[i];
      after[d] = pads[half + i];
    }
    // PyTorch mirrors all dimensions but the first, or but the first two, and no others.
    const first = before.findIndex((p, d) => p !== 0 || after[d] !== 0);
    if (mode !== 'constant' && first >= 0) {
      const from = Math.min(first, 2);
      if (from < 1 || rank < 2 || rank - from > 3) return mirrored(n, x, before, after, mode);
      return padded(n, x, before, after, mode, undefined, from);
    }
    return padded(n, x, before, after, mode, value);
  }
  const count = pads.shape?.[0];
  if (count === undefined || axesAt !== null)
    throw new Unsupported('which axes are padded is known only when the graph runs');
  const half = count / 2;
  if (mode !== 'constant') {
    const at = (i: number): Val => n.build.one('select', [asIndex(n, pads)], { dim: 0, index: i });
    const each = Array.from({ length: half }, (_, d) => d);
    return mirrored(
      n,
      x,
      each.map((d) => at(d)),
      each.map((d) => at(half + d)),
      mode,
    );
  }
  const order = Array.from({ length: count }, (_, i) => half - 1 - Math.floor(i / 2) + (i % 2) * half);
  const list = n.build.one('index_select', [asIndex(n, pads), n.build.constant(order)], { dim: 0 });
  return n.build.one('pad', [x], { pad: list, mode, value });
};

/** A border of what is there, dimension by dimension, its places counted. */
function mirrored(n: OnnxNode, x: Val, before: readonly Dim[], after: readonly Dim[], mode: string): Val {
  const b = n.build;
  let out = x;
  before.forEach((p, d) => {
    if (p === 0 && after[d] === 0) return;
    const size = dimOf(n, x, d);
    const whole = (a: Dim): Val => (a instanceof Val ? a : b.constant([a], []));
    const end = b.one('add', [whole(size), whole(after[d])]);
    const start = b.one('neg', [whole(p)]);
    const places = b.one('arange', [], { start, end, step: 1, dtype: 'int64' });
    const last = b.one('sub', [whole(size), 1]);
    let index: Val;
    if (mode === 'replicate') index = b.one('clamp', [places, b.constant([0], []), last]);
    else if (mode === 'circular') index = b.one('remainder', [places, whole(size)]);
    else {
      // There and back again.
      const along = b.one('remainder', [places, b.one('clamp', [b.one('mul', [last, 2]), 1])]);
      index = b.one('sub', [last, b.one('abs', [b.one('sub', [last, along])])]);
    }
    out = b.one('index_select', [out, index], { dim: d });
  });
  return out;
}

function padValue(n: OnnxNode, x: Val, mode: string): unknown {
  if (mode !== 'constant') return undefined;
  const own = n.float('value');
  if (own !== undefined) return own === 0 ? undefined : scalarFor(x, own);
  const v = n.optional(2);
  if (v === null) return undefined;
  const known = single(v);
  if (typeof known !== 'number') return known;
  if (known === 0) return undefined;
  return x.dtype === 'bool' ? known !== 0 : scalarFor(x, known);
}

/**
 * A border around a tensor, which may be negative and then cuts.
 *
 * @param from the dimension from which on the border is told, though it may be none there
 */
export function padded(
  n: OnnxNode,
  x: Val,
  before: readonly number[],
  after: readonly number[],
  mode = 'constant',
  value: unknown = undefined,
  from = Number.POSITIVE_INFINITY,
): Val {
  const own = before.findIndex((b, d) => b !== 0 || after[d] !== 0);
  if (own < 0) return x;
  const first = Math.min(own, from);
  const pad: number[] = [];
  for (let d = before.length - 1; d >= first; d--) pad.push(before[d], after[d]);
  return mode === 'constant'
    ? n.build.one('constant_pad_nd', [x], { pad, value })
    : n.build.one('pad', [x], { pad, mode });
}

const spaceToDepth: Lower = (n) => {
  const x = n.input(0);
  const k = n.int('blocksize', 1);
  const [batch, c, h, w] = dimsOf(n, x);
  const part = (d: Dim): Dim =>
    typeof d === 'number' ? d / k : n.build.one('div', [d, k], { rounding_mode: 'floor' });
  const blocks = reshape(n, x, [batch, c, part(h), k, part(w), k]);
  const turned = n.build.one('permute', [blocks], { dims: [0, 3, 5, 1, 2, 4] });
  return reshape(n, turned, [batch, times(n, c, k * k), part(h), part(w)]);
};

const depthToSpace: Lower = (n) => {
  const x = n.input(0);
  const k = n.int('blocksize', 1);
  if (n.string('mode', 'DCR') === 'CRD') return n.build.one('pixel_shuffle', [x], { upscale_factor: k });
  const [batch, c, h, w] = dimsOf(n, x);
  const channels: Dim =
    typeof c === 'number' ? c / (k * k) : n.build.one('div', [c, k * k], { rounding_mode: 'floor' });
  const blocks = reshape(n, x, [batch, k, k, channels, h, w]);
  const turned = n.build.one('permute', [blocks], { dims: [0, 3, 4, 1, 5, 2] });
  return reshape(n, turned, [batch, channels, times(n, h, k), times(n, w, k)]);
};

const shape: Lower = (n) => {
  const out = n.build.one('shape_as_tensor', [n.input(0)]);
  const [start, end] = [n.int('start', 0), n.int('end')];
  if (start === 0 && end === undefined) return out;
  return n.build.one('getitem', [out], { index: [{ slice: [start, end ?? null, null] }] });
};

/** The first so many of each sequence, turned around. */
const reverseSequence: Lower = (n) => {
  const b = n.build;
  const [x, lengths] = [n.input(0), asIndex(n, n.input(1))];
  const [time, batch] = [n.int('time_axis', 0), n.int('batch_axis', 1)];
  const rank = n.rank(x);
  const along = (v: Val, axis: number): Val =>
    b.one('reshape', [v], { shape: Array.from({ length: rank }, (_, d) => (d === axis ? -1 : 1)) });
  const t = along(b.one('arange', [], { start: 0, end: dimOf(n, x, time), step: 1, dtype: 'int64' }), time);
  const size = along(lengths, batch);
  const mirrored = b.one('sub', [b.one('sub', [size, t]), 1]);
  const index = b.one('where', [b.one('lt', [t, size]), mirrored, t]);
  return b.one('take_along_dim', [x, index], { dim: time });
};

export const shapes: Table = {
  Concat: since([4, 11, 13], concat),
  DepthToSpace: since([1, 11, 13], depthToSpace),
  Expand: since([8, 13], expand),
  Flatten: since([1, 9, 11, 13, 21], flatten),
  Pad: since([2, 11, 13, 18, 19, 21], pad),
  Reshape: since([5, 13, 14, 19, 21], reshaped),
  ReverseSequence: since([10], reverseSequence),
  Shape: since([1, 13, 15, 19, 21], shape),
  Size: since([1, 13, 19, 21], (n) => n.build.one('prod', [n.build.one('shape_as_tensor', [n.input(0)])])),
  Slice: since([1, 10, 11, 13], slice),
  SpaceToDepth: since([1, 13], spaceToDepth),
  Split: since([2, 11, 13, 18], split),
  Squeeze: since([1, 11, 13, 21], squeeze),
  Tile: since([6, 13], tile),
  Transpose: since([1, 13, 21], transpose),
  Unsqueeze: since([1, 11, 13, 21], unsqueeze),
};
