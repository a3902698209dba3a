/** Exponentials and logarithms. */
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { floating1 } from '../promote.ts';
import { add, div, mul } from './arithmetic.ts';

export const exp = defineOp({
  name: 'exp',
  category: 'pointwise',
  summary: 'Exponential',
  params: [tensor('input')],
  formula: 'e^x',
  derivative: 'e^x',
  forward: ({ input }) => floating1(Math.exp, input),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => mul(grad, result) },
  examples: [{ input: [-1, 0, 1] }],
});

/** Exact at whole numbers, which `Math.pow` gives. */
const power2 = (x: number): number => 2 ** x;

export const exp2 = defineOp({
  name: 'exp2',
  category: 'pointwise',
  summary: 'Power of two',
  params: [tensor('input')],
  formula: '2^x',
  derivative: String.raw`2^x \ln 2`,
  forward: ({ input }) => floating1(power2, input),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => mul(mul(grad, result), Math.LN2) },
  examples: [{ input: [-1, 0.5, 3] }],
});

export const expm1 = defineOp({
  name: 'expm1',
  category: 'pointwise',
  summary: 'Exponential less one, exact near 0',
  params: [tensor('input')],
  formula: 'e^x - 1',
  derivative: 'e^x',
  forward: ({ input }) => floating1(Math.expm1, input),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => mul(grad, add(result, 1)) },
  examples: [{ input: [-1, 1e-8, 1] }],
});

export const log = defineOp({
  name: 'log',
  category: 'pointwise',
  summary: 'Natural logarithm',
  params: [tensor('input')],
  formula: String.raw`\ln x`,
  derivative: String.raw`\tfrac1x`,
  forward: ({ input }) => floating1(Math.log, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => div(grad, input) },
  examples: [{ input: [0.5, 1, 2.5] }],
});

const logarithm = <const N extends string>(name: N, base: number, f: (x: number) => number) => {
  const scale = float(Math.log(base));
  return defineOp({
    name,
    category: 'pointwise',
    summary: `Logarithm to base ${base}`,
    params: [tensor('input')],
    formula: String.raw`\log_{${base}} x`,
    derivative: String.raw`\frac{1}{x \ln ${base}}`,
    forward: ({ input }): Tensor => floating1(f, input),
    saves: ['input'],
    gradient: { input: ({ input }, grad): Tensor => div(grad, mul(input, scale)) },
    examples: [{ input: [0.5, 1, base] }],
  });
};

export const log2 = logarithm('log2', 2, Math.log2);
export const log10 = logarithm('log10', 10, Math.log10);

export const log1p = defineOp({
  name: 'log1p',
  category: 'pointwise',
  summary: 'Logarithm of one plus x, exact near 0',
  params: [tensor('input')],
  formula: String.raw`\ln(1 + x)`,
  derivative: String.raw`\frac{1}{1 + x}`,
  forward: ({ input }) => floating1(Math.log1p, input),
  gradFn: 'Log1PBackward0',
  saves: ['input'],
  gradient: { input: ({ input }, grad) => div(grad, add(input, 1)) },
  examples: [{ input: [-0.5, 1e-8, 1] }],
});
