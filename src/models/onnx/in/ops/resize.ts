/** Signals, images and volumes in other sizes, or sampled at other places. */

import { numbersIn } from '../../../../kernels/index.ts';
import { isFloating } from '../../../../tensor/dtype.ts';
import { float } from '../../../../tensor/scalar.ts';
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, shortest, since, type Table } from '../node.ts';
import { Val } from '../val.ts';
import { asIndex, cast, type Dim, dimOf } from './helpers.ts';
import { type LateAxis, lateAlong } from './late-resize.ts';
import { type Axis, isOutside, nearestPlace, rowsOf, type Sampling } from './sampling.ts';

/** A matrix of weights has no more elements than this. */
const MAX_WEIGHTS = 2 ** 22;

/** What a node asks for, along the axes that it names. */
interface Request extends Sampling {
  readonly axes: readonly number[];
  readonly scales: readonly number[] | Val | undefined;
  /** Of the result, where they are told. */
  readonly sizes: readonly number[] | Val | undefined;
  readonly roi: readonly number[] | undefined;
  readonly extrapolation: number;
  /** Whether scales give whole sizes. */
  readonly wholeSizes: boolean;
}

/** PyTorch's mode, where it means the same. */
function torchMode(r: Request, rank: number): { mode: string; align_corners?: boolean } | undefined {
  const { mode, transform, antialias } = r;
  if (antialias || rank < 3 || rank > 5) return undefined;
  if (mode === 'nearest') {
    if (transform === 'asymmetric' && r.nearest === 'floor') return { mode: 'nearest' };
    const whole = Array.isArray(r.scales) && r.scales.every((s) => Number.isInteger(s));
    if (transform === 'half_pixel' && r.nearest === 'round_prefer_floor' && whole) return { mode: 'nearest-exact' };
    return undefined;
  }
  if (transform !== 'half_pixel' && transform !== 'pytorch_half_pixel' && transform !== 'align_corners')
    return undefined;
  const align = transform === 'align_corners';
  if (align && Array.isArray(r.scales) && !r.wholeSizes) return undefined;
  if (mode === 'linear') return { mode: ['linear', 'bilinear', 'trilinear'][rank - 3], align_corners: align };
  const plain = rank === 4 && r.cubic === -0.75 && !r.excludeOutside;
  return plain ? { mode: 'bicubic', align_corners: align } : undefined;
}

function resized(n: OnnxNode, x: Val, r: Request): Val {
  const rank = n.rank(x);
  const spatial = r.axes.every(
    (d, i) => d >= 2 || unchanged(x, r, d, i) || (Array.isArray(r.sizes) && r.sizes[i] === x.sizes?.[d]),
  );
  const known = r.axes.filter((d) => d >= 2).length === rank - 2;
  const theirs = spatial && known ? torchMode(r, rank) : undefined;
  if (theirs !== undefined && r.transform !== 'pytorch_half_pixel') {
    const inner = (list: readonly number[]): number[] =>
      Array.from({ length: rank - 2 }, (_, d) => list[r.axes.indexOf(d + 2)]);
    if (Array.isArray(r.scales)) return n.build.one('interpolate', [x], { ...theirs, scale_factor: inner(r.scales) });
    if (Array.isArray(r.sizes)) return n.build.one('interpolate', [x], { ...theirs, size: inner(r.sizes) });
  }
  if (
    theirs !== undefined &&
    r.transform !== 'pytorch_half_pixel' &&
    r.sizes instanceof Val &&
    r.axes.length === rank
  ) {
    const size = n.build.one('slice', [r.sizes], { dim: 0, start: 2 });
    return n.build.one('interpolate', [x], { ...theirs, size });
  }
  return r.axes.reduce((v, d, i) => {
    if (unchanged(x, r, d, i)) return v;
    const late = lateAxis(n, x, r, d, i);
    return late === undefined ? along(n, v, d, axisOf(x, r, d, i), r) : lateAlong(n, v, d, late, r);
  }, x);
}

/** Whether the size that comes out is the one that is there, whatever that is. */
function unchanged(x: Val, { axes, scales, sizes, transform }: Request, d: number, i: number): boolean {
  if (transform === 'tf_crop_and_resize') return false;
  if (Array.isArray(scales)) return scales[i] === 1;
  if (!(sizes instanceof Val) || !sizes.real || x.probes === null || sizes.probes === null) return false;
  const [own, told] = [x.probes, sizes.probes];
  return axes.length > i && [0, 1].every((run) => numbersIn(told[run])[i] === own[run].shape[d]);
}

/** A size that is read when the graph runs; undefined where it is known. */
function lateAxis(n: OnnxNode, x: Val, { scales, sizes, ...r }: Request, d: number, i: number): LateAxis | undefined {
  const b = n.build;
  const from = dimOf(n, x, d);
  const known = typeof from === 'number' && (Array.isArray(scales) || Array.isArray(sizes));
  if (known || r.transform === 'tf_crop_and_resize') return undefined;
  const whole = (v: Dim): Val => (v instanceof Val ? v : b.constant([v], []));
  const size = cast(n, whole(from), 'float64');
  if (scales !== undefined) {
    const own = Array.isArray(scales) ? undefined : b.one('select', [scales as Val], { dim: 0, index: i });
    const scale =
      own === undefined
        ? b.one('full', [], { size: [], fill_value: float((scales as readonly number[])[i]), dtype: 'float64' })
        : cast(n, own, 'float64');
    // The size that comes out is reckoned in float32.
    const product = b.one('mul', [cast(n, size, 'float32'), cast(n, scale, 'float32')]);
    return { to: cast(n, b.one('floor', [product]), 'int64'), scale };
  }
  const to = Array.isArray(sizes) ? sizes[i] : asIndex(n, b.one('select', [sizes as Val], { dim: 0, index: i }));
  return { to, scale: b.one('div', [cast(n, whole(to), 'float64'), size]) };
}

function axisOf(x: Val, r: Request, d: number, i: number): Axis {
  const from = x.sizes?.[d];
  if (from == null) throw new Unsupported(`the mode "${r.mode}" with "${r.transform}" needs known sizes`);
  const told = Array.isArray(r.sizes) ? (r.sizes[i] as number) : undefined;
  const scale =
    (Array.isArray(r.scales) ? (r.scales[i] as number) : undefined) ?? (told === undefined ? undefined : told / from);
  if (scale === undefined || !(scale > 0))
    throw new Unsupported('the sizes that come out are known only when the graph runs');
  const to = told ?? Math.floor(Math.fround(from * scale));
  if (!Number.isSafeInteger(to) || to < 1) throw new Unsupported(`a size of ${to} comes out`);
  const count = r.axes.length;
  const roi = r.roi === undefined ? ([0, 1] as const) : ([r.roi[i], r.roi[i + count]] as const);
  return { from, to, scale, roi };
}

/** One dimension in another size. */
function along(n: OnnxNode, x: Val, d: number, axis: Axis, r: Request): Val {
  const b = n.build;
  if (axis.from === axis.to && axis.scale === 1 && r.transform !== 'tf_crop_and_resize') return x;
  if (axis.from * axis.to > MAX_WEIGHTS)
    throw new Unsupported(`${axis.from} and ${axis.to} elements along one axis are too many`);
  let out: Val;
  if (r.mode === 'nearest') {
    const places = Array.from({ length: axis.to }, (_, k) => nearestPlace(axis, r, k));
    out = b.one('index_select', [x, b.constant(places)], { dim: d });
  } else {
    if (!isFloating(x.dtype)) throw new Unsupported(`the mode "${r.mode}" is for floats`);
    // Each element of the result is a row of weights times what stands along the axis.
    const weights = cast(n, b.constant(rowsOf(axis, r).flat(), [axis.to, axis.from], 'float32'), x.dtype);
    const last = n.rank(x) - 1;
    const turned = d === last ? x : b.one('transpose', [x], { dim0: d, dim1: last });
    const product = b.one('linear', [turned, weights]);
    out = d === last ? product : b.one('transpose', [product], { dim0: d, dim1: last });
  }
  if (r.transform !== 'tf_crop_and_resize') return out;
  const outside = Array.from({ length: axis.to }, (_, k) => (isOutside(axis, r, k) ? 1 : 0));
  if (!outside.includes(1)) return out;
  const shape = Array.from({ length: n.rank(x) }, (_, i) => (i === d ? axis.to : 1));
  return b.one('masked_fill', [out, b.constant(outside, shape, 'bool'), float(r.extrapolation)]);
}

const TRANSFORMS = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_crop_and_resize',
  'tf_half_pixel_for_nn',
];

function samplingOf(n: OnnxNode): Sampling {
  const mode = n.string('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear' && mode !== 'cubic')
    throw new Unsupported(`the mode "${mode}" is not supported`);
  const transform = n.string('coordinate_transformation_mode', n.version < 11 ? 'asymmetric' : 'half_pixel');
  if (!TRANSFORMS.includes(transform))
    throw new Unsupported(`coordinate_transformation_mode "${transform}" is not supported`);
  return {
    mode,
    transform,
    nearest: n.string('nearest_mode', n.version < 11 ? 'floor' : 'round_prefer_floor'),
    cubic: n.float('cubic_coeff_a', -0.75),
    excludeOutside: n.flag('exclude_outside'),
    antialias: n.flag('antialias'),
  };
}

/** Numbers of an operand that is there and has any. */
function present(v: Val | null, what: string, n: OnnxNode): readonly number[] | undefined {
  if (v === null || v.shape?.includes(0)) return undefined;
  return n.known(v, what).map(shortest);
}

/** Scales that are there: numbers where they are known. */
function scalesAt(v: Val | null): readonly number[] | Val | undefined {
  if (v === null || v.shape?.includes(0)) return undefined;
  return v.numbers?.map(shortest) ?? v;
}

/** Sizes that keep the shape of the picture: the least or the greatest of the scales that they ask for. */
function kept(n: OnnxNode, x: Val, sizes: readonly number[], axes: readonly number[], policy: string): number[] {
  const own = axes.map((d) => n.shape(x)[d]);
  const scales = sizes.map((s, i) => s / own[i]);
  const scale = policy === 'not_larger' ? Math.min(...scales) : Math.max(...scales);
  return own.map((size) => Math.floor(scale * size + 0.5));
}

const resizeOp: Lower = (n) => {
  const x = n.input(0);
  const rank = n.rank(x);
  const axes = (n.ints('axes') ?? Array.from({ length: rank }, (_, d) => d)).map((d) => (d < 0 ? d + rank : d));
  const old = n.version < 11;
  const sizesAt = old ? null : n.optional(3);
  const scales = scalesAt(old ? n.optional(1) : n.optional(2));
  let sizes: readonly number[] | Val | undefined =
    sizesAt === null || sizesAt.shape?.includes(0) ? undefined : (sizesAt.numbers ?? sizesAt);
  if (scales === undefined && sizes === undefined) throw new Unsupported('there are neither scales nor sizes');
  const policy = n.string('keep_aspect_ratio_policy', 'stretch');
  let own: readonly number[] | Val | undefined = scales;
  if (policy !== 'stretch' && Array.isArray(sizes)) {
    const least = (policy === 'not_larger' ? Math.min : Math.max)(
      ...sizes.map((s: number, i: number) => s / n.shape(x)[axes[i]]),
    );
    sizes = kept(n, x, sizes, axes, policy);
    own = axes.map(() => least);
  }
  const sampling = samplingOf(n);
  const wholeSizes =
    Array.isArray(own) && axes.every((d, i) => Number.isInteger((x.sizes?.[d] ?? 1) * (own as number[])[i]));
  const roi = sampling.transform === 'tf_crop_and_resize' ? present(n.optional(1), 'the region', n) : undefined;
  return resized(n, x, {
    ...sampling,
    axes,
    scales: own,
    sizes,
    roi,
    extrapolation: n.float('extrapolation_value', 0),
    wholeSizes,
  });
};

/** What came before Resize. */
const upsample: Lower = (n) => {
  const x = n.input(0);
  const scales = n.floats('scales') ?? scalesAt(n.optional(1));
  if (scales === undefined) throw new Unsupported('there are no scales');
  const mode = n.string('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear') throw new Unsupported(`the mode "${mode}" is not supported`);
  const axes = Array.from({ length: n.rank(x) }, (_, d) => d);
  const sampling = {
    mode,
    transform: 'asymmetric',
    nearest: 'floor',
    cubic: -0.75,
    excludeOutside: false,
    antialias: false,
  } as const;
  return resized(n, x, {
    ...sampling,
    axes,
    scales,
    sizes: undefined,
    roi: undefined,
    extrapolation: 0,
    wholeSizes: true,
  });
};

const GRID_MODES: Readonly<Record<string, string>> = { linear: 'bilinear', cubic: 'bicubic' };

const gridSample: Lower = (n) => {
  const mode = n.string('mode', 'bilinear');
  return n.build.one('grid_sample', [n.input(0), n.input(1)], {
    mode: GRID_MODES[mode] ?? mode,
    padding_mode: n.string('padding_mode', 'zeros'),
    align_corners: n.flag('align_corners'),
  });
};

const affineGrid: Lower = (n) =>
  n.build.one('affine_grid', [n.input(0)], { size: n.list(n.input(1)), align_corners: n.flag('align_corners') });

export const resize: Table = {
  AffineGrid: since([20], affineGrid),
  GridSample: since([16, 20], gridSample),
  Resize: since([10, 11, 13, 18, 19], resizeOp),
  Upsample: since([7, 9], upsample),
};
