import { Tensor } from '../../tensor/tensor.ts';
import { typeError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';

/** The receiver of a method. */
export function self(value: Value, method: string): Tensor {
  if (value instanceof Tensor) return value;
  throw typeError(
    `descriptor '${method}' for 'torch._C._TensorBase' objects doesn't apply to a '${typeName(value)}' object`,
  );
}
