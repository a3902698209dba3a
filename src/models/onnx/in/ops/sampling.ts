/** Where the elements of a resized axis come from: ONNX's coordinates, and the weights of the elements around. */

export interface Sampling {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  /** ONNX's coordinate_transformation_mode. */
  readonly transform: string;
  /** ONNX's nearest_mode. */
  readonly nearest: string;
  readonly cubic: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** The part of the axis that is taken, as shares of it. */
  readonly roi: readonly [number, number];
}

/** The place in the input of an element of the result. */
function placeOf({ from, to, scale, roi }: Axis, transform: string, k: number): number {
  switch (transform) {
    case 'asymmetric':
      return k / scale;
    case 'align_corners': {
      // The length that scales say, whole or not.
      const length = scale * from;
      return length === 1 || (to === 1 && length < 1) ? 0 : (k * (from - 1)) / (length - 1);
    }
    case 'pytorch_half_pixel':
      return to === 1 ? 0 : (k + 0.5) / scale - 0.5;
    case 'tf_half_pixel_for_nn':
      return (k + 0.5) / scale;
    case 'half_pixel_symmetric':
      return (from / 2) * (1 - to / (scale * from)) + (k + 0.5) / scale - 0.5;
    case 'tf_crop_and_resize':
      return to === 1
        ? 0.5 * (roi[0] + roi[1]) * (from - 1)
        : roi[0] * (from - 1) + (k * (roi[1] - roi[0]) * (from - 1)) / (to - 1);
    default:
      return (k + 0.5) / scale - 0.5;
  }
}

/** Whether it lies beside the input. */
export function isOutside(axis: Axis, { transform }: Sampling, k: number): boolean {
  const place = placeOf(axis, transform, k);
  return place < 0 || place > axis.from - 1;
}

const ROUND: Readonly<Record<string, (x: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
};

export function nearestPlace(axis: Axis, { transform, nearest }: Sampling, k: number): number {
  const round = ROUND[nearest] ?? ROUND.round_prefer_floor;
  return Math.max(0, Math.min(round(placeOf(axis, transform, k)), axis.from - 1));
}

/** The cubic of convolution that dips by `a`. */
function cubic(t: number, a: number): number {
  const x = Math.abs(t);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** A row of weights for each element of the result: over all elements of the input. */
export function rowsOf(axis: Axis, sampling: Sampling): number[][] {
  const { mode, transform, antialias, excludeOutside } = sampling;
  const shrink = antialias ? Math.min(axis.scale, 1) : 1;
  const reach = (mode === 'linear' ? 1 : 2) / shrink;
  return Array.from({ length: axis.to }, (_, k) => {
    const place = placeOf(axis, transform, k);
    const row = new Array<number>(axis.from).fill(0);
    let sum = 0;
    const taps: [number, number][] = [];
    for (let i = Math.floor(place - reach) + 1; i <= Math.floor(place) + Math.ceil(reach); i++) {
      const t = (i - place) * shrink;
      const weight = mode === 'linear' ? Math.max(0, 1 - Math.abs(t)) : cubic(t, sampling.cubic);
      const outside = i < 0 || i >= axis.from;
      if (outside && excludeOutside) continue;
      taps.push([Math.max(0, Math.min(i, axis.from - 1)), weight]);
      sum += weight;
    }
    const scale = antialias || excludeOutside ? 1 / sum : 1;
    for (const [i, weight] of taps) row[i] += weight * scale;
    return row;
  });
}
