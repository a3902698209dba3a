/** Smooth activations cut from straight lines. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map1, mapN } from '../../kernels/index.ts';
import { isIntegral } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { castScalar } from '../creation/filled.ts';
import { kink } from '../curve.ts';
import { attr, number, tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';
import { inType, noBool } from './checks.ts';

/** Where the bounds are crossed, the upper one holds, and takes the place of the lower one, `least`. */
const BOUNDED = kernel((x, low, high, least) => f.select(f.gt(x, high), high, f.select(f.lt(x, low), least, x)));

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

const within = (x: f.Expression, low: f.Term, high: f.Term): f.Expression => f.min(f.max(x, low), high);
/** Nothing passes at the bounds and beyond; a NaN passes all. */
const between = (x: f.Expression, low: f.Term, high: f.Term): f.Expression =>
  f.select(f.or(f.le(x, low), f.ge(x, high)), 0, 1);

export const hardtanh = definePointwise({
  name: 'hardtanh',
  category: 'activation',
  in: ['F_'],
  inplace: true,
  module: 'Hardtanh',
  summary: 'The identity between two bounds, the nearer bound elsewhere',
  source: 'Collobert 2004',
  breaks: ({ minVal, maxVal }) => (minVal < maxVal ? [kink(minVal), kink(maxVal)] : []),
  params: [
    tensor('input'),
    attr('min_val', number(), { default: -1, doc: 'The lower bound' }),
    attr('max_val', number(), { default: 1, doc: 'The upper bound' }),
  ],
  expression: (x, { minVal, maxVal }) => within(x, minVal, maxVal),
  slope: (x, { minVal, maxVal }) => between(x, minVal, maxVal),
  forward: ({ input, minVal, maxVal }) => bounded('hardtanh', input, minVal, maxVal),
  hangsOn: ['input'],
  symbols: { min_val: String.raw`\mathrm{min}`, max_val: String.raw`\mathrm{max}` },
  derivation: {
    formula: String.raw`\min(\max(@input, @minVal), @maxVal)`,
    by: { input: String.raw`[\,@minVal < @input < @maxVal\,]` },
  },
  examples: [{ input: [-3, -0.5, 0.5, 3], min_val: -1, max_val: 1 }],
});

export const relu6 = definePointwise({
  name: 'relu6',
  category: 'activation',
  inplace: true,
  module: 'ReLU6',
  summary: 'Rectifier that ends at 6',
  source: 'Krizhevsky 2010',
  breaks: () => [kink(0), kink(6)],
  expression: (x) => within(x, 0, 6),
  slope: (x) => between(x, 0, 6),
  forward: ({ input }) => bounded('relu6', input, 0, 6),
  hangsOn: ['input'],
  gradFn: 'HardtanhBackward0',
  derivation: { by: { input: String.raw`[\,0 < @input < 6\,]` } },
  examples: [{ input: [-3, -0.5, 0.5, 3, 8] }],
});

/** `6 * hardsigmoid(x)`. */
const ramp = (x: f.Expression): f.Expression => f.select(f.lt(x, -3), 0, f.select(f.gt(x, 3), 6, f.add(x, 3)));

export const hardsigmoid = definePointwise({
  name: 'hardsigmoid',
  category: 'activation',
  inplace: true,
  module: { name: 'Hardsigmoid', shows: '' },
  summary: 'A straight line in place of the logistic function, from 0 at -3 to 1 at 3',
  source: 'Courbariaux, Bengio & David 2015',
  breaks: () => [kink(-3), kink(3)],
  expression: (x) => f.div(ramp(x), 6),
  slope: (x) => f.select(f.and(f.gt(x, -3), f.lt(x, 3)), f.div(1, 6), 0),
  floatingOnly: true,
  hangsOn: ['input'],
  formula: String.raw`\tfrac16 \min(\max(x + 3, 0), 6)`,
  examples: [{ input: [-4, -1, 0, 2, 4] }],
});

/** The bends count to the middle, without a slope of their own there: so PyTorch has it. */
function hardswishSlope(x: f.Expression): f.Expression {
  const above = f.select(f.lt(x, 3), f.add(f.div(x, 3), 0.5), f.select(f.eq(x, 3), 1.5, 1));
  return f.select(f.lt(x, -3), 0, f.select(f.eq(x, -3), -0.5, above));
}

export const hardswish = definePointwise({
  name: 'hardswish',
  category: 'activation',
  inplace: true,
  module: { name: 'Hardswish', shows: '' },
  summary: 'SiLU with a straight line in place of the logistic function',
  source: 'Howard et al. 2019',
  breaks: () => [kink(-3), kink(3)],
  // By sixths, lest the product overflows.
  expression: (x) => f.mul(x, f.div(ramp(x), 6)),
  computed: hardswishSlope,
  floatingOnly: true,
  backward: { name: 'hardswish_backward', examples: [{ grad_output: [1, -2, 0.5], self: [-4, 0.25, 2] }] },
  formula: String.raw`\tfrac{x}{6} \min(\max(x + 3, 0), 6)`,
  examples: [{ input: [-4, -1, 0, 2, 4] }],
});

export const hardswishBackward = hardswish.backward;
