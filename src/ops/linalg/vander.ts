/** Matrices of powers. */
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { ones, to, zeros } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, integer, optionalAttr, tensor } from '../params.ts';
import { cumprod } from '../reductions/index.ts';
import { cat, expand, flip, reshape, unsqueeze } from '../shape/index.ts';

/** Powers from 0 up to, without, n along a new last dimension. Integers become int64. */
function powers(x: Tensor, n: number): Tensor {
  const dtype = isFloating(x.dtype) ? x.dtype : 'int64';
  const first = ones([...x.shape, 1], dtype);
  if (n === 1) return first;
  const repeated = expand(unsqueeze(x.dtype === dtype ? x : to(x, dtype), -1), [...x.shape, n - 1]);
  return cat([first, cumprod(repeated, -1)], -1);
}

export const linalgVander = defineOp({
  name: 'linalg_vander',
  category: 'linalg',
  in: ['linalg'],
  takes: 'x | N',
  summary: 'Powers of the elements of a vector, rising, or of each of many',
  params: [tensor('x'), optionalAttr('N', integer(), { doc: 'How many powers; as many as elements where absent' })],
  formula: String.raw`y_{i j} = x_i^{\,j}`,
  derivative: String.raw`j\, x_i^{\,j - 1}`,
  composite: ({ x, N }) => {
    if (x.dtype === 'bool') throw dtypeError('linalg.vander supports floating and integer tensors, but got bool');
    const n = N ?? x.shape[x.ndim - 1] ?? 1;
    if (n < 2)
      throw valueRange(`linalg.vander: N must be greater than 1, but got N=${n} for x of shape ${showShape(x.shape)}`);
    return powers(x.ndim === 0 ? reshape(x, [1]) : x, n);
  },
  examples: [{ x: [1, 2, -0.5], N: 4 }],
});

export const vander = defineOp({
  name: 'vander',
  category: 'linalg',
  in: ['torch'],
  summary: 'Powers of the elements of a vector, falling unless asked otherwise',
  params: [
    tensor('x'),
    optionalAttr('N', integer(), { doc: 'How many powers; as many as elements where absent' }),
    attr('increasing', boolean, { default: false }),
  ],
  formula: String.raw`y_{i j} = x_i^{\,k},\quad k = N - 1 - j \text{, or } k = j \text{ where increasing}`,
  derivative: String.raw`k\, x_i^{\,k - 1}`,
  composite: ({ x, N, increasing }) => {
    if (x.ndim !== 1)
      throw shapeMismatch(`vander: x must be a one-dimensional tensor, but has shape ${showShape(x.shape)}`);
    const n = N ?? x.shape[0];
    if (n < 0) throw valueRange(`vander: N must be non-negative, but got ${n}`);
    if (n === 0) return zeros([x.shape[0], 0], isFloating(x.dtype) ? x.dtype : 'int64');
    const out = powers(x, n);
    return increasing ? out : flip(out, [-1]);
  },
  examples: [{ x: [1, 2, -0.5] }],
});
