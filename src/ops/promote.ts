/** Type promotion for the operands of a call. */
import { cast } from '../kernels/copy.ts';
import { type Formula1, type Formula2, fill, map1, map2 } from '../kernels/pointwise.ts';
import { DEFAULT_DTYPE, type DType, isFloating, resultType } from '../tensor/dtype.ts';
import { type Scalar, scalarToBigInt, scalarToNumber } from '../tensor/scalar.ts';
import { empty, operandOf, Tensor, type TensorMeta } from '../tensor/tensor.ts';

/** A 0-d tensor of a Python number. */
export function scalarTensor(value: Scalar, dtype: DType): Tensor {
  if (isFloating(dtype)) return fill(empty([], dtype), scalarToNumber(value));
  if (dtype === 'bool') return fill(empty([], dtype), scalarToNumber(value) === 0 ? 0 : 1);
  const whole = scalarToBigInt(value);
  return fill(empty([], dtype), dtype === 'int64' ? whole : BigInt.asIntN(32, whole));
}

/** An operand as a tensor of `dtype`. */
export const asTensor = (value: Tensor | Scalar, dtype: DType): Tensor =>
  value instanceof Tensor ? cast(value, dtype) : scalarTensor(value, dtype);

/** `torch.result_type` of a call's operands. */
export const commonType = (...values: readonly (Tensor | TensorMeta | Scalar)[]): DType => commonTypeOf(values);

/** Likewise of a list of any length: one that a client makes may be too long to be spread. */
export const commonTypeOf = (values: readonly (Tensor | TensorMeta | Scalar)[]): DType =>
  resultType(values.map(operandOf));

/** Integers become the default float where a formula has no integer form. */
export const floatType = (dtype: DType): DType => (isFloating(dtype) ? dtype : DEFAULT_DTYPE);

/** A pointwise op of one tensor whose result is floating: integers are computed in the default float. */
export const floating1 = (formula: Formula1 | Formula1['number'], x: Tensor): Tensor =>
  map1(typeof formula === 'function' ? { number: formula } : formula, x, floatType(x.dtype));

/** A pointwise op of two operands in their common dtype. */
export function common2(formula: Formula2, x: Tensor | Scalar, y: Tensor | Scalar): Tensor {
  const dtype = commonType(x, y);
  return map2(formula, asTensor(x, dtype), asTensor(y, dtype), dtype);
}

/** Likewise, with integers computed in the default float. */
export function floating2(formula: Formula2 | Formula2['number'], x: Tensor | Scalar, y: Tensor | Scalar): Tensor {
  const dtype = floatType(commonType(x, y));
  const own = typeof formula === 'function' ? { number: formula } : formula;
  return map2(own, asTensor(x, dtype), asTensor(y, dtype), dtype);
}

/** Likewise, with a bool result. */
export function compare2(formula: Formula2, x: Tensor | Scalar, y: Tensor | Scalar): Tensor {
  const dtype = commonType(x, y);
  return map2(formula, asTensor(x, dtype), asTensor(y, dtype), dtype, 'bool');
}
