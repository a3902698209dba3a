/** Sums, differences, products and quotients. */

import * as f from '../../kernels/formula/expression.ts';
import { formula, narrow as kernel } from '../../kernels/formula/formula.ts';
import { type Formula2, map1, map2 } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import { type Scalar, scalarKind, scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, oneOf, operand, optionalAttr, scalarAttr, tensor } from '../params.ts';
import { asTensor, common2, commonType, floating2, operandTensor } from '../promote.ts';
import { zeroGradient } from './zero-gradient.ts';

const isOne = (alpha: Scalar): boolean => scalarKind(alpha) !== 'bool' && scalarToNumber(alpha) === 1;

/** `alpha * grad`, without a multiplication where alpha is 1. */
const scaled = (grad: Tensor, alpha: Scalar): Tensor => (isOne(alpha) ? grad : mul(grad, alpha));

const checkAlpha = (a: Tensor | Scalar, b: Tensor | Scalar, alpha: Scalar): void => {
  if (scalarKind(alpha) === 'bool' && commonType(a, b) !== 'bool') {
    throw new EngineError('dtype', 'Boolean alpha only supported for Boolean results.');
  }
  if (scalarKind(alpha) === 'float' && !isFloating(commonType(a, b))) {
    throw new EngineError('dtype', 'For integral input tensors, argument alpha must not be a floating point number.');
  }
};

const scaleOperand = (x: Tensor | Scalar, alpha: Scalar, dtype = commonType(x)): Tensor => {
  const t = operandTensor(x, dtype);
  return isOne(alpha) ? t : map2(MUL, t, operandTensor(alpha, dtype), dtype);
};

const ADD = kernel(f.add, { int64: (x, y) => x + y });
const SUB = kernel(f.sub, { int64: (x, y) => x - y });
const MUL = kernel(f.mul, { int32: Math.imul, int64: (x, y) => x * y });
const DIV = kernel(f.div);
const NEG = kernel(f.neg, { int64: (x) => -x });

const alpha = attr('alpha', scalarAttr, { default: 1 as Scalar, doc: 'Multiplies other' });
/** rsub's, which multiplies the other one. */
export const alphaParam = attr('alpha', scalarAttr, { default: 1 as Scalar, doc: 'Multiplies input' });

const EITHER: Formula2 = { number: (x, y) => x || y };

export const add = defineOp({
  name: 'add',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  takes: 'input other | alpha / input alpha other',
  numbers: true,
  summary: 'Sum of two tensors, the second times alpha',
  params: [tensor('input'), operand('other'), alpha],
  formula: String.raw`x + \alpha\, y`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = 1,\quad \tfrac{\partial}{\partial y} = \alpha`,
  forward: ({ input, other, alpha }) => {
    const dtype = commonType(input, other);
    if (isOne(alpha)) return common2(dtype === 'bool' ? EITHER : ADD, input, other);
    checkAlpha(input, other, alpha);
    // Among flags a sum is an or, and alpha leaves the second out or does not.
    if (dtype === 'bool') return scalarToNumber(alpha) === 0 ? asTensor(input, dtype) : common2(EITHER, input, other);
    return map2(ADD, operandTensor(input, dtype), scaleOperand(other, alpha, dtype), dtype);
  },
  gradient: { input: (_, grad) => grad, other: ({ alpha }, grad) => scaled(grad, alpha) },
  derivation: {
    formula: ({ alpha }) => (isOne(alpha) ? '@input + @other' : String.raw`@input + @alpha\,@other`),
    by: { input: '1', other: ({ alpha }) => (isOne(alpha) ? '1' : '@alpha') },
  },
  examples: [{ input: [1, 2], other: [[10], [20]] }],
});

export const sub = defineOp({
  name: 'sub',
  aliases: ['subtract'],
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  takes: { all: 'input other | alpha / input alpha other', ':subtract': 'input other alpha' },
  numbers: true,
  summary: 'Difference of two tensors, the second times alpha',
  params: [tensor('input'), operand('other'), alpha],
  formula: String.raw`x - \alpha\, y`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = 1,\quad \tfrac{\partial}{\partial y} = -\alpha`,
  forward: ({ input, other, alpha }) => {
    const dtype = commonType(input, other);
    if (dtype === 'bool')
      throw new EngineError(
        'dtype',
        'Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.',
      );
    const isBool = (x: Tensor | Scalar): boolean => (x instanceof Tensor ? x.dtype === 'bool' : typeof x === 'boolean');
    if (isBool(input) || isBool(other))
      throw new EngineError(
        'dtype',
        'Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.',
      );
    checkAlpha(input, other, alpha);
    return map2(SUB, operandTensor(input, dtype), scaleOperand(other, alpha, dtype), dtype);
  },
  gradient: { input: (_, grad) => grad, other: ({ alpha }, grad) => neg(scaled(grad, alpha)) },
  derivation: {
    formula: ({ alpha }) => (isOne(alpha) ? '@input - @other' : String.raw`@input - @alpha\,@other`),
    by: { input: '1', other: ({ alpha }) => (isOne(alpha) ? '-1' : '-@alpha') },
  },
  examples: [{ input: [1, 2], other: [3, 5] }],
});

export const mul = defineOp({
  name: 'mul',
  aliases: ['multiply'],
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  numbers: true,
  summary: 'Product of two tensors, element by element',
  params: [tensor('input'), operand('other')],
  formula: String.raw`x \cdot y`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = y,\quad \tfrac{\partial}{\partial y} = x`,
  forward: ({ input, other }) => common2(MUL, input, other),
  saves: { input: ['other'], other: ['input'] },
  gradient: {
    input: ({ other }, grad): Tensor => mul(grad, other),
    other: ({ input }, grad): Tensor => mul(grad, input),
  },
  examples: [{ input: [1, 2], other: [3, 5] }],
});

type Rounding = 'trunc' | 'floor';

export const zeroDivision = (): never => {
  throw new EngineError('value_range', 'ZeroDivisionError: an integer was divided by zero');
};

const ROUNDED = {
  trunc: {
    floating: formula((x, y) => f.trunc(f.div(x, y))),
    integer: (x: number, y: number) => (y === 0 ? zeroDivision() : Math.trunc(x / y)),
    int64: (x: bigint, y: bigint) => (y === 0n ? zeroDivision() : x / y),
  },
  floor: {
    floating: formula((x, y) => f.call('floorQuotient', x, y)),
    integer: (x: number, y: number) => (y === 0 ? zeroDivision() : Math.floor(x / y)),
    int64: (x: bigint, y: bigint) => {
      if (y === 0n) return zeroDivision();
      return x % y !== 0n && x < 0n !== y < 0n ? x / y - 1n : x / y;
    },
  },
};

export const div = defineOp({
  name: 'div',
  aliases: ['divide', 'true_divide'],
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  takes: { all: 'input other | rounding_mode', ':true_divide': 'input other' },
  numbers: true,
  summary: 'Quotient of two tensors, or rounded towards zero or down',
  params: [tensor('input'), operand('other'), optionalAttr('rounding_mode', oneOf<Rounding>('trunc', 'floor'))],
  formula: String.raw`x / y`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = \tfrac1y,\quad \tfrac{\partial}{\partial y} = -\tfrac{x}{y^2}`,
  forward: ({ input, other, roundingMode }) => {
    if (roundingMode === undefined) return floating2(DIV, input, other);
    if (commonType(input, other) === 'bool')
      throw new EngineError('dtype', `div with rounding_mode='${roundingMode}' is not implemented for bool`);
    const { floating, integer, int64 } = ROUNDED[roundingMode];
    return common2(isFloating(commonType(input, other)) ? floating : { number: integer, int64 }, input, other);
  },
  saves: { input: ['other'], other: ['input', 'other'] },
  gradient: {
    input: ({ other, roundingMode }, grad): Tensor =>
      roundingMode === undefined ? div(grad, other) : zeroGradient(grad),
    other: ({ input, other, roundingMode }, grad): Tensor =>
      roundingMode === undefined ? mul(neg(grad), div(div(input, other), other)) : zeroGradient(grad),
  },
  derivation: {
    formula: ({ roundingMode }) =>
      roundingMode === undefined
        ? String.raw`\frac{@input}{@other}`
        : String.raw`\operatorname{${roundingMode}}\left(\frac{@input}{@other}\right)`,
    by: {
      input: ({ roundingMode }) => (roundingMode === undefined ? String.raw`\frac{1}{@other}` : '0'),
      other: ({ roundingMode }) => (roundingMode === undefined ? String.raw`-\frac{@input}{@other^{2}}` : '0'),
    },
  },
  examples: [{ input: [1, 2], other: [4, 5] }],
});

export const neg = defineOp({
  name: 'neg',
  aliases: ['negative'],
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'The negative',
  params: [tensor('input')],
  formula: '-x',
  derivative: '-1',
  forward: ({ input }) => {
    if (input.dtype === 'bool')
      throw new EngineError(
        'dtype',
        'Negation, the `-` operator, on a bool tensor is not supported. Use the `~` or `logical_not()` operator instead.',
      );
    return map1(NEG, input);
  },
  gradient: { input: (_, grad): Tensor => neg(grad) },
  examples: [{ input: [1, -2, 0] }],
});
