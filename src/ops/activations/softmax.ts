/** Numbers to probabilities along a dimension, and to their logarithms. */
import { cast, logSoftmaxRows, softmaxRows } from '../../kernels/index.ts';
import { type DType, isFloating } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { defineOp } from '../define.ts';
import { integer, optionalAttr, tensor } from '../params.ts';
import { neg } from '../pointwise/arithmetic.ts';
import { dtypeParam } from '../reductions/sum.ts';
import { logSoftmaxBackwardData, softmaxBackwardData } from './softmax-backward.ts';

/** Without `dim`, PyTorch takes the first dimension of tensors of 0, 1 and 3 dimensions, else the second. */
const dimOf = (input: TensorMeta, dim: number | undefined): number => {
  const rank = input.shape.length;
  return normalizeDim(dim ?? (rank === 0 || rank === 1 || rank === 3 ? 0 : 1), rank);
};

function typeOf(op: string, input: TensorMeta, asked: DType | undefined): DType {
  const dtype = asked ?? input.dtype;
  if (!isFloating(dtype)) throw dtypeError(`${op} is implemented for float32 and float64, but got ${dtype}`);
  return dtype;
}

/** As {@link dimOf}; whoever leaves it to PyTorch is told. */
function chosenDim(op: string, input: TensorMeta, dim: number | undefined): number {
  if (dim === undefined)
    warn(`Implicit dimension choice for ${op} has been deprecated. Change the call to include dim=X as an argument.`);
  return dimOf(input, dim);
}

const dim = optionalAttr('dim', integer(), {
  doc: 'The dimension along which the probabilities sum to 1; where absent, the first of tensors of 0, 1 and 3 dimensions, else the second',
});

const ofVector = { at: [0, 0, 0], dim: 'dim' } as const;

export const softmax = defineOp({
  name: 'softmax',
  category: 'activation',
  in: ['torch', 'Tensor', 'F', 'special'],
  takes: { F: 'input dim _stacklevel dtype', all: 'input dim! dtype' },
  module: 'Softmax',
  summary: 'Probabilities in proportion to the exponentials, along a dimension',
  source: 'Bridle 1990',
  curve: ofVector,
  params: [tensor('input'), dim, dtypeParam],
  formula: String.raw`y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}`,
  derivative: String.raw`\frac{\partial y_i}{\partial x_j} = y_i\,(\delta_{ij} - y_j)`,
  forward: ({ input, dim, dtype }) => {
    const type = typeOf('softmax', input, dtype);
    const d = chosenDim('softmax', input, dim);
    return softmaxRows(cast(input, type), d, type);
  },
  saves: ['result'],
  gradient: {
    input: ({ result, input, dim }, grad): Tensor => softmaxBackwardData(grad, result, dimOf(input, dim)),
  },
  derivation: {
    formula: String.raw`\operatorname{softmax}(@input)`,
    by: {
      input: {
        form: 'vjp',
        latex: String.raw`@p \odot \left(@g - \textstyle\sum (@g \odot @p)\right)`,
        words:
          'the Jacobian of a softmax is diag(p) - p pᵀ, that is ∂p_i/∂x_j = p_i (δ_ij - p_j), along its dimension; its product with the gradient needs one sum for each row of probabilities',
        let: { p: { name: 'p', is: '@result' } },
        jacobian: String.raw`\operatorname{diag}(p) - p\,p^{\top}`,
      },
    },
  },
  examples: ['{"input": [[1, 2, 3], [1, 1, 0]], "dim": 1}'],
});

export const logSoftmax = defineOp({
  name: 'log_softmax',
  category: 'activation',
  in: ['torch', 'Tensor', 'F', 'special'],
  takes: { F: 'input dim _stacklevel dtype', special: 'input dim! | dtype', all: 'input dim! dtype' },
  module: 'LogSoftmax',
  summary: 'Logarithm of softmax, without overflow',
  curve: ofVector,
  params: [tensor('input'), dim, dtypeParam],
  formula: String.raw`y_i = x_i - \log \sum_j e^{x_j}`,
  derivative: String.raw`\frac{\partial y_i}{\partial x_j} = \delta_{ij} - e^{y_j}`,
  forward: ({ input, dim, dtype }) => {
    const type = typeOf('log_softmax', input, dtype);
    const d = chosenDim('log_softmax', input, dim);
    return logSoftmaxRows(cast(input, type), d, type);
  },
  saves: ['result'],
  gradient: {
    input: ({ result, input, dim }, grad): Tensor => logSoftmaxBackwardData(grad, result, dimOf(input, dim)),
  },
  derivation: {
    formula: String.raw`\operatorname{log\_softmax}(@input)`,
    by: {
      input: {
        form: 'vjp',
        latex: String.raw`@g - e^{@result} \odot \textstyle\sum @g`,
        words:
          'with p = exp of the result the Jacobian is I - 1 pᵀ, that is ∂y_i/∂x_j = δ_ij - p_j, along its dimension: each gets its own gradient less its probability times the sum of them all',
        jacobian: String.raw`I - \mathbf{1}\,p^{\top}`,
      },
    },
  },
  examples: ['{"input": [[1, 2, 3], [1, 1, 0]], "dim": 1}'],
});

export const softmin = defineOp({
  name: 'softmin',
  category: 'activation',
  takes: 'input dim _stacklevel dtype',
  module: 'Softmin',
  summary: 'Softmax of the negative: the smallest number gets the largest probability',
  curve: ofVector,
  params: [tensor('input'), dim, dtypeParam],
  formula: String.raw`y_i = \frac{e^{-x_i}}{\sum_j e^{-x_j}}`,
  derivative: String.raw`\frac{\partial y_i}{\partial x_j} = -y_i\,(\delta_{ij} - y_j)`,
  composite: ({ input, dim, dtype }): Tensor => softmax(neg(input), chosenDim('softmin', input, dim), dtype),
  derivation: {
    formula: String.raw`\operatorname{softmin}(@input)`,
    by: {
      input: {
        form: 'vjp',
        latex: String.raw`-@p \odot \left(@g - \textstyle\sum (@g \odot @p)\right)`,
        words: 'a softmax of the negative: its Jacobian is p pᵀ - diag(p), along its dimension',
        let: { p: { name: 'p', is: '@result' } },
        jacobian: String.raw`p\,p^{\top} - \operatorname{diag}(p)`,
      },
    },
  },
  examples: ['{"input": [[1, 2, 3], [1, 1, 0]], "dim": 1}'],
});
