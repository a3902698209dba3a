/** Margins between the scores of right and wrong classes. */
import { marginLosses, multilabelMargins } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { type Shape, sameShape } from '../../tensor/shape.ts';
import { empty, type Tensor, type TensorMeta } from '../../tensor/tensor.ts';
import { logsigmoid } from '../activations/sigmoid.ts';
import { to } from '../creation/cast.ts';
import { zeros } from '../creation/filled.ts';
import { kink } from '../curve.ts';
import { defineOp } from '../define.ts';
import { gather, scatter, scatterAdd } from '../indexing/gather.ts';
import {
  attr,
  constant,
  integer,
  number,
  optionalConstant,
  optionalTensor,
  type Reduction,
  reduction,
  tensor,
} from '../params.ts';
import { add, div, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { clampMin } from '../pointwise/clamp.ts';
import { eq, ge, gt } from '../pointwise/comparison.ts';
import { logicalAnd } from '../pointwise/logical.ts';
import { where } from '../pointwise/select.ts';
import { cumprod } from '../reductions/scans.ts';
import { sum } from '../reductions/sum.ts';
import { reshape } from '../shape/views.ts';
import { reduceLoss } from './reduce.ts';

/** Examples and classes of an input of one or two dimensions. */
function framesOf(op: string, input: TensorMeta): { frames: number; classes: number } {
  const { shape } = input;
  const frames = shape.length > 1 ? shape[0] : 1;
  const classes = shape.length === 0 ? 1 : shape[shape.length - 1];
  if (shape.length > 2 || classes === 0)
    throw shapeMismatch(
      `${op}: expected a non-empty vector or matrix, or a matrix of no rows, but got the shape ${showShape(shape)}`,
    );
  return { frames, classes };
}

function checkTypes(op: string, input: TensorMeta, target: TensorMeta): void {
  if (!isFloating(input.dtype))
    throw dtypeError(`${op} is implemented for float32 and float64, but got ${input.dtype}`);
  if (target.dtype !== 'int64')
    throw dtypeError(`${op}: expected class indices of dtype int64, but got a target of dtype ${target.dtype}`);
}

/** What reaches each example, in a column. */
function perFrame(grad: Tensor, reduction: Reduction, frames: number, classes: number): Tensor {
  const column = reduction === 'none' ? reshape(grad, [frames, 1]) : grad;
  return div(column, float(reduction === 'mean' ? frames * classes : classes));
}

export const multiMarginLoss = defineOp({
  name: 'multi_margin_loss',
  category: 'loss',
  module: 'MultiMarginLoss',
  summary: "What the target class's score lacks to being a margin larger than each other, summed over them",
  source: 'Crammer & Singer 2001',
  // Where a score comes within the margin of the target's: their squares have no kink there.
  breaks: ({ input, target: [y], p, margin, weight, vary }) => {
    if (p !== 1 || weight[y] === 0) return [];
    if (vary !== y) return [kink(input[y] - margin)];
    return input.flatMap((x, c) => (c === y ? [] : [kink(x + margin)]));
  },
  curve: { at: [0, 0, 0], target: 'class' },
  params: [
    tensor('input', { doc: 'Scores: [C] or [N, C]' }),
    constant('target', { wants: 'int64', doc: 'Class indices: [] or [N]' }),
    attr('p', integer({ minimum: 1, maximum: 2 }), { default: 1, doc: 'The power, 1 or 2' }),
    attr('margin', number(), { default: 1 }),
    optionalConstant('weight', { doc: 'A weight for each class: [C]' }),
    reduction,
  ],
  formula: String.raw`\frac{w_y}{C} \sum_{c \ne y} \max(0, \mathrm{margin} - x_y + x_c)^p`,
  derivative: String.raw`\frac{\partial}{\partial x_c} = \frac{w_y\,p}{C} \max(0, \mathrm{margin} - x_y + x_c)^{p-1},\quad c \ne y`,
  forward: ({ input, target, p, margin, weight, reduction }) => {
    const op = 'multi_margin_loss';
    checkTypes(op, input, target);
    const { frames, classes } = framesOf(op, input);
    if (p !== 1 && p !== 2)
      throw new EngineError('value_range', `${op}: only p == 1 and p == 2 are supported, but got ${p}`);
    if (target.ndim > 1 || target.numel !== frames)
      throw shapeMismatch(
        `${op}: inconsistent target size ${showShape(target.shape)} for the input of shape ${showShape(input.shape)}`,
      );
    if (weight !== undefined) {
      if (weight.ndim !== 1 || weight.numel !== classes)
        throw shapeMismatch(
          `${op}: weight must be of shape ${showShape([classes])}, but got ${showShape(weight.shape)}`,
        );
      if (weight.dtype !== input.dtype)
        throw dtypeError(`${op}: expected a weight of the input's dtype ${input.dtype}, but got ${weight.dtype}`);
    }
    const loss = marginLosses(empty(target.shape, input.dtype), input, target, classes, p, margin, weight);
    return reduceLoss(loss, reduction);
  },
  saves: ['input', 'target', 'weight'],
  hangsOn: ['input'],
  gradient: {
    input: ({ input, target, p, margin, weight, reduction }, grad) => {
      const { frames, classes } = framesOf('multi_margin_loss', input);
      const x = reshape(input, [frames, classes]);
      const label = reshape(target, [frames, 1]);
      const none = zeros([frames, 1], input.dtype);
      // The target's own entry is 0, so that it takes part in nothing but the sum.
      const short = scatter(add(sub(x, gather(x, 1, label)), float(margin)), 1, label, none);
      const steep = where(gt(short, 0), p === 1 ? 1 : mul(short, 2), none);
      const own = perFrame(grad, reduction, frames, classes);
      const each = mul(steep, weight === undefined ? own : mul(own, gather(reshape(weight, [classes, 1]), 0, label)));
      return reshape(scatter(each, 1, label, neg(sum(each, 1, true))), input.shape);
    },
  },
  examples: [
    '{"input": [[0.1, 0.2, 0.4, 0.8], [0.3, -1, 0.6, 0.2]], "target": [3, 0]}',
    { input: [[0.1, 0.2, 0.4, 0.8]], target: [1], p: 2, weight: [1, 2, 1, 1] },
  ],
});

/** How often each class is named before the first -1. */
function namedBefore(target: Tensor, shape: Shape, like: TensorMeta): Tensor {
  const labels = reshape(target, shape);
  const alive = cumprod(to(ge(labels, 0), like.dtype), 1);
  return scatterAdd(zeros(shape, like.dtype), 1, clampMin(labels, 0), alive);
}

export const multilabelMarginLoss = defineOp({
  name: 'multilabel_margin_loss',
  category: 'loss',
  module: 'MultiLabelMarginLoss',
  summary: "What each target class's score lacks to being 1 larger than each other class's, summed",
  breaks: ({ input, target, vary }) => {
    const last = target.indexOf(-1);
    const named = new Set(last < 0 ? target : target.slice(0, last));
    const sign = named.has(vary) ? 1 : -1;
    return input.flatMap((x, c) => (named.has(c) === named.has(vary) ? [] : [kink(x + sign)]));
  },
  curve: { at: [0, 0, 0], target: 'classes' },
  params: [
    tensor('input', { doc: 'Scores: [C] or [N, C]' }),
    constant('target', {
      wants: 'int64',
      doc: "Class indices in the input's shape; what follows the first -1 counts for nothing",
    }),
    reduction,
  ],
  formula: String.raw`\frac1C \sum_{j \in y} \sum_{i \notin y} \max(0, 1 - x_j + x_i)`,
  derivative: String.raw`\frac{\partial}{\partial x_i} = \frac1C \sum_{j \in y} [\,x_j - x_i < 1\,],\quad \frac{\partial}{\partial x_j} = -\frac1C \sum_{i \notin y} [\,x_j - x_i < 1\,]`,
  forward: ({ input, target, reduction }) => {
    const op = 'multilabel_margin_loss';
    checkTypes(op, input, target);
    const { classes } = framesOf(op, input);
    if (!sameShape(input.shape, target.shape))
      throw shapeMismatch(
        `${op}: expected a target of the input's shape ${showShape(input.shape)}, but got ${showShape(target.shape)}`,
      );
    const loss = multilabelMargins(empty(input.shape.slice(0, -1), input.dtype), input, target, classes);
    return reduceLoss(loss, reduction);
  },
  saves: ['input', 'target'],
  hangsOn: ['input'],
  gradient: {
    input: ({ input, target, reduction }, grad) => {
      const { frames, classes } = framesOf('multilabel_margin_loss', input);
      const named = namedBefore(target, [frames, classes], input);
      const [right, left]: Shape[] = [
        [frames, classes, 1],
        [frames, 1, classes],
      ];
      const x = reshape(input, [frames, classes]);
      const short = add(sub(reshape(x, left), reshape(x, right)), 1);
      const counts = logicalAnd(gt(short, 0), reshape(eq(named, 0), left));
      const times = where(counts, reshape(named, right), zeros([], input.dtype));
      const pulls = sub(sum(times, 1), sum(times, 2));
      return reshape(mul(pulls, perFrame(grad, reduction, frames, classes)), input.shape);
    },
  },
  examples: [{ input: [[0.1, 0.2, 0.4, 0.8]], target: [[3, 0, -1, 1]] }],
});

export const multilabelSoftMarginLoss = defineOp({
  name: 'multilabel_soft_margin_loss',
  category: 'loss',
  module: 'MultiLabelSoftMarginLoss',
  summary: 'Cross entropy of two outcomes for each class, from logits, averaged over classes',
  curve: { at: [0, 0, 0], target: 'each' },
  params: [
    tensor('input', { doc: 'Logits: [..., C]' }),
    tensor('target', { doc: '1 for classes that apply, else 0' }),
    optionalTensor('weight', { doc: 'A weight for each class: [C]' }),
    reduction,
  ],
  formula: String.raw`-\frac1C \sum_c w_c \left(y_c \log \sigma(x_c) + (1 - y_c) \log \sigma(-x_c)\right)`,
  derivative: String.raw`\frac{w_c}{C}\,(\sigma(x_c) - y_c)`,
  composite: ({ input, target, weight, reduction }) => {
    if (input.ndim === 0)
      throw shapeMismatch('multilabel_soft_margin_loss: expected an input of 1 or more dimensions, but got a 0-d one');
    const loss = neg(add(mul(target, logsigmoid(input)), mul(add(neg(target), 1), logsigmoid(neg(input)))));
    const dim = input.ndim - 1;
    const weighted = weight === undefined ? loss : mul(loss, weight);
    return reduceLoss(div(sum(weighted, dim), float(input.shape[dim])), reduction);
  },
  examples: ['{"input": [[0.4, -1, 2], [0.1, 0.3, -0.5]], "target": [[1, 0, 1], [0, 0, 1]]}'],
});
