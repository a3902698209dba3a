/** How an array is made of a tensor: NumPy puts it here, so that torch need not know of NumPy. */
import type { Tensor } from '../../tensor/tensor.ts';
import { PyError } from './errors.ts';
import type { PyInstance } from './values.ts';

let make: ((tensor: Tensor) => PyInstance) | undefined;

/** Called once, when NumPy's tables are made. */
export function arraysAreMadeBy(maker: (tensor: Tensor) => PyInstance): void {
  make = maker;
}

/** An array that shows the elements of a tensor. */
export function arrayOf(tensor: Tensor): PyInstance {
  if (make === undefined) throw new PyError('RuntimeError', 'Numpy is not available');
  return make(tensor);
}
