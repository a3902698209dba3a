/** The gradients of softmax and of its logarithm, in one pass over each row; they have gradients themselves. */
import { logSoftmaxBackwardRows, softmaxBackwardRows } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { normalizeDim, sameShape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, tensor } from '../params.ts';
import { mul, neg, sub } from '../pointwise/arithmetic.ts';
import { exp } from '../pointwise/exponential.ts';
import { sum } from '../reductions/sum.ts';

/** The two tensors that a gradient comes from: of one shape, and of one floating dtype. */
function checkPair(op: string, grad: TensorMeta, output: TensorMeta): void {
  if (!sameShape(grad.shape, output.shape))
    throw shapeMismatch(
      `${op}: expected a gradient of the output's shape ${showShape(output.shape)}, but got ${showShape(grad.shape)}`,
    );
  if (grad.dtype !== output.dtype || !isFloating(output.dtype))
    throw dtypeError(
      `${op} is implemented for a gradient and an output of one floating dtype, but got ${grad.dtype} and ${output.dtype}`,
    );
}

const backwardDim = attr('dim', integer(), { doc: 'The dimension that the forward pass went along' });

export const softmaxBackwardData = defineOp({
  name: '_softmax_backward_data',
  category: 'nn',
  summary: 'What softmax hands on of the gradient of its result',
  params: [tensor('grad_output'), tensor('output', { doc: 'The result of softmax' }), backwardDim],
  formula: String.raw`y_i\,(g_i - \sum_j g_j\, y_j)`,
  derivative: String.raw`\frac{\partial}{\partial g_j} = y_i\,(\delta_{ij} - y_j)`,
  forward: ({ gradOutput, output, dim }) => {
    checkPair('_softmax_backward_data', gradOutput, output);
    return softmaxBackwardRows(gradOutput, output, normalizeDim(dim, output.ndim));
  },
  saves: ['gradOutput', 'output'],
  gradient: {
    gradOutput: ({ output, dim }, grad): Tensor => softmaxBackwardData(grad, output, dim),
    output: ({ gradOutput, output, dim }, grad): Tensor =>
      sub(
        mul(grad, sub(gradOutput, sum(mul(gradOutput, output), dim, true))),
        mul(gradOutput, sum(mul(grad, output), dim, true)),
      ),
  },
  examples: [{ grad_output: [[1, 0, -1]], output: [[0.1, 0.3, 0.6]], dim: 1 }],
});

export const logSoftmaxBackwardData = defineOp({
  name: '_log_softmax_backward_data',
  category: 'nn',
  summary: 'What log_softmax hands on of the gradient of its result',
  params: [tensor('grad_output'), tensor('output', { doc: 'The result of log_softmax' }), backwardDim],
  formula: String.raw`g_i - e^{y_i} \sum_j g_j`,
  derivative: String.raw`\frac{\partial}{\partial g_j} = \delta_{ij} - e^{y_i}`,
  forward: ({ gradOutput, output, dim }) => {
    checkPair('_log_softmax_backward_data', gradOutput, output);
    return logSoftmaxBackwardRows(gradOutput, output, normalizeDim(dim, output.ndim));
  },
  saves: ['gradOutput', 'output'],
  gradient: {
    gradOutput: ({ output, dim }, grad) => sub(grad, sum(mul(grad, exp(output)), dim, true)),
    output: ({ gradOutput, output, dim }, grad) => neg(mul(mul(grad, exp(output)), sum(gradOutput, dim, true))),
  },
  examples: [{ grad_output: [[1, 0, -1]], output: [[-2.3, -1.2, -0.5]], dim: 1 }],
});
