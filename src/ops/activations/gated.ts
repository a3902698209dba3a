/** The input times a smooth gate of itself, or of its other half. */

import { derivativeOf } from '../../kernels/formula/derivative.ts';
import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map1, map2 } from '../../kernels/index.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { normalizeDim, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { GRAD } from '../backward-op.ts';
import { defineOp } from '../define.ts';
import { multiplied, type Rule, ruleFrom } from '../expression-kernels.ts';
import type { Source } from '../in-ops.ts';
import { attr, integer, oneOf, tensor } from '../params.ts';
import { add, mul, neg } from '../pointwise/arithmetic.ts';
import { definePointwise } from '../pointwise-op.ts';
import { cat } from '../shape/pieces.ts';
import { narrow } from '../shape/windows.ts';
import { backwardType, floatingOnly } from './checks.ts';
import { sigmoid } from './sigmoid.ts';

const CUBIC = 0.044715;
const SLOPE = Math.sqrt(2 / Math.PI);

const GELU = kernel((x) => f.call('gelu', x));
const GELU_BACKWARD = kernel((g, x) => f.mul(g, f.call('geluSlope', x)));

/** `2 u`: `(1 + tanh u) / 2` is the logistic function of it. */
const twice = (x: f.Expression): f.Expression => f.mul(2 * SLOPE, f.add(x, f.mul(f.mul(f.mul(CUBIC, x), x), x)));
const GELU_TANH = kernel((x) => f.mul(x, f.sigmoid(twice(x))));
const GELU_TANH_BACKWARD = kernel((g, x) => {
  const s = f.sigmoid(twice(x));
  // Where the square is cut, the logistic function is 0 or 1 and the product is 0.
  const square = f.min(f.mul(x, x), 1e6);
  const inner = f.mul(2 * SLOPE, f.add(1, f.mul(3 * CUBIC, square)));
  return f.mul(g, f.add(s, f.mul(f.mul(x, s), f.mul(f.sub(1, s), inner))));
});

const SOURCES = new Map<number, Source>([
  [0, { key: 'self', tensor: true }],
  [1, { key: 'gradOutput', tensor: true }],
  [GRAD, { tensor: true }],
]);
/** The slope's own slope, times both gradients. */
const curvature = (slope: (x: f.Expression) => f.Expression): Rule =>
  ruleFrom(() => {
    const curve = derivativeOf(slope(f.operand(0)), 0);
    return multiplied(curve, f.mul(f.operand(GRAD), f.operand(1)), SOURCES);
  });
const CURVATURE = {
  none: curvature((x) => f.call('geluSlope', x)),
  tanh: curvature((x) => derivativeOf(f.mul(x, f.div(f.add(1, f.tanh(f.div(twice(x), 2))), 2)), 0)),
};

const approximate = attr('approximate', oneOf('none', 'tanh'), {
  default: 'none',
  doc: 'tanh: by a hyperbolic tangent in place of the error function',
});

export const gelu = defineOp({
  name: 'gelu',
  category: 'activation',
  takes: 'input | approximate',
  module: 'GELU',
  summary: 'Gaussian error linear unit: the input times the normal distribution function',
  source: 'Hendrycks & Gimpel 2016',
  params: [tensor('input'), approximate],
  formula: String.raw`x\,\Phi(x) = \tfrac{x}{2}\left(1 + \operatorname{erf}\tfrac{x}{\sqrt2}\right)`,
  derivative: String.raw`\Phi(x) + x\,\varphi(x)`,
  forward: ({ input, approximate }) => {
    floatingOnly('gelu', input);
    return map1(approximate === 'tanh' ? GELU_TANH : GELU, input);
  },
  saves: ['input'],
  gradient: { input: ({ input, approximate }, grad): Tensor => geluBackward(grad, input, approximate) },
  examples: [{ input: [-3, -0.5, 0, 0.5, 3] }, { input: [-3, -0.5, 0, 0.5, 3], approximate: 'tanh' }],
});

/** PyTorch's own name for the step. */
export const geluBackward = defineOp({
  name: 'gelu_backward',
  category: 'pointwise',
  in: [],
  summary: 'The gradient of gelu, from its input',
  params: [tensor('grad_output'), tensor('self'), approximate],
  formula: String.raw`g\,(\Phi(x) + x\,\varphi(x))`,
  derivative: String.raw`\tfrac{\partial}{\partial g} = \Phi(x) + x\,\varphi(x),\quad \tfrac{\partial}{\partial x} = g\,\varphi(x)\,(2 - x^2)`,
  forward: ({ gradOutput, self, approximate }) => {
    const formula = approximate === 'tanh' ? GELU_TANH_BACKWARD : GELU_BACKWARD;
    return map2(formula, gradOutput, self, backwardType(gradOutput, self));
  },
  saves: ['gradOutput', 'self'],
  gradient: {
    gradOutput: ({ self, approximate }, grad): Tensor => geluBackward(grad, self, approximate),
    self: ({ gradOutput, self, approximate }, grad) => CURVATURE[approximate]({ gradOutput, self }, grad),
  },
  examples: [
    { grad_output: [1, -2, 0.5], self: [-3, 0.25, 2] },
    { grad_output: [1, -2, 0.5], self: [-3, 0.25, 2], approximate: 'tanh' },
  ],
});

/** With `n = e (e + 2)` and `e = e^x`, `tanh(log(1 + e)) = n / (n + 2)`. It is 1 long before the exponential is large. */
const MISH = kernel((x) => {
  const e = f.exp(f.min(x, 20));
  const n = f.mul(e, f.add(e, 2));
  return f.mul(x, f.div(n, f.add(n, 2)));
});
/** `q (n + 4 x e (1 + e) q)` with `q = 1 / (n + 2)`, and no number at infinity: so PyTorch has it. */
const MISH_BACKWARD = kernel((g, x) => {
  const cut = f.min(x, 40);
  const e = f.exp(cut);
  const n = f.mul(e, f.add(e, 2));
  const q = f.div(1, f.add(n, 2));
  // In this order: four times x may be infinite where e is 0.
  const rest = f.mul(f.mul(cut, f.mul(4, f.mul(e, f.add(e, 1)))), q);
  return f.mul(g, f.add(f.mul(q, f.add(n, rest)), f.mul(x, 0)));
});

export const mish = definePointwise({
  name: 'mish',
  category: 'activation',
  inplace: true,
  module: 'Mish',
  summary: 'The input times the hyperbolic tangent of its softplus',
  source: 'Misra 2019',
  expression: (x) => f.mul(x, f.tanh(f.softplus(x))),
  kernel: MISH,
  floatingOnly: true,
  backward: {
    name: 'mish_backward',
    kernel: MISH_BACKWARD,
    examples: [{ grad_output: [1, -2, 0.5], self: [-3, 0.25, 2] }],
  },
  examples: [{ input: [-3, -0.5, 0, 0.5, 3] }],
});

export const mishBackward = mish.backward;

const GLU = kernel((x, y) => f.mul(x, f.sigmoid(y)));

/** The dimension that is halved, and the size of a half. */
function halves(shape: Shape, dim: number): { dim: number; size: number } {
  if (shape.length === 0) throw shapeMismatch('glu does not support 0-d tensors: there is no dimension to halve');
  const d = normalizeDim(dim, shape.length);
  if (shape[d] % 2 !== 0)
    throw shapeMismatch(
      `glu: the halved dimension must be even, but dimension ${d} of the shape ${showShape(shape)} is of size ${shape[d]}`,
    );
  return { dim: d, size: shape[d] / 2 };
}

export const glu = defineOp({
  name: 'glu',
  category: 'activation',
  module: 'GLU',
  summary: 'Gated linear unit: one half of the input times the logistic function of the other',
  source: 'Dauphin et al. 2016',
  curve: { at: [0, 0], dim: 'dim' },
  params: [tensor('input'), attr('dim', integer(), { default: -1, doc: 'The dimension that is halved' })],
  formula: String.raw`a\,\sigma(b)`,
  derivative: String.raw`\tfrac{\partial}{\partial a} = \sigma(b),\quad \tfrac{\partial}{\partial b} = a\,\sigma(b)\,(1 - \sigma(b))`,
  forward: ({ input, dim }) => {
    floatingOnly('glu', input);
    const { dim: d, size } = halves(input.shape, dim);
    const shape = input.shape.map((s, i) => (i === d ? size : s));
    const [a, b] = [0, size].map((at) => input.alias(shape, input.strides, input.offset + at * input.strides[d]));
    return map2(GLU, a, b, input.dtype);
  },
  saves: ['input'],
  gradient: {
    input: ({ input, dim }, grad) => {
      const { dim: d, size } = halves(input.shape, dim);
      const a = narrow(input, d, 0, size);
      const s = sigmoid(narrow(input, d, size, size));
      const first = mul(grad, s);
      return cat([first, mul(mul(first, add(neg(s), 1)), a)], d);
    },
  },
  examples: ['{"input": [[1, 2, -1, 0.5], [0, -2, 3, 1]]}'],
});
