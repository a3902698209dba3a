/** What layer, group and batch normalisation have in common: their gradients, and how operands are laid. */
import { standardizeBackward as backwardRows, moments, standardize as standardizeRows } from '../../kernels/index.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { normalizeDims, sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { attr, integerList, number, tensor } from '../params.ts';
import { add, mul, neg } from '../pointwise/arithmetic.ts';
import { rsqrt } from '../pointwise/powers.ts';
import { mean, sum, variance } from '../reductions/index.ts';
import { reshape } from '../shape/index.ts';
import { checkFloating } from './sizes.ts';

const dimParam = attr('dim', integerList, { doc: 'The dimensions that mean and variance are taken along' });
const epsParam = attr('eps', number(), { doc: 'Added to the variance' });

export const standardize = defineOp({
  name: 'standardize',
  category: 'nn',
  in: [],
  summary: 'A tensor less its mean, divided by its deviation',
  params: [tensor('input'), dimParam, epsParam],
  formula: String.raw`\hat x = \frac{x - \bar x}{\sqrt{\operatorname{var}(x) + \epsilon}}`,
  derivative: String.raw`\tfrac{1}{s} \bigl(g - \bar g - \hat x\, \overline{g \hat x}\bigr),\quad s = \sqrt{\operatorname{var}(x) + \epsilon}`,
  forward: ({ input, dim, eps }) => {
    checkFloating('standardize', input);
    const { mean, variance } = moments(input, normalizeDims(dim, input.ndim));
    return standardizeRows(input, mean, variance, eps, undefined, undefined);
  },
  saves: ['input'],
  gradient: { input: ({ input, dim, eps }, grad): Tensor => standardizeBackward(grad, input, dim, eps) },
  examples: ['{"input": [[1, 2, 4], [3, -1, 0.5]], "dim": [1], "eps": 0.00001}'],
});

export const standardizeBackward = defineOp({
  name: 'standardize_backward',
  category: 'nn',
  summary: 'The gradient of standardize',
  params: [tensor('grad_output'), tensor('input'), dimParam, epsParam],
  formula: String.raw`P_x(g) = \tfrac{1}{s} \bigl(g - \bar g - \hat x\, \overline{g \hat x}\bigr),\quad s = \sqrt{\operatorname{var}(x) + \epsilon}`,
  derivative: String.raw`\tfrac{\partial L}{\partial g} = P_x(h),\quad \tfrac{\partial L}{\partial x} = -\tfrac1s \bigl(\hat x\, \overline{h P_x(g)} + \overline{g \hat x}\, P_x(h) + \overline{h \hat x}\, P_x(g)\bigr)`,
  forward: ({ gradOutput, input, dim, eps }) => {
    checkFloating('standardize_backward', input);
    checkFloating('standardize_backward', gradOutput);
    if (!sameShape(gradOutput.shape, input.shape)) {
      throw shapeMismatch(
        `standardize_backward: grad_output and input must have one shape, but have ${showShape(gradOutput.shape)} and ${showShape(input.shape)}`,
      );
    }
    return backwardRows(gradOutput, input, normalizeDims(dim, input.ndim), eps);
  },
  saves: ['gradOutput', 'input'],
  gradient: {
    // It is symmetric: what it does to a gradient it does to the gradient of that.
    gradOutput: ({ input, dim, eps }, grad): Tensor => standardizeBackward(grad, input, dim, eps),
    input: ({ gradOutput, input, dim, eps }, grad): Tensor => {
      const unit = standardize(input, dim, eps);
      const scale = rsqrt(add(variance(input, dim, false, true), float(eps)));
      const [back, again] = [
        standardizeBackward(gradOutput, input, dim, eps),
        standardizeBackward(grad, input, dim, eps),
      ];
      const along = (t: Tensor): Tensor => mean(mul(t, unit), dim, true);
      const shrink = mul(unit, mean(mul(grad, back), dim, true));
      const turn = add(mul(along(gradOutput), again), mul(along(grad), back));
      return neg(mul(scale, add(shrink, turn)));
    },
  },
  examples: [
    '{"grad_output": [[1, -1, 2], [0.5, 1, 0]], "input": [[1, 2, 4], [3, -1, 0.5]], "dim": [1], "eps": 0.00001}',
  ],
});

/** In float64: differences of near numbers, divided by small ones, are rounded only at the end. */
export const wide = (t: Tensor): Tensor => (t.dtype === 'float64' ? t : to(t, 'float64'));

/** Dimensions of a tensor but those named. */
export const dimsBut = (rank: number, ...kept: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter((d) => !kept.includes(d));

/** A vector with an element for each channel, as a tensor that broadcasts to [n, channels, …]. */
export const perChannel = (t: Tensor, rank: number): Tensor =>
  reshape(t, [t.shape[0], ...new Array<number>(Math.max(rank - 2, 0)).fill(1)]);

/** A sum over all but the channels. */
export const sumPerChannel = (t: Tensor): Tensor => sum(t, dimsBut(t.ndim, 1));

/** The same layout without an op, for kernels. */
export const channelView = (t: Tensor, rank: number): Tensor =>
  t.alias(
    [t.shape[0], ...new Array<number>(Math.max(rank - 2, 0)).fill(1)],
    [t.strides[0], ...new Array<number>(Math.max(rank - 2, 0)).fill(0)],
  );
