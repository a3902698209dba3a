/** Vectors brought to length 1, how far they point the same way, and how far apart they are. */

import { type DType, isFloating } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { broadcastShapes } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/index.ts';
import { type Break, kink } from '../curve.ts';
import { defineOp } from '../define.ts';
import { linalgVectorNorm, norm } from '../linalg/norm.ts';
import { attr, boolean, integer, integerOrList, number, tensor } from '../params.ts';
import { add, div, mul, sub } from '../pointwise/arithmetic.ts';
import { clampMin } from '../pointwise/clamp.ts';
import { gt } from '../pointwise/comparison.ts';
import { detach } from '../pointwise/identity.ts';
import { where } from '../pointwise/select.ts';
import { commonType } from '../promote.ts';
import { sum } from '../reductions/index.ts';
import { expand } from '../shape/index.ts';

/** Where the norm passes `eps`, and where it has a kink itself. */
function normalizeBreaks(others: readonly number[], p: number, eps: number): Break[] {
  const most = Math.max(0, ...others);
  if (!Number.isFinite(p)) return [-Math.max(most, eps), Math.max(most, eps)].map(kink);
  const rest = others.reduce((sum, x) => sum + x ** p, 0);
  const room = eps ** p - rest;
  if (room > 0) return [-(room ** (1 / p)), room ** (1 / p)].map(kink);
  return p <= 1 ? [kink(0)] : [];
}

export const normalize = defineOp({
  name: 'normalize',
  category: 'nn',
  takes: 'input p dim eps out',
  summary: 'Vectors along a dimension divided by their p-norm',
  breaks: ({ input, p, eps, vary }) => normalizeBreaks(input.filter((_, i) => i !== vary).map(Math.abs), p, eps),
  curve: { at: [0, 0, 0], dim: 'dim', defaults: { dim: -1 } },
  params: [
    tensor('input'),
    attr('p', number(), { default: 2, doc: 'The order of the norm' }),
    attr('dim', integerOrList, { default: 1 as number | readonly number[] }),
    attr('eps', number(), { default: 1e-12, doc: 'The least that is divided by' }),
  ],
  formula: String.raw`\frac{x}{\max(\lVert x \rVert_p, \epsilon)}`,
  derivative: String.raw`\tfrac{1}{n} \bigl(g - \langle g, \hat x \rangle \tfrac{\partial n}{\partial x}\bigr),\quad n = \lVert x \rVert_p`,
  composite: ({ input, p, dim, eps }) => {
    const size = clampMin(norm(input, p, dim, true), float(eps));
    return div(input, expand(size, input.shape));
  },
  derivation: {
    words:
      'a vector of length 1 changes only across its direction: the gradient less its part along the vector, divided by the length',
  },
  examples: ['{"input": [[3, -4], [1, 2]]}', '{"input": [[3, -4], [1, 2]], "p": 1, "dim": 0}'],
});

/** Lengths along `dim`, at least `eps`. One that was raised keeps a slope, as PyTorch gives it: x / eps. */
function lengths(t: Tensor, dim: number, eps: number): Tensor {
  const own = linalgVectorNorm(t, 2, dim, true);
  const squares = sum(mul(t, t), dim, true);
  const raised = add(mul(sub(squares, detach(squares)), float(1 / (2 * eps))), float(eps));
  return where(gt(own, float(eps)), own, raised);
}

const cast = (t: Tensor, dtype: DType): Tensor => (t.dtype === dtype ? t : to(t, dtype));

export const cosineSimilarity = defineOp({
  name: 'cosine_similarity',
  category: 'nn',
  in: ['torch', 'F'],
  module: { name: 'CosineSimilarity', shows: '' },
  summary: 'Cosine of the angle between vectors along a dimension',
  params: [
    tensor('x1'),
    tensor('x2'),
    attr('dim', integer(), { default: 1 }),
    attr('eps', number(), { default: 1e-8, doc: 'The least norm that is divided by' }),
  ],
  formula: String.raw`\frac{x_1 \cdot x_2}{\max(\lVert x_1 \rVert_2, \epsilon) \max(\lVert x_2 \rVert_2, \epsilon)}`,
  derivative: String.raw`\tfrac{\partial}{\partial x_1} = \tfrac{1}{\lVert x_1 \rVert} (\hat x_2 - y\, \hat x_1)`,
  composite: ({ x1, x2, dim, eps }) => {
    const dtype = commonType(x1, x2);
    if (!isFloating(dtype))
      throw dtypeError(`cosine_similarity: expected common dtype to be floating point, yet common dtype is ${dtype}`);
    const shape = broadcastShapes(x1.shape, x2.shape);
    const unit = (t: Tensor): Tensor => {
      const own = isFloating(t.dtype) ? t : cast(t, dtype);
      const full = expand(own, shape);
      return div(full, lengths(full, dim, eps));
    };
    return sum(mul(unit(x1), unit(x2)), dim);
  },
  examples: [
    '{"x1": [[1, 2], [3, -1]], "x2": [[2, 0.5], [1, 4]]}',
    '{"x1": [1, 2, -1], "x2": [[2, 0.5, 1], [1, 4, -2]], "dim": -1}',
  ],
});

export const pairwiseDistance = defineOp({
  name: 'pairwise_distance',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'PairwiseDistance',
  summary: 'p-norm of the differences of vectors along the last dimension',
  params: [
    tensor('x1'),
    tensor('x2'),
    attr('p', number(), { default: 2, doc: 'The order of the norm' }),
    attr('eps', number(), { default: 1e-6, doc: 'Added to each difference' }),
    attr('keepdim', boolean, { default: false }),
  ],
  formula: String.raw`\lVert x_1 - x_2 + \epsilon \rVert_p`,
  derivative: String.raw`\tfrac{\partial}{\partial x_1} = \operatorname{sgn}(d) \Bigl(\tfrac{|d|}{\lVert d \rVert_p}\Bigr)^{p-1},\quad d = x_1 - x_2 + \epsilon`,
  composite: ({ x1, x2, p, eps, keepdim }) => norm(add(sub(x1, x2), float(eps)), p, -1, keepdim),
  examples: [
    '{"x1": [[1, 2], [3, -1]], "x2": [[2, 0.5], [1, 4]]}',
    '{"x1": [1, 2], "x2": [[2, 0.5], [1, 4]], "p": 3, "keepdim": true}',
  ],
});
