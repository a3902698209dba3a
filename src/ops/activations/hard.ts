/** Smooth activations cut from straight lines. */
import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map1, mapN } from '../../kernels/pointwise.ts';
import { isIntegral } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { float, type Scalar } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { castScalar } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, number, tensor } from '../params.ts';
import { add, div, mul } from '../pointwise/arithmetic.ts';
import { ge, gt, le, lt } from '../pointwise/comparison.ts';
import { logicalAnd, logicalOr } from '../pointwise/logical.ts';
import { where } from '../pointwise/select.ts';
import { floatingOnly, inType, noBool } from './checks.ts';

/** Where the bounds are crossed, the upper one holds, and takes the place of the lower one, `least`. */
const BOUNDED = kernel((x, low, high, least) => f.select(f.gt(x, high), high, f.select(f.lt(x, low), least, x)), {
  number: (x, low, high, least) => (x > high ? high : x < low ? least : x),
});

function bounded(op: string, input: Tensor, min: number, max: number): Tensor {
  noBool(op, input);
  if (isIntegral(input.dtype)) {
    const [low, high] = [castScalar(float(min), input.dtype), castScalar(float(max), input.dtype)];
    if (input.dtype === 'uint8' && (min < 0 || max < 0))
      throw dtypeError(`cannot do ${op} on an unsigned dtype with the negative limits ${min} and ${max}`);
    const cut = <T extends number | bigint>(x: T): T => ((x < low ? (x = low as T) : x) > high ? (high as T) : x);
    return map1({ number: cut, int64: cut }, input);
  }
  const [low, high] = [inType(min, input.dtype), inType(max, input.dtype)];
  return mapN(BOUNDED, [input, low, high, Math.min(low, high)], input.dtype);
}

/** Nothing passes at the bounds and beyond; a NaN passes all. */
const between = (input: Tensor, min: Scalar, max: Scalar, grad: Tensor): Tensor =>
  where(logicalOr(le(input, min), ge(input, max)), 0, grad);

export const hardtanh = defineOp({
  name: 'hardtanh',
  category: 'activation',
  in: ['F_'],
  inplace: true,
  module: 'Hardtanh',
  summary: 'The identity between two bounds, the nearer bound elsewhere',
  source: 'Collobert 2004',
  params: [
    tensor('input'),
    attr('min_val', number(), { default: -1, doc: 'The lower bound' }),
    attr('max_val', number(), { default: 1, doc: 'The upper bound' }),
  ],
  formula: String.raw`\min(\max(x, \mathrm{min}), \mathrm{max})`,
  derivative: String.raw`[\,\mathrm{min} < x < \mathrm{max}\,]`,
  forward: ({ input, minVal, maxVal }) => bounded('hardtanh', input, minVal, maxVal),
  saves: ['input'],
  hangsOn: ['input'],
  gradient: { input: ({ input, minVal, maxVal }, grad) => between(input, float(minVal), float(maxVal), grad) },
  examples: [{ input: [-3, -0.5, 0.5, 3], min_val: -1, max_val: 1 }],
});

export const relu6 = defineOp({
  name: 'relu6',
  category: 'activation',
  inplace: true,
  module: 'ReLU6',
  summary: 'Rectifier that ends at 6',
  source: 'Krizhevsky 2010',
  params: [tensor('input')],
  formula: String.raw`\min(\max(0, x), 6)`,
  derivative: String.raw`[\,0 < x < 6\,]`,
  forward: ({ input }) => bounded('relu6', input, 0, 6),
  saves: ['input'],
  hangsOn: ['input'],
  gradFn: 'HardtanhBackward0',
  gradient: { input: ({ input }, grad) => between(input, 0, 6, grad) },
  examples: [{ input: [-3, -0.5, 0.5, 3, 8] }],
});

/** `6 * hardsigmoid(x)`. */
const ramp = (x: f.Expression): f.Expression => f.select(f.lt(x, -3), 0, f.select(f.gt(x, 3), 6, f.add(x, 3)));
const HARDSIGMOID = kernel((x) => f.div(ramp(x), 6), { number: (x) => (x < -3 ? 0 : x > 3 ? 6 : x + 3) / 6 });
/** By sixths, lest the product overflows. */
const HARDSWISH = kernel((x) => f.mul(x, f.div(ramp(x), 6)), {
  number: (x) => (x * (x < -3 ? 0 : x > 3 ? 6 : x + 3)) / 6,
});

export const hardsigmoid = defineOp({
  name: 'hardsigmoid',
  category: 'activation',
  inplace: true,
  module: { name: 'Hardsigmoid', shows: '' },
  summary: 'A straight line in place of the logistic function, from 0 at -3 to 1 at 3',
  source: 'Courbariaux, Bengio & David 2015',
  params: [tensor('input')],
  formula: String.raw`\tfrac16 \min(\max(x + 3, 0), 6)`,
  derivative: String.raw`\tfrac16\,[\,-3 < x < 3\,]`,
  forward: ({ input }) => {
    floatingOnly('hardsigmoid', input);
    return map1(HARDSIGMOID, input);
  },
  saves: ['input'],
  hangsOn: ['input'],
  gradient: { input: ({ input }, grad) => where(logicalAnd(gt(input, -3), lt(input, 3)), div(grad, 6), 0) },
  examples: [{ input: [-4, -1, 0, 2, 4] }],
});

export const hardswish = defineOp({
  name: 'hardswish',
  category: 'activation',
  inplace: true,
  module: { name: 'Hardswish', shows: '' },
  summary: 'SiLU with a straight line in place of the logistic function',
  source: 'Howard et al. 2019',
  params: [tensor('input')],
  formula: String.raw`\tfrac{x}{6} \min(\max(x + 3, 0), 6)`,
  derivative: String.raw`\begin{cases} 0 & x < -3 \\ \tfrac{x}{3} + \tfrac12 & -3 \le x \le 3 \\ 1 & x > 3 \end{cases}`,
  forward: ({ input }) => {
    floatingOnly('hardswish', input);
    return map1(HARDSWISH, input);
  },
  saves: ['input'],
  gradient: {
    // The bends count to the middle, without a slope of their own there: so PyTorch has it. Only what
    // lies in between enters the product: infinities stay out of second gradients.
    input: ({ input }, grad) => {
      const inside = where(logicalAnd(gt(input, -3), lt(input, 3)), input, where(gt(input, 0), float(3), float(-3)));
      return where(lt(input, -3), 0, where(le(input, 3), mul(grad, add(div(inside, 3), 0.5)), grad));
    },
  },
  examples: [{ input: [-4, -1, 0, 2, 4] }],
});
