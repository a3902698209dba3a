/** The negative log-likelihood of a class. */
import { type NllLayout, negativeLogLikelihood, negativeLogLikelihoodBackward } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { numelOf, type Shape, sameShape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { to } from '../creation/cast.ts';
import { defineOp } from '../define.ts';
import { ofAll } from '../derivation.ts';
import { gather } from '../indexing/gather.ts';
import { attr, constant, integer, optionalConstant, reduction, tensor } from '../params.ts';
import { ne } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { reshape } from '../shape/views.ts';

/** Classes lie along the second dimension, of a single example along the only one. */
export const classDim = (input: TensorMeta): number => (input.shape.length === 1 ? 0 : 1);

/** The input's shape without its classes. */
const withoutClasses = (input: TensorMeta): Shape => input.shape.filter((_, d) => d !== classDim(input));

function layoutOf(input: TensorMeta): NllLayout {
  const dim = classDim(input);
  return {
    outer: numelOf(input.shape.slice(0, dim)),
    classes: input.shape[dim],
    inner: numelOf(input.shape.slice(dim + 1)),
  };
}

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

/** Of one example the mean divides by the weight of its class, and by nothing where it is ignored. */
export const ofClass = {
  at: [0, 0, 0],
  target: 'class',
  divisor: ({ target, weight, ignoreIndex }: Weighted): number =>
    target.length > 1 ? 1 : target[0] === ignoreIndex ? 0 : (weight[target[0]] ?? 1),
} as const;

interface Weighted {
  readonly target: readonly number[];
  readonly weight: readonly number[];
  readonly ignoreIndex: number;
}

export const nllLoss = defineOp({
  name: 'nll_loss',
  category: 'loss',
  takes: 'input target weight size_average ignore_index reduce reduction',
  module: 'NLLLoss',
  summary: 'Negative log-likelihood of the target classes, from log-probabilities',
  curve: ofClass,
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
    return negativeLogLikelihood(input, target, weight, ignoreIndex, reduction, layoutOf(input));
  },
  saves: ['input', 'target', 'weight'],
  hangsOn: ['input'],
  gradFn: ({ input }) => (input.ndim > 2 ? 'NllLoss2DBackward0' : 'NllLossBackward0'),
  gradient: {
    input: ({ input, target, weight, ignoreIndex, reduction }, grad): Tensor =>
      nllLossBackward(grad, input, target, weight, ignoreIndex, reduction),
  },
  derivation: {
    formula: ({ reduction }) => ofAll(reduction, '-@input_{@target}'),
    by: {
      input: (call) => ({
        form: 'vjp',
        latex: String.raw`-@g \cdot ${call.weight === undefined ? '' : 'w_{y}\\,'}\frac{[\,c = @target\,]}{${call.reduction === 'mean' ? 'N' : '1'}}`,
        words:
          'only the element of the target class has a part in the loss, with a minus in front; N is how many targets count, by weight where there are weights',
      }),
    },
  },
  examples: [
    '{"input": [[-1.2, -0.7, -1.6], [-0.4, -1.8, -1.8]], "target": [1, 0]}',
    '{"input": [[-1.2, -0.7, -1.6], [-0.4, -1.8, -1.8]], "target": [1, -100], "weight": [1, 2, 0.5]}',
  ],
});

export const nllLossBackward = defineOp({
  name: 'nll_loss_backward',
  category: 'nn',
  summary: 'What nll_loss hands on of the gradient of its result',
  params: [
    tensor('grad_output', { doc: "Of the loss's shape" }),
    constant('input', { doc: 'What the loss was taken of: only its shape matters' }),
    constant('target', { wants: 'int64', doc: 'Class indices: [], [N] or [N, d1, ...]' }),
    optionalConstant('weight', { doc: 'A weight for each class: [C]' }),
    ignoreIndexParam,
    reduction,
  ],
  formula: String.raw`-w_{y}\, g\, [\,c = y\,]`,
  derivative: String.raw`\frac{\partial}{\partial g} = -w_{y}\, [\,c = y\,]`,
  forward: ({ gradOutput, input, target, weight, ignoreIndex, reduction }) => {
    checkClasses('nll_loss_backward', input, target, weight);
    const expected = reduction === 'none' ? target.shape : [];
    if (!sameShape(gradOutput.shape, expected)) {
      throw shapeMismatch(
        `nll_loss_backward: expected a gradient of the loss's shape ${showShape(expected)}, but got ${showShape(gradOutput.shape)}`,
      );
    }
    if (gradOutput.dtype !== input.dtype) {
      throw dtypeError(
        `nll_loss_backward: expected a gradient of the input's dtype ${input.dtype}, but got ${gradOutput.dtype}`,
      );
    }
    const { shape } = input;
    return negativeLogLikelihoodBackward(gradOutput, shape, target, weight, ignoreIndex, reduction, layoutOf(input));
  },
  saves: ['target', 'weight'],
  gradient: {
    gradOutput: ({ target, weight, ignoreIndex, reduction }, grad): Tensor =>
      nllLoss(grad, target, weight, ignoreIndex, reduction),
  },
  examples: ['{"grad_output": 1, "input": [[-1.2, -0.7, -1.6], [-0.4, -1.8, -1.8]], "target": [1, 0]}'],
});
