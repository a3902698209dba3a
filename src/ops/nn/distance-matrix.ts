/** Distances between all points of two sets, or of one. */
import { pointDistances } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, EngineError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { Float, float } from '../../tensor/scalar.ts';
import { broadcastShapes } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { triuIndices } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { indexSelect } from '../indexing/index.ts';
import { type Attr, attr, number, Refusal, tensor } from '../params.ts';
import { div, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { eq } from '../pointwise/comparison.ts';
import { piecewiseBackward } from '../pointwise/identity.ts';
import { logicalAnd } from '../pointwise/logical.ts';
import { pow } from '../pointwise/powers.ts';
import { where } from '../pointwise/select.ts';
import { abs, sign } from '../pointwise/sign.ts';
import { zeroGradient } from '../pointwise/zero-gradient.ts';
import { sum } from '../reductions/index.ts';
import { reshape, unsqueeze } from '../shape/index.ts';
import { select } from '../shape/windows.ts';

const FORMULA = String.raw`y_{ij} = \lVert a_i - b_j \rVert_p`;
const DERIVATIVE = String.raw`\tfrac{\partial y_{ij}}{\partial a_i} = \operatorname{sgn}(d) \Bigl(\tfrac{|d|}{y_{ij}}\Bigr)^{p-1},\quad d = a_i - b_j`;

const pParam = attr('p', number(), { default: 2, doc: 'The order of the norm, from 0 up' });

/** Differences [..., P, R, M] times the slopes of their norms [..., P, R, 1]. Points that coincide have none. */
function slopes(diff: Tensor, distance: Tensor, p: number, grad: Tensor): Tensor {
  if (p === 0) return piecewiseBackward(zeroGradient(diff), diff);
  if (p === 1) return mul(sign(diff), grad);
  if (p === Number.POSITIVE_INFINITY) {
    const far = logicalAnd(eq(abs(diff), distance), eq(eq(distance, 0), 0));
    return where(far, mul(sign(diff), grad), new Float(0));
  }
  const apart = eq(distance, 0);
  if (p === 2) return where(apart, new Float(0), mul(div(grad, distance), diff));
  const steep = mul(sign(diff), mul(pow(abs(diff), float(p - 1)), div(grad, pow(distance, float(p - 1)))));
  const flat = p < 2 ? eq(diff, 0) : apart;
  return where(flat, new Float(0), steep);
}

const MODES = [
  'use_mm_for_euclid_dist_if_necessary',
  'use_mm_for_euclid_dist',
  'donot_use_mm_for_euclid_dist',
] as const;

const modeAttr: Attr<string> = {
  jsonSchema: { type: 'string', enum: MODES },
  read: (value) =>
    MODES.includes(value as (typeof MODES)[number])
      ? (value as string)
      : new Refusal(`one of ${MODES.map((m) => `"${m}"`).join(', ')}`),
};

export const cdist = defineOp({
  name: 'cdist',
  category: 'nn',
  in: ['torch'],
  summary: 'p-norm distances between each point of one set and each of another, batch by batch',
  params: [
    tensor('x1', { doc: 'Shape [..., P, M]' }),
    tensor('x2', { doc: 'Shape [..., R, M]' }),
    pParam,
    attr('compute_mode', modeAttr, {
      default: 'use_mm_for_euclid_dist_if_necessary',
      doc: "PyTorch's choice of a faster, less exact way; distances are exact here in every mode",
    }),
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  forward: ({ x1, x2, p }) => {
    for (const [name, t] of [
      ['X1', x1],
      ['X2', x2],
    ] as const) {
      if (!isFloating(t.dtype)) throw dtypeError(`cdist only supports floating-point dtypes, ${name} got: ${t.dtype}`);
      if (t.ndim < 2)
        throw shapeMismatch(`cdist only supports at least 2D tensors, ${name} got: ${showShape(t.shape)}`);
    }
    if (x1.dtype !== x2.dtype)
      throw dtypeError(`cdist: expected x1 and x2 to have the same dtype, but got ${x1.dtype} and ${x2.dtype}`);
    const [m, k] = [x1.shape[x1.ndim - 1], x2.shape[x2.ndim - 1]];
    if (m !== k) {
      throw shapeMismatch(
        `X1 and X2 must have the same number of columns. X1: ${showShape(x1.shape)} X2: ${showShape(x2.shape)}`,
      );
    }
    if (!(p >= 0)) throw valueRange(`cdist only supports non-negative p values, but got ${p}`);
    broadcastShapes(x1.shape.slice(0, -2), x2.shape.slice(0, -2));
    return pointDistances(x1, x2, p);
  },
  saves: ['x1', 'x2', 'result'],
  gradient: {
    x1: ({ x1, x2, p, result }, grad): Tensor => sum(pairSlopes(x1, x2, p, result, grad), -2),
    x2: ({ x1, x2, p, result }, grad): Tensor => sum(pairSlopes(x1, x2, p, result, neg(grad)), -3),
  },
  examples: [
    '{"x1": [[1, 2], [3, -1]], "x2": [[2, 0.5], [1, 4], [0, 1]]}',
    '{"x1": [[1, 2], [3, -1]], "x2": [[2, 0.5], [1, 4]], "p": 3}',
  ],
});

function pairSlopes(x1: Tensor, x2: Tensor, p: number, distance: Tensor, grad: Tensor): Tensor {
  const diff = sub(unsqueeze(x1, -2), unsqueeze(x2, -3));
  return slopes(diff, unsqueeze(distance, -1), p, unsqueeze(grad, -1));
}

export const pdist = defineOp({
  name: 'pdist',
  category: 'nn',
  in: ['torch', 'F'],
  summary: 'p-norm distances between every two points of a set',
  params: [tensor('input', { doc: 'Shape [points, coordinates]' }), pParam],
  formula: FORMULA.replace('b_j', 'a_j').replace('y_{ij}', 'y_{ij},\\ i < j'),
  derivative: DERIVATIVE.replaceAll('b_j', 'a_j'),
  composite: ({ input, p }) => {
    if (input.ndim !== 2)
      throw shapeMismatch(`pdist only supports 2D tensors, got: ${input.ndim}D, shape ${showShape(input.shape)}`);
    if (!isFloating(input.dtype)) throw dtypeError(`pdist only supports floating-point dtypes, but got ${input.dtype}`);
    if (!(p >= 0)) throw new EngineError('value_range', `pdist only supports non-negative p values, but got ${p}`);
    const pairs = triuIndices(input.shape[0], input.shape[0], 1);
    const one = (k: number): Tensor => unsqueeze(indexSelect(input, 0, select(pairs, 0, k)), 1);
    const count = pairs.shape[1];
    return reshape(cdist(one(0), one(1), p), [count]);
  },
  examples: ['{"input": [[1, 2], [3, -1], [0.5, 4]]}'],
});
