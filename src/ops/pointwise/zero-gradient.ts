/** The gradient of what is flat between its jumps. */
import type { Tensor } from '../../tensor/tensor.ts';
import { zerosLike } from '../creation/like.ts';

/** Zeros shaped as a gradient, whatever that holds: a product with 0 would keep its infinities as NaN. */
export const zeroGradient = (grad: Tensor): Tensor => zerosLike(grad);
