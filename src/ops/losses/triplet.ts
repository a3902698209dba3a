/** Losses on three points: an anchor, one that belongs to it and one that does not. */
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { OF_THREE } from '../curve.ts';
import { defineOp } from '../define.ts';
import { norm } from '../linalg/norm.ts';
import { attr, boolean, number, type Reduction, reduction, tensor } from '../params.ts';
import { add, sub } from '../pointwise/arithmetic.ts';
import { clamp, clampMin } from '../pointwise/clamp.ts';
import { minimum } from '../pointwise/extrema.ts';
import { reduceLoss } from './reduce.ts';

interface Settings {
  readonly margin: number;
  readonly p: number;
  readonly eps: number;
  readonly swap: boolean;
  readonly reduction: Reduction;
  /** Zero in place of what is negative. */
  readonly cut: (t: Tensor) => Tensor;
}

function tripletLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  { margin, p, eps, swap, reduction, cut }: Settings,
): Tensor {
  const distance = (a: Tensor, b: Tensor): Tensor => norm(add(sub(a, b), float(eps)), p, -1);
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const away = swap ? minimum(far, distance(positive, negative)) : far;
  return reduceLoss(cut(add(sub(near, away), float(margin))), reduction);
}

const points = [
  tensor('anchor', { doc: 'Points, coordinates along the last dimension' }),
  tensor('positive', { doc: 'Points that should be near the anchors' }),
  tensor('negative', { doc: 'Points that should be far from the anchors' }),
] as const;

const margin = attr('margin', number(), { default: 1, doc: 'How much farther the negative should be' });
const swapParam = attr('swap', boolean, {
  default: false,
  doc: 'Take the distance from negative to positive where it is smaller than that to the anchor',
});

const FORMULA = String.raw`\max(0, d(a, p) - d(a, n) + \mathrm{margin})`;
const DERIVATIVE = String.raw`\frac{\partial}{\partial a} = \frac{a - p}{d(a, p)} - \frac{a - n}{d(a, n)} \quad\text{where the loss is positive, for the Euclidean distance}`;

export const tripletMarginLoss = defineOp({
  name: 'triplet_margin_loss',
  category: 'loss',
  in: ['torch', 'F'],
  module: 'TripletMarginLoss',
  summary: 'How much farther than a margin the positive is from the anchor than the negative is',
  source: 'Balntas et al. 2016',
  curve: OF_THREE,
  params: [
    ...points,
    margin,
    attr('p', number(), { default: 2, doc: 'The degree of the norm that is the distance' }),
    attr('eps', number(), { default: 1e-6, doc: 'Added to each difference' }),
    swapParam,
    reduction,
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ anchor, positive, negative, ...settings }) => {
    if (anchor.ndim !== positive.ndim || anchor.ndim !== negative.ndim) {
      throw shapeMismatch(
        `triplet_margin_loss: all inputs should have the same number of dimensions, but got anchor ${showShape(anchor.shape)}, positive ${showShape(positive.shape)} and negative ${showShape(negative.shape)}`,
      );
    }
    return tripletLoss(anchor, positive, negative, { ...settings, cut: (t) => clampMin(t, 0) });
  },
  examples: ['{"anchor": [[1, 2], [0, 1]], "positive": [[1.5, 2], [2, 1]], "negative": [[0, 2.5], [1, 0]]}'],
});

export const tripletMarginWithDistanceLoss = defineOp({
  name: 'triplet_margin_with_distance_loss',
  category: 'loss',
  takes: 'anchor positive negative | distance_function margin swap reduction',
  module: 'TripletMarginWithDistanceLoss',
  summary: 'triplet_margin_loss by the Euclidean distance',
  source: 'Balntas et al. 2016',
  curve: OF_THREE,
  params: [...points, margin, swapParam, reduction],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ anchor, positive, negative, margin, swap, reduction }) =>
    tripletLoss(anchor, positive, negative, { margin, swap, reduction, p: 2, eps: 1e-6, cut: (t) => clamp(t, 0) }),
  examples: [
    '{"anchor": [[1, 2], [0, 1]], "positive": [[1.5, 2], [2, 1]], "negative": [[0, 2.5], [1.25, 0]], "swap": true}',
  ],
});
