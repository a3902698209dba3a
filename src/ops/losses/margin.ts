/** Losses that ask for a margin between two sides, with a target of 1 or -1. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map2 } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { broadcastShapes, numelOf, sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { sigmoid } from '../activations/sigmoid.ts';
import { kink, OF_THREE } from '../curve.ts';
import { defineOp } from '../define.ts';
import { attr, constant, number, reduction, tensor } from '../params.ts';
import { add, div, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { clampMin } from '../pointwise/clamp.ts';
import { eq, ne } from '../pointwise/comparison.ts';
import { sqrt } from '../pointwise/powers.ts';
import { where } from '../pointwise/select.ts';
import { sum } from '../reductions/sum.ts';
import { reduceLoss } from './reduce.ts';

/** `1 - t`, and the like. */
const minus = (by: number, t: Tensor): Tensor => add(neg(t), by);

export const hingeEmbeddingLoss = defineOp({
  name: 'hinge_embedding_loss',
  category: 'loss',
  in: ['torch', 'F'],
  module: 'HingeEmbeddingLoss',
  summary: 'A distance where the target is 1, and what it lacks to a margin where it is -1',
  breaks: ({ target: [y], margin }) => (y === 1 ? [] : [kink(margin)]),
  params: [
    tensor('input', { doc: 'Distances' }),
    constant('target', { doc: '1 or -1' }),
    attr('margin', number(), { default: 1 }),
    reduction,
  ],
  formula: String.raw`\begin{cases} x & y = 1 \\ \max(0, \mathrm{margin} - x) & y = -1 \end{cases}`,
  derivative: String.raw`\begin{cases} 1 & y = 1 \\ -[\,x \le \mathrm{margin}\,] & y = -1 \end{cases}`,
  composite: ({ input, target, margin, reduction }) => {
    const bound = isFloating(input.dtype) ? float(margin) : Math.trunc(margin);
    const near = where(ne(target, 1), clampMin(add(neg(input), bound), 0), 0);
    return reduceLoss(add(near, where(ne(target, -1), input, 0)), reduction);
  },
  examples: [{ input: [0.3, 0.6, 2], target: [1, -1, -1] }],
});

export const marginRankingLoss = defineOp({
  name: 'margin_ranking_loss',
  category: 'loss',
  in: ['torch', 'F'],
  module: 'MarginRankingLoss',
  summary: 'What the first of two scores (the second, where the target is -1) lacks to being a margin larger',
  curve: OF_THREE,
  params: [
    tensor('input1'),
    tensor('input2'),
    tensor('target', { doc: '1 where input1 should be larger, -1 where input2 should' }),
    attr('margin', number(), { default: 0 }),
    reduction,
  ],
  formula: String.raw`\max(0, -y\,(x_1 - x_2) + \mathrm{margin})`,
  derivative: String.raw`\tfrac{\partial}{\partial x_1} = -y\,[\,y\,(x_1 - x_2) \le \mathrm{margin}\,],\quad \tfrac{\partial}{\partial x_2} = y\,[\,y\,(x_1 - x_2) \le \mathrm{margin}\,]`,
  composite: ({ input1, input2, target, margin, reduction }) => {
    if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
      throw shapeMismatch(
        `margin_ranking_loss: all tensors should have the same number of dimensions, but got input1 ${showShape(input1.shape)}, input2 ${showShape(input2.shape)} and target ${showShape(target.shape)}`,
      );
    }
    return reduceLoss(clampMin(add(mul(neg(target), sub(input1, input2)), float(margin)), 0), reduction);
  },
  examples: [{ input1: [0.3, 0.9, 2], input2: [0.5, 0.1, 1], target: [1, -1, 1], margin: 0.25 }],
});

const EPSILON = 1e-12;

export const cosineEmbeddingLoss = defineOp({
  name: 'cosine_embedding_loss',
  category: 'loss',
  in: ['torch', 'F'],
  module: 'CosineEmbeddingLoss',
  summary: 'One minus the cosine of two vectors where the target is 1, its excess over a margin where it is -1',
  curve: OF_THREE,
  params: [
    tensor('input1'),
    tensor('input2'),
    constant('target', { doc: '1 or -1 for each pair of vectors; 0-d for a single pair' }),
    attr('margin', number({ minimum: -1, maximum: 1 }), { default: 0 }),
    reduction,
  ],
  formula: String.raw`\begin{cases} 1 - \cos(x_1, x_2) & y = 1 \\ \max(0, \cos(x_1, x_2) - \mathrm{margin}) & y = -1 \end{cases}`,
  derivative: String.raw`\frac{\partial \cos}{\partial x_1} = \frac{x_2}{|x_1||x_2|} - \cos(x_1, x_2) \frac{x_1}{|x_1|^2}`,
  composite: ({ input1, input2, target, margin, reduction }) => {
    if (target.ndim > 1)
      throw shapeMismatch(
        `cosine_embedding_loss: 0-d or 1-d target expected, but got the shape ${showShape(target.shape)}`,
      );
    if (input1.ndim !== target.ndim + 1 || input2.ndim !== target.ndim + 1) {
      throw shapeMismatch(
        `cosine_embedding_loss: a ${target.ndim}-d target expects ${target.ndim + 1}-d inputs, but got the shapes ${showShape(input1.shape)} and ${showShape(input2.shape)}`,
      );
    }
    const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b), target.ndim);
    const square = (t: Tensor): Tensor => add(dot(t, t), float(EPSILON));
    const cos = div(dot(input1, input2), sqrt(mul(square(input1), square(input2))));
    const alike = where(eq(target, 1), minus(1, cos), 0);
    const apart = where(eq(target, -1), clampMin(sub(cos, float(margin)), 0), 0);
    return reduceLoss(add(alike, apart), reduction);
  },
  examples: ['{"input1": [[1, 2], [3, -1]], "input2": [[2, 1], [1, 1]], "target": [1, -1]}'],
});

const SOFT_MARGIN = kernel(
  (x, y) => {
    const z = f.mul(f.neg(x), y);
    return f.add(f.max(z, 0), f.softplusTail(z));
  },
  { number: (x, y) => Math.log1p(Math.exp(-x * y)) },
);

export const softMarginLoss = defineOp({
  name: 'soft_margin_loss',
  category: 'loss',
  module: 'SoftMarginLoss',
  summary: 'Logistic loss for targets of 1 and -1',
  params: [tensor('input'), constant('target', { doc: '1 or -1' }), reduction],
  formula: String.raw`\log(1 + e^{-y x})`,
  derivative: String.raw`-y\,\sigma(-y x)`,
  forward: ({ input, target, reduction }) => {
    if (!isFloating(input.dtype))
      throw dtypeError(`soft_margin_loss is implemented for float32 and float64, but got ${input.dtype}`);
    if (!sameShape(broadcastShapes(input.shape, target.shape), input.shape)) {
      throw shapeMismatch(
        `soft_margin_loss: the target's shape ${showShape(target.shape)} does not broadcast to the input's ${showShape(input.shape)}`,
      );
    }
    return reduceLoss(map2(SOFT_MARGIN, input, target, input.dtype), reduction);
  },
  saves: ['input', 'target'],
  gradient: {
    input: ({ input, target, reduction }, grad) => {
      const g = reduction === 'mean' ? div(grad, float(numelOf(input.shape))) : grad;
      const y = neg(target);
      return mul(g, mul(sigmoid(mul(input, y)), y));
    },
  },
  examples: [{ input: [0.3, -0.9, 2], target: [1, 1, -1] }],
});
