/** An axis in a size that is known only when the graph runs: places and weights are computed as the result is. */
import { isFloating } from '../../../../tensor/dtype.ts';
import { float } from '../../../../tensor/scalar.ts';
import { Unsupported } from '../errors.ts';
import type { OnnxNode } from '../node.ts';
import type { Val } from '../val.ts';
import { cast, type Dim, dimOf } from './helpers.ts';
import type { Sampling } from './sampling.ts';

/** The size that comes out, and how much larger that is. */
export interface LateAxis {
  readonly to: Dim;
  readonly scale: Val;
}

/** The least and the greatest place that a cubic reaches beyond the border. */
const REACH = 2;

const f64 = (n: OnnxNode, x: Dim): Val =>
  typeof x === 'number'
    ? n.build.one('full', [], { size: [], fill_value: float(x), dtype: 'float64' })
    : cast(n, x, 'float64');

/** Where each element comes from, in float64. */
function placesOf(n: OnnxNode, from: Dim, { to, scale }: LateAxis, transform: string): Val {
  const b = n.build;
  const k = cast(n, b.one('arange', [], { start: 0, end: to, step: 1, dtype: 'int64' }), 'float64');
  const half = (shift: number): Val => b.one('sub', [b.one('div', [b.one('add', [k, 0.5]), scale]), float(shift)]);
  switch (transform) {
    case 'asymmetric':
      return b.one('div', [k, scale]);
    case 'tf_half_pixel_for_nn':
      return half(0);
    case 'align_corners': {
      // The length that scales say, whole or not.
      const length = b.one('mul', [scale, f64(n, from)]);
      const steps = b.one('clamp', [b.one('sub', [length, float(1)]), float(2 ** -20)]);
      return b.one('div', [b.one('mul', [k, b.one('sub', [f64(n, from), float(1)])]), steps]);
    }
    case 'pytorch_half_pixel':
      return b.one('mul', [half(0.5), cast(n, b.one('gt', [f64(n, to), 1]), 'float64')]);
    case 'half_pixel_symmetric': {
      const size = f64(n, from);
      const share = b.one('div', [f64(n, to), b.one('mul', [scale, size])]);
      const offset = b.one('mul', [b.one('div', [size, 2]), b.one('rsub', [share, float(1)])]);
      return b.one('add', [half(0.5), offset]);
    }
    case 'half_pixel':
      return half(0.5);
  }
  throw new Unsupported(`coordinate_transformation_mode "${transform}" needs known sizes`);
}

function rounded(n: OnnxNode, places: Val, how: string): Val {
  const b = n.build;
  if (how === 'floor' || how === 'ceil') return b.one(how, [places]);
  return how === 'round_prefer_ceil'
    ? b.one('floor', [b.one('add', [places, 0.5])])
    : b.one('ceil', [b.one('sub', [places, 0.5])]);
}

/** The cubic of convolution that dips by `a`, of distances. */
function cubic(n: OnnxNode, t: Val, a: number): Val {
  const b = n.build;
  const times = (x: Val, y: Val | number): Val => b.one('mul', [x, typeof y === 'number' ? float(y) : y]);
  const plus = (x: Val, y: number): Val => b.one('add', [x, float(y)]);
  const square = times(t, t);
  const near = plus(times(plus(times(t, a + 2), -(a + 3)), square), 1);
  const far = plus(times(plus(times(plus(times(t, a), -5 * a), t), 8 * a), t), -4 * a);
  const outer = b.one('where', [b.one('lt', [t, 2]), far, b.one('zeros_like', [t])]);
  return b.one('where', [b.one('le', [t, 1]), near, outer]);
}

export function lateAlong(n: OnnxNode, x: Val, d: number, axis: LateAxis, sampling: Sampling): Val {
  const b = n.build;
  if (sampling.antialias) throw new Unsupported('antialias needs known sizes');
  const from = dimOf(n, x, d);
  const places = placesOf(n, from, axis, sampling.transform);
  const last = typeof from === 'number' ? b.constant([from - 1], []) : b.one('sub', [from, 1]);
  const inside = (v: Val): Val => b.one('clamp', [v, b.constant([0], []), last]);
  if (sampling.mode === 'nearest') {
    const index = inside(cast(n, rounded(n, places, sampling.nearest), 'int64'));
    return b.one('index_select', [x, index], { dim: d });
  }
  if (!isFloating(x.dtype)) throw new Unsupported(`the mode "${sampling.mode}" is for floats`);
  // The border stands as often as a weight reaches beyond it.
  const end = typeof from === 'number' ? from + REACH : b.one('add', [from, REACH]);
  const all = b.one('arange', [], { start: -REACH, end, step: 1, dtype: 'int64' });
  const wide = b.one('index_select', [x, inside(all)], { dim: d });
  const distance = b.one('abs', [b.one('sub', [cast(n, all, 'float64'), b.one('unsqueeze', [places], { dim: 1 })])]);
  let weights =
    sampling.mode === 'linear'
      ? b.one('clamp', [b.one('rsub', [distance, float(1)]), float(0)])
      : cubic(n, distance, sampling.cubic);
  if (sampling.excludeOutside) {
    const there = b.one('eq', [inside(all), all]);
    const own = b.one('mul', [weights, there]);
    weights = b.one('div', [own, b.one('sum', [own], { dim: 1, keepdim: true })]);
  }
  const count = n.rank(x) - 1;
  const turned = d === count ? wide : b.one('transpose', [wide], { dim0: d, dim1: count });
  const product = b.one('linear', [turned, cast(n, weights, x.dtype)]);
  return d === count ? product : b.one('transpose', [product], { dim0: d, dim1: count });
}
