/** Exponentials and logarithms. */
import * as f from '../../kernels/formula/expression.ts';
import { type AnyFormula, formula, narrow as kernel } from '../../kernels/formula/formula.ts';
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { floating1 } from '../promote.ts';
import { add, div, mul } from './arithmetic.ts';

const EXP = kernel((x) => f.exp(x));
const EXP2 = formula((x) => f.call('exp2', x));
const EXPM1 = kernel((x) => f.expm1(x));
const LOG = kernel((x) => f.log(x));
const LOG1P = kernel((x) => f.log1p(x));

export const exp = defineOp({
  name: 'exp',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Exponential',
  params: [tensor('input')],
  formula: 'e^x',
  derivative: 'e^x',
  forward: ({ input }) => floating1(EXP, input),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => mul(grad, result) },
  examples: [{ input: [-1, 0, 1] }],
});

export const exp2 = defineOp({
  name: 'exp2',
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Power of two',
  params: [tensor('input')],
  formula: '2^x',
  derivative: String.raw`2^x \ln 2`,
  forward: ({ input }) => floating1(EXP2, input),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => mul(mul(grad, result), Math.LN2) },
  examples: [{ input: [-1, 0.5, 3] }],
});

export const expm1 = defineOp({
  name: 'expm1',
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Exponential less one, exact near 0',
  params: [tensor('input')],
  formula: 'e^x - 1',
  derivative: 'e^x',
  forward: ({ input }) => floating1(EXPM1, input),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => mul(grad, add(result, 1)) },
  examples: [{ input: [-1, 1e-8, 1] }],
});

export const log = defineOp({
  name: 'log',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Natural logarithm',
  params: [tensor('input')],
  formula: String.raw`\ln x`,
  derivative: String.raw`\tfrac1x`,
  forward: ({ input }) => floating1(LOG, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => div(grad, input) },
  examples: [{ input: [0.5, 1, 2.5] }],
});

const logarithm = <const N extends string>(name: N, base: number, kernel: AnyFormula) => {
  const scale = float(Math.log(base));
  return defineOp({
    name,
    category: 'pointwise',
    in: ['torch_', 'Tensor_'],
    summary: `Logarithm to base ${base}`,
    params: [tensor('input')],
    formula: String.raw`\log_{${base}} x`,
    derivative: String.raw`\frac{1}{x \ln ${base}}`,
    forward: ({ input }): Tensor => floating1(kernel, input),
    saves: ['input'],
    gradient: { input: ({ input }, grad): Tensor => div(grad, mul(input, scale)) },
    examples: [{ input: [0.5, 1, base] }],
  });
};

export const log2 = logarithm(
  'log2',
  2,
  formula((x) => f.call('log2', x)),
);
export const log10 = logarithm(
  'log10',
  10,
  formula((x) => f.call('log10', x)),
);

export const log1p = defineOp({
  name: 'log1p',
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Logarithm of one plus x, exact near 0',
  params: [tensor('input')],
  formula: String.raw`\ln(1 + x)`,
  derivative: String.raw`\frac{1}{1 + x}`,
  forward: ({ input }) => floating1(LOG1P, input),
  gradFn: 'Log1PBackward0',
  saves: ['input'],
  gradient: { input: ({ input }, grad) => div(grad, add(input, 1)) },
  examples: [{ input: [-0.5, 1e-8, 1] }],
});
