/** Further functions of two tensors. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map2 } from '../../kernels/index.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { Float, float, type Scalar, scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/cast.ts';
import { defineOp } from '../define.ts';
import { constant, operand, tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';
import { floating2 } from '../promote.ts';
import { div, mul } from './arithmetic.ts';
import { eq } from './comparison.ts';
import { pow } from './powers.ts';
import { where } from './select.ts';
import { zeroGradient } from './zero-gradient.ts';

export const hypot = definePointwise({
  name: 'hypot',
  in: ['torch', 'Tensor_'],
  summary: 'Length of the hypotenuse',
  params: [tensor('input'), tensor('other')],
  expression: (x, { other }) => f.call('hypot', x, other),
  wide: true,
  floatingOnly: true,
  saves: ['input', 'other', 'result'],
  examples: [{ input: [3, 1], other: [4, -2] }],
});

const COPYSIGN = kernel((x, y) => f.select(f.isNegative(y), f.neg(f.abs(x)), f.abs(x)));

export const copysign = defineOp({
  name: 'copysign',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: 'The magnitude of one with the sign of the other',
  params: [tensor('input'), operand('other')],
  formula: String.raw`|x| \operatorname{sgn} y`,
  derivative: String.raw`\operatorname{sgn}(x) \operatorname{sgn}(y)`,
  forward: ({ input, other }) => floating2(COPYSIGN, input, other),
  saves: ['input', 'result'],
  gradFn: ({ other }) => (other instanceof Tensor ? 'CopysignBackward0' : 'CopysignBackward1'),
  gradient: {
    input: ({ input, result }, grad) => mul(grad, where(eq(input, 0), 0, div(result, input))),
    other: (_, grad) => zeroGradient(grad),
  },
  examples: [{ input: [1, -2, 3], other: [-1, 1, 2] }],
});

const HEAVISIDE = kernel((x, v) => f.select(f.eq(x, 0), v, f.gt(x, 0)), {
  int64: (x, v) => (x === 0n ? v : x > 0n ? 1n : 0n),
});

export const heaviside = defineOp({
  name: 'heaviside',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: "Unit step, with a value of one's own at 0; no gradient flows through it",
  params: [constant('input'), constant('values', { doc: 'The value where input is 0' })],
  formula: String.raw`\begin{cases} 0 & x < 0 \\ \mathrm{values} & x = 0 \\ 1 & x > 0 \end{cases}`,
  forward: ({ input, values }) => {
    if (input.dtype !== values.dtype)
      throw dtypeError(`heaviside is for two tensors of one dtype, but got ${input.dtype} and ${values.dtype}`);
    return map2(HEAVISIDE, input, values, input.dtype);
  },
  gradient: {},
  examples: [{ input: [-1.5, 0, 2], values: [0.5, 0.5, 0.5] }],
});

export const ldexp = defineOp({
  name: 'ldexp',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'x times two to the power of y',
  params: [tensor('input'), tensor('other')],
  formula: String.raw`x\, 2^y`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = 2^y,\quad \tfrac{\partial}{\partial y} = x\, 2^y \ln 2`,
  composite: ({ input, other }) => mul(input, pow(new Float(2), other)),
  examples: [{ input: [1, 2, -3], other: [3, -1, 0.5] }],
});

export const floatPower = defineOp({
  name: 'float_power',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: 'Power computed in float64',
  params: [operand('input'), operand('exponent')],
  formula: 'x^y',
  derivative: String.raw`\tfrac{\partial}{\partial x} = y\,x^{y-1},\quad \tfrac{\partial}{\partial y} = x^y \ln x`,
  composite: ({ input, exponent }) => pow(double(input), double(exponent)),
  examples: [
    { input: [1, 2, 3], exponent: [0.5, 2, -1] },
    { input: [1, 2, 3], exponent: 2 },
  ],
});

const double = (x: Tensor | Scalar): Tensor | Scalar =>
  x instanceof Tensor ? (x.dtype === 'float64' ? x : to(x, 'float64')) : float(scalarToNumber(x));
