/** Tensors given more dimensions, and joined along one of them. */

import { launch } from '../../kernels/launch.ts';
import { pulse } from '../../kernels/pulse.ts';
import { EngineError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { bigintsOf, empty, type Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { indexSelect } from '../indexing/along.ts';
import { checkResults } from '../limits.ts';
import { attr, boolean, integer, tensor, tensors } from '../params.ts';
import { commonType } from '../promote.ts';
import { meshgrid } from './broadcast.ts';
import { alias } from './copies.ts';
import { unsqueeze } from './dims.ts';
import { cat, stack } from './join.ts';
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

/** All choices of `r` out of `n`, in lexicographic order, a column vector of indices for each place. */
function choices(n: number, r: number, repeat: boolean): Tensor[] {
  const [top, bottom] = repeat ? [n + r - 1, r] : [n, r];
  let count = top < bottom ? 0 : 1;
  // As many choices take the others; past all counting the result is refused in any case.
  const fewer = Math.min(bottom, top - bottom);
  for (let i = 0; i < fewer && Number.isSafeInteger(Math.round(count)); i++) count = (count * (top - i)) / (i + 1);
  count = Math.round(count);
  checkNumel([count, r]);
  const columns = Array.from({ length: r }, () => empty([count], 'int64'));
  if (count > 0) {
    launch(columns[0], () => {
      const at = Array.from({ length: r }, (_, k) => (repeat ? 0 : k));
      const data = columns.map(bigintsOf);
      for (let i = 0; i < count; i++) {
        pulse(4 * r);
        for (let k = 0; k < r; k++) data[k][i] = BigInt(at[k]);
        let k = r - 1;
        while (k >= 0 && at[k] === (repeat ? n - 1 : n - r + k)) k--;
        if (k < 0) break;
        at[k]++;
        for (let j = k + 1; j < r; j++) at[j] = repeat ? at[k] : at[j - 1] + 1;
      }
    });
  }
  return columns;
}

export const combinations = defineOp({
  name: 'combinations',
  category: 'shape',
  in: ['torch'],
  summary: 'Every choice of r elements of a vector, a row for each',
  params: [
    tensor('input'),
    attr('r', integer(), { default: 2 }),
    attr('with_replacement', boolean, { default: false, doc: 'An element may come again' }),
  ],
  formula: String.raw`\{(x_{i_1}, \ldots, x_{i_r}) : i_1 < \ldots < i_r\}`,
  derivative: '1',
  composite: ({ input, r, withReplacement }) => {
    if (input.ndim !== 1) throw shapeMismatch(`Expect a 1D vector, but got shape ${showShape(input.shape)}`);
    if (r < 0) throw new EngineError('value_range', `Expect a non-negative number, but got ${r}`);
    if (r === 0) return zeros([0], input.dtype);
    checkResults('combinations', r);
    return stack(
      choices(input.shape[0], r, withReplacement).map((index) => indexSelect(input, 0, index)),
      1,
    );
  },
  examples: [{ input: [1, 2, 3] }],
});
