/** Comparisons: bool results, through which no gradient flows. */

import { map2 } from '../../kernels/pointwise.ts';
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
  holds: (x: number | bigint, y: number | bigint) => boolean,
) => {
  const formula = {
    number: (x: number, y: number) => (holds(x, y) ? 1 : 0),
    int64: (x: bigint, y: bigint) => (holds(x, y) ? 1n : 0n),
  };
  return defineOp({
    name,
    aliases,
    category: 'comparison',
    summary,
    params: [constant('input'), constantOperand('other')],
    formula: `x ${sign} y`,
    forward: ({ input, other }): Tensor => compare2(formula, input, other),
    gradient: {},
    examples: [{ input: [1, 2, 3], other: [3, 2, 1] }],
  });
};

export const eq = comparison('eq', [], 'Whether elements are equal', '=', (x, y) => x === y);
export const ne = comparison('ne', ['not_equal'], 'Whether elements differ', String.raw`\ne`, (x, y) => x !== y);
export const lt = comparison('lt', ['less'], 'Whether elements are smaller', '<', (x, y) => x < y);
export const le = comparison(
  'le',
  ['less_equal'],
  'Whether elements are smaller or equal',
  String.raw`\le`,
  (x, y) => x <= y,
);
export const gt = comparison('gt', ['greater'], 'Whether elements are larger', '>', (x, y) => x > y);
export const ge = comparison(
  'ge',
  ['greater_equal'],
  'Whether elements are larger or equal',
  String.raw`\ge`,
  (x, y) => x >= y,
);

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
    const close = (x: number, y: number): number => {
      if (x === y || (equalNan && Number.isNaN(x) && Number.isNaN(y))) return 1;
      const difference = Math.abs(x - y);
      return Number.isFinite(difference) && difference <= atol + Math.abs(rtol * y) ? 1 : 0;
    };
    // Integers are compared as they are where no tolerance is asked for, else as doubles.
    if (!isFloating(input.dtype) && rtol === 0 && atol === 0)
      return compare2({ number: close, int64: (x, y) => (x === y ? 1n : 0n) }, input, other);
    return map2({ number: close }, input, other, isFloating(input.dtype) ? input.dtype : 'float64', 'bool');
  },
  gradient: {},
  examples: [{ input: [1, 1.000001, 2], other: [1, 1, 2.1] }],
});
