/** Norms of windows. */
import type { Tensor } from '../../tensor/tensor.ts';
import { relu } from '../activations/index.ts';
import { defineOp } from '../define.ts';
import { attr, number, tensor } from '../params.ts';
import { abs as magnitude, mul, pow, sign } from '../pointwise/index.ts';
import { avgPool1d, avgPool2d } from './avg-pool.ts';
import { ceilParam, kernelParam, strideParam } from './pool-windows.ts';
import { expandSizes } from './sizes.ts';

/** The mean of powers, times their number, and back. */
function rooted(mean: Tensor, count: number, norm: number): Tensor {
  const positive = mul(sign(mean), relu(magnitude(mean)));
  return pow(mul(positive, count), 1 / norm);
}

const powerPool = <const R extends 1 | 2>(rank: R) =>
  defineOp({
    name: `lp_pool${rank}d` as const,
    category: 'nn',
    summary: `Norms of windows ${rank === 1 ? 'along a signal' : 'in 2 dimensions'}`,
    params: [
      tensor('input'),
      attr('norm_type', number(), { doc: 'The exponent' }),
      kernelParam,
      strideParam,
      ceilParam,
    ],
    formula: String.raw`y_i = \Bigl(\sum_{j \in W_i} x_j^p\Bigr)^{1/p}`,
    derivative: String.raw`\tfrac{\partial y_i}{\partial x_j} = \Bigl(\tfrac{x_j}{y_i}\Bigr)^{p-1}`,
    composite: ({ input, normType, kernelSize, stride, ceilMode }): Tensor => {
      const pool = rank === 1 ? avgPool1d : avgPool2d;
      const kernel = expandSizes(`lp_pool${rank}d`, 'kernel_size', kernelSize, rank);
      const mean = pool(pow(input, normType), kernelSize, stride, 0, ceilMode);
      return rooted(
        mean,
        kernel.reduce((a, b) => a * b, 1),
        normType,
      );
    },
    examples: [
      `{"input": ${rank === 1 ? '[[1, 2, 4, 3]]' : '[[[1, 2, 4, 3], [2, 1, 0.5, 1.5]]]'}, "norm_type": 2, "kernel_size": 2}`,
    ],
  });

export const lpPool1d = powerPool(1);
export const lpPool2d = powerPool(2);
