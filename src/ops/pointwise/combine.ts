/** Several steps of arithmetic in one op. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map3, mapN } from '../../kernels/index.ts';
import { computeType, type DType, isFloating, rounded } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { float, type Scalar, scalarToBigInt, scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, operand, scalarAttr, tensor } from '../params.ts';
import { asTensor, commonType } from '../promote.ts';
import { add, alphaParam, div, mul, neg, sub } from './arithmetic.ts';
import { reciprocal } from './powers.ts';

export const rsub = defineOp({
  name: 'rsub',
  category: 'pointwise',
  in: ['torch'],
  summary: 'Difference the other way round: other less alpha times input',
  params: [tensor('input'), operand('other'), alphaParam],
  formula: String.raw`y - \alpha\, x`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = -\alpha,\quad \tfrac{\partial}{\partial y} = 1`,
  forward: ({ input, other, alpha }) => {
    const dtype = commonType(input, other);
    const isBool = (x: Tensor | Scalar): boolean => (x instanceof Tensor ? x.dtype === 'bool' : typeof x === 'boolean');
    if (isBool(input) || isBool(other))
      throw dtypeError(
        'Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.',
      );
    return sub(asTensor(other, dtype), asTensor(input, dtype), alpha);
  },
  gradFn: ({ other }) => (other instanceof Tensor ? 'RsubBackward0' : 'RsubBackward1'),
  gradient: {
    input: ({ alpha }, grad) => neg(scalarToNumber(alpha) === 1 ? grad : mul(grad, alpha)),
    other: (_, grad) => grad,
  },
  derivation: {
    formula: ({ alpha }) => (scalarToNumber(alpha) === 1 ? '@other - @input' : String.raw`@other - @alpha\,@input`),
    by: { input: ({ alpha }) => (scalarToNumber(alpha) === 1 ? '-1' : '-@alpha'), other: '1' },
  },
  examples: [{ input: [1, 2], other: [3, 5] }],
});

const value = attr('value', scalarAttr, { default: 1 as Scalar, doc: 'Multiplies the product, or the quotient' });

const scaledBy = (t: Tensor, value: Scalar): Tensor => (scalarToNumber(value) === 1 ? t : mul(t, value));

/** `value` in the arithmetic of `dtype`: a float among integers is cut towards zero. */
function scaleFor(dtype: DType, value: Scalar): { number: number; bigint: bigint } {
  if (isFloating(dtype)) return { number: rounded(scalarToNumber(value), computeType(dtype)), bigint: 0n };
  const number = scalarToNumber(value);
  return {
    number: Math.trunc(number),
    bigint: dtype === 'int64' ? scalarToBigInt(value) : 0n,
  };
}

const ADDCMUL = kernel((x, s, t, v) => f.add(x, f.mul(f.mul(v, s), t)));
const ADDCDIV = kernel((x, s, t, v) => f.add(x, f.div(f.mul(v, s), t)));

export const addcmul = defineOp({
  name: 'addcmul',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  takes: 'input tensor1 tensor2 | value / input value tensor1 tensor2',
  summary: 'A tensor plus the scaled product of two others',
  params: [tensor('input'), tensor('tensor1'), tensor('tensor2'), value],
  formula: String.raw`x + \mathrm{value}\, t_1\, t_2`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = 1,\quad \tfrac{\partial}{\partial t_1} = \mathrm{value}\, t_2,\quad \tfrac{\partial}{\partial t_2} = \mathrm{value}\, t_1`,
  forward: ({ input, tensor1, tensor2, value }) => {
    const dtype = commonType(input, tensor1, tensor2);
    if (dtype === 'bool') throw dtypeError('addcmul is not implemented for bool');
    const { number: v, bigint: b } = scaleFor(dtype, value);
    if (isFloating(dtype)) return mapN(ADDCMUL, [input, tensor1, tensor2, v], dtype);
    const formula = {
      number: (x: number, s: number, t: number) => x + v * s * t,
      int32: (x: number, s: number, t: number) => x + Math.imul(Math.imul(v, s), t),
      int64: (x: bigint, s: bigint, t: bigint) => x + b * s * t,
    };
    return map3(formula, input, tensor1, tensor2, dtype);
  },
  saves: ['tensor1', 'tensor2'],
  gradient: {
    input: (_, grad) => grad,
    tensor1: ({ tensor2, value }, grad) => mul(grad, scaledBy(tensor2, value)),
    tensor2: ({ tensor1, value }, grad) => mul(grad, scaledBy(tensor1, value)),
  },
  examples: [{ input: [1, 2], tensor1: [3, 4], tensor2: [0.5, -1], value: 0.1 }],
});

export const addcdiv = defineOp({
  name: 'addcdiv',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  takes: 'input tensor1 tensor2 | value / input value tensor1 tensor2',
  summary: 'A tensor plus the scaled quotient of two others',
  params: [tensor('input'), tensor('tensor1'), tensor('tensor2'), value],
  formula: String.raw`x + \mathrm{value}\, \frac{t_1}{t_2}`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = 1,\quad \tfrac{\partial}{\partial t_1} = \frac{\mathrm{value}}{t_2},\quad \tfrac{\partial}{\partial t_2} = -\mathrm{value} \frac{t_1}{t_2^2}`,
  forward: ({ input, tensor1, tensor2, value }) => {
    if (!isFloating(tensor1.dtype) && !isFloating(tensor2.dtype)) {
      throw dtypeError(
        'Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes.',
      );
    }
    const dtype = commonType(input, tensor1, tensor2);
    const v = scaleFor(dtype, value).number;
    return mapN(ADDCDIV, [input, tensor1, tensor2, v], dtype);
  },
  saves: ['tensor1', 'tensor2'],
  gradient: {
    input: (_, grad) => grad,
    tensor1: ({ tensor2, value }, grad) => mul(grad, scaledBy(reciprocal(tensor2), value)),
    tensor2: ({ tensor1, tensor2, value }, grad) =>
      mul(neg(grad), div(scaledBy(tensor1, value), mul(tensor2, tensor2))),
  },
  examples: [{ input: [1, 2], tensor1: [3, 4], tensor2: [0.5, -2], value: 0.1 }],
});

/** From whichever end is nearer, so that weights 0 and 1 give the ends themselves. */
const LERP = kernel((x, y, w) =>
  f.select(f.lt(f.abs(w), 0.5), f.add(x, f.mul(w, f.sub(y, x))), f.sub(y, f.mul(f.sub(y, x), f.sub(1, w)))),
);

/** `1 - weight` */
const complement = (weight: Tensor | Scalar): Tensor | Scalar =>
  weight instanceof Tensor ? add(neg(weight), 1) : float(1 - scalarToNumber(weight));

export const lerp = defineOp({
  name: 'lerp',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: 'Linear interpolation between two tensors',
  params: [tensor('input'), tensor('end'), operand('weight', { doc: '0 gives input, 1 gives end' })],
  formula: String.raw`x + w\,(y - x)`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = 1 - w,\quad \tfrac{\partial}{\partial y} = w,\quad \tfrac{\partial}{\partial w} = y - x`,
  forward: ({ input, end, weight }) => {
    const { dtype } = input;
    if (end.dtype !== dtype) throw dtypeError(`expected dtype ${dtype} for \`end\` but got dtype ${end.dtype}`);
    if (weight instanceof Tensor && weight.dtype !== dtype)
      throw dtypeError(`expected dtype ${dtype} for \`weight\` but got dtype ${weight.dtype}`);
    if (!isFloating(dtype)) throw dtypeError(`lerp is for floating dtypes, but got ${dtype}`);
    return map3(LERP, input, end, asTensor(weight, dtype), dtype);
  },
  saves: ['input', 'end', 'weight'],
  gradFn: ({ weight }) => (weight instanceof Tensor ? 'LerpBackward1' : 'LerpBackward0'),
  gradient: {
    input: ({ weight }, grad) => mul(grad, complement(weight)),
    end: ({ weight }, grad) => mul(grad, weight),
    weight: ({ input, end }, grad) => mul(grad, sub(end, input)),
  },
  examples: [
    { input: [1, 2], end: [3, -1], weight: 0.25 },
    { input: [1, 2], end: [3, -1], weight: [0.25, 0.75] },
  ],
});
