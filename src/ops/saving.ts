/** What calls of ops may save, and numbers that PyTorch saves as tensors. */
import { EngineError } from '../tensor/errors.ts';
import { isInferenceMade } from '../tensor/inference.ts';
import { Float, type Scalar, scalarDType } from '../tensor/scalar.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { operandTensor } from './promote.ts';

export const isNumber = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Float;

/** A number as the tensor that PyTorch makes of it. */
export const wrapped = (value: unknown): Tensor => operandTensor(value as Scalar, scalarDType(value as Scalar));

/** Refuses to save what was made in inference mode. */
export function checkSaved(saved: readonly Tensor[]): void {
  if (saved.some((t) => isInferenceMade(t.storage)))
    throw new EngineError(
      'no_grad_required',
      'Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal tensor and use it in autograd.',
    );
}
