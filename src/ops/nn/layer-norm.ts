/** Standardisation of each example's last dimensions. */
import { cast, inverseDeviation, moments, standardize as standardizeRows } from '../../kernels/index.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { type Shape, sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integerList, number, optionalTensor, tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { sumToSize } from '../reductions/index.ts';
import { checkFloating } from './sizes.ts';
import { standardize, standardizeBackward, wide } from './standardize.ts';

const shapeParam = attr('normalized_shape', integerList, { doc: 'The last dimensions, each with its size' });
const weightParam = optionalTensor('weight', { doc: 'Multiplies; of normalized_shape' });
const biasParam = optionalTensor('bias', { doc: 'Is added; of normalized_shape' });

const FORMULA = String.raw`\frac{x - \bar x}{\sqrt{\operatorname{var}(x) + \epsilon}} \cdot w + b`;
const DERIVATIVE = String.raw`\tfrac{1}{s} \bigl(g w - \overline{g w} - \hat x\, \overline{g w \hat x}\bigr),\quad s = \sqrt{\operatorname{var}(x) + \epsilon}`;

/** The dimensions that `normalized_shape` names, counted from the end. */
const dimsOf = (rank: number, normalized: Shape): number[] => normalized.map((_, k) => rank - normalized.length + k);

function check(input: Tensor, normalized: Shape, weight: Tensor | undefined, bias: Tensor | undefined): void {
  if (normalized.length === 0)
    throw shapeMismatch('layer_norm: expected normalized_shape to be at least 1-dimensional');
  for (const [name, t] of [
    ['weight', weight],
    ['bias', bias],
  ] as const) {
    if (t === undefined) continue;
    if (!sameShape(t.shape, normalized)) {
      throw shapeMismatch(
        `layer_norm: expected ${name} to be of same shape as normalized_shape, but got ${name} of shape ${showShape(t.shape)} and normalized_shape = ${showShape(normalized)}`,
      );
    }
  }
  if (input.ndim < normalized.length || !sameShape(input.shape.slice(input.ndim - normalized.length), normalized)) {
    throw shapeMismatch(
      `Given normalized_shape=${showShape(normalized)}, expected input with shape [*, ${normalized.join(', ')}], but got input of size ${showShape(input.shape)}`,
    );
  }
  checkFloating('layer_norm', input);
  for (const t of [weight, bias]) {
    if (t !== undefined && t.dtype !== input.dtype)
      throw dtypeError(`layer_norm: expected weight and bias of input's dtype ${input.dtype}, but got ${t.dtype}`);
  }
}

const throughWeight = (grad: Tensor, weight: Tensor | undefined): Tensor =>
  weight === undefined ? grad : mul(wide(grad), wide(weight));

export const nativeLayerNorm = defineOp({
  name: 'native_layer_norm',
  category: 'nn',
  in: ['torch'],
  summary: "Each example's last dimensions standardised; also their mean and the inverse of their deviation",
  source: 'Ba et al. 2016',
  params: [
    tensor('input'),
    shapeParam,
    weightParam,
    biasParam,
    attr('eps', number(), { doc: 'Added to the variance' }),
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  forward: ({ input, normalizedShape, weight, bias, eps }): readonly Tensor[] => {
    check(input, normalizedShape, weight, bias);
    const { mean, variance } = moments(input, dimsOf(input.ndim, normalizedShape));
    const scale = inverseDeviation(variance, eps, input.dtype);
    return [standardizeRows(input, mean, variance, eps, weight, bias), cast(mean, input.dtype), scale];
  },
  saves: ['input', 'weight'],
  hangsOn: { bias: ['input', 'weight'] },
  constantResults: [1, 2],
  gradient: {
    input: ({ input, normalizedShape, weight, eps }, [grad]): Tensor | null =>
      grad === null
        ? null
        : standardizeBackward(throughWeight(grad, weight), input, dimsOf(input.ndim, normalizedShape), eps),
    weight: ({ input, normalizedShape, eps }, [grad]): Tensor | null => {
      if (grad === null) return null;
      const unit = standardize(wide(input), dimsOf(input.ndim, normalizedShape), eps);
      return sumToSize(mul(wide(grad), unit), normalizedShape);
    },
    bias: ({ normalizedShape }, [grad]): Tensor | null => (grad === null ? null : sumToSize(grad, normalizedShape)),
  },
  examples: [
    '{"input": [[1, 2, 4], [3, -1, 0.5]], "normalized_shape": [3], "weight": [1, 2, -1], "bias": [0, 0.5, 1], "eps": 0.00001}',
  ],
});

export const layerNorm = defineOp({
  name: 'layer_norm',
  category: 'nn',
  in: ['torch', 'F'],
  takes: { torch: 'input normalized_shape weight bias eps cudnn_enable' },
  module: 'LayerNorm',
  summary: "Each example's last dimensions brought to mean 0 and variance 1, then scaled and shifted",
  source: 'Ba et al. 2016',
  params: [
    tensor('input'),
    shapeParam,
    weightParam,
    biasParam,
    attr('eps', number(), { default: 1e-5, doc: 'Added to the variance' }),
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ input, normalizedShape, weight, bias, eps }): Tensor =>
    nativeLayerNorm(input, normalizedShape, weight, bias, eps)[0],
  derivation: {
    words:
      'with z the standardized input and h = @g times the weight: the input gets (h - mean(h) - z mean(h z)) / s, over what was standardized together, since mean and deviation s depend on it, too; the weight gets the sum of @g z, the bias the sum of @g',
  },
  examples: [
    '{"input": [[1, 2, 4], [3, -1, 0.5]], "normalized_shape": [3]}',
    '{"input": [[1, 2], [3, -1]], "normalized_shape": [2, 2], "weight": [[1, 2], [-1, 0.5]], "bias": [[0, 0.5], [1, 2]], "eps": 0.1}',
  ],
});
