/** Integers as bits, and their divisors. */
import { map1, map2 } from '../../kernels/index.ts';
import { type DType, isFloating } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Scalar } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant, constantOperand } from '../params.ts';
import { asTensor, commonType } from '../promote.ts';

/** The common dtype of two operands, of which one is a tensor; refuses floats, and bools where they have no meaning. */
function integerType(name: string, x: Tensor | Scalar, y: Tensor | Scalar, bools: boolean): DType {
  if (!(x instanceof Tensor) && !(y instanceof Tensor))
    throw dtypeError(`${name} is for a tensor and a number, or for two tensors, but got two numbers`);
  const dtype = commonType(x, y);
  if (isFloating(dtype) || (dtype === 'bool' && !bools))
    throw dtypeError(`${name} is for ${bools ? 'integer and bool' : 'integer'} dtypes, but got ${dtype}`);
  return dtype;
}

const bitwise = <const N extends string>(
  name: N,
  summary: string,
  sign: string,
  bools: boolean,
  number: (x: number, y: number) => number,
  int64: (x: bigint, y: bigint) => bigint,
) =>
  defineOp({
    name,
    category: 'pointwise',
    in: ['torch', 'Tensor_'],
    summary,
    params: [constantOperand('input'), constantOperand('other')],
    formula: String.raw`x \mathbin{${sign}} y`,
    forward: ({ input, other }): Tensor => {
      const dtype = integerType(name, input, other, bools);
      return map2({ number, int64 }, asTensor(input, dtype), asTensor(other, dtype), dtype);
    },
    gradient: {},
    examples: [{ input: { data: [5, 6, 7], dtype: 'int64' }, other: { data: [1, 2, 3], dtype: 'int64' } }],
  });

export const bitwiseAnd = bitwise(
  'bitwise_and',
  'Bits set in both',
  String.raw`\&`,
  true,
  (x, y) => x & y,
  (x, y) => x & y,
);
export const bitwiseOr = bitwise(
  'bitwise_or',
  'Bits set in either',
  '|',
  true,
  (x, y) => x | y,
  (x, y) => x | y,
);
export const bitwiseXor = bitwise(
  'bitwise_xor',
  'Bits set in exactly one',
  String.raw`\oplus`,
  true,
  (x, y) => x ^ y,
  (x, y) => x ^ y,
);
// A shift is by the count's last bits, as the processor takes it.
export const bitwiseLeftShift = bitwise(
  'bitwise_left_shift',
  'Bits shifted left',
  String.raw`\ll`,
  false,
  (x, y) => x << y,
  (x, y) => x << (y & 63n),
);
export const bitwiseRightShift = bitwise(
  'bitwise_right_shift',
  'Bits shifted right, the sign kept',
  String.raw`\gg`,
  false,
  (x, y) => x >> y,
  (x, y) => x >> (y & 63n),
);

export const bitwiseNot = defineOp({
  name: 'bitwise_not',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: 'Bits inverted; of a bool, its negation',
  params: [constant('input')],
  formula: String.raw`\lnot x`,
  forward: ({ input }) => {
    if (isFloating(input.dtype)) throw dtypeError(`bitwise_not is for integer and bool dtypes, but got ${input.dtype}`);
    return map1({ number: input.dtype === 'bool' ? (x) => x ^ 1 : (x) => ~x, int64: (x) => ~x }, input);
  },
  gradient: {},
  examples: [{ input: { data: [5, 0, -1], dtype: 'int64' } }],
});

function gcdOf(x: number, y: number): number {
  let [a, b] = [Math.abs(x), Math.abs(y)];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

const magnitude = (x: bigint): bigint => (x < 0n ? -x : x);

function gcdOfBig(x: bigint, y: bigint): bigint {
  let [a, b] = [magnitude(x), magnitude(y)];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

const divisor = <const N extends string>(
  name: N,
  summary: string,
  number: (x: number, y: number) => number,
  int64: (x: bigint, y: bigint) => bigint,
) =>
  defineOp({
    name,
    category: 'pointwise',
    in: ['torch_', 'Tensor_'],
    summary,
    params: [constant('input', { wants: 'int64' }), constant('other', { wants: 'int64' })],
    formula: String.raw`\operatorname{${name}}(x, y)`,
    forward: ({ input, other }): Tensor =>
      map2({ number, int64 }, input, other, integerType(name, input, other, false)),
    gradient: {},
    examples: [{ input: [12, 18, 0], other: [8, 27, 5] }],
  });

export const gcd = divisor('gcd', 'Greatest common divisor', gcdOf, gcdOfBig);
export const lcm = divisor(
  'lcm',
  'Least common multiple',
  (x, y) => (x === 0 || y === 0 ? 0 : Math.abs((x / gcdOf(x, y)) * y)),
  (x, y) => (x === 0n || y === 0n ? 0n : magnitude((x / gcdOfBig(x, y)) * y)),
);
