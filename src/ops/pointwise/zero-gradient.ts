/** The gradient of what is flat between its jumps. */
import type { Tensor } from '../../tensor/tensor.ts';
import { onesLike } from '../creation/like.ts';
import { mul } from './arithmetic.ts';

/** Zeros shaped as a gradient, whatever that holds: a product with 0 would keep its infinities as NaN. */
export const zeroGradient = (grad: Tensor): Tensor => mul(onesLike(grad), 0);
