/** Draws, in the order in which PyTorch's distributions take them from the generator. */
import { setGradEnabled } from '../../autograd/mode.ts';
import * as kernels from '../../kernels/random/index.ts';
import type { DType } from '../../tensor/dtype.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { type Quantity, q } from './quantity.ts';

/** Runs `body` with recording off, or on. */
export function withGrad<T>(enabled: boolean, body: () => T): T {
  const before = setGradEnabled(enabled);
  try {
    return body();
  } finally {
    setGradEnabled(before);
  }
}

export const noGrad = <T>(body: () => T): T => withGrad(false, body);

function filled(shape: readonly number[], dtype: DType, fill: (t: Tensor) => Tensor): Quantity {
  checkNumel(shape);
  return q(fill(empty(shape, dtype)));
}

export const standardNormal = (shape: readonly number[], dtype: DType): Quantity =>
  filled(shape, dtype, (t) => kernels.normalFill(t));

export const uniform = (shape: readonly number[], dtype: DType, from = 0, to = 1): Quantity =>
  filled(shape, dtype, (t) => kernels.uniformFill(t, from, to));

export const exponential = (shape: readonly number[], dtype: DType): Quantity =>
  filled(shape, dtype, (t) => kernels.exponentialFill(t));

export const cauchy = (shape: readonly number[], dtype: DType): Quantity =>
  filled(shape, dtype, (t) => kernels.cauchyFill(t));

export const normal = (mean: Quantity, std: Quantity): Quantity => q(kernels.normalOf(mean.t, std.t));
export const bernoulli = (probs: Quantity): Quantity => q(kernels.bernoulli(probs.t));
export const poisson = (rate: Quantity): Quantity => q(kernels.poisson(rate.t));
export const binomial = (count: Quantity, probs: Quantity): Quantity => q(kernels.binomial(count.t, probs.t));
export const multinomial = (probs: Quantity, draws: number): Quantity => q(kernels.multinomial(probs.t, draws, true));

/**
 * Nothing, that moves as `parameter` does: added to a draw it lets gradients through, and leaves the draw as
 * it is.
 */
const motion = (parameter: Quantity): Quantity => parameter.sub(parameter.detach());

const moves = (parameter: Quantity): boolean => parameter.t.requiresGrad;

/** Draws of gamma, which move as the concentration does. */
export function standardGamma(concentration: Quantity): Quantity {
  const drawn = q(kernels.standardGamma(concentration.t));
  if (!moves(concentration)) return drawn;
  return drawn.add(motion(concentration).mul(q(kernels.standardGammaGrad(concentration.t, drawn.t))));
}

/** Draws of Dirichlet, which move as the concentration does. */
export function dirichlet(concentration: Quantity): Quantity {
  const drawn = q(kernels.dirichlet(concentration.t));
  if (!moves(concentration)) return drawn;
  const total = concentration.detach().sum(-1, true).expand(concentration.shape);
  const moved = motion(concentration).mul(q(kernels.dirichletGrad(drawn.t, concentration.t, total.t)));
  return drawn.add(moved).sub(drawn.mul(moved.sum(-1, true)));
}

/** Draws of gamma with a rate, none of them zero. */
export function gammaDraws(concentration: Quantity, rate: Quantity): Quantity {
  const value = standardGamma(concentration).div(rate);
  const low = value.detach().lt(value.tiny);
  return low.some ? value.add(low.choose(value.detach().from(value.tiny), 0)) : value;
}
