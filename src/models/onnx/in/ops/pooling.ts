/** Pools: the largest, the mean, or a norm of each window. */
import { isFloating } from '../../../../tensor/dtype.ts';
import { float } from '../../../../tensor/scalar.ts';
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import { Val } from '../val.ts';
import { bordered, isEven, type Windows, windowsOf } from './convolutions.ts';
import { cast, type Dim, dimOf, reshape, times } from './helpers.ts';

function kernelOf(n: OnnxNode): readonly number[] {
  const kernel = n.ints('kernel_shape') ?? [];
  if (kernel.length < 1 || kernel.length > 3)
    throw new Unsupported(`${kernel.length} spatial dimensions are not supported`);
  if (kernel.some((k) => k < 1)) throw new Unsupported('the sizes of the windows are not positive');
  return kernel;
}

/** PyTorch pads either side by the same, at most by half a window. */
const fits = (w: Windows): boolean => isEven(w) && w.before.every((p, d) => p <= w.kernel[d] / 2);

const zeros = (list: readonly number[]): number[] => list.map(() => 0);

const maxPool: Lower = (n) => {
  const given = n.input(0);
  // Integers of 8 bits are exact in float32.
  const x = isFloating(given.dtype) ? given : cast(n, given, 'float32');
  const w = windowsOf(n, x, kernelOf(n));
  const rank = w.kernel.length;
  const wanted = n.wants(1);
  const plain = fits(w);
  const settings = {
    kernel_size: w.kernel,
    stride: w.stride,
    padding: plain ? w.before : zeros(w.before),
    dilation: w.dilation,
    ceil_mode: n.flag('ceil_mode'),
  };
  const image = plain ? x : bordered(n, x, w, Number.NEGATIVE_INFINITY);
  const run = (v: Val): Val[] =>
    n.build.op(`max_pool${rank}d`, [v], wanted ? { ...settings, return_indices: true } : settings, wanted ? 2 : 1);
  const [values, places] = run(image);
  if (!wanted) return cast(n, values, given.dtype);
  if (!plain) throw new Unsupported('places beside an uneven border are not supported');
  return [cast(n, values, given.dtype), numbered(n, x, places)];
};

/** PyTorch counts places within a plane, ONNX from the first element of all. */
function numbered(n: OnnxNode, x: Val, places: Val): Val {
  const b = n.build;
  const rank = n.rank(x) - 2;
  const spatial = Array.from({ length: rank }, (_, d) => dimOf(n, x, d + 2));
  const plane = spatial.reduce((a, d) => times(n, a, d), 1 as Dim);
  let own = places;
  if (n.flag('storage_order')) {
    // Counted with the first spatial dimension running fastest.
    const digits: Val[] = [];
    let rest = places;
    for (let d = rank - 1; d > 0; d--) {
      digits.unshift(b.one('remainder', [rest, spatial[d]]));
      rest = b.one('div', [rest, spatial[d]], { rounding_mode: 'floor' });
    }
    digits.unshift(rest);
    own = digits.reduceRight((sum, digit, d) =>
      d === rank - 1 ? sum : b.one('add', [b.one('mul', [sum, spatial[d]]), digit]),
    );
  }
  return b.one('add', [own, planeStarts(n, x, plane)]);
}

/** Where each plane begins, shaped to be added to places. */
function planeStarts(n: OnnxNode, x: Val, plane: Dim): Val {
  const b = n.build;
  const [batch, channels] = [dimOf(n, x, 0), dimOf(n, x, 1)];
  const count = b.one('arange', [], { start: 0, end: times(n, batch, channels), step: 1, dtype: 'int64' });
  const grid = reshape(n, count, [batch, channels, ...new Array(n.rank(x) - 2).fill(1)]);
  return b.one('mul', [grid, plane]);
}

const averagePool: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const w = windowsOf(n, x, kernelOf(n));
  const rank = w.kernel.length;
  const inner = n.flag('count_include_pad');
  const ceil = n.flag('ceil_mode');
  if (w.dilation.some((d) => d !== 1)) throw new Unsupported('dilations of a mean are not supported');
  const settings = { kernel_size: w.kernel, stride: w.stride, ceil_mode: ceil };
  if (fits(w)) return b.one(`avg_pool${rank}d`, [x], { ...settings, padding: w.before, count_include_pad: inner });
  const image = bordered(n, x, w);
  const pooled = (v: Val): Val =>
    b.one(`avg_pool${rank}d`, [v], { ...settings, padding: zeros(w.before), count_include_pad: true });
  if (inner) return pooled(image);
  // The mean over all of a window, by the share of it that lies inside.
  const inside = bordered(n, b.one('ones_like', [x]), w);
  return b.one('div', [pooled(image), pooled(inside)]);
};

const spatialOf = (n: OnnxNode, x: Val): number[] => Array.from({ length: n.rank(x) - 2 }, (_, d) => d + 2);

const globalAverage: Lower = (n) => {
  const x = n.input(0);
  return n.build.one('mean', [x], { dim: spatialOf(n, x), keepdim: true });
};

const globalMax: Lower = (n) => {
  const x = n.input(0);
  return n.build.one('amax', [x], { dim: spatialOf(n, x), keepdim: true });
};

const globalLp: Lower = (n) => {
  const x = n.input(0);
  return n.build.one('linalg_vector_norm', [x], { ord: n.int('p', 2), dim: spatialOf(n, x), keepdim: true });
};

/** The p-norm of each window: a mean of powers, times how many there are. */
const lpPool: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const w = windowsOf(n, x, kernelOf(n));
  const p = n.int('p', 2);
  if (w.dilation.some((d) => d !== 1)) throw new Unsupported('dilations of a norm are not supported');
  const image = bordered(n, x, w);
  const powers = b.one('pow', [p % 2 === 0 ? image : b.one('abs', [image]), float(p)]);
  const means = b.one(`avg_pool${w.kernel.length}d`, [powers], {
    kernel_size: w.kernel,
    stride: w.stride,
    padding: zeros(w.before),
    ceil_mode: n.flag('ceil_mode'),
  });
  const count = w.kernel.reduce((a, k) => a * k, 1);
  return b.one('pow', [b.one('mul', [means, float(count)]), float(1 / p)]);
};

/** The last sizes that an operand tells. */
function sizesAt(n: OnnxNode, v: Val, rank: number): Dim[] {
  const { numbers } = v;
  if (numbers !== undefined) return numbers.slice(-rank);
  return Array.from({ length: rank }, (_, d) => n.build.one('select', [v], { dim: 0, index: d - rank }));
}

const unpool: Lower = (n) => {
  const b = n.build;
  const [x, places] = [n.input(0), n.input(1)];
  const kernel = kernelOf(n);
  const rank = kernel.length;
  const stride = n.ints('strides') ?? kernel.map(() => 1);
  const pads = n.ints('pads') ?? new Array<number>(2 * rank).fill(0);
  const own = kernel.map((k, d): Dim => {
    const size = dimOf(n, x, d + 2);
    const edge = k - pads[d] - pads[d + rank];
    if (typeof size === 'number') return (size - 1) * stride[d] + edge;
    return b.one('add', [b.one('mul', [b.one('sub', [size, 1]), stride[d]]), edge]);
  });
  const outputShape = n.optional(2);
  const told = outputShape === null ? undefined : sizesAt(n, outputShape, rank);
  // Places are counted in the size that follows from the windows; a larger one has zeros behind.
  const plane = own.reduce((a, d) => times(n, a, d), 1 as Dim);
  const flat = (v: Val): Val => b.one('flatten', [v], { start_dim: 2, end_dim: -1 });
  const index = b.one('remainder', [flat(cast(n, places, 'int64')), plane]);
  const [batch, channels] = [dimOf(n, x, 0), dimOf(n, x, 1)];
  const empty = b.one('zeros', [], { size: [batch, channels, plane], dtype: x.dtype });
  const out = reshape(n, b.one('scatter', [empty, index, flat(x)], { dim: 2 }), [batch, channels, ...own]);
  if (told === undefined) return out;
  const behind = own.map((size, d): Dim => {
    const wanted = told[d];
    if (typeof size === 'number' && typeof wanted === 'number') return wanted - size;
    if (wanted instanceof Val) return b.one('sub', [wanted, size]);
    return b.one('add', [b.one('neg', [size as Val]), wanted]);
  });
  return b.one('constant_pad_nd', [out], { pad: behind.reverse().flatMap((d) => [0, d]) });
};

export const pooling: Table = {
  AveragePool: since([1, 7, 10, 11, 19], averagePool),
  GlobalAveragePool: since([1], globalAverage),
  GlobalLpPool: since([2], globalLp),
  GlobalMaxPool: since([1], globalMax),
  LpPool: since([2, 11, 18], lpPool),
  MaxPool: since([1, 8, 10, 11, 12], maxPool),
  MaxUnpool: since([9, 11], unpool),
};
