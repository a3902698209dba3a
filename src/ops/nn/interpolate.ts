/** Signals, images and volumes in other sizes. */
import { fillBy } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, EngineError, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { indexSelect } from '../indexing/index.ts';
import { attr, boolean, integerOrList, numberOrList, oneOf, optionalAttr, tensor } from '../params.ts';
import { add, mul } from '../pointwise/index.ts';
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from './adaptive-pool.ts';

const MODES = ['nearest', 'nearest-exact', 'linear', 'bilinear', 'bicubic', 'trilinear', 'area'] as const;
type Mode = (typeof MODES)[number];

/** How many dimensions a mode is for, where it is not for any number. */
const RANKS: Partial<Record<Mode, number>> = { linear: 1, bilinear: 2, bicubic: 2, trilinear: 3 };

/** Each element of a result along one dimension, as a sum of elements of the input. */
interface Tap {
  readonly index: Tensor;
  /** None where the element is taken as it is. */
  readonly weight: Tensor | null;
}

interface Axis {
  readonly from: number;
  readonly to: number;
  /** From a place in the result to one in the input. */
  readonly scale: number;
  readonly corners: boolean;
}

const { fround } = Math;
const clamp = (x: number, most: number): number => Math.max(0, Math.min(x, most));

/** Reckoned in float32, as PyTorch reckons where a float32 image is read. */
const nearestAt = ({ from, scale }: Axis, k: number, exact: boolean): number =>
  clamp(Math.floor(fround(fround(exact ? k + 0.5 : k) * fround(scale))), from - 1);

const sourceAt = ({ scale, corners }: Axis, k: number): number => (corners ? scale * k : scale * (k + 0.5) - 0.5);

const indexed = (axis: Axis, at: (k: number) => number): Tensor => fillBy(empty([axis.to], 'int64'), at);
const weighted = (axis: Axis, like: Tensor, at: (k: number) => number): Tensor =>
  fillBy(empty([axis.to], like.dtype), at);

function linearTaps(axis: Axis, like: Tensor): Tap[] {
  const last = axis.from - 1;
  const source = (k: number): number => Math.max(0, sourceAt(axis, k));
  const low = (k: number): number => Math.min(Math.floor(source(k)), last);
  const share = (k: number): number => clamp(source(k) - low(k), 1);
  return [
    { index: indexed(axis, low), weight: weighted(axis, like, (k) => 1 - share(k)) },
    { index: indexed(axis, (k) => Math.min(low(k) + 1, last)), weight: weighted(axis, like, share) },
  ];
}

/** How far the cubic of convolution dips. */
const DIP = -0.75;
const near = (x: number): number => ((DIP + 2) * x - (DIP + 3)) * x * x + 1;
const far = (x: number): number => ((DIP * x - 5 * DIP) * x + 8 * DIP) * x - 4 * DIP;

function cubicTaps(axis: Axis, like: Tensor): Tap[] {
  const low = (k: number): number => Math.floor(sourceAt(axis, k));
  const share = (k: number): number => sourceAt(axis, k) - low(k);
  const weights = [
    (t: number): number => far(t + 1),
    near,
    (t: number): number => near(1 - t),
    (t: number): number => far(2 - t),
  ];
  return weights.map((weight, i) => ({
    index: indexed(axis, (k) => clamp(low(k) + i - 1, axis.from - 1)),
    weight: weighted(axis, like, (k) => weight(share(k))),
  }));
}

function tapsOf(mode: Mode, axis: Axis, like: Tensor): Tap[] {
  if (mode === 'nearest' || mode === 'nearest-exact') {
    return [{ index: indexed(axis, (k) => nearestAt(axis, k, mode === 'nearest-exact')), weight: null }];
  }
  return mode === 'bicubic' ? cubicTaps(axis, like) : linearTaps(axis, like);
}

/** One dimension in another size. */
function along(t: Tensor, dim: number, taps: readonly Tap[]): Tensor {
  const shape = t.shape.map((_, d) => (d === dim ? -1 : 1));
  const parts = taps.map(({ index, weight }) => {
    const part = indexSelect(t, dim, index);
    if (weight === null) return part;
    const size = weight.shape[0];
    return mul(
      part,
      weight.alias(
        shape.map((n) => (n < 0 ? size : 1)),
        shape.map((n) => (n < 0 ? 1 : 0)),
      ),
    );
  });
  return parts.reduce((sum, part) => add(sum, part));
}

interface Call {
  readonly input: Tensor;
  readonly size?: number | readonly number[];
  readonly scaleFactor?: number | readonly number[];
  readonly mode: Mode;
  readonly alignCorners?: boolean;
  readonly recomputeScaleFactor?: boolean;
  readonly antialias: boolean;
}

const listed = (value: number | readonly number[], rank: number): readonly number[] =>
  typeof value === 'number' ? new Array<number>(rank).fill(value) : value;

/** The sizes of the result, and the scales that were told. */
function sizesOf(call: Call): { sizes: readonly number[]; scales: readonly number[] | null } {
  const { input, size, scaleFactor, mode } = call;
  const own = input.shape.slice(2);
  const rank = own.length;
  if (size !== undefined && scaleFactor !== undefined) {
    throw valueRange('only one of size or scale_factor should be defined');
  }
  const told = size ?? scaleFactor;
  if (told === undefined) throw valueRange('either size or scale_factor should be defined');
  const list = listed(told, rank);
  if (list.length !== rank) {
    throw valueRange(
      size !== undefined
        ? `Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of ${showShape(own)} and output size of ${showShape(list)}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format.`
        : `Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of ${showShape(own)} and scale_factor of shape ${showShape(list)}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format.`,
    );
  }
  if (size !== undefined) {
    if (call.recomputeScaleFactor === true) {
      throw valueRange('recompute_scale_factor is not meaningful with an explicit size.');
    }
    return { sizes: list, scales: null };
  }
  const sizes = own.map((n, d) => Math.floor(n * list[d]));
  return { sizes, scales: mode === 'area' || call.recomputeScaleFactor === true ? null : list };
}

const POOLS = [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d];

function resized(call: Call): Tensor {
  const { input, mode, antialias } = call;
  const plain = mode === 'area' || mode === 'nearest' || mode === 'nearest-exact';
  if (plain && call.alignCorners !== undefined) {
    throw valueRange(
      'align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear',
    );
  }
  const { sizes, scales } = sizesOf(call);
  const rank = input.ndim - 2;
  if (antialias) {
    if ((mode !== 'bilinear' && mode !== 'bicubic') || rank !== 2) {
      throw valueRange('Anti-alias option is only supported for bilinear and bicubic modes');
    }
    throw dtypeError('interpolate: antialias=True is not supported');
  }
  const wanted = RANKS[mode] ?? rank;
  if (rank < 1 || rank > 3 || wanted !== rank) {
    throw new EngineError(
      'shape_mismatch',
      wanted !== rank && rank > 0 && rank < 4
        ? `Got ${rank + 2}D input, but ${mode} mode needs ${wanted + 2}D input`
        : `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${input.ndim}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact (got ${mode})`,
    );
  }
  const own = input.shape.slice(2);
  if (own.some((n) => n < 1) || sizes.some((n) => n < 1)) {
    throw valueRange(
      `Input and output sizes should be greater than 0, but got input (${own.join(', ')}) and output (${sizes.join(', ')})`,
    );
  }
  checkNumel([...input.shape.slice(0, 2), ...sizes]);
  if (mode === 'area') return POOLS[rank - 1](input, rank === 1 ? sizes[0] : sizes);
  if (!plain && !isFloating(input.dtype)) {
    throw dtypeError(`interpolate: the mode ${mode} is not implemented for ${input.dtype}; input must be floating`);
  }
  const corners = call.alignCorners === true;
  return sizes.reduce((t, to, d) => {
    const from = own[d];
    const inner = corners ? (to > 1 ? (from - 1) / (to - 1) : 0) : scales === null ? from / to : 1 / scales[d];
    return along(t, d + 2, tapsOf(mode, { from, to, scale: inner, corners }, input));
  }, input);
}

export const interpolate = defineOp({
  name: 'interpolate',
  category: 'nn',
  summary: 'A signal, an image or a volume in another size',
  params: [
    tensor('input', { doc: 'Shape [n, channels, …], with one to three spatial dimensions' }),
    optionalAttr('size', integerOrList, { doc: 'Of the result; this or scale_factor' }),
    optionalAttr('scale_factor', numberOrList, { doc: 'By which the sizes are multiplied' }),
    attr('mode', oneOf(...MODES), { default: 'nearest' as Mode }),
    optionalAttr('align_corners', boolean, { doc: 'Whether the middles of the corners stay where they are' }),
    optionalAttr('recompute_scale_factor', boolean, { doc: 'Whether the scale follows from the sizes' }),
    attr('antialias', boolean, { default: false, doc: 'Not supported' }),
  ],
  formula: String.raw`y_i = \sum_{k} w_{ik}\, x_{j_{ik}}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_j} = \sum_{i,k:\, j_{ik} = j} w_{ik} G_i`,
  composite: (call): Tensor => resized(call),
  derivation: {
    words: 'each element gets the gradients of the places that it was read for, by the weights that it had there',
  },
  examples: [
    { input: [[[1, 2, 4]]], size: 5 },
    { input: [[[1, 2, 4]]], scale_factor: 2, mode: 'linear', align_corners: false },
    '{"input": [[[[1, 2], [3, 4]]]], "size": [3, 3], "mode": "bilinear", "align_corners": true}',
    '{"input": [[[[1, 2, 0], [3, 4, 1], [0.5, -1, 2]]]], "size": [4, 2], "mode": "bicubic"}',
  ],
});
