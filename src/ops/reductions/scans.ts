/** Running sums and products along a dimension. */

import { cast, PLUS, recurrenceRows, runningLogSumExp, scanRows, TIMES } from '../../kernels/index.ts';
import { type DType, isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { normalizeDim, sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { full, to } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, tensor } from '../params.ts';
import { mul, sub } from '../pointwise/arithmetic.ts';
import { exp } from '../pointwise/exponential.ts';
import { floatType } from '../promote.ts';
import { cat, flip } from '../shape/index.ts';
import { narrow } from '../shape/windows.ts';
import { alongParam, dtypeParam } from './params.ts';

/** Moved by one along a dimension: backwards what stood behind an element, else what stood before it. */
function shifted(t: Tensor, dim: number, backwards: boolean, filler: number): Tensor {
  if (t.ndim === 0) return full([], filler, t.dtype);
  const n = t.shape[normalizeDim(dim, t.ndim)];
  if (n === 0) return t;
  const shape = [...t.shape];
  shape[normalizeDim(dim, t.ndim)] = 1;
  const edge = full(shape, filler, t.dtype);
  if (n === 1) return edge;
  return backwards ? cat([narrow(t, dim, 1, n - 1), edge], dim) : cat([edge, narrow(t, dim, 0, n - 1)], dim);
}

/** The recurrence that the gradients of running products are made of; PyTorch has none. */
export const linearRecurrence = defineOp({
  name: 'linear_recurrence',
  category: 'reduction',
  in: [],
  summary: 'Each element plus its decay times the result before it (or, in reverse, after it)',
  params: [
    tensor('input'),
    tensor('decay', { doc: 'Of the shape of input' }),
    alongParam,
    attr('reverse', boolean, { default: false }),
  ],
  formula: String.raw`h_k = x_k + a_k\, h_{k-1}`,
  derivative: String.raw`\lambda_k = g_k + a_{k+1} \lambda_{k+1},\quad \tfrac{\partial L}{\partial x_k} = \lambda_k,\quad \tfrac{\partial L}{\partial a_k} = \lambda_k h_{k-1}`,
  forward: ({ input, decay, dim, reverse }) => {
    if (!sameShape(input.shape, decay.shape))
      throw shapeMismatch(
        `linear_recurrence: input and decay must have one shape, but got ${showShape(input.shape)} and ${showShape(decay.shape)}`,
      );
    if (!isFloating(input.dtype) || input.dtype !== decay.dtype)
      throw dtypeError(`linear_recurrence: expected one floating dtype, but got ${input.dtype} and ${decay.dtype}`);
    return recurrenceRows(input, decay, normalizeDim(dim, input.ndim), reverse);
  },
  saves: ['decay', 'result'],
  gradient: {
    input: ({ decay, dim, reverse }, grad): Tensor =>
      linearRecurrence(grad, shifted(decay, dim, !reverse, 0), dim, !reverse),
    decay: ({ decay, result, dim, reverse }, grad): Tensor =>
      mul(linearRecurrence(grad, shifted(decay, dim, !reverse, 0), dim, !reverse), shifted(result, dim, reverse, 0)),
  },
  examples: [{ input: [1, 2, 3], decay: [0.5, -1, 2], dim: 0 }],
});

/** `input` in the dtype that its running sums and products come in. */
function prepared(op: string, input: Tensor, asked: DType | undefined): Tensor {
  if (asked === 'bool') throw dtypeError(`${op} is not implemented for bool; ask for an integer or floating dtype`);
  return cast(input, asked ?? (isFloating(input.dtype) ? input.dtype : 'int64'));
}

export const cumsum = defineOp({
  name: 'cumsum',
  category: 'reduction',
  in: ['torch', 'Tensor_'],
  summary: 'Running sum along a dimension',
  params: [tensor('input'), alongParam, dtypeParam],
  formula: String.raw`y_k = \sum_{i \le k} x_i`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_k} = \sum_{i \ge k} g_i`,
  forward: ({ input, dim, dtype }) => scanRows(prepared('cumsum', input, dtype), normalizeDim(dim, input.ndim), PLUS),
  gradient: { input: ({ dim }, grad): Tensor => flip(cumsum(flip(grad, [dim]), dim), [dim]) },
  derivation: {
    formula: String.raw`\operatorname{cumsum}(@input)`,
    by: {
      input: {
        form: 'index',
        latex: String.raw`\textstyle\sum_{k \ge i} @g_{k}`,
        words: 'an element is in all sums from its place on: it gets the sum of their gradients',
      },
    },
  },
  examples: ['{"input": [[1, 2, 3], [4, 5, 6]], "dim": 1}'],
});

/**
 * The gradient of a running product, without a division, so that zeros do no harm: what stands
 * before an element, times the sum of what its successors make of their gradients.
 */
export function cumprodSlope(input: Tensor, result: Tensor, dim: number, grad: Tensor): Tensor {
  if (input.ndim === 0) return grad;
  return mul(shifted(result, dim, false, 1), linearRecurrence(grad, shifted(input, dim, true, 0), dim, true));
}

export const cumprod = defineOp({
  name: 'cumprod',
  category: 'reduction',
  in: ['torch', 'Tensor_'],
  summary: 'Running product along a dimension',
  params: [tensor('input'), alongParam, dtypeParam],
  formula: String.raw`y_k = \prod_{i \le k} x_i`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_k} = \sum_{i \ge k} g_i \prod_{j \le i,\, j \ne k} x_j`,
  forward: ({ input, dim, dtype }) => scanRows(prepared('cumprod', input, dtype), normalizeDim(dim, input.ndim), TIMES),
  saves: ['input', 'result'],
  gradient: { input: ({ input, result, dim }, grad): Tensor => cumprodSlope(to(input, grad.dtype), result, dim, grad) },
  examples: ['{"input": [[1, 2, 3], [4, 0.5, -6]], "dim": 1}'],
});

export const logcumsumexp = defineOp({
  name: 'logcumsumexp',
  category: 'reduction',
  summary: 'Logarithm of the running sum of exponentials along a dimension',
  params: [tensor('input'), alongParam],
  formula: String.raw`y_k = \log \sum_{i \le k} e^{x_i}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_k} = \sum_{i \ge k} g_i\, e^{x_k - y_i}`,
  forward: ({ input, dim }) => {
    if (!isFloating(input.dtype)) throw dtypeError(`logcumsumexp is for floating dtypes, but input is ${input.dtype}`);
    return runningLogSumExp(input, normalizeDim(dim, input.ndim), floatType(input.dtype));
  },
  saves: ['input', 'result'],
  gradient: {
    // Results rise along the way: in steps from one to the next no exponential overflows.
    input: ({ input, result, dim }, grad): Tensor => {
      const decay = exp(sub(result, shifted(result, dim, true, Number.POSITIVE_INFINITY)));
      return mul(exp(sub(input, result)), linearRecurrence(grad, decay, dim, true));
    },
  },
  examples: ['{"input": [[0.5, -1, 2], [1, 0, -3]], "dim": 1}'],
});
