/** Rounding, and what it leaves. */

import * as f from '../../kernels/formula/expression.ts';
import { type AnyFormula, narrow as kernel } from '../../kernels/formula/formula.ts';
import { map1, mapN } from '../../kernels/index.ts';
import { computeType, isFloating, rounded } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, tensor } from '../params.ts';
import { zeroGradient } from './zero-gradient.ts';

/** Integers are whole already; bools are refused. */
function roundBy(formula: AnyFormula, name: string, input: Tensor): Tensor {
  if (input.dtype === 'bool') throw dtypeError(`${name} is not implemented for bool`);
  return map1(isFloating(input.dtype) ? formula : { number: (x) => x, int64: (x) => x }, input);
}

const rounding = <const N extends string>(
  name: N,
  aliases: readonly string[],
  summary: string,
  formula: string,
  own: AnyFormula,
) =>
  defineOp({
    name,
    aliases,
    category: 'pointwise',
    in: ['torch_', 'Tensor_'],
    summary,
    params: [tensor('input')],
    formula,
    derivative: '0',
    forward: ({ input }): Tensor => roundBy(own, name, input),
    gradient: { input: (_, grad): Tensor => zeroGradient(grad) },
    examples: [{ input: [-1.5, 0.4, 2.7] }],
  });

export const floor = rounding(
  'floor',
  [],
  'The largest whole number not above',
  String.raw`\lfloor x \rfloor`,
  kernel((x) => f.floor(x)),
);
export const ceil = rounding(
  'ceil',
  [],
  'The smallest whole number not below',
  String.raw`\lceil x \rceil`,
  kernel((x) => f.ceil(x)),
);
export const trunc = rounding(
  'trunc',
  ['fix'],
  'Rounded towards zero',
  String.raw`\operatorname{sgn}(x) \lfloor |x| \rfloor`,
  kernel((x) => f.trunc(x)),
);

const ROUND = kernel((x) => f.nearest(x));
/** Whether a number lies halfway is a matter of the dtype's own arithmetic. */
const roundTo = (fit: (x: f.Expression) => f.Expression) => ({
  up: kernel((x, power) => fit(f.div(f.nearest(fit(f.mul(x, power))), power))),
  down: kernel((x, power) => fit(f.mul(f.nearest(fit(f.div(x, power))), power))),
});
const ROUND_TO = { float32: roundTo(f.fround), float64: roundTo((x) => x) };
const FRAC = kernel((x) => f.sub(x, f.trunc(x)));

export const round = defineOp({
  name: 'round',
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'special'],
  takes: 'input | decimals',
  summary: 'Rounded to the nearest whole number, or to decimals; halves go to the even one',
  params: [
    tensor('input'),
    attr('decimals', integer(), { default: 0, doc: 'Places after the point; before it where negative' }),
  ],
  formula: String.raw`10^{-d} \lfloor 10^d x \rceil`,
  derivative: '0',
  forward: ({ input, decimals }) => {
    if (decimals === 0) return roundBy(ROUND, 'round', input);
    if (!isFloating(input.dtype))
      throw dtypeError(`round with decimals is for floating dtypes, but got ${input.dtype}`);
    const power = 10 ** Math.abs(decimals);
    const { up, down } = ROUND_TO[computeType(input.dtype)];
    return mapN(decimals > 0 ? up : down, [input, rounded(power, computeType(input.dtype))], input.dtype);
  },
  gradFn: ({ decimals }) => (decimals === 0 ? 'RoundBackward0' : 'RoundBackward1'),
  gradient: { input: (_, grad) => zeroGradient(grad) },
  examples: [{ input: [-1.6, 0.4, 2.7] }, { input: [3.2345, -2.6789], decimals: 2 }],
});

export const frac = defineOp({
  name: 'frac',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'What rounding towards zero leaves',
  params: [tensor('input')],
  formula: String.raw`x - \operatorname{sgn}(x) \lfloor |x| \rfloor`,
  derivative: '1',
  forward: ({ input }) => {
    if (!isFloating(input.dtype)) throw dtypeError(`frac is for floating dtypes, but got ${input.dtype}`);
    return map1(FRAC, input);
  },
  gradient: { input: (_, grad) => grad },
  examples: [{ input: [-1.5, 0.4, 2.7] }],
});
