/** Tensor literals of a request become tensors of the current allocator. */
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { DEFAULT_DTYPE, type DType, isFloating } from '../tensor/dtype.ts';
import { dtypeError } from '../tensor/errors.ts';
import { checkShape } from '../tensor/shape.ts';
import { allocate, allocateBorrowed } from '../tensor/storage.ts';
import { fromStorage, type Tensor } from '../tensor/tensor.ts';

/**
 * A leaf of the literal's elements. A literal without a dtype of its own takes `wanted`; where only
 * shapes are wanted, no element is read.
 *
 * @throws JsonError with the element's pointer, where its dtype cannot hold it
 */
export function materialize(literal: TensorLiteral, wanted: DType = DEFAULT_DTYPE): Tensor {
  checkShape(literal.shape);
  const dtype = literal.resolveDtype(wanted);
  if (literal.requiresGrad && !isFloating(dtype)) {
    throw dtypeError(
      `only Tensors of floating point dtype can require gradients, but ${literal.pointer || 'this one'} is ${dtype}`,
    );
  }
  const { held } = literal;
  if (held !== undefined && dtype === literal.dtype)
    return fromStorage(allocateBorrowed(dtype, held), literal.shape).requiresGrad_(literal.requiresGrad);
  const storage = allocate(dtype, literal.shape);
  if (!storage.meta) literal.writeInto(storage.data, dtype);
  return fromStorage(storage, literal.shape).requiresGrad_(literal.requiresGrad);
}
