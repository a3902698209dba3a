/** Ops that move elements, and those that make tensors of numbers. */
import { noGrad } from '../../../autograd/mode.ts';
import { withRecorder } from '../../../autograd/recorder.ts';
import { bytesOfTensor } from '../../../codec/raw.ts';
import { numelOf } from '../../../tensor/shape.ts';
import { heapAllocator, withAllocator } from '../../../tensor/storage.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { checkTable, type GraphBuilder, Unsupported } from './builder.ts';
import type { Call, Rule } from './call.ts';
import { moves, movesBack, placesOf, taken } from './moved.ts';

const reshaped: Rule = (b, call) => b.reshape(call.tensor('input'), call.shape);

const permuted =
  (permOf: (call: Call, rank: number) => readonly number[]): Rule =>
  (b, call) => {
    const x = call.tensor('input');
    return b.transpose(x, permOf(call, x.rank));
  };

const dim = (value: number, rank: number): number => (value < 0 ? value + rank : value);

const cat: Rule = (b, call) => {
  // Vectors without elements go with anything.
  const parts = call.tensors('tensors').filter((x) => !(x.rank === 1 && x.numel === 0) || call.shape.length === 1);
  const cast = parts.map((x) => b.cast(x, call.dtype));
  return cast.length === 0
    ? b.const([], call.shape, call.dtype)
    : b.concat(cast, dim(call.number('dim', 0), call.shape.length));
};

const stack: Rule = (b, call) => {
  const axis = dim(call.number('dim', 0), call.shape.length);
  return b.concat(
    call.tensors('tensors').map((x) => b.unsqueeze(b.cast(x, call.dtype), axis)),
    axis,
  );
};

/** Pieces one after the other along a dimension, as long as the results are. */
const pieces: Rule = (b, call) => {
  const x = call.tensor('input');
  const axis = dim(call.number('dim', 0), x.rank);
  const sizes = call.outputs.map(({ shape }) => shape[axis]);
  if (sizes.length === 1) return [x];
  return b.ops('Split', [x, b.ints(sizes)], call.outputs, { axis });
};

const unbind: Rule = (b, call) => {
  const x = call.tensor('input');
  const axis = dim(call.number('dim', 0), x.rank);
  return call.outputs.map((_, i) => b.gather(x, b.scalar(i, 'int64'), axis));
};

const select: Rule = (b, call) => {
  const x = call.tensor('input');
  const axis = dim(call.number('dim'), x.rank);
  return b.gather(x, b.scalar(dim(call.number('index'), x.shape[axis]), 'int64'), axis);
};

/** A slice's first index, held to the dimension as Python does; its length is the result's. */
function sliceStart(call: Call, size: number): number {
  const start = call.number('start', 0);
  return Math.min(Math.max(start < 0 ? start + size : start, 0), size);
}

const slice: Rule = (b, call) => {
  const x = call.tensor('input');
  const axis = dim(call.number('dim', 0), x.rank);
  const start = sliceStart(call, x.shape[axis]);
  const step = call.number('step', 1);
  const count = call.shape[axis];
  return b.slice(x, axis, start, count === 0 ? start : start + (count - 1) * step + 1, step);
};

/** The gradient of a slice without steps stands among zeros. */
const sliceBackward: Rule = (b, call) => {
  if (call.number('step', 1) !== 1) throw new Unsupported('steps');
  const g = call.tensor('gradOutput');
  const axis = dim(call.number('dim'), call.shape.length);
  const before = call.shape.map((_, d) => (d === axis ? sliceStart(call, call.shape[d]) : 0));
  return b.pad(
    g,
    before,
    call.shape.map((size, d) => size - before[d] - g.shape[d]),
  );
};

const selectBackward: Rule = (b, call) => {
  const axis = dim(call.number('dim'), call.shape.length);
  const at = dim(call.number('index'), call.shape[axis]);
  const g = b.unsqueeze(call.tensor('gradOutput'), axis);
  const before = call.shape.map((_, d) => (d === axis ? at : 0));
  return b.pad(
    g,
    before,
    call.shape.map((size, d) => size - before[d] - g.shape[d]),
  );
};

const triangle =
  (upper: number): Rule =>
  (b, call) => {
    b.needs(14, 'Trilu');
    const x = call.tensor('input');
    const k = b.scalar(call.number('diagonal', 0), 'int64');
    return b.op('Trilu', [x, k], x.dtype, x.shape, { upper });
  };

const flip: Rule = (b, call) => {
  let x = call.tensor('input');
  for (const axis of call.dims('dims', x.rank)) x = b.slice(x, axis, x.shape[axis] - 1, -1, -1);
  return x;
};

const repeat: Rule = (b, call) => {
  const repeats = call.attr<readonly number[]>('repeats');
  const x = call.tensor('input');
  const lead = b.reshape(x, [...Array<number>(repeats.length - x.rank).fill(1), ...x.shape]);
  return b.op('Tile', [lead, b.ints(repeats)], x.dtype, call.shape);
};

/** `input` with the elements of `src` where the forward op of that name would have taken them from. */
const replaced =
  (forward: string): Rule =>
  (b, call) => {
    const x = call.tensor('input');
    const src = call.tensor('src', x.dtype);
    const [places] = placesOf(forward, call.args, 'input', x.shape);
    const at = new Array<number>(x.numel).fill(0);
    for (let i = 0; i < x.numel; i++) at[i] = i + 1;
    places.forEach((place, i) => {
      at[place - 1] = x.numel + i + 1;
    });
    const all = b.concat([b.reshape(x, [x.numel]), b.reshape(src, [src.numel])], 0);
    return taken(b, all, at, x.shape);
  };

/** The result of an op that reads no elements, as a constant; of one number, as that. */
const made: Rule = (b, call) => {
  for (const { shape } of call.outputs) checkTable(numelOf(shape));
  const out = noGrad(() =>
    withRecorder(null, () => withAllocator(heapAllocator, () => call.op.call(constantArgs(call)))),
  );
  return (out instanceof Tensor ? [out] : out).map((t) =>
    b.cast(b.constant(bytesOfTensor(t), t.shape, t.dtype), call.dtype),
  );
};

/** What an op takes only the shape of is not read: it may be anything of that shape. */
function constantArgs(call: Call): Record<string, unknown> {
  const args = { ...call.args };
  for (const key in args)
    if (args[key] instanceof Tensor && args[key].storage.meta) throw new Unsupported(`${key} is no constant`);
  return args;
}

const filled =
  (value: number | 'fillValue'): Rule =>
  (b, call) =>
    value === 'fillValue'
      ? b.expand(call.operand('fillValue', call.dtype), call.shape)
      : b.filled(value, call.shape, call.dtype);

const diagonalArgs = (call: Call): Readonly<Record<string, unknown>> => call.args;

/** Elements before and after each dimension: pairs from the last one on, negative ones cut off. */
const constantPad: Rule = (b: GraphBuilder, call) => {
  let x = call.tensor('input');
  const pad = call.attr<readonly number[]>('pad');
  const before = x.shape.map((_, d) => pad[2 * (x.rank - 1 - d)] ?? 0);
  const after = x.shape.map((_, d) => pad[2 * (x.rank - 1 - d) + 1] ?? 0);
  x.shape.forEach((size, d) => {
    x = b.slice(x, d, Math.max(0, -before[d]), size - Math.max(0, -after[d]));
  });
  const up = (list: readonly number[]): number[] => list.map((n) => Math.max(0, n));
  const value =
    x.dtype === 'bool' ? b.cast(b.scalar(call.number('value', 0), 'int64'), 'bool') : call.operand('value', x.dtype);
  return b.pad(x, up(before), up(after), value);
};

export const SHAPES: Readonly<Record<string, Rule>> = {
  reshape: reshaped,
  view: reshaped,
  squeeze: reshaped,
  unsqueeze: reshaped,
  flatten: reshaped,
  unflatten: reshaped,
  ravel: reshaped,
  view_as: reshaped,
  reshape_as: reshaped,
  permute: permuted((call, rank) => call.dims('dims', rank)),
  transpose: permuted((call, rank) => {
    const perm = [...Array(rank).keys()];
    if (rank === 0) return perm;
    const [x, y] = [dim(call.number('dim0'), rank), dim(call.number('dim1'), rank)];
    [perm[x], perm[y]] = [perm[y], perm[x]];
    return perm;
  }),
  t: permuted((_, rank) => (rank === 2 ? [1, 0] : [...Array(rank).keys()])),
  expand: (b, call) => b.expand(call.tensor('input'), call.shape),
  cat,
  stack,
  split: pieces,
  split_with_sizes: pieces,
  unbind,
  select,
  slice,
  select_backward: selectBackward,
  slice_backward: (b, call) => {
    if (call.number('step', 1) === 1) return sliceBackward(b, call);
    return movesBack('slice', ({ args: { dim, start, end, step } }) => ({ dim, start, end, step }))(b, call);
  },
  select_scatter: replaced('select'),
  slice_scatter: replaced('slice'),
  diagonal_scatter: replaced('diagonal'),
  strided_window_scatter: replaced('strided_window'),
  tril: (b, call) => (b.opset >= 14 ? triangle(0)(b, call) : moves()(b, call)),
  triu: (b, call) => (b.opset >= 14 ? triangle(1)(b, call) : moves()(b, call)),
  flip,
  repeat,
  roll: moves(),
  diag: moves(),
  diag_embed: moves(),
  diagonal: moves(),
  diagonal_backward: movesBack('diagonal', diagonalArgs),
  unfold: moves(),
  unfold_backward: movesBack(
    'unfold',
    ({ args }) => ({ dimension: args.dim, size: args.size, step: args.step }),
    'gradIn',
  ),
  strided_window: moves(),
  storage_window: moves(),
  strided_window_backward: movesBack('strided_window', ({ args: { size, stride, storageOffset } }) => ({
    size,
    stride,
    storageOffset,
  })),
  constant_pad_nd: constantPad,
  pixel_shuffle: moves(),
  pixel_unshuffle: moves(),
  channel_shuffle: moves(),
  im2col: moves(),
  col2im: movesBack(
    'im2col',
    ({ args: { kernelSize, dilation, padding, stride } }) => ({ kernelSize, dilation, padding, stride }),
    'input',
  ),
  shape_as_tensor: (b, call) => b.cast(b.ints(call.tensor('input').shape), call.dtype),
  full: filled('fillValue'),
  full_like: filled('fillValue'),
  new_full: filled('fillValue'),
  zeros: filled(0),
  zeros_like: filled(0),
  new_zeros: filled(0),
  ones: filled(1),
  ones_like: filled(1),
  new_ones: filled(1),
  ...Object.fromEntries(
    'arange range linspace logspace eye tril_indices triu_indices bartlett_window blackman_window hamming_window hann_window kaiser_window'
      .split(' ')
      .map((name) => [name, made]),
  ),
};
