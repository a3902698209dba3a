/** What activations refuse, and numbers as the input's dtype holds them. */
import { computeType, type DType, isFloating, rounded } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { commonType, floatType } from '../promote.ts';

export function floatingOnly(op: string, input: TensorMeta): void {
  if (!isFloating(input.dtype))
    throw dtypeError(`${op} is implemented for float32 and float64, but got ${input.dtype}`);
}

/** The dtype of a gradient that is worked out from a result: the result's, or a floating one where it has none. */
export const backwardType = (grad: Tensor, output: Tensor): DType =>
  isFloating(output.dtype) ? output.dtype : floatType(commonType(grad, output));

export function noBool(op: string, input: TensorMeta): void {
  if (input.dtype === 'bool') throw dtypeError(`bool inputs are not supported for ${op}`);
}

/** A parameter rounded as PyTorch rounds it, so that an element right on a kink is on its side of it. */
export const inType = (value: number, dtype: DType): number => rounded(value, computeType(dtype));
