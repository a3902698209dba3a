/** The negative log-likelihood of a class. */
import { negativeLogLikelihood } from '../../kernels/nll.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { numelOf, type Shape, sameShape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { to } from '../creation/cast.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { gather, scatter } from '../indexing/gather.ts';
import { attr, constant, integer, optionalConstant, reduction, tensor } from '../params.ts';
import { div, mul, neg } from '../pointwise/arithmetic.ts';
import { ne } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { sum } from '../reductions/sum.ts';
import { reshape } from '../shape/views.ts';

/** Classes lie along the second dimension, of a single example along the only one. */
export const classDim = (input: TensorMeta): number => (input.shape.length === 1 ? 0 : 1);

/** The input's shape without its classes, or with one. */
const withoutClasses = (input: TensorMeta): Shape => input.shape.filter((_, d) => d !== classDim(input));
const withOneClass = (input: TensorMeta): Shape => input.shape.map((size, d) => (d === classDim(input) ? 1 : size));

/** Refuses what does not fit together, before anything is computed. */
export function checkClasses(op: string, input: TensorMeta, target: TensorMeta, weight: TensorMeta | undefined): void {
  if (input.shape.length === 0)
    throw shapeMismatch(`${op}: expected an input of 1 or more dimensions, but got a 0-d one`);
  const expected = withoutClasses(input);
  if (!sameShape(target.shape, expected)) {
    throw shapeMismatch(
      `${op}: expected a target of shape ${showShape(expected)} for the input of shape ${showShape(input.shape)}, whose dimension ${classDim(input)} holds the classes, but got ${showShape(target.shape)}`,
    );
  }
  if (!isFloating(input.dtype))
    throw dtypeError(`${op} is implemented for float32 and float64, but got ${input.dtype}`);
  if (target.dtype !== 'int64' && target.dtype !== 'uint8') {
    throw dtypeError(`${op}: expected class indices of dtype int64, but got a target of dtype ${target.dtype}`);
  }
  if (weight === undefined) return;
  checkWeight(op, input, weight);
  if (weight.dtype !== input.dtype)
    throw dtypeError(`${op}: expected a weight of the input's dtype ${input.dtype}, but got ${weight.dtype}`);
}

export function checkWeight(op: string, input: TensorMeta, weight: TensorMeta): void {
  const classes = input.shape[classDim(input)];
  if (weight.shape.length !== 1 || weight.shape[0] !== classes) {
    throw shapeMismatch(
      `${op}: weight should be defined for all ${classes} classes of the input of shape ${showShape(input.shape)}, but got the shape ${showShape(weight.shape)}`,
    );
  }
}

/** Which targets count, those that do not being made class 0; and what each weighs. */
export function counted(
  target: Tensor,
  weight: Tensor | undefined,
  ignoreIndex: number,
  like: TensorMeta,
): { valid: Tensor; classes: Tensor; weights: Tensor } {
  const indices = target.dtype === 'int64' ? target : to(target, 'int64');
  const valid = ne(indices, ignoreIndex);
  const classes = where(valid, indices, 0);
  if (weight === undefined) return { valid, classes, weights: to(valid, like.dtype) };
  const own = reshape(gather(weight, 0, reshape(classes, [numelOf(classes.shape)])), classes.shape);
  return { valid, classes, weights: where(valid, own, 0) };
}

export const ignoreIndexParam = attr('ignore_index', integer(), {
  default: -100,
  doc: 'A target of this value counts for nothing',
});

export const nllLoss = defineOp({
  name: 'nll_loss',
  category: 'loss',
  summary: 'Negative log-likelihood of the target classes, from log-probabilities',
  params: [
    tensor('input', { doc: 'Log-probabilities: [C], [N, C] or [N, C, d1, ...]' }),
    constant('target', { wants: 'int64', doc: 'Class indices: [], [N] or [N, d1, ...]' }),
    optionalConstant('weight', { doc: 'A weight for each class: [C]' }),
    ignoreIndexParam,
    reduction,
  ],
  formula: String.raw`-w_{y}\, x_{y}`,
  derivative: String.raw`\frac{\partial}{\partial x_c} = -w_{y}\,[\,c = y\,]`,
  forward: ({ input, target, weight, ignoreIndex, reduction }) => {
    checkClasses('nll_loss', input, target, weight);
    const dim = classDim(input);
    const layout = {
      outer: numelOf(input.shape.slice(0, dim)),
      classes: input.shape[dim],
      inner: numelOf(input.shape.slice(dim + 1)),
    };
    return negativeLogLikelihood(input, target, weight, ignoreIndex, reduction, layout);
  },
  saves: ['target', 'weight'],
  gradFn: ({ input }) => (input.ndim > 2 ? 'NllLoss2DBackward0' : 'NllLossBackward0'),
  gradient: {
    input: ({ input, target, weight, ignoreIndex, reduction }, grad) => {
      const { valid, classes, weights } = counted(target, weight, ignoreIndex, input);
      const own = mul(weights, grad);
      // Ignored ones give 0 also where nothing counts and the mean is 0 / 0.
      const each = where(valid, neg(reduction === 'mean' ? div(own, sum(weights)) : own), 0);
      const place = withOneClass(input);
      return scatter(zeros(input.shape, input.dtype), classDim(input), reshape(classes, place), reshape(each, place));
    },
  },
  examples: [
    {
      input: [
        [-1.2, -0.7, -1.6],
        [-0.4, -1.8, -1.8],
      ],
      target: [1, 0],
    },
    {
      input: [
        [-1.2, -0.7, -1.6],
        [-0.4, -1.8, -1.8],
      ],
      target: [1, -100],
      weight: [1, 2, 0.5],
    },
  ],
});
