/** Rounding, and what it leaves. */
import { map1 } from '../../kernels/pointwise.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, tensor } from '../params.ts';
import { zeroGradient } from './zero-gradient.ts';

/** Integers are whole already; bools are refused. */
function roundBy(f: (x: number) => number, name: string, input: Tensor): Tensor {
  if (input.dtype === 'bool') throw dtypeError(`${name} is not implemented for bool`);
  return map1({ number: isFloating(input.dtype) ? f : (x) => x, int64: (x) => x }, input);
}

const rounding = <const N extends string>(
  name: N,
  aliases: readonly string[],
  summary: string,
  formula: string,
  f: (x: number) => number,
) =>
  defineOp({
    name,
    aliases,
    category: 'pointwise',
    summary,
    params: [tensor('input')],
    formula,
    derivative: '0',
    forward: ({ input }): Tensor => roundBy(f, name, input),
    gradient: { input: (_, grad): Tensor => zeroGradient(grad) },
    examples: [{ input: [-1.5, 0.4, 2.7] }],
  });

export const floor = rounding(
  'floor',
  [],
  'The largest whole number not above',
  String.raw`\lfloor x \rfloor`,
  Math.floor,
);
export const ceil = rounding('ceil', [], 'The smallest whole number not below', String.raw`\lceil x \rceil`, Math.ceil);
export const trunc = rounding(
  'trunc',
  ['fix'],
  'Rounded towards zero',
  String.raw`\operatorname{sgn}(x) \lfloor |x| \rfloor`,
  Math.trunc,
);

/** To the nearest whole number, halves to the even one, the sign of zero kept. */
function roundEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  const value = rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : rest >= 0.5 ? low + 1 : x;
  return value === 0 && (x < 0 || Object.is(x, -0)) ? -0 : value;
}

export const round = defineOp({
  name: 'round',
  category: 'pointwise',
  summary: 'Rounded to the nearest whole number, or to decimals; halves go to the even one',
  params: [
    tensor('input'),
    attr('decimals', integer(), { default: 0, doc: 'Places after the point; before it where negative' }),
  ],
  formula: String.raw`10^{-d} \lfloor 10^d x \rceil`,
  derivative: '0',
  forward: ({ input, decimals }) => {
    if (decimals === 0) return roundBy(roundEven, 'round', input);
    if (!isFloating(input.dtype))
      throw dtypeError(`round with decimals is for floating dtypes, but got ${input.dtype}`);
    // Whether a number lies halfway is a matter of the dtype's own arithmetic.
    const fit = input.dtype === 'float32' ? Math.fround : (x: number) => x;
    const power = fit(10 ** Math.abs(decimals));
    const number =
      decimals > 0
        ? (x: number) => fit(roundEven(fit(x * power)) / power)
        : (x: number) => fit(roundEven(fit(x / power)) * power);
    return map1({ number }, input);
  },
  gradFn: ({ decimals }) => (decimals === 0 ? 'RoundBackward0' : 'RoundBackward1'),
  gradient: { input: (_, grad) => zeroGradient(grad) },
  examples: [{ input: [-1.6, 0.4, 2.7] }, { input: [3.2345, -2.6789], decimals: 2 }],
});

export const frac = defineOp({
  name: 'frac',
  category: 'pointwise',
  summary: 'What rounding towards zero leaves',
  params: [tensor('input')],
  formula: String.raw`x - \operatorname{sgn}(x) \lfloor |x| \rfloor`,
  derivative: '1',
  forward: ({ input }) => {
    if (!isFloating(input.dtype)) throw dtypeError(`frac is for floating dtypes, but got ${input.dtype}`);
    return map1({ number: (x) => x - Math.trunc(x) }, input);
  },
  gradient: { input: (_, grad) => grad },
  examples: [{ input: [-1.5, 0.4, 2.7] }],
});
