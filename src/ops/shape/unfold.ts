/** Sliding windows. */
import { contiguous, scatterAddInto } from '../../kernels/index.ts';
import { dtypeError, EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { checkNumel, checkShape, normalizeDim } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, integerList, tensor } from '../params.ts';
import { checkGradient } from './placed.ts';

const dimParam = attr('dimension', integer());
const sizeParam = attr('size', integer(), { doc: 'Of each window' });
const stepParam = attr('step', integer(), { doc: 'From one window to the next' });

/** All windows of a dimension, their elements in a new last one. */
function unfolded(t: Tensor, dimension: number, size: number, step: number): Tensor {
  const d = normalizeDim(dimension, t.ndim);
  const length = t.shape[d] ?? 1;
  if (size < 0 || size > length) {
    throw shapeMismatch(
      `maximum size for tensor at dimension ${d} is ${length} but size is ${size}, the shape being ${showShape(t.shape)}`,
    );
  }
  if (step <= 0) throw new EngineError('value_range', `step is ${step} but must be > 0`);
  if (t.ndim === 0) return t.alias([size], [1]);
  const shape = [...t.shape.with(d, Math.floor((length - size) / step) + 1), size];
  checkShape(shape);
  return t.alias(shape, [...t.strides.with(d, t.strides[d] * step), t.strides[d]]);
}

export const unfold = defineOp({
  name: 'unfold',
  category: 'shape',
  in: ['Tensor'],
  summary: 'Sliding windows along a dimension, their elements in a new last one',
  params: [tensor('input'), dimParam, sizeParam, stepParam],
  formula: String.raw`y_{\ldots k \ldots, j} = x_{\ldots, k \cdot \mathrm{step} + j, \ldots}`,
  derivative: '1',
  forward: ({ input, dimension, size, step }) => unfolded(input, dimension, size, step),
  gradient: {
    input: ({ input, dimension, size, step }, grad): Tensor => unfoldBackward(grad, input.shape, dimension, size, step),
  },
  examples: [{ input: [1, 2, 3, 4, 5], dimension: 0, size: 3, step: 1 }],
});

export const unfoldBackward = defineOp({
  name: 'unfold_backward',
  category: 'shape',
  summary: 'Sums of windows that overlap: the gradient of unfold',
  params: [tensor('grad_in'), attr('input_sizes', integerList), attr('dim', integer()), sizeParam, stepParam],
  formula: String.raw`y_{\ldots i \ldots} = \sum_{k, j:\; k \cdot \mathrm{step} + j = i} g_{\ldots k \ldots, j}`,
  derivative: '1',
  forward: ({ gradIn, inputSizes, dim, size, step }) => {
    if (gradIn.dtype === 'bool') throw dtypeError('unfold_backward adds up, which is not implemented for bool');
    checkNumel(inputSizes);
    const out = empty(inputSizes, gradIn.dtype);
    const windows = unfolded(out, dim, size, step);
    checkGradient('unfold', gradIn, inputSizes, windows.shape);
    if (windows.numel > 0) scatterAddInto(windows, contiguous(gradIn));
    return out;
  },
  gradient: { gradIn: ({ dim, size, step }, grad): Tensor => unfold(grad, dim, size, step) },
  examples: ['{"grad_in": [[1, 2], [3, 4]], "input_sizes": [3], "dim": 0, "size": 2, "step": 1}'],
});
