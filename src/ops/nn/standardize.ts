/** What layer, group and batch normalisation have in common: their gradients, and how operands are laid. */
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/index.ts';
import { add, mul, sub } from '../pointwise/arithmetic.ts';
import { rsqrt, square } from '../pointwise/powers.ts';
import { mean, sum } from '../reductions/index.ts';
import { reshape } from '../shape/index.ts';

/** In float64: differences of near numbers, divided by small ones, are rounded only at the end. */
export const wide = (t: Tensor): Tensor => (t.dtype === 'float64' ? t : to(t, 'float64'));

/** `(x - mean) / sqrt(variance + eps)`, and the root's inverse, along `dims`. */
function standard(x: Tensor, dims: readonly number[], eps: number): { unit: Tensor; scale: Tensor } {
  const centered = sub(x, mean(x, dims, true));
  const scale = rsqrt(add(mean(square(centered), dims, true), float(eps)));
  return { unit: mul(centered, scale), scale };
}

/** The gradient of a standardised tensor's input; `grad` has been through the weights already. */
export function inputSlope(input: Tensor, dims: readonly number[], eps: number, grad: Tensor): Tensor {
  const { unit, scale } = standard(wide(input), dims, eps);
  const along = mul(unit, mean(mul(grad, unit), dims, true));
  return mul(sub(sub(grad, mean(grad, dims, true)), along), scale);
}

/** The standardised tensor, which the gradient of weights is made from. */
export const standardized = (input: Tensor, dims: readonly number[], eps: number): Tensor =>
  standard(wide(input), dims, eps).unit;

/** Dimensions of a tensor but those named. */
export const dimsBut = (rank: number, ...kept: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter((d) => !kept.includes(d));

/** A vector with an element for each channel, as a tensor that broadcasts to [n, channels, …]. */
export const perChannel = (t: Tensor, rank: number): Tensor =>
  reshape(t, [t.shape[0], ...new Array<number>(Math.max(rank - 2, 0)).fill(1)]);

/** A sum over all but the channels. */
export const sumPerChannel = (t: Tensor): Tensor => sum(t, dimsBut(t.ndim, 1));

/** The same layout without an op, for kernels. */
export const channelView = (t: Tensor, rank: number): Tensor =>
  t.alias(
    [t.shape[0], ...new Array<number>(Math.max(rank - 2, 0)).fill(1)],
    [t.strides[0], ...new Array<number>(Math.max(rank - 2, 0)).fill(0)],
  );
