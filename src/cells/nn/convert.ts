/** Python's values as constructors read them. */
import { DEFAULT_DTYPE, type DType } from '../../tensor/dtype.ts';
import { scalarToNumber } from '../../tensor/scalar.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { numberBehind } from '../runtime/faces.ts';
import { PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf, toDType, toScalar, typeName } from '../torch/convert.ts';

/** A whole number, as sizes are given. */
export function integer(value: Value): number {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return Number(value);
  const behind = numberBehind(value);
  if (typeof behind === 'bigint') return Number(behind);
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

export function number(value: Value): number {
  const scalar = toScalar(value);
  if (scalar === undefined) throw typeError(`must be real number, not ${typeName(value)}`);
  return scalarToNumber(scalar);
}

/** A size, or one for each dimension, as a tuple of `n`. */
export function tupleOf(value: Value, n: number): PyTuple {
  const items = itemsOf(value);
  return new PyTuple(items ?? Array.from({ length: n }, () => value));
}

export const integers = (value: Value): number[] => (itemsOf(value) ?? [value]).map(integer);

/** The dtype of a constructor's `dtype=`. */
export const dtypeOf = (value: Value): DType => (value === null ? DEFAULT_DTYPE : toDType(value));

/** A new tensor of a constructor's sizes. */
export function blank(shape: readonly number[], dtype: Value): Tensor {
  const negative = shape.find((n) => n < 0);
  if (negative !== undefined) {
    throw runtimeError(`Trying to create tensor with negative dimension ${negative}: [${shape.join(', ')}]`);
  }
  return empty(shape, dtypeOf(dtype));
}

export function tensorOf(value: Value | undefined, what: string): Tensor {
  if (value instanceof Tensor) return value;
  throw typeError(`${what} must be Tensor, not ${typeName(value)}`);
}
