/** Cross entropy of many classes, from logits. */
import { numbersIn } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, valueRange } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { numelOf, sameShape } from '../../tensor/shape.ts';
import { Tensor, type TensorMeta } from '../../tensor/tensor.ts';
import { logSoftmax, softmax } from '../activations/softmax.ts';
import { to } from '../creation/cast.ts';
import { arange } from '../creation/ranges.ts';
import { defineOp } from '../define.ts';
import { ofAll, type Told, type ToldArgs } from '../derivation.ts';
import { attr, number, optionalTensor, type Reduction, reduction, tensor } from '../params.ts';
import { add, div, mul, neg } from '../pointwise/arithmetic.ts';
import { eq, ne } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { sum } from '../reductions/sum.ts';
import { unsqueeze } from '../shape/dims.ts';
import { reshape } from '../shape/views.ts';
import { checkClasses, checkWeight, classDim, counted, ignoreIndexParam, nllLoss, ofClass } from './nll.ts';

/** The weights in a shape that broadcasts to the input's. */
const alongClasses = (weight: Tensor, input: Tensor): Tensor =>
  reshape(
    weight,
    input.shape.map((size, d) => (d === classDim(input) ? size : 1)),
  );

/** Probabilities as targets. */
function ofProbabilities(
  input: Tensor,
  target: Tensor,
  weight: Tensor | undefined,
  reduction: Reduction,
  smoothing: number,
): Tensor {
  const dim = classDim(input);
  const classes = input.shape[dim];
  const truth = smoothing > 0 ? add(mul(target, float(1 - smoothing)), float(smoothing / classes)) : target;
  const terms = mul(logSoftmax(input, dim), truth);
  const weighted = weight === undefined ? terms : mul(terms, alongClasses(weight, input));
  if (reduction === 'none') return neg(sum(weighted, dim));
  const total = neg(sum(weighted));
  // The mean is over examples; weights do not enter its denominator.
  return reduction === 'sum' ? total : div(total, float(numelOf(input.shape) / classes));
}

/** The cross entropy with the same probability for each class, to which smoothed targets lean. */
function towardsUniform(
  logs: Tensor,
  target: Tensor,
  weight: Tensor | undefined,
  ignoreIndex: number,
  reduction: Reduction,
): Tensor {
  const { valid, weights } = counted(target, weight, ignoreIndex, logs);
  const all = neg(sum(weight === undefined ? logs : mul(logs, alongClasses(weight, logs)), classDim(logs)));
  const loss = where(valid, all, 0);
  if (reduction === 'none') return loss;
  return reduction === 'sum' ? sum(loss) : div(sum(loss), sum(weights));
}

const params = [
  tensor('input', { doc: 'Logits: [C], [N, C] or [N, C, d1, ...]' }),
  tensor('target', {
    doc: "Class indices (int64): [], [N] or [N, d1, ...]; or probabilities in the input's own shape",
    wantsFor: (input, target) => (sameShape(input, target) ? 'float32' : 'int64'),
  }),
  optionalTensor('weight', { doc: 'A weight for each class: [C]' }),
  ignoreIndexParam,
  reduction,
  attr('label_smoothing', number({ minimum: 0, maximum: 1 }), {
    default: 0,
    doc: 'How much of the target goes to all classes alike',
  }),
] as const;

/** Class indices, or probabilities, as the probabilities that the logits are compared with; undefined where they are not there. */
function truthOf(input: TensorMeta, target: TensorMeta, smoothing: number): Tensor | undefined {
  if (!(target instanceof Tensor)) return undefined;
  const dim = classDim(input);
  const classes = input.shape[dim];
  const numbers = reshape(
    arange(0, classes),
    input.shape.map((_, d) => (d === dim ? classes : 1)),
  );
  const truth = sameShape(input.shape, target.shape) ? target : to(eq(unsqueeze(target, dim), numbers), input.dtype);
  return smoothing > 0 ? add(mul(truth, float(1 - smoothing)), float(smoothing / classes)) : truth;
}

/** What a derivation says of the logits: probabilities less the truth, shared by all examples. */
function toldOfLogits({
  input,
  target,
  weight,
  ignoreIndex,
  reduction,
  labelSmoothing,
}: ToldArgs<typeof params>): Told {
  const classes = !sameShape(input.shape, target.shape);
  const counts = classes && target instanceof Tensor ? numbersIn(sum(ne(target, ignoreIndex)))[0] : undefined;
  const examples = numelOf(input.shape) / input.shape[classDim(input)];
  const ignored = counts !== undefined && counts < examples;
  const share = weight === undefined ? `${counts ?? examples}` : String.raw`\textstyle\sum w_{y}`;
  const over = reduction === 'mean' && share !== '1' ? String.raw`\frac{@g}{${share}}` : '@g';
  const product = reduction === 'none' ? String.raw` \odot ` : String.raw`\,`;
  const smoothed = labelSmoothing > 0 ? ', leant to all classes alike by label_smoothing' : '';
  const truth = classes ? String.raw`\operatorname{onehot}(@target)` : '@target';
  return {
    form: 'vjp',
    latex: `${over}${product}${weight === undefined ? '' : String.raw`w_{y}\,`}(@p - @t)`,
    words: [
      `the logarithm of a softmax and the choice of the true class together: probabilities p less the truth t${smoothed}`,
      reduction === 'mean'
        ? `shared by ${weight === undefined ? `the ${counts ?? examples} examples that count` : 'the examples by the weights w of their classes'}`
        : '',
      ignored ? 'examples whose target is ignore_index get 0' : '',
    ]
      .filter((part) => part !== '')
      .join('; '),
    let: {
      p: {
        name: 'p',
        is: String.raw`\operatorname{softmax}(@input)`,
        tensor: input instanceof Tensor ? softmax(input, classDim(input)) : undefined,
      },
      t: {
        name: 't',
        is: labelSmoothing > 0 ? String.raw`(1 - @labelSmoothing)\,${truth} + \tfrac{@labelSmoothing}{C}` : truth,
        tensor: truthOf(input, target, labelSmoothing),
      },
    },
  };
}

export const crossEntropy = defineOp({
  name: 'cross_entropy',
  category: 'loss',
  takes: 'input target weight size_average ignore_index reduce reduction label_smoothing',
  module: 'CrossEntropyLoss',
  summary: 'Cross entropy between logits and target classes, or target probabilities',
  source: 'Good 1952; label smoothing: Szegedy et al. 2015',
  curve: ofClass,
  params,
  formula: String.raw`-w_y \log \frac{e^{x_y}}{\sum_c e^{x_c}} \quad\text{or}\quad -\sum_c w_c\, y_c \log \frac{e^{x_c}}{\sum_j e^{x_j}}`,
  derivative: String.raw`\frac{\partial}{\partial x_c} = w_y\,(\mathrm{softmax}(x)_c - [\,c = y\,])`,
  composite: ({ input, target, weight, ignoreIndex, reduction, labelSmoothing }) => {
    if (!(labelSmoothing <= 1))
      throw valueRange(`label_smoothing must be between 0.0 and 1.0, but got ${labelSmoothing}`);
    if (!isFloating(input.dtype))
      throw dtypeError(`cross_entropy is implemented for float32 and float64 logits, but got ${input.dtype}`);
    if (input.ndim === 0)
      throw shapeMismatch('cross_entropy: expected an input of 1 or more dimensions, but got a 0-d one');
    if (sameShape(input.shape, target.shape)) {
      if (!isFloating(target.dtype))
        throw dtypeError(
          `cross_entropy: expected a floating dtype for a target with class probabilities, but got ${target.dtype}`,
        );
      if (ignoreIndex >= 0)
        throw valueRange('cross_entropy: ignore_index is not supported for a target with class probabilities');
      if (weight !== undefined) checkWeight('cross_entropy', input, weight);
      return ofProbabilities(input, target, weight, reduction, labelSmoothing);
    }
    checkClasses('cross_entropy', input, target, weight);
    const logs = logSoftmax(input, classDim(input));
    const loss = nllLoss(logs, target, weight, ignoreIndex, reduction);
    if (!(labelSmoothing > 0)) return loss;
    const uniform = towardsUniform(logs, target, weight, ignoreIndex, reduction);
    return add(
      mul(loss, float(1 - labelSmoothing)),
      mul(uniform, float(labelSmoothing / input.shape[classDim(input)])),
    );
  },
  derivation: {
    formula: ({ reduction }) => ofAll(reduction, String.raw`-\ln \operatorname{softmax}(@input)_{@target}`),
    by: {
      input: (call) => toldOfLogits(call),
      target: {
        form: 'vjp',
        latex: String.raw`-@g \cdot \operatorname{log\_softmax}(@input)`,
        words: 'shared by the reduction',
      },
    },
  },
  examples: [
    '{"input": [[2, 0.5, -1], [0, 1, 0.5]], "target": [0, 2]}',
    '{"input": [[2, 0.5, -1], [0, 1, 0.5]], "target": [[0.7, 0.2, 0.1], [0, 0.5, 0.5]]}',
    '{"input": [[2, 0.5, -1], [0, 1, 0.5]], "target": [0, -100], "weight": [1, 2, 0.5], "label_smoothing": 0.1}',
  ],
});
