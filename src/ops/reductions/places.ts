/** Gradients of reductions that choose one element of each row, by its place. */
import { normalizeDim, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/index.ts';
import { scatterAdd } from '../indexing/index.ts';
import { unsqueeze } from '../shape/index.ts';

/** Brings the gradient of each row's chosen element to its place; zeros elsewhere. */
export function intoPlaces(grad: Tensor, shape: Shape, dim: number, places: Tensor, keepdim: boolean): Tensor {
  if (shape.length === 0) return grad;
  const d = normalizeDim(dim, shape.length);
  const [index, source] = keepdim ? [places, grad] : [unsqueeze(places, d), unsqueeze(grad, d)];
  return scatterAdd(zeros(shape, grad.dtype), d, index, source);
}
