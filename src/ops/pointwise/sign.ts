/** Magnitude and sign. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map1 } from '../../kernels/index.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant, tensor } from '../params.ts';
import { mul } from './arithmetic.ts';
import { zeroGradient } from './zero-gradient.ts';

const ABS = kernel((x) => f.abs(x), { int64: (x) => (x < 0n ? -x : x) });

export const abs = defineOp({
  name: 'abs',
  aliases: ['absolute'],
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'torch:absolute', 'Tensor_:absolute'],
  summary: 'Absolute value',
  params: [tensor('input')],
  formula: '|x|',
  derivative: String.raw`\operatorname{sgn} x`,
  forward: ({ input }) => {
    if (input.dtype === 'bool') throw dtypeError('abs is not implemented for bool');
    return map1(ABS, input);
  },
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, sgn(input)) },
  derivation: { kinks: () => [0] },
  examples: [{ input: [-1.5, 2] }],
});

/** 0 for NaN and for either zero, as PyTorch has it. */
const SIGN = kernel((x) => f.sub(f.gt(x, 0), f.lt(x, 0)), {
  number: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0),
  int64: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
});

const signum = <const N extends string>(name: N) =>
  defineOp({
    name,
    category: 'pointwise',
    in: ['torch', 'Tensor_'],
    summary: 'The sign: -1, 0 or 1',
    params: [tensor('input')],
    formula: String.raw`\operatorname{sgn} x`,
    derivative: '0',
    forward: ({ input }): Tensor => map1(SIGN, input),
    gradient: { input: (_, grad): Tensor => zeroGradient(grad) },
    examples: [{ input: [-1.5, 2] }],
  });

export const sign = signum('sign');
export const sgn = signum('sgn');

const SIGNBIT = kernel((x) => f.isNegative(x), { int64: (x) => (x < 0n ? 1n : 0n) });

export const signbit = defineOp({
  name: 'signbit',
  category: 'comparison',
  summary: 'Whether the sign is negative, that of -0 too',
  params: [constant('input')],
  formula: String.raw`[\operatorname{sign}(x) = -]`,
  forward: ({ input }) => map1(SIGNBIT, input, input.dtype, 'bool'),
  gradient: {},
  examples: [{ input: [-1.5, 0, 2] }],
});
