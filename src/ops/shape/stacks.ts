/** Tensors given more dimensions, and joined along one of them. */

import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { tensors } from '../params.ts';
import { commonType } from '../promote.ts';
import { meshgrid } from './broadcast.ts';
import { alias } from './copies.ts';
import { unsqueeze } from './dims.ts';
import { cat, stack } from './pieces.ts';
import { reshape } from './views.ts';

/** At least `rank` dimensions: vectors are rows, matrices get a third dimension behind. */
function atLeast(t: Tensor, rank: 1 | 2 | 3): Tensor {
  if (t.ndim >= rank) return alias(t);
  if (t.ndim === 0) return reshape(t, new Array<number>(rank).fill(1));
  const row = t.ndim === 1 ? unsqueeze(t, 0) : t;
  return rank === 3 ? unsqueeze(row, -1) : row;
}

const atLeastOp = <const N extends string>(name: N, rank: 1 | 2 | 3) =>
  defineOp({
    name,
    category: 'shape',
    in: ['torch'],
    summary: `At least ${rank} dimension${rank > 1 ? 's' : ''}, new ones of size 1`,
    params: [tensors('tensors', { variadic: true, doc: 'One tensor, or several, which give a list' })],
    formula: 'x',
    derivative: '1',
    composite: ({ tensors }): Tensor | readonly Tensor[] => {
      const out = tensors.map((t) => atLeast(t, rank));
      return out.length === 1 ? out[0] : out;
    },
    examples: [{ tensors: [[1, 2]] }],
  });

export const atleast1d = atLeastOp('atleast_1d', 1);
export const atleast2d = atLeastOp('atleast_2d', 2);
export const atleast3d = atLeastOp('atleast_3d', 3);

const tensorsParam = tensors('tensors');

function nonEmpty(name: string, list: readonly Tensor[]): void {
  if (list.length === 0) throw valueRange(`${name} expects a non-empty TensorList`);
}

export const hstack = defineOp({
  name: 'hstack',
  category: 'shape',
  in: ['torch'],
  summary: 'Tensors side by side',
  params: [tensorsParam],
  formula: String.raw`[x_0 \; x_1 \; \ldots]`,
  derivative: '1',
  composite: ({ tensors }) => {
    nonEmpty('hstack', tensors);
    const parts = tensors.map((t) => atLeast(t, 1));
    return cat(parts, parts[0].ndim === 1 ? 0 : 1);
  },
  derivation: {
    words: 'each part gets its own stretch of the gradient',
  },
  examples: [{ tensors: [[1, 2], [3]] }],
});

export const vstack = defineOp({
  name: 'vstack',
  aliases: ['row_stack'],
  category: 'shape',
  in: ['torch'],
  summary: 'Tensors one above another; vectors are rows',
  params: [tensorsParam],
  formula: String.raw`\begin{bmatrix} x_0 \\ x_1 \\ \vdots \end{bmatrix}`,
  derivative: '1',
  composite: ({ tensors }) => {
    nonEmpty('vstack', tensors);
    return cat(
      tensors.map((t) => atLeast(t, 2)),
      0,
    );
  },
  derivation: {
    words: 'each part gets its own stretch of the gradient',
  },
  examples: ['{"tensors": [[1, 2], [3, 4]]}'],
});

export const dstack = defineOp({
  name: 'dstack',
  category: 'shape',
  in: ['torch'],
  summary: 'Tensors behind one another, along the third dimension',
  params: [tensorsParam],
  formula: String.raw`y_{i, j, k} = (x_k)_{i, j}`,
  derivative: '1',
  composite: ({ tensors }) => {
    nonEmpty('dstack', tensors);
    return cat(
      tensors.map((t) => atLeast(t, 3)),
      2,
    );
  },
  derivation: {
    words: 'each part gets its own stretch of the gradient',
  },
  examples: ['{"tensors": [[1, 2], [3, 4]]}'],
});

export const columnStack = defineOp({
  name: 'column_stack',
  category: 'shape',
  in: ['torch'],
  summary: 'Tensors side by side; vectors are columns',
  params: [tensorsParam],
  formula: String.raw`[x_0 \; x_1 \; \ldots]`,
  derivative: '1',
  composite: ({ tensors }) => {
    nonEmpty('column_stack', tensors);
    return cat(
      tensors.map((t) => (t.ndim <= 1 ? reshape(t, [t.numel, 1]) : alias(t))),
      1,
    );
  },
  derivation: {
    words: 'each part gets its own stretch of the gradient',
  },
  examples: ['{"tensors": [[1, 2], [3, 4]]}'],
});

export const blockDiag = defineOp({
  name: 'block_diag',
  category: 'shape',
  in: ['torch'],
  summary: 'Matrices along the diagonal of a larger one',
  params: [tensors('tensors', { variadic: true })],
  formula: String.raw`\operatorname{diag}(x_0, x_1, \ldots)`,
  derivative: '1',
  composite: ({ tensors }) => {
    if (tensors.length === 0) return zeros([1, 0]);
    const blocks = tensors.map((t, i) => {
      if (t.ndim > 2)
        throw shapeMismatch(
          `torch.block_diag: Input tensors must have 2 or fewer dimensions. Input ${i} has ${t.ndim} dimensions, its shape is ${showShape(t.shape)}`,
        );
      return atLeast(t, 2);
    });
    const dtype = commonType(...tensors.map((t) => ({ dtype: t.dtype, shape: [1] })));
    const width = blocks.reduce((w, b) => w + b.shape[1], 0);
    let left = 0;
    const rows = blocks.map((b) => {
      const [h, w] = b.shape;
      const row = cat([zeros([h, left], dtype), b, zeros([h, width - left - w], dtype)], 1);
      left += w;
      return row;
    });
    return cat(rows, 0);
  },
  examples: [{ tensors: [[[1, 2]], [[3], [4]]] }],
});

export const cartesianProd = defineOp({
  name: 'cartesian_prod',
  category: 'shape',
  in: ['torch'],
  summary: 'Every choice of one element from each vector, a row for each',
  params: [tensors('tensors', { variadic: true })],
  formula: String.raw`x_0 \times x_1 \times \ldots`,
  derivative: '1',
  composite: ({ tensors }) => {
    nonEmpty('cartesian_prod', tensors);
    for (const t of tensors)
      if (t.ndim !== 1)
        throw shapeMismatch(`torch.cartesian_prod: expected 1D vectors, but got the shape ${showShape(t.shape)}`);
    if (tensors.length === 1) return alias(tensors[0]);
    return stack(
      meshgrid(tensors).map((g) => reshape(g, [-1])),
      1,
    );
  },
  examples: ['{"tensors": [[1, 2], [3, 4]]}'],
});
