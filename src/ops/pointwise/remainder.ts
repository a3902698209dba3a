/** Remainders, and the division that they belong to. */

import * as f from '../../kernels/formula/expression.ts';
import { type AnyFormula, formula } from '../../kernels/formula/formula.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Scalar } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constantOperand, operand, tensor } from '../params.ts';
import { asTensor, common2, commonType } from '../promote.ts';
import { div, mul, neg, zeroDivision } from './arithmetic.ts';

type Value = Tensor | Scalar;

/** C's fmod: the sign is the dividend's. */
const FMOD = formula((x, y) => f.call('fmod', x, y), {
  int64: (x: bigint, y: bigint) => (y === 0n ? zeroDivision() : x % y),
});

/** Python's %: the sign is the divisor's. */
const REMAINDER = formula((x, y) => f.call('remainder', x, y), {
  int64: (x: bigint, y: bigint) => {
    if (y === 0n) return zeroDivision();
    const rest = x % y;
    return rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest;
  },
});

function remainderBy(formula: AnyFormula, name: string, input: Value, other: Value): Tensor {
  const dtype = commonType(input, other);
  if (!(input instanceof Tensor) && !(other instanceof Tensor))
    throw dtypeError(`${name} is for a tensor and a number, or for two tensors, but got two numbers`);
  if (dtype === 'bool') throw dtypeError(`${name} is not implemented for bool`);
  if (isFloating(dtype)) return common2(formula, input, other);
  // JavaScript has a -0 that integers lack, but a store into integers drops it.
  return common2(
    { number: (x, y) => (y === 0 ? zeroDivision() : formula.number(x, y)), int64: formula.int64 },
    input,
    other,
  );
}

/** `-grad * quotient`, the quotient rounded as the remainder's own division is. */
const ofDivisor = (input: Value, other: Value, rounding: 'trunc' | 'floor', grad: Tensor): Tensor =>
  mul(neg(grad), div(input instanceof Tensor ? input : asTensor(input, commonType(input, other)), other, rounding));

export const fmod = defineOp({
  name: 'fmod',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: 'Remainder with the sign of the dividend',
  params: [tensor('input'), operand('other')],
  formula: String.raw`x - y \operatorname{trunc}(x / y)`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = 1,\quad \tfrac{\partial}{\partial y} = -\operatorname{trunc}(x / y)`,
  forward: ({ input, other }) => remainderBy(FMOD, 'fmod', input, other),
  saves: ['input', 'other'],
  gradFn: ({ other }) => (other instanceof Tensor ? 'FmodBackward1' : 'FmodBackward0'),
  gradient: { input: (_, grad) => grad, other: ({ input, other }, grad) => ofDivisor(input, other, 'trunc', grad) },
  examples: [{ input: [5, -5, 7.5], other: [3, 3, -2] }],
});

export const remainder = defineOp({
  name: 'remainder',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: "Remainder with the sign of the divisor, as Python's %",
  params: [operand('input'), operand('other')],
  formula: String.raw`x - y \lfloor x / y \rfloor`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = 1,\quad \tfrac{\partial}{\partial y} = -\lfloor x / y \rfloor`,
  forward: ({ input, other }) => remainderBy(REMAINDER, 'remainder', input, other),
  saves: ['input', 'other'],
  gradFn: ({ other }) => (other instanceof Tensor ? 'RemainderBackward1' : 'RemainderBackward0'),
  gradient: { input: (_, grad) => grad, other: ({ input, other }, grad) => ofDivisor(input, other, 'floor', grad) },
  examples: [{ input: [5, -5, 7.5], other: [3, 3, -2] }],
});

export const floorDivide = defineOp({
  name: 'floor_divide',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  numbers: true,
  summary: 'Quotient rounded down; no gradient flows through it',
  params: [constantOperand('input'), constantOperand('other')],
  formula: String.raw`\lfloor x / y \rfloor`,
  forward: ({ input, other }) => {
    if (!(input instanceof Tensor) && !(other instanceof Tensor))
      throw dtypeError('floor_divide is for a tensor and a number, or for two tensors, but got two numbers');
    return div(input instanceof Tensor ? input : asTensor(input, commonType(input, other)), other, 'floor');
  },
  gradient: {},
  examples: [{ input: [5, -5, 7.5], other: [3, 3, -2] }],
});
