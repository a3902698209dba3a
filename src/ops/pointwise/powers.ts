/** Powers and roots. */

import * as f from '../../kernels/formula/expression.ts';
import { type AnyFormula, formula, narrow as kernel } from '../../kernels/formula/formula.ts';
import { map1, map2 } from '../../kernels/index.ts';
import { greatestOf, isFloating } from '../../tensor/dtype.ts';
import { dtypeError, valueRange } from '../../tensor/errors.ts';
import { float, type Scalar, scalarKind, scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { powerSlope } from '../derivation.ts';
import { operand, tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';
import { commonType, operandTensor } from '../promote.ts';
import { mul, sub } from './arithmetic.ts';
import { eq, ge } from './comparison.ts';
import { log } from './exponential.ts';
import { logicalAnd } from './logical.ts';
import { where } from './select.ts';
import { zeroGradient } from './zero-gradient.ts';

export const sqrt = definePointwise({
  name: 'sqrt',
  in: ['torch_', 'Tensor_'],
  summary: 'Square root',
  expression: f.sqrt,
  saves: ['result'],
  examples: [{ input: [0.25, 1, 2] }],
  onnx: 'Sqrt',
});

export const rsqrt = definePointwise({
  name: 'rsqrt',
  in: ['torch_', 'Tensor_'],
  summary: 'One over the square root',
  expression: f.rsqrt,
  slope: (_, { result }) => f.mul(-0.5, f.call('pow', result, 3)),
  saves: ['result'],
  examples: [{ input: [0.25, 1, 2] }],
});

export const reciprocal = definePointwise({
  name: 'reciprocal',
  in: ['torch_', 'Tensor_'],
  summary: 'One over x',
  expression: (x) => f.div(1, x),
  slope: (_, { result }) => f.neg(f.mul(result, result)),
  saves: ['result'],
  examples: [{ input: [0.25, 1, 2] }],
  onnx: 'Reciprocal',
});

/** Whole powers by squaring, wrapped to 32 bits on the way. Below 0 only 1 and -1 leave anything. */
function integerPower(base: number, exponent: number): number {
  if (exponent < 0) return base === 1 ? 1 : base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let b = base, e = exponent; e > 0; e = Math.floor(e / 2), b = Math.imul(b, b))
    if (e % 2 === 1) result = Math.imul(result, b);
  return result;
}

function bigintPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = BigInt.asIntN(64, b * b))
    if (e & 1n) result = BigInt.asIntN(64, result * b);
  return result;
}

const INTEGER_POWER = { number: integerPower, int64: bigintPower };

/** Exponents that PyTorch has a formula of its own for; it shows at -0 and at -infinity. */
const SPECIAL = new Map<number, AnyFormula>([
  [0.5, kernel((x) => f.sqrt(x))],
  [-0.5, kernel((x) => f.rsqrt(x))],
  [2, kernel((x) => f.mul(x, x))],
  [3, kernel((x) => f.mul(f.mul(x, x), x))],
  [-1, kernel((x) => f.div(1, x))],
  [-2, kernel((x) => f.div(1, f.mul(x, x)))],
]);

const POW = formula((x, y) => f.call('pow', x, y));

/** One less than an exponent, a float where that was one. */
const less1 = (exponent: Scalar): Scalar => {
  if (typeof exponent === 'bigint') return exponent - 1n;
  const value = scalarToNumber(exponent) - 1;
  return scalarKind(exponent) === 'float' ? float(value) : value;
};

export const pow = defineOp({
  name: 'pow',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: 'One tensor to the power of another; either may be a number',
  params: [operand('input'), operand('exponent')],
  formula: 'x^y',
  derivative: String.raw`\tfrac{\partial}{\partial x} = y\,x^{y-1},\quad \tfrac{\partial}{\partial y} = x^y \ln x`,
  forward: ({ input, exponent }) => {
    if (!(input instanceof Tensor) && !(exponent instanceof Tensor))
      throw dtypeError('pow is for a tensor and a number, or for two tensors, but got two numbers');
    const dtype = commonType(input, exponent);
    if (dtype === 'bool') throw dtypeError('pow is not implemented for bool');
    if (exponent instanceof Tensor)
      return map2(
        isFloating(dtype) ? POW : INTEGER_POWER,
        operandTensor(input, dtype),
        operandTensor(exponent, dtype),
        dtype,
      );
    const base = operandTensor(input, dtype);
    const value = scalarToNumber(exponent);
    if (!isFloating(dtype)) {
      if (value < 0) throw valueRange('Integers to negative integer powers are not allowed.');
      if (dtype !== 'int64' && value > greatestOf(dtype))
        throw valueRange(`the exponent ${value} cannot be converted to ${dtype} without overflow`);
      return map2(INTEGER_POWER, base, operandTensor(exponent, dtype), dtype);
    }
    const special = SPECIAL.get(value);
    return special === undefined ? map2(POW, base, operandTensor(exponent, dtype), dtype) : map1(special, base);
  },
  saves: { input: ['input', 'exponent'], exponent: ['input', 'exponent', 'result'] },
  gradFn: ({ input, exponent }) =>
    !(input instanceof Tensor) ? 'PowBackward2' : exponent instanceof Tensor ? 'PowBackward1' : 'PowBackward0',
  gradient: {
    input: ({ input, exponent }, grad): Tensor => {
      if (exponent instanceof Tensor) {
        return where(eq(exponent, 0), 0, mul(grad, mul(pow(input, sub(exponent, 1)), exponent)));
      }
      if (scalarToNumber(exponent) === 0) return zeroGradient(grad);
      return mul(grad, mul(pow(input, less1(exponent)), exponent));
    },
    exponent: ({ input, exponent, result }, grad): Tensor => {
      const positive = (): Tensor => ge(exponent as Tensor, 0);
      if (input instanceof Tensor)
        return mul(grad, where(logicalAnd(eq(input, 0), positive()), 0, mul(result, log(input))));
      const base = scalarToNumber(input);
      const slope = mul(result, float(Math.log(base)));
      return mul(grad, base === 0 ? where(positive(), 0, slope) : slope);
    },
  },
  derivation: {
    formula: '@input^{@exponent}',
    by: {
      input: ({ exponent }) =>
        exponent instanceof Tensor ? String.raw`@exponent\,@input^{@exponent - 1}` : powerSlope(exponent),
      exponent: String.raw`@result\,\ln @input`,
    },
  },
  examples: [
    { input: [1, 2, 3], exponent: 2 },
    { input: [1, 2, 3], exponent: [0.5, 2, -1] },
    { input: 2, exponent: [1, 2.5] },
  ],
});

export const square = defineOp({
  name: 'square',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Square',
  params: [tensor('input')],
  formula: 'x^2',
  derivative: '2x',
  composite: ({ input }) => pow(input, 2),
  derivation: { formula: '@input^{2}', by: { input: String.raw`2\,@input` } },
  examples: [{ input: [-1, 2, 0.5] }],
});
