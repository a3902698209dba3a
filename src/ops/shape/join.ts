/** Several tensors made into one. */
import { copyInto } from '../../kernels/copy.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkShape, normalizeDim, sameShape } from '../../tensor/shape.ts';
import { empty, type Tensor, type TensorMeta } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, tensors } from '../params.ts';
import { commonTypeOf } from '../promote.ts';
import { splitWithSizes, unbind } from './split.ts';
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
    const out = empty(first.shape.with(d, size), commonTypeOf(tensors));
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
  examples: ['{"tensors": [[1, 2], [3, 4]], "dim": 1}'],
});
