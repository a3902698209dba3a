/** Type promotion for the operands of a call. */
import { cast, type Formula1, type Formula2, fill, map1, map2 } from '../kernels/index.ts';
import { DEFAULT_DTYPE, type DType, isFloating, resultType } from '../tensor/dtype.ts';
import { type Scalar, scalarToBigInt, scalarToNumber } from '../tensor/scalar.ts';
import { heapAllocator, withAllocator } from '../tensor/storage.ts';
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

/** Numbers that were operands lately: a program has few, and each comes again in every step and its gradient. */
const numbers = { float32: new Map<number, Tensor>(), float64: new Map<number, Tensor>() };
const MOST_NUMBERS = 256;

/**
 * An operand as a tensor of `dtype` that is only read, and only by the kernel that it is handed to:
 * equal numbers may be one tensor, which belongs to no request.
 */
export function operandTensor(value: Tensor | Scalar, dtype: DType): Tensor {
  if (value instanceof Tensor) return cast(value, dtype);
  // Among the keys of a Map 0 and −0 are the same.
  if (typeof value !== 'number' || value === 0 || (dtype !== 'float32' && dtype !== 'float64')) {
    return scalarTensor(value, dtype);
  }
  const known = numbers[dtype];
  let t = known.get(value);
  if (t === undefined) {
    t = withAllocator(heapAllocator, () => scalarTensor(value, dtype));
    if (known.size >= MOST_NUMBERS) known.clear();
    known.set(value, t);
  }
  return t;
}

/** `torch.result_type` of a call's operands. */
export function commonType(...values: readonly (Tensor | TensorMeta | Scalar)[]): DType {
  return values.length === 2 ? commonTypeOfTwo(values[0], values[1]) : commonTypeOf(values);
}

/** The common dtype of two operands. The usual pairs, two tensors of one dtype, or a tensor and a number of no higher category, need no search. */
function commonTypeOfTwo(x: Tensor | TensorMeta | Scalar, y: Tensor | TensorMeta | Scalar): DType {
  if (x instanceof Tensor) {
    if (y instanceof Tensor ? y.dtype === x.dtype : typeof y === 'number' && isFloating(x.dtype)) return x.dtype;
  }
  return commonTypeOf([x, y]);
}

/** The common dtype of a list of any length: one that a client makes may be too long to be spread. */
export const commonTypeOf = (values: readonly (Tensor | TensorMeta | Scalar)[]): DType =>
  resultType(values.map(operandOf));

/** Integers become the default float where a formula has no integer form. */
export const floatType = (dtype: DType): DType => (isFloating(dtype) ? dtype : DEFAULT_DTYPE);

/** A pointwise op of one tensor whose result is floating: integers are computed in the default float. */
export const floating1 = (formula: Formula1 | Formula1['number'], x: Tensor): Tensor =>
  map1(typeof formula === 'function' ? { number: formula } : formula, x, floatType(x.dtype));

/** A pointwise op of two operands in their common dtype. */
export function common2(formula: Formula2, x: Tensor | Scalar, y: Tensor | Scalar): Tensor {
  const dtype = commonTypeOfTwo(x, y);
  return map2(formula, operandTensor(x, dtype), operandTensor(y, dtype), dtype);
}

/** Brings operands to their common dtype, integers to the default float. */
export function floating2(formula: Formula2 | Formula2['number'], x: Tensor | Scalar, y: Tensor | Scalar): Tensor {
  const dtype = floatType(commonTypeOfTwo(x, y));
  const own = typeof formula === 'function' ? { number: formula } : formula;
  return map2(own, operandTensor(x, dtype), operandTensor(y, dtype), dtype);
}

/** Brings operands to their common dtype for a result of bools. */
export function compare2(formula: Formula2, x: Tensor | Scalar, y: Tensor | Scalar): Tensor {
  const dtype = commonTypeOfTwo(x, y);
  return map2(formula, operandTensor(x, dtype), operandTensor(y, dtype), dtype, 'bool');
}
