/** Logarithms of sums of powers, which do not overflow on the way. */
import * as f from '../../kernels/formula/expression.ts';
import { type AnyFormula, formula, narrow } from '../../kernels/formula/formula.ts';
import { map2 } from '../../kernels/pointwise.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { commonType } from '../promote.ts';
import { add, div, sub } from './arithmetic.ts';
import { exp, exp2 } from './exponential.ts';

/** Infinities of one sign have no difference. */
const written =
  (tail: (difference: f.Expression) => f.Expression) =>
  (x: f.Expression, y: f.Expression): f.Expression =>
    f.select(f.and(f.eq(x, y), f.eq(f.abs(x), Infinity)), x, f.add(f.max(x, y), tail(f.sub(x, y))));

const logSum = <const N extends string>(
  name: N,
  base: string,
  ln: string,
  own: AnyFormula,
  powerOf: (x: Tensor) => Tensor,
) => {
  /** The share that `x` has in the sum. */
  const share = (x: Tensor, y: Tensor, grad: Tensor): Tensor => div(grad, add(powerOf(sub(y, x)), 1));
  return defineOp({
    name,
    category: 'pointwise',
    summary: `Logarithm of the sum of powers of ${base === 'e' ? 'e' : 'two'}`,
    params: [tensor('input'), tensor('other')],
    formula: String.raw`${ln}\!\left(${base}^x + ${base}^y\right)`,
    derivative: String.raw`\tfrac{\partial}{\partial x} = \frac{1}{1 + ${base}^{y - x}}`,
    forward: ({ input, other }): Tensor => {
      const dtype = commonType(input, other);
      if (!isFloating(dtype))
        throw dtypeError(`${name} is for floating dtypes, but got ${input.dtype} and ${other.dtype}`);
      return map2(own, input, other, dtype);
    },
    saves: ['input', 'other'],
    gradient: {
      input: ({ input, other }, grad): Tensor => share(input, other, grad),
      other: ({ input, other }, grad): Tensor => share(other, input, grad),
    },
    examples: [{ input: [1, 2, -100], other: [3, 2, 100] }],
  });
};

export const logaddexp = logSum('logaddexp', 'e', String.raw`\ln`, narrow(written(f.softplusTail)), (x) => exp(x));
export const logaddexp2 = logSum(
  'logaddexp2',
  '2',
  String.raw`\log_2`,
  formula(written((x) => f.mul(f.log1p(f.call('exp2', f.neg(f.abs(x)))), Math.LOG2E))),
  (x) => exp2(x),
);
