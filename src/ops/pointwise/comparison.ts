/** Comparisons: bool results, through which no gradient flows. */

import * as f from '../../kernels/formula/expression.ts';
import { formula, narrow as kernel } from '../../kernels/formula/formula.ts';
import { mapN } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, constantOperand, number } from '../params.ts';
import { compare2 } from '../promote.ts';

const comparison = <const N extends string>(
  name: N,
  aliases: readonly string[],
  summary: string,
  sign: string,
  write: (x: f.Expression, y: f.Expression) => f.Expression,
  holds: (x: bigint, y: bigint) => boolean,
) => {
  const own = kernel(write, { int64: (x, y) => (holds(x, y) ? 1n : 0n) });
  return defineOp({
    name,
    aliases,
    category: 'comparison',
    in: ['torch', 'Tensor_'],
    summary,
    params: [constant('input'), constantOperand('other')],
    formula: `x ${sign} y`,
    forward: ({ input, other }): Tensor => compare2(own, input, other),
    gradient: {},
    examples: [{ input: [1, 2, 3], other: [3, 2, 1] }],
  });
};

export const eq = comparison('eq', [], 'Whether elements are equal', '=', f.eq, (x, y) => x === y);
export const ne = comparison('ne', ['not_equal'], 'Whether elements differ', String.raw`\ne`, f.ne, (x, y) => x !== y);
export const lt = comparison('lt', ['less'], 'Whether elements are smaller', '<', f.lt, (x, y) => x < y);
export const le = comparison(
  'le',
  ['less_equal'],
  'Whether elements are smaller or equal',
  String.raw`\le`,
  f.le,
  (x, y) => x <= y,
);
export const gt = comparison('gt', ['greater'], 'Whether elements are larger', '>', f.gt, (x, y) => x > y);
export const ge = comparison(
  'ge',
  ['greater_equal'],
  'Whether elements are larger or equal',
  String.raw`\ge`,
  f.ge,
  (x, y) => x >= y,
);

const close = (x: f.Expression, y: f.Expression, rtol: f.Expression, atol: f.Expression): f.Expression => {
  const difference = f.abs(f.sub(x, y));
  const near = f.le(difference, f.add(atol, f.abs(f.mul(rtol, y))));
  return f.or(f.eq(x, y), f.and(f.lt(difference, Infinity), near));
};
const CLOSE = formula(close);
const CLOSE_OR_NAN = formula((x, y, rtol, atol) => f.or(close(x, y, rtol, atol), f.and(f.isNan(x), f.isNan(y))));

export const isclose = defineOp({
  name: 'isclose',
  category: 'comparison',
  summary: 'Whether elements are equal within a tolerance',
  params: [
    constant('input'),
    constant('other'),
    attr('rtol', number(), { default: 1e-5, doc: 'Relative to other; at least 0' }),
    attr('atol', number(), { default: 1e-8, doc: 'Absolute; at least 0' }),
    attr('equal_nan', boolean, { default: false, doc: 'Whether NaN is close to NaN' }),
  ],
  formula: String.raw`|x - y| \le \mathrm{atol} + \mathrm{rtol}\,|y|`,
  forward: ({ input, other, rtol, atol, equalNan }) => {
    if (input.dtype !== other.dtype)
      throw dtypeError(`isclose is for two tensors of one dtype, but got ${input.dtype} and ${other.dtype}`);
    if (!(rtol >= 0)) throw valueRange(`rtol must be greater than or equal to zero, but got ${rtol}`);
    if (!(atol >= 0)) throw valueRange(`atol must be greater than or equal to zero, but got ${atol}`);
    // Integers are compared as they are where no tolerance is asked for, else as doubles.
    if (!isFloating(input.dtype) && rtol === 0 && atol === 0)
      return compare2({ number: (x, y) => (x === y ? 1 : 0), int64: (x, y) => (x === y ? 1n : 0n) }, input, other);
    const dtype = isFloating(input.dtype) ? input.dtype : 'float64';
    return mapN(equalNan ? CLOSE_OR_NAN : CLOSE, [input, other, rtol, atol], dtype, 'bool');
  },
  gradient: {},
  examples: [{ input: [1, 1.000001, 2], other: [1, 1, 2.1] }],
});
