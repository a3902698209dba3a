/** Updates in place, as optimizers write them. */
import { overwrite } from '../../../autograd/inplace.ts';
import { add, addcdiv, addcmul, mul } from '../../../ops/pointwise/index.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

/** `t *= by` */
export const mulInto = (t: Tensor, by: number): Tensor => overwrite(t, (self) => mul(self, by), { name: 'mul_' });

/** `t += alpha * other` */
export const addInto = (t: Tensor, other: Tensor, alpha: number): Tensor =>
  overwrite(t, (self) => add(self, other, alpha), { name: 'add_' });

/** `t += value * a * b` */
export const addcmulInto = (t: Tensor, a: Tensor, b: Tensor, value: number): Tensor =>
  overwrite(t, (self) => addcmul(self, a, b, value), { name: 'addcmul_' });

/** `t += value * a / b` */
export const addcdivInto = (t: Tensor, a: Tensor, b: Tensor, value: number): Tensor =>
  overwrite(t, (self) => addcdiv(self, a, b, value), { name: 'addcdiv_' });

/** The running mean `t = beta * t + (1 - beta) * x`. */
export const averageInto = (t: Tensor, x: Tensor, beta: number): Tensor => addInto(mulInto(t, beta), x, 1 - beta);

/** The running mean of squares. */
export const squaresInto = (t: Tensor, x: Tensor, beta: number): Tensor =>
  addcmulInto(mulInto(t, beta), x, x, 1 - beta);
