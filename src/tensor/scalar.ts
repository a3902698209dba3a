import { DEFAULT_DTYPE, type DType } from './dtype.ts';
import { valueRange } from './errors.ts';

/** A float whose value happens to be whole: Python's `2.0`, which a plain `2` is not. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/**
 * A Python number: a bool, an integer (whole `number`, or a `bigint` beyond 2^53) or a float (any
 * other `number`, or a {@link Float} where the value is whole).
 */
export type Scalar = number | bigint | boolean | Float;

export type ScalarKind = 'bool' | 'int' | 'float';

export function scalarKind(scalar: Scalar): ScalarKind {
  if (typeof scalar === 'boolean') return 'bool';
  if (typeof scalar === 'bigint') return 'int';
  if (typeof scalar === 'number') return Number.isInteger(scalar) && !Object.is(scalar, -0) ? 'int' : 'float';
  return 'float';
}

export function scalarToNumber(scalar: Scalar): number {
  if (typeof scalar === 'number') return scalar;
  return scalar instanceof Float ? scalar.value : Number(scalar);
}

/** An integer that int64 holds; a Python integer beyond is refused where PyTorch unpacks it. */
function unpacked(whole: bigint): bigint {
  if (BigInt.asIntN(64, whole) !== whole) throw valueRange(`Overflow when unpacking long: ${whole} does not fit int64`);
  return whole;
}

/** The integer that a scalar stands for; a float is cut towards zero as PyTorch does. */
export function scalarToBigInt(scalar: Scalar): bigint {
  if (typeof scalar === 'bigint') return unpacked(scalar);
  if (scalarKind(scalar) === 'int') return unpacked(BigInt(scalar as number));
  const value = scalarToNumber(scalar);
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}

/** A float scalar that stays a float however whole its value is. */
export const float = (value: number): Scalar =>
  Number.isInteger(value) && !Object.is(value, -0) ? new Float(value) : value;

/** The dtype that a Python number brings to type promotion. */
export function scalarDType(scalar: Scalar): DType {
  const kind = scalarKind(scalar);
  return kind === 'bool' ? 'bool' : kind === 'int' ? 'int64' : DEFAULT_DTYPE;
}
