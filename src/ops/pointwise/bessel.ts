/** Modified Bessel functions of the first kind. */

import * as f from '../../kernels/formula/expression.ts';
import { formula } from '../../kernels/formula/formula.ts';
import { rowOf } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';
import { floating1 } from '../promote.ts';
import { add, div, mul, sub } from './arithmetic.ts';
import { gt } from './comparison.ts';
import { where } from './select.ts';
import { abs, sgn } from './sign.ts';

const I1 = formula((x) => f.call('i1', x));
const I1E = formula((x) => f.call('i1e', x));

/** `slope` away from 0; at 0, where it would divide by 0, its limit 1/2. */
function exceptAtZero(grad: Tensor, input: Tensor, slope: (x: Tensor) => Tensor): Tensor {
  const eps = rowOf(input.dtype).eps as number;
  const away = gt(abs(input), eps);
  return mul(grad, where(away, slope(where(away, input, eps)), 0.5));
}

export const i0 = definePointwise({
  name: 'i0',
  aliases: ['modified_bessel_i0'],
  in: ['torch_', 'Tensor_', 'special', 'special:modified_bessel_i0'],
  summary: 'Modified Bessel function of the first kind, order 0',
  expression: (x) => f.call('i0', x),
  wide: true,
  formula: String.raw`I_0(x) = \sum_{k=0}^\infty \frac{(x^2/4)^k}{(k!)^2}`,
  examples: [{ input: [-1, 0.5, 3] }],
});

export const i1 = defineOp({
  name: 'i1',
  aliases: ['modified_bessel_i1'],
  category: 'pointwise',
  in: ['special', 'special:modified_bessel_i1'],
  summary: 'Modified Bessel function of the first kind, order 1',
  params: [tensor('input')],
  formula: String.raw`I_1(x) = \tfrac{x}{2} \sum_{k=0}^\infty \frac{(x^2/4)^k}{k!\,(k+1)!}`,
  derivative: String.raw`I_0(x) - \tfrac{I_1(x)}{x}`,
  forward: ({ input }) => floating1(I1, input),
  saves: ['input', 'result'],
  gradFn: 'SpecialI1Backward0',
  gradient: {
    input: ({ input, result }, grad): Tensor => exceptAtZero(grad, input, (x) => sub(i0(x), div(result, x))),
  },
  examples: [{ input: [-1, 0.5, 3] }],
});

export const i0e = definePointwise({
  name: 'i0e',
  in: ['special'],
  summary: 'Exponentially scaled modified Bessel function, order 0',
  expression: (x) => f.call('i0e', x),
  wide: true,
  saves: ['input', 'result'],
  gradFn: 'SpecialI0EBackward0',
  examples: [{ input: [-1, 0.5, 3] }],
});

export const i1e = defineOp({
  name: 'i1e',
  category: 'pointwise',
  in: ['special'],
  summary: 'Exponentially scaled modified Bessel function, order 1',
  params: [tensor('input')],
  formula: String.raw`e^{-|x|} I_1(x)`,
  derivative: String.raw`e^{-|x|} I_0(x) - e^{-|x|} I_1(x)\left(\operatorname{sgn}(x) + \tfrac1x\right)`,
  forward: ({ input }) => floating1(I1E, input),
  saves: ['input', 'result'],
  gradFn: 'SpecialI1EBackward0',
  gradient: {
    input: ({ input, result }, grad): Tensor =>
      exceptAtZero(grad, input, (x) => sub(i0e(x), add(mul(sgn(x), result), div(result, x)))),
  },
  examples: [{ input: [-1, 0.5, 3] }],
});
