/** One tensor taken apart into windows on it. */
import { EngineError, indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { normalizeDim, type Shape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { checkResults } from '../limits.ts';
import { attr, integer, integerList, integerOrList, tensor } from '../params.ts';
import { cat, stack } from './join.ts';

const dimParam = attr('dim', integer(), { default: 0 });

function dimOf(name: string, dim: number, shape: Shape): number {
  if (shape.length === 0) throw shapeMismatch(`${name} expects at least a 1-dimensional tensor`);
  return normalizeDim(dim, shape.length);
}

/** Windows of these lengths, one behind another. */
function windows(t: Tensor, sizes: readonly number[], dim: number): Tensor[] {
  let at = 0;
  return sizes.map((size) => {
    const out = t.alias(t.shape.with(dim, size), t.strides, t.offset + at * t.strides[dim]);
    at += size;
    return out;
  });
}

/** Gradients of several results, with zeros where none came; the list may have holes. */
const filled = (grads: readonly (Tensor | null)[], metas: readonly TensorMeta[]): Tensor[] =>
  metas.map((meta, i) => grads[i] ?? zeros(meta.shape, meta.dtype));

/** Lengths of the parts that `split` makes. */
function partSizes(size: number, split: number | readonly number[], dim: number, shape: Shape): readonly number[] {
  if (typeof split !== 'number') {
    checkResults('split_with_sizes', split.length);
    if (split.some((s) => s < 0))
      throw new EngineError(
        'value_range',
        `split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=${showShape(split)}`,
      );
    const total = split.reduce((a, b) => a + b, 0);
    if (total !== size) {
      throw shapeMismatch(
        `split_with_sizes expects split_sizes to sum exactly to ${size} (input tensor's size at dimension ${dim} of ${showShape(shape)}), but got split_sizes=${showShape(split)}`,
      );
    }
    return split;
  }
  if (split < 0)
    throw new EngineError('value_range', `split expects split_size be non-negative, but got split_size=${split}`);
  if (split === 0 && size !== 0) {
    throw new EngineError(
      'value_range',
      `split_size can only be 0 if dimension size is 0, but got dimension size of ${size}`,
    );
  }
  const count = split === 0 ? 1 : Math.max(Math.ceil(size / split), 1);
  checkResults('split', count);
  return Array.from({ length: count }, (_, i) => Math.min(split, size - i * split));
}

export const split = defineOp({
  name: 'split',
  category: 'shape',
  takes: { torch: 'tensor=input split_size_or_sections dim', Tensor: 'input split_size=split_size_or_sections dim' },
  summary: 'Parts of one size, the last maybe smaller, or of the sizes given',
  params: [
    tensor('input'),
    attr('split_size_or_sections', integerOrList, { doc: 'The size of each part, or a list of sizes' }),
    dimParam,
  ],
  formula: String.raw`x_{\ldots, ks:(k+1)s, \ldots}`,
  derivative: '1',
  forward: ({ input, splitSizeOrSections, dim }) => {
    const d = dimOf('split', dim, input.shape);
    return windows(input, partSizes(input.shape[d], splitSizeOrSections, d, input.shape), d);
  },
  gradFn: ({ splitSizeOrSections }) =>
    typeof splitSizeOrSections === 'number' ? 'SplitBackward0' : 'SplitWithSizesBackward0',
  gradient: { input: ({ input, dim, result }, grads): Tensor => joined(grads, result, input, dim) },
  examples: [{ input: [1, 2, 3, 4, 5], split_size_or_sections: 2 }],
});

/** The parts' gradients in one. Nothing is concatenated where the list is empty. */
function joined(
  grads: readonly (Tensor | null)[],
  parts: readonly TensorMeta[],
  input: TensorMeta,
  dim: number,
): Tensor {
  return parts.length === 0
    ? zeros(input.shape, input.dtype)
    : cat(filled(grads, parts), normalizeDim(dim, input.shape.length));
}

export const splitWithSizes = defineOp({
  name: 'split_with_sizes',
  category: 'shape',
  summary: 'Parts of the sizes given',
  params: [tensor('input'), attr('split_sizes', integerList), dimParam],
  formula: String.raw`x_{\ldots, a_k:a_k+s_k, \ldots}`,
  derivative: '1',
  forward: ({ input, splitSizes, dim }) => {
    const d = dimOf('split_with_sizes', dim, input.shape);
    return windows(input, partSizes(input.shape[d], splitSizes, d, input.shape), d);
  },
  gradient: { input: ({ input, dim, result }, grads): Tensor => joined(grads, result, input, dim) },
  examples: [{ input: [1, 2, 3, 4, 5], split_sizes: [2, 3] }],
});

export const unbind = defineOp({
  name: 'unbind',
  category: 'shape',
  summary: 'A list of all indices along a dimension, which is dropped',
  params: [tensor('input'), dimParam],
  formula: String.raw`(x_{\ldots, k, \ldots})_k`,
  derivative: '1',
  forward: ({ input, dim }) => {
    if (input.ndim === 0) throw indexOutOfRange(`Dimension specified as ${dim} but tensor has no dimensions`);
    const d = normalizeDim(dim, input.ndim);
    checkResults('unbind', input.shape[d]);
    const [shape, strides] = [input.shape.toSpliced(d, 1), input.strides.toSpliced(d, 1)];
    return Array.from({ length: input.shape[d] }, (_, i) =>
      input.alias(shape, strides, input.offset + i * input.strides[d]),
    );
  },
  gradient: {
    input: ({ input, dim, result }, grads): Tensor =>
      result.length === 0
        ? zeros(input.shape, input.dtype)
        : stack(filled(grads, result), normalizeDim(dim, input.shape.length)),
  },
  examples: ['{"input": [[1, 2], [3, 4]], "dim": 1}'],
});
