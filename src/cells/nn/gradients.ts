/** The gradients of parameters, written in place. */
import { overwrite } from '../../autograd/inplace.ts';
import { noGrad } from '../../autograd/mode.ts';
import { copy } from '../../kernels/copy.ts';
import { zerosLike } from '../../ops/creation/index.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { guarded } from '../torch/errors.ts';

/** `p.grad.zero_()`, or no gradient at all. */
export function zeroGrad(p: Tensor, setToNone: boolean): void {
  const { grad } = p;
  if (grad === null) return;
  if (setToNone) {
    p.grad = null;
    return;
  }
  const own = grad.gradFn === null ? writable(grad) : grad.detach();
  p.grad = own;
  own.requiresGrad = false;
  guarded(() => noGrad(() => overwrite(own, (self) => zerosLike(self), { name: 'zero_' })));
}

/** The tensor itself where every element has a place of its own, else a copy. */
export const writable = (t: Tensor): Tensor =>
  t.shape.some((size, d) => size > 1 && t.strides[d] === 0) ? copy(t) : t;

/** Gradients that no two parameters share, so that each can be written in place. */
export function ownGrads(parameters: readonly Tensor[]): Tensor[] {
  const seen = new Set<unknown>();
  const grads: Tensor[] = [];
  for (const p of parameters) {
    if (p.grad === null) continue;
    let grad = writable(p.grad);
    if (seen.has(grad.storage)) grad = copy(grad);
    seen.add(grad.storage);
    p.grad = grad;
    grads.push(grad);
  }
  return grads;
}
