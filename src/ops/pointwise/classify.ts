/** NaN and the infinities: told apart, and replaced. */
import { map1 } from '../../kernels/pointwise.ts';
import { isFloating } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant, number, optionalAttr, tensor } from '../params.ts';
import { mul } from './arithmetic.ts';

const test = <const N extends string>(name: N, summary: string, formula: string, f: (x: number) => boolean) => {
  // An integer is finite.
  const whole = f(0) ? 1n : 0n;
  return defineOp({
    name,
    category: 'comparison',
    summary,
    params: [constant('input')],
    formula,
    forward: ({ input }): Tensor =>
      map1({ number: (x) => (f(x) ? 1 : 0), int64: () => whole }, input, input.dtype, 'bool'),
    gradient: {},
    examples: [{ input: [1, 'NaN', 'Infinity', '-Infinity'] }],
  });
};

export const isnan = test('isnan', 'Whether elements are NaN', String.raw`x \ne x`, Number.isNaN);
export const isinf = test(
  'isinf',
  'Whether elements are infinite',
  String.raw`|x| = \infty`,
  (x) => Math.abs(x) === Infinity,
);
export const isfinite = test(
  'isfinite',
  'Whether elements are neither NaN nor infinite',
  String.raw`|x| < \infty`,
  Number.isFinite,
);
export const isposinf = test(
  'isposinf',
  'Whether elements are positive infinity',
  String.raw`x = \infty`,
  (x) => x === Infinity,
);
export const isneginf = test(
  'isneginf',
  'Whether elements are negative infinity',
  String.raw`x = -\infty`,
  (x) => x === -Infinity,
);

const LARGEST = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE };

export const nanToNum = defineOp({
  name: 'nan_to_num',
  category: 'pointwise',
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
    const limit = LARGEST[dtype as 'float32' | 'float64'];
    const high = posinf ?? limit;
    const low = neginf ?? -limit;
    return map1({ number: (x) => (Number.isNaN(x) ? nan : x === Infinity ? high : x === -Infinity ? low : x) }, input);
  },
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, isfinite(input)) },
  examples: [
    { input: [1.5, -2, 0.5], nan: 0 },
    { input: ['NaN', 'Infinity', '-Infinity', 1], nan: 7 },
  ],
});
