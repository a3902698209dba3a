/** Elements kept within bounds. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map2, map3 } from '../../kernels/index.ts';
import { type DType, isIntegral, rowOf } from '../../tensor/dtype.ts';
import { dtypeError, valueRange } from '../../tensor/errors.ts';
import { type Scalar, scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { numbersAmong } from '../derivation.ts';
import { operand, optionalOperand, tensor } from '../params.ts';
import { asTensor, commonType } from '../promote.ts';
import { ge, gt, le, lt } from './comparison.ts';
import { logicalAnd, logicalOr } from './logical.ts';
import { where } from './select.ts';

type Bound = Tensor | Scalar | undefined;

type Term = f.Expression;

/** A NaN on either side comes through; equal zeros leave the element as it is, which min and max would not. */
const raised = (x: Term, low: Term): Term => f.select(f.or(f.lt(x, low), f.isNan(low)), low, x);
const lowered = (x: Term, high: Term): Term => f.select(f.or(f.gt(x, high), f.isNan(high)), high, x);

const LOW = kernel(raised, {
  number: (x, low) => (Number.isNaN(x) ? x : Number.isNaN(low) ? low : x < low ? low : x),
  int64: (x, low) => (x < low ? low : x),
});
const HIGH = kernel(lowered, {
  number: (x, high) => (Number.isNaN(x) ? x : Number.isNaN(high) ? high : x > high ? high : x),
  int64: (x, high) => (x > high ? high : x),
});
/** Where the bounds are crossed, the upper one holds. */
const BOTH = kernel((x, low, high) => lowered(raised(x, low), high), {
  number: (x, low, high) => HIGH.number(LOW.number(x, low), high),
  int64: (x, low, high) => (x > high || low > high ? high : x < low ? low : x),
});

/** A bound as a tensor; a number has to fit the dtype that the result will have. */
function bound(value: Tensor | Scalar, dtype: DType): Tensor {
  if (value instanceof Tensor) return asTensor(value, dtype);
  if (dtype === 'bool') throw dtypeError('clamping bool tensors by bools is not implemented');
  const x = scalarToNumber(value);
  const { min, max } = rowOf(dtype);
  if (isIntegral(dtype) && (x < min || x > max))
    throw valueRange(`the bound ${x} cannot be converted to ${dtype} without overflow`);
  return asTensor(value, dtype);
}

function clampBy(input: Tensor, min: Bound, max: Bound): Tensor {
  if (min === undefined && max === undefined)
    throw valueRange("torch.clamp: At least one of 'min' or 'max' must not be None");
  if (min !== undefined && max !== undefined && min instanceof Tensor !== max instanceof Tensor) {
    throw dtypeError("clamp takes 'min' and 'max' both as numbers or both as tensors, but got one of each");
  }
  const bounds = [min, max].filter((b) => b !== undefined);
  const dtype = commonType(input, ...bounds);
  const x = asTensor(input, dtype);
  if (min !== undefined && max !== undefined) return map3(BOTH, x, bound(min, dtype), bound(max, dtype), dtype);
  return min !== undefined
    ? map2(LOW, x, bound(min, dtype), dtype)
    : map2(HIGH, x, bound(max as Tensor | Scalar, dtype), dtype);
}

/** The gradient goes to the input within the bounds and on them; a NaN passes none. */
function inside(input: Tensor, min: Bound, max: Bound, grad: Tensor): Tensor {
  const above = min === undefined ? undefined : ge(input, min);
  const below = max === undefined ? undefined : le(input, max);
  return where(
    above !== undefined && below !== undefined ? logicalAnd(above, below) : ((above ?? below) as Tensor),
    grad,
    0,
  );
}

/** Elements below the lower bound come from it, unless the bounds are crossed. */
function fromMin(input: Tensor, min: Tensor, max: Bound, grad: Tensor): Tensor {
  const below = lt(input, min);
  return where(max instanceof Tensor ? logicalAnd(lt(min, max), below) : below, grad, 0);
}

function fromMax(input: Tensor, min: Bound, max: Tensor, grad: Tensor): Tensor {
  const above = gt(input, max);
  return where(min instanceof Tensor ? logicalOr(above, lt(max, min)) : above, grad, 0);
}

export const clamp = defineOp({
  name: 'clamp',
  aliases: ['clip'],
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Elements kept within bounds, which are numbers or tensors',
  params: [
    tensor('input'),
    optionalOperand('min', { doc: 'No lower bound where absent' }),
    optionalOperand('max', { doc: 'No upper bound where absent' }),
  ],
  formula: String.raw`\min(\max(x, \mathrm{min}), \mathrm{max})`,
  derivative: String.raw`[\,\mathrm{min} \le x \le \mathrm{max}\,]`,
  forward: ({ input, min, max }) => clampBy(input, min, max),
  saves: ['input', 'min', 'max'],
  gradFn: ({ min, max }) => (min instanceof Tensor || max instanceof Tensor ? 'ClampBackward0' : 'ClampBackward1'),
  gradient: {
    input: ({ input, min, max }, grad) => inside(input, min, max, grad),
    min: ({ input, min, max }, grad) => fromMin(input, min as Tensor, max, grad),
    max: ({ input, min, max }, grad) => fromMax(input, min, max as Tensor, grad),
  },
  derivation: {
    formula: ({ min, max }) => {
      const raised = min === undefined ? '@input' : String.raw`\max(@input, @min)`;
      return max === undefined ? raised : String.raw`\min(${raised}, @max)`;
    },
    by: {
      input: ({ min, max }) =>
        String.raw`[\,${min === undefined ? '' : String.raw`@min \le `}@input${max === undefined ? '' : String.raw` \le @max`}\,]`,
      min: String.raw`[\,@input < @min\,]`,
      max: String.raw`[\,@input > @max\,]`,
    },
    kinks: ({ min, max }) => [min, max].flatMap(numbersAmong),
  },
  examples: [
    { input: [-2, 0.5, 3], min: -1, max: 1 },
    { input: [-2, 0.5, 3], min: [-1, -1, -1], max: [1, 1, 4] },
  ],
});

export const clampMin = defineOp({
  name: 'clamp_min',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Elements raised to a lower bound',
  params: [tensor('input'), operand('min')],
  formula: String.raw`\max(x, \mathrm{min})`,
  derivative: String.raw`[\,x \ge \mathrm{min}\,]`,
  forward: ({ input, min }) => clampBy(input, min, undefined),
  saves: ['input', 'min'],
  gradFn: ({ min }) => (min instanceof Tensor ? 'ClampMinBackward1' : 'ClampMinBackward0'),
  gradient: {
    input: ({ input, min }, grad) => inside(input, min, undefined, grad),
    min: ({ input, min }, grad) => fromMin(input, min as Tensor, undefined, grad),
  },
  derivation: {
    formula: String.raw`\max(@input, @min)`,
    by: { input: String.raw`[\,@input \ge @min\,]`, min: String.raw`[\,@input < @min\,]` },
    kinks: ({ min }) => numbersAmong(min),
  },
  examples: [{ input: [-2, 0.5, 3], min: 0 }],
});

export const clampMax = defineOp({
  name: 'clamp_max',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Elements lowered to an upper bound',
  params: [tensor('input'), operand('max')],
  formula: String.raw`\min(x, \mathrm{max})`,
  derivative: String.raw`[\,x \le \mathrm{max}\,]`,
  forward: ({ input, max }) => clampBy(input, undefined, max),
  saves: ['input', 'max'],
  gradFn: ({ max }) => (max instanceof Tensor ? 'ClampMaxBackward1' : 'ClampMaxBackward0'),
  gradient: {
    input: ({ input, max }, grad) => inside(input, undefined, max, grad),
    max: ({ input, max }, grad) => fromMax(input, undefined, max as Tensor, grad),
  },
  derivation: {
    formula: String.raw`\min(@input, @max)`,
    by: { input: String.raw`[\,@input \le @max\,]`, max: String.raw`[\,@input > @max\,]` },
    kinks: ({ max }) => numbersAmong(max),
  },
  examples: [{ input: [-2, 0.5, 3], max: 1 }],
});
