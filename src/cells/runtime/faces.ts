/** Objects that are another face of a tensor or of a number: how any room meets NumPy's without knowing of it. */
import { Tensor } from '../../tensor/tensor.ts';
import { PyInstance, type Value } from './values.ts';

/** A tensor, or the one that an ndarray shows; a scalar of NumPy's as a tensor without dimensions. */
export function tensorBehind(value: Value): Tensor | undefined {
  if (value instanceof Tensor) return value;
  return value instanceof PyInstance ? value.native?.asTensor() : undefined;
}

/** A number of Python's, or the one that a scalar of NumPy's stands for. */
export function numberBehind(value: Value): boolean | bigint | number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return value;
  return value instanceof PyInstance ? value.native?.asNumber() : undefined;
}

/** The same value, or the number that it stands for. */
export const withoutFace = (value: Value): Value =>
  value instanceof PyInstance ? (value.native?.asNumber() ?? value) : value;
