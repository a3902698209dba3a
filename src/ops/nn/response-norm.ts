/** Elements divided by the size of their neighbours in other channels. */
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { numelOf } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, number, tensor } from '../params.ts';
import { add, div, mul } from '../pointwise/arithmetic.ts';
import { clone } from '../pointwise/identity.ts';
import { pow } from '../pointwise/powers.ts';
import { reshape } from '../shape/index.ts';
import { avgPool2d } from './avg-pool.ts';
import { constantPadNd } from './pad.ts';

export const localResponseNorm = defineOp({
  name: 'local_response_norm',
  category: 'nn',
  module: 'LocalResponseNorm',
  summary: 'Elements divided by a power of the mean square of their neighbours among the channels',
  source: 'Krizhevsky et al. 2012',
  params: [
    tensor('input', { doc: 'Shape [n, channels, …], with at least one further dimension' }),
    attr('size', integer(), { doc: 'How many neighbouring channels' }),
    attr('alpha', number(), { default: 1e-4 }),
    attr('beta', number(), { default: 0.75 }),
    attr('k', number(), { default: 1 }),
  ],
  formula: String.raw`x_c \Bigl(k + \tfrac{\alpha}{n} \sum_{c' \in N(c)} x_{c'}^2\Bigr)^{-\beta}`,
  derivative: String.raw`\tfrac{\partial y_c}{\partial x_{c'}} = \delta_{cc'}\, d_c^{-\beta} - \tfrac{2 \alpha \beta}{n}\, x_c\, d_c^{-\beta - 1} x_{c'} \ \text{for } c' \in N(c),\quad d_c = k + \tfrac{\alpha}{n} \textstyle\sum_{c' \in N(c)} x_{c'}^2`,
  composite: ({ input, size, alpha, beta, k }) => {
    if (input.ndim < 3) {
      throw shapeMismatch(
        `local_response_norm: expected 3D or higher dimensionality input, but got ${showShape(input.shape)}`,
      );
    }
    if (size < 1) throw valueRange(`local_response_norm: size should be greater than zero, but got ${size}`);
    if (input.numel === 0) return clone(input);
    const [n, channels, ...rest] = input.shape;
    const planes = reshape(mul(input, input), [n, 1, channels, numelOf(rest)]);
    const padded = constantPadNd(planes, [0, 0, Math.floor(size / 2), Math.floor((size - 1) / 2)]);
    const means: Tensor = reshape(avgPool2d(padded, [size, 1], 1), input.shape);
    return div(input, pow(add(mul(means, float(alpha)), float(k)), float(beta)));
  },
  examples: ['{"input": [[[1, 2], [3, -1], [0.5, 4]]], "size": 2, "alpha": 0.5, "k": 2}'],
});
