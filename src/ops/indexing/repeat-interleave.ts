/** Slices repeated in their places. */
import { contiguous, fillRepeats, totalOf } from '../../kernels/index.ts';
import { isIntegral } from '../../tensor/dtype.ts';
import { EngineError, indexOutOfRange, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { type Scalar, scalarKind, scalarToNumber } from '../../tensor/scalar.ts';
import { checkNumel, normalizeDim } from '../../tensor/shape.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { integer, optionalAttr, optionalConstantOperand, tensor } from '../params.ts';
import { expand, reshape } from '../shape/views.ts';
import { indexSelect } from './along.ts';

/** How often each of `n` slices comes. Reads values. */
function checkRepeats(repeats: Tensor, n: number | undefined): void {
  if (!isIntegral(repeats.dtype))
    throw new EngineError('dtype', `repeat_interleave: repeats must be of an integer dtype, but got ${repeats.dtype}`);
  if (repeats.ndim > 1)
    throw shapeMismatch(
      `repeat_interleave only accept 1D vector as repeat, but got the shape ${showShape(repeats.shape)}`,
    );
  if (n !== undefined && repeats.numel !== n)
    throw shapeMismatch(`repeats must have the same size as input along dim: ${repeats.numel} and ${n}`);
}

/** The index of each slice, as often as it comes. */
function repeatedIndex(repeats: Tensor, outputSize: number | undefined): Tensor {
  checkRepeats(repeats, undefined);
  const counts = contiguous(repeats);
  // With the size given, nothing is read before the result is there.
  const size = outputSize ?? totalOf(counts);
  checkNumel([size]);
  return fillRepeats(empty([Math.max(size, 0)], repeats.dtype === 'int32' ? 'int32' : 'int64'), counts, size);
}

const whole = (repeats: Scalar): number => {
  if (scalarKind(repeats) !== 'int')
    throw new EngineError('dtype', 'repeat_interleave: repeats must be an integer or an integer tensor');
  const n = scalarToNumber(repeats);
  if (n < 0) throw valueRange(`repeats can not be negative, but got ${n}`);
  return n;
};

export const repeatInterleave = defineOp({
  name: 'repeat_interleave',
  category: 'shape',
  takes: {
    torch: 'input repeats dim | output_size / repeats=input | output_size',
    Tensor: 'input repeats dim | output_size',
  },
  summary: 'Each slice repeated in its place',
  params: [
    tensor('input', { doc: 'Without repeats: how often each index comes' }),
    optionalConstantOperand('repeats', { doc: 'A number for all, or a tensor with one for each slice' }),
    optionalAttr('dim', integer(), { doc: 'The flattened input where absent' }),
    optionalAttr('output_size', integer({ minimum: 0 }), { doc: 'The size along dim, where it is known beforehand' }),
  ],
  formula: String.raw`(\underbrace{x_0, \ldots, x_0}_{r_0}, \underbrace{x_1, \ldots}_{r_1}, \ldots)`,
  derivative: '1',
  composite: ({ input, repeats, dim, outputSize }): Tensor => {
    if (repeats === undefined) return repeatedIndex(input, outputSize);
    const src = dim === undefined ? reshape(input, [-1]) : input;
    const d = dim === undefined ? 0 : normalizeDim(dim, input.ndim);
    if (dim !== undefined && input.ndim === 0)
      throw indexOutOfRange(`Dimension specified as ${dim} but tensor has no dimensions`);
    if (!(repeats instanceof Tensor)) return evenly(src, d, whole(repeats), outputSize);
    checkRepeats(repeats, undefined);
    const each = repeats.numel === 1 ? expand(reshape(repeats, [1]), [src.shape[d]]) : repeats;
    checkRepeats(each, src.shape[d]);
    return indexSelect(src, d, repeatInterleave(each, undefined, undefined, outputSize));
  },
  derivation: {
    formula: String.raw`\operatorname{repeat\_interleave}(@input)`,
    words: 'each element stands there several times: it gets the sum of the gradients of its copies',
  },
  examples: [{ input: [1, 2, 3], repeats: 2 }],
});

/** Every slice as often. */
function evenly(t: Tensor, dim: number, n: number, outputSize: number | undefined): Tensor {
  const size = t.shape[dim] * n;
  if (outputSize !== undefined && outputSize !== size)
    throw valueRange(`repeat_interleave: output_size is ${outputSize}, but the repeats sum to ${size}`);
  const wide = t.shape.toSpliced(dim + 1, 0, n);
  const out = t.shape.with(dim, size);
  checkNumel(out);
  return reshape(expand(reshape(t, t.shape.toSpliced(dim + 1, 0, 1)), wide), out);
}
