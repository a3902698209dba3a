/** The input times a smooth gate of itself, or of its other half. */
import { tanh as tanhOf } from '../../kernels/formula/functions.ts';
import { map1, map2 } from '../../kernels/pointwise.ts';
import { erfc } from '../../kernels/special.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { normalizeDim, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { narrow } from '../indexing/windows.ts';
import { attr, integer, oneOf, tensor } from '../params.ts';
import { add, mul, neg } from '../pointwise/arithmetic.ts';
import { exp } from '../pointwise/exponential.ts';
import { erfc as erfcOp } from '../pointwise/special.ts';
import { cat } from '../shape/join.ts';
import { floatingOnly } from './checks.ts';
import { sigmoid } from './sigmoid.ts';
import { softplus } from './softplus.ts';
import { tanh } from './tanh.ts';

const CUBIC = 0.044715;
const SLOPE = Math.sqrt(2 / Math.PI);

const geluTanh = (x: number): number => 0.5 * x * (1 + tanhOf(SLOPE * (x + CUBIC * x * x * x)));
/** By way of erfc, which keeps its digits in the left tail. */
const geluErf = (x: number): number => x * (0.5 * erfc(-x * Math.SQRT1_2));

function geluSlope(x: Tensor): Tensor {
  const cdf = mul(erfcOp(mul(x, -Math.SQRT1_2)), 0.5);
  const pdf = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(cdf, mul(x, pdf));
}

function geluTanhSlope(x: Tensor): Tensor {
  const square = mul(x, x);
  const t = tanh(mul(add(x, mul(mul(square, x), CUBIC)), SLOPE));
  const inner = add(mul(square, 3 * CUBIC * SLOPE), SLOPE);
  return add(mul(add(t, 1), 0.5), mul(mul(mul(x, 0.5), add(neg(mul(t, t)), 1)), inner));
}

export const gelu = defineOp({
  name: 'gelu',
  category: 'activation',
  summary: 'Gaussian error linear unit: the input times the normal distribution function',
  source: 'Hendrycks & Gimpel 2016',
  params: [
    tensor('input'),
    attr('approximate', oneOf('none', 'tanh'), {
      default: 'none',
      doc: 'tanh: by a hyperbolic tangent in place of the error function',
    }),
  ],
  formula: String.raw`x\,\Phi(x) = \tfrac{x}{2}\left(1 + \operatorname{erf}\tfrac{x}{\sqrt2}\right)`,
  derivative: String.raw`\Phi(x) + x\,\varphi(x)`,
  forward: ({ input, approximate }) => {
    floatingOnly('gelu', input);
    return map1({ number: approximate === 'tanh' ? geluTanh : geluErf }, input);
  },
  saves: ['input'],
  gradient: {
    input: ({ input, approximate }, grad) =>
      mul(grad, approximate === 'tanh' ? geluTanhSlope(input) : geluSlope(input)),
  },
  examples: [{ input: [-3, -0.5, 0, 0.5, 3] }, { input: [-3, -0.5, 0, 0.5, 3], approximate: 'tanh' }],
});

export const mish = defineOp({
  name: 'mish',
  category: 'activation',
  summary: 'The input times the hyperbolic tangent of its softplus',
  source: 'Misra 2019',
  params: [tensor('input')],
  formula: String.raw`x \tanh(\log(1 + e^x))`,
  derivative: String.raw`t + x\,\sigma(x)\,(1 - t^2),\quad t = \tanh(\log(1 + e^x))`,
  forward: ({ input }) => {
    floatingOnly('mish', input);
    return map1({ number: (x) => x * tanhOf(Math.log1p(Math.exp(x))) }, input);
  },
  saves: ['input'],
  gradient: {
    input: ({ input }, grad) => {
      const t = tanh(softplus(input));
      return mul(grad, add(t, mul(mul(input, sigmoid(input)), add(neg(mul(t, t)), 1))));
    },
  },
  examples: [{ input: [-3, -0.5, 0, 0.5, 3] }],
});

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
  summary: 'Gated linear unit: one half of the input times the logistic function of the other',
  source: 'Dauphin et al. 2016',
  params: [tensor('input'), attr('dim', integer(), { default: -1, doc: 'The dimension that is halved' })],
  formula: String.raw`a\,\sigma(b)`,
  derivative: String.raw`\tfrac{\partial}{\partial a} = \sigma(b),\quad \tfrac{\partial}{\partial b} = a\,\sigma(b)\,(1 - \sigma(b))`,
  forward: ({ input, dim }) => {
    floatingOnly('glu', input);
    const { dim: d, size } = halves(input.shape, dim);
    const shape = input.shape.map((s, i) => (i === d ? size : s));
    const [a, b] = [0, size].map((at) => input.alias(shape, input.strides, input.offset + at * input.strides[d]));
    return map2({ number: (x, y) => x * (1 / (1 + Math.exp(-y))) }, a, b, input.dtype);
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
  examples: [
    {
      input: [
        [1, 2, -1, 0.5],
        [0, -2, 3, 1],
      ],
    },
  ],
});
