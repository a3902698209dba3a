/** NaN and the infinities: told apart, and replaced. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map1, mapN } from '../../kernels/index.ts';
import { isFloating, rowOf } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant, number, optionalAttr, tensor } from '../params.ts';
import { mul } from './arithmetic.ts';

const test = <const N extends string>(
  name: N,
  summary: string,
  formula: string,
  write: (x: f.Expression) => f.Expression,
) => {
  // Of integers, all are as 0 is.
  const own = kernel(write, { int64: () => whole });
  const whole = BigInt(own.number(0));
  return defineOp({
    name,
    category: 'comparison',
    summary,
    params: [constant('input')],
    formula,
    forward: ({ input }): Tensor => map1(own, input, input.dtype, 'bool'),
    gradient: {},
    examples: [{ input: [1, 'NaN', 'Infinity', '-Infinity'] }],
  });
};

export const isnan = test('isnan', 'Whether elements are NaN', String.raw`x \ne x`, f.isNan);
export const isinf = test('isinf', 'Whether elements are infinite', String.raw`|x| = \infty`, (x) =>
  f.eq(f.abs(x), Infinity),
);
export const isfinite = test(
  'isfinite',
  'Whether elements are neither NaN nor infinite',
  String.raw`|x| < \infty`,
  (x) => f.lt(f.abs(x), Infinity),
);
export const isposinf = test('isposinf', 'Whether elements are positive infinity', String.raw`x = \infty`, (x) =>
  f.eq(x, Infinity),
);
export const isneginf = test('isneginf', 'Whether elements are negative infinity', String.raw`x = -\infty`, (x) =>
  f.eq(x, Number.NEGATIVE_INFINITY),
);

const REPLACED = kernel((x, nan, high, low) =>
  f.select(f.isNan(x), nan, f.select(f.eq(x, Infinity), high, f.select(f.eq(x, Number.NEGATIVE_INFINITY), low, x))),
);

export const nanToNum = defineOp({
  name: 'nan_to_num',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'NaN and the infinities replaced by numbers',
  params: [
    tensor('input'),
    optionalAttr('nan', number(), { doc: 'In place of NaN; 0 where absent' }),
    optionalAttr('posinf', number(), { doc: 'In place of Infinity; the largest number of the dtype where absent' }),
    optionalAttr('neginf', number(), { doc: 'In place of -Infinity; the smallest number of the dtype where absent' }),
  ],
  formula: String.raw`\begin{cases} \mathrm{nan} & x \ne x \\ \mathrm{posinf} & x = \infty \\ \mathrm{neginf} & x = -\infty \\ x & \text{else} \end{cases}`,
  derivative: String.raw`[\,|x| < \infty\,]`,
  forward: ({ input, nan = 0, posinf, neginf }) => {
    const { dtype } = input;
    if (!isFloating(dtype)) return map1({ number: (x) => x, int64: (x) => x }, input);
    const limit = Number(rowOf(dtype).max);
    const high = posinf ?? limit;
    const low = neginf ?? -limit;
    return mapN(REPLACED, [input, nan, high, low], dtype);
  },
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, isfinite(input)) },
  examples: [
    { input: [1.5, -2, 0.5], nan: 0 },
    { input: ['NaN', 'Infinity', '-Infinity', 1], nan: 7 },
  ],
});
