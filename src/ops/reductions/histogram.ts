/** How many elements lie in which interval. */
import { cast, contiguous, countsOf, map1, map2, numbersIn, placesIn } from '../../kernels/index.ts';
import { type DType, isFloating, rounded, typeNameOf } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { type Scalar, scalarKind, scalarToNumber } from '../../tensor/scalar.ts';
import { sameShape } from '../../tensor/shape.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { linspace } from '../creation/ranges.ts';
import { defineOp } from '../define.ts';
import {
  type Attr,
  attr,
  boolean,
  constant,
  constantOperand,
  integer,
  number,
  optionalAttr,
  optionalConstant,
  Refusal,
} from '../params.ts';
import { amax, amin } from './extrema.ts';

const checkType = (t: Tensor): void => {
  if (t.dtype !== 'float32' && t.dtype !== 'float64')
    throw dtypeError(`"histogram_cpu" not implemented for '${typeNameOf(t.dtype)}'`);
};

/** All elements one after another. */
const flat = (t: Tensor): Tensor => contiguous(t).alias([t.numel], [1]);

/** The least and the greatest element; 0 and 1 of none. */
function extent(t: Tensor): [low: number, high: number] {
  if (t.numel === 0) return [0, 1];
  return [numbersIn(amin(t))[0], numbersIn(amax(t))[0]];
}

/** A bound as C++ writes it. */
const ends = (x: number): string => (Number.isNaN(x) ? 'nan' : String(x).replace('Infinity', 'inf'));

function checkRange(low: number, high: number, name: string): void {
  if (!Number.isFinite(low) || !Number.isFinite(high))
    throw valueRange(`${name}: range of [${ends(low)}, ${ends(high)}] is not finite`);
  if (low > high) throw valueRange(`${name}: max must be larger than min`);
}

/** Sums of weights, or numbers of elements, by the number of their interval; `bins` is that of those in none. */
function tally(places: Tensor, bins: number, weight: Tensor | undefined, dtype: DType): Tensor {
  // Where only shapes are wanted.
  if (places.storage.meta) return empty([bins], dtype);
  const counts = countsOf(cast(places, 'int64'), weight === undefined ? undefined : flat(weight), bins + 1);
  return cast(counts.alias([bins], [1]), dtype);
}

/** The number of the interval, among so many between two ends, in the arithmetic of the dtype. */
function evenPlaces(x: Tensor, low: number, high: number, bins: number): Tensor {
  const round = (value: number): number => rounded(value, x.dtype);
  const width = round(high - low);
  const place = (value: number): number => {
    if (!(value >= low && value <= high)) return bins;
    return Math.min(Math.trunc(round(round(round(value - low) * bins) / width)), bins - 1);
  };
  return map1({ number: place }, flat(x), x.dtype, 'float64');
}

/** Counts of bytes' width are exact up to 256 only; PyTorch has them all the same. */
const COARSE: DType = 'bfloat16';

export const histc = defineOp({
  name: 'histc',
  category: 'reduction',
  summary: 'How many elements lie in each of so many intervals of one width',
  params: [
    constant('input'),
    attr('bins', integer(), { default: 100, doc: 'How many intervals' }),
    attr('min', number(), { default: 0, doc: 'Where the first begins; where both are equal, the least element' }),
    attr('max', number(), { default: 0, doc: 'Where the last ends; where both are equal, the greatest element' }),
  ],
  formula: String.raw`y_k = \#\{i : x_i \in I_k\}`,
  forward: ({ input, bins, min, max }) => {
    if (input.dtype !== COARSE) checkType(input);
    if (bins < 1) throw valueRange('bins must be > 0');
    if (input.storage.meta) return empty([bins], input.dtype);
    let [low, high] = [rounded(min, input.dtype), rounded(max, input.dtype)];
    if (low === high && input.numel > 0) [low, high] = extent(input);
    if (low === high) [low, high] = [low - 1, high + 1];
    checkRange(low, high, 'torch.histc');
    return tally(evenPlaces(input, low, high, bins), bins, undefined, input.dtype);
  },
  gradient: {},
  examples: [{ input: [1, 2, 1, 4], bins: 4, min: 0, max: 4 }],
});

const rangeAttr: Attr<readonly number[]> = {
  jsonSchema: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
  read(value) {
    const ends = Array.isArray(value) ? value.map((x) => number().read(x)) : [];
    return ends.length === 2 && ends.every((x) => typeof x === 'number') ? ends : new Refusal('two numbers');
  },
};

/** The number of the interval between sorted edges; the last one has both its ends. */
function placesBetween(edges: Tensor, x: Tensor): Tensor {
  const bins = edges.numel - 1;
  const found = placesIn(empty([x.numel], 'int64'), edges, flat(x), true, undefined);
  const [last] = numbersIn(edges.alias([1], [1], edges.offset + bins));
  return map2(
    {
      number: (place, value) =>
        place === 0 || Number.isNaN(value) ? bins : place <= bins ? place - 1 : value === last ? bins - 1 : bins,
    },
    cast(found, 'float64'),
    flat(x),
    'float64',
  );
}

export const histogram = defineOp({
  name: 'histogram',
  category: 'reduction',
  takes: 'input bins | range weight density',
  summary: 'How many elements, or what weights, lie in which interval; and the edges of the intervals',
  params: [
    constant('input'),
    constantOperand('bins', { doc: 'How many intervals of one width, or the edges of intervals' }),
    optionalAttr('range', rangeAttr, { doc: 'From where to where; the least and the greatest element where absent' }),
    optionalConstant('weight', { doc: 'What each element counts' }),
    attr('density', boolean, { default: false, doc: 'Divided so that the area is 1' }),
  ],
  formula: String.raw`y_k = \sum_{i:\, x_i \in I_k} w_i`,
  forward: ({ input, bins, range, weight, density }): readonly Tensor[] => {
    checkType(input);
    if (weight !== undefined && !sameShape(weight.shape, input.shape))
      throw shapeMismatch(
        `torch.histogram(): if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, but got input with shape ${showShape(input.shape)} and weight with shape ${showShape(weight.shape)}`,
      );
    if (weight !== undefined && weight.dtype !== input.dtype)
      throw dtypeError(
        `torch.histogram(): if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got input(${input.dtype}), and weight(${weight.dtype})`,
      );
    if (input.storage.meta) {
      const count = intervalsOf(bins);
      return [empty([count], input.dtype), empty([count + 1], input.dtype)];
    }
    const edges = edgesOf(input, bins, range);
    if (edges.storage.meta) return [empty([edges.numel - 1], input.dtype), edges];
    const counts = tally(placesBetween(edges, input), edges.numel - 1, weight, input.dtype);
    return [density ? densityOf(counts, edges) : counts, edges];
  },
  gradient: {},
  examples: ['{"input": [1, 2, 1], "bins": 4, "range": [0, 3]}', '{"input": [1, 2, 1], "bins": [0, 1.5, 3]}'],
});

/** How many intervals there are. */
const intervalsOf = (bins: Tensor | Scalar): number =>
  bins instanceof Tensor ? (bins.ndim > 0 ? bins.numel - 1 : numbersIn(bins)[0]) : scalarToNumber(bins);

function edgesOf(input: Tensor, bins: Tensor | Scalar, range: readonly number[] | undefined): Tensor {
  if (bins instanceof Tensor && (bins.ndim > 0 || isFloating(bins.dtype))) {
    if (bins.ndim !== 1)
      throw shapeMismatch(
        `torch.histogramdd(): bins tensor should have one dimension, but got ${bins.ndim} dimensions`,
      );
    if (bins.dtype !== input.dtype)
      throw dtypeError(
        `torch.histogramdd(): input tensor and bins tensors should have the same dtype, but got input with dtype ${input.dtype} and bins with dtype ${bins.dtype}`,
      );
    if (bins.numel < 2)
      throw valueRange(`torch.histogramdd(): bins tensor should have at least one bin, but got ${bins.numel} edges`);
    return contiguous(bins);
  }
  const scalar = bins instanceof Tensor ? numbersIn(bins)[0] : bins;
  if (!(bins instanceof Tensor) && scalarKind(scalar) === 'float')
    throw dtypeError('torch.histogram(): bins must be a whole number or a tensor of edges');
  const count = scalarToNumber(scalar);
  if (count < 1) throw valueRange(`torch.histogramdd(): bins must be > 0, but got ${count}`);
  let [low, high] = range ?? extent(input);
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  checkRange(low, high, 'torch.histogram');
  return linspace(low, high, count + 1, input.dtype);
}

/** Divided by the sum and by the widths of the intervals. */
function densityOf(counts: Tensor, edges: Tensor): Tensor {
  const total = numbersIn(counts).reduce((sum, x) => sum + x, 0);
  const [from, to] = [edges.alias(counts.shape, [1]), edges.alias(counts.shape, [1], edges.offset + 1)];
  const widths = map2({ number: (a, b) => b - a }, from, to, edges.dtype);
  return map2({ number: (n, width) => n / (total * width) }, counts, widths, counts.dtype);
}
