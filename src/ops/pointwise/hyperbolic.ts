/** Hyperbolic functions and their inverses; tanh stands among the activations. */
import * as f from '../../kernels/formula/expression.ts';
import { formula } from '../../kernels/formula/formula.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { floating1 } from '../promote.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { rsqrt } from './powers.ts';

const SINH = formula((x) => f.call('sinh', x));
const COSH = formula((x) => f.call('cosh', x));
const ASINH = formula((x) => f.call('asinh', x));
const ACOSH = formula((x) => f.call('acosh', x));
const ATANH = formula((x) => f.call('atanh', x));

export const sinh = defineOp({
  name: 'sinh',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Hyperbolic sine',
  params: [tensor('input')],
  formula: String.raw`\sinh x`,
  derivative: String.raw`\cosh x`,
  forward: ({ input }) => floating1(SINH, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, cosh(input)) },
  examples: [{ input: [-1, 0, 2] }],
});

export const cosh = defineOp({
  name: 'cosh',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Hyperbolic cosine',
  params: [tensor('input')],
  formula: String.raw`\cosh x`,
  derivative: String.raw`\sinh x`,
  forward: ({ input }) => floating1(COSH, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad): Tensor => mul(grad, sinh(input)) },
  examples: [{ input: [-1, 0, 2] }],
});

export const asinh = defineOp({
  name: 'asinh',
  aliases: ['arcsinh'],
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse hyperbolic sine',
  params: [tensor('input')],
  formula: String.raw`\operatorname{arsinh} x`,
  derivative: String.raw`\frac{1}{\sqrt{x^2 + 1}}`,
  forward: ({ input }) => floating1(ASINH, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, rsqrt(add(mul(input, input), 1))) },
  examples: [{ input: [-1, 0, 2] }],
});

export const acosh = defineOp({
  name: 'acosh',
  aliases: ['arccosh'],
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse hyperbolic cosine',
  params: [tensor('input')],
  formula: String.raw`\operatorname{arcosh} x`,
  derivative: String.raw`\frac{1}{\sqrt{x^2 - 1}}`,
  forward: ({ input }) => floating1(ACOSH, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, rsqrt(sub(mul(input, input), 1))) },
  examples: [{ input: [1.5, 2, 10] }],
});

export const atanh = defineOp({
  name: 'atanh',
  aliases: ['arctanh'],
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse hyperbolic tangent',
  params: [tensor('input')],
  formula: String.raw`\operatorname{artanh} x`,
  derivative: String.raw`\frac{1}{1 - x^2}`,
  forward: ({ input }) => floating1(ATANH, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => div(grad, add(mul(neg(input), input), 1)) },
  examples: [{ input: [-0.5, 0, 0.9] }],
});
