/** Several tensors made into one, and one taken apart into windows on it: each is the other's gradient. */
import { copyInto, emptyIn, formatOf } from '../../kernels/index.ts';
import { EngineError, indexOutOfRange, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkShape, normalizeDim, type Shape, sameShape } from '../../tensor/shape.ts';
import { empty, type Tensor, type TensorMeta } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { checkResults } from '../limits.ts';
import { attr, integer, integerList, integerOrList, tensor, tensors } from '../params.ts';
import { commonTypeOf } from '../promote.ts';
import { reshape } from './views.ts';

/** An empty vector takes part in no concatenation: a habit that PyTorch keeps. */
const isLegacyEmpty = (t: TensorMeta): boolean => t.shape.length === 1 && t.shape[0] === 0;

/** The dimension of `cat`, found from what takes part. */
function catDim(tensors: readonly TensorMeta[], dim: number): number {
  const first = tensors.find((t) => !isLegacyEmpty(t)) ?? tensors[0];
  return normalizeDim(dim, first.shape.length);
}

export const cat = defineOp({
  name: 'cat',
  aliases: ['concat', 'concatenate'],
  category: 'shape',
  in: ['torch'],
  summary: 'Tensors one after another along a dimension they have',
  params: [tensors('tensors'), attr('dim', integer(), { default: 0 })],
  formula: String.raw`[x_0, x_1, \ldots]`,
  derivative: '1',
  forward: ({ tensors, dim }) => {
    if (tensors.length === 0) throw valueRange('torch.cat(): expected a non-empty list of Tensors');
    tensors.forEach((t, i) => {
      if (t.ndim === 0) throw shapeMismatch(`zero-dimensional tensor (at position ${i}) cannot be concatenated`);
    });
    const d = catDim(tensors, dim);
    const first = tensors.find((t) => !isLegacyEmpty(t)) ?? tensors[0];
    const parts = tensors.filter((t) => !isLegacyEmpty(t));
    let size = 0;
    tensors.forEach((t, i) => {
      if (isLegacyEmpty(t)) return;
      if (t.ndim !== first.ndim) {
        throw shapeMismatch(
          `Tensors must have same number of dimensions: got ${first.ndim} and ${t.ndim} (shapes ${showShape(first.shape)} and ${showShape(t.shape)})`,
        );
      }
      const wrong = t.shape.findIndex((s, k) => k !== d && s !== first.shape[k]);
      if (wrong >= 0) {
        throw shapeMismatch(
          `Sizes of tensors must match except in dimension ${d}. Expected size ${first.shape[wrong]} but got size ${t.shape[wrong]} at dimension ${wrong} for tensor number ${i} in the list: the shapes are ${showShape(first.shape)} and ${showShape(t.shape)}.`,
        );
      }
      size += t.shape[d];
    });
    // Kept where all of them have it.
    const formats = new Set(parts.map(formatOf));
    const format = formats.size === 1 ? formatOf(first) : 'contiguous_format';
    const out = emptyIn(format, first.shape.with(d, size), commonTypeOf(tensors));
    let at = 0;
    for (const t of parts) {
      copyInto(out.alias(t.shape, out.strides, out.offset + at * out.strides[d]), t);
      at += t.shape[d];
    }
    return out;
  },
  gradient: {
    tensors: ({ tensors, dim }, grad): Tensor[] => {
      const d = catDim(tensors, dim);
      const parts = splitWithSizes(
        grad,
        tensors.map((t) => (isLegacyEmpty(t) ? 0 : t.shape[d])),
        d,
      );
      return tensors.map((t, i) => (sameShape(parts[i].shape, t.shape) ? parts[i] : reshape(parts[i], t.shape)));
    },
  },
  derivation: {
    words: 'each part gets its own stretch of the gradient',
  },
  examples: ['{"tensors": [[[1, 2]], [[3, 4], [5, 6]]], "dim": 0}'],
});

export const stack = defineOp({
  name: 'stack',
  category: 'shape',
  in: ['torch'],
  summary: 'Tensors of one shape along a new dimension',
  params: [tensors('tensors'), attr('dim', integer(), { default: 0 })],
  formula: String.raw`y_{\ldots, k, \ldots} = (x_k)_{\ldots}`,
  derivative: '1',
  forward: ({ tensors, dim }) => {
    if (tensors.length === 0) throw valueRange('stack expects a non-empty TensorList');
    const [first] = tensors;
    const d = normalizeDim(dim, first.ndim + 1);
    tensors.forEach((t, i) => {
      if (!sameShape(t.shape, first.shape)) {
        throw shapeMismatch(
          `stack expects each tensor to be equal size, but got ${showShape(first.shape)} at entry 0 and ${showShape(t.shape)} at entry ${i}`,
        );
      }
    });
    const shape = first.shape.toSpliced(d, 0, tensors.length);
    checkShape(shape);
    const out = empty(shape, commonTypeOf(tensors));
    tensors.forEach((t, i) => {
      copyInto(out.alias(t.shape, out.strides.toSpliced(d, 1), out.offset + i * out.strides[d]), t);
    });
    return out;
  },
  gradient: {
    tensors: ({ tensors, dim }, grad): readonly Tensor[] =>
      unbind(grad, normalizeDim(dim, tensors[0].shape.length + 1)),
  },
  derivation: {
    words: 'each part gets its own stretch of the gradient',
  },
  examples: ['{"tensors": [[1, 2], [3, 4]], "dim": 1}'],
});

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
  derivation: {
    words: 'the gradients of the parts are put together again; a part that nothing depends on has 0',
  },
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
  derivation: {
    words: 'the gradients of the parts are put together again; a part that nothing depends on has 0',
  },
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
  derivation: {
    words: 'the gradients of the parts are put together again; a part that nothing depends on has 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]], "dim": 1}'],
});
