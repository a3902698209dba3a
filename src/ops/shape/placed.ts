/** Zeros with a window filled in: what carries a window's gradient back to where it was cut. */
import { copyInto } from '../../kernels/index.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { checkNumel, type Shape, sameShape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';

/** Refuses a gradient that is not of the shape that `forward` gives for an input of `sizes`. */
export function checkGradient(forward: string, grad: Tensor, sizes: Shape, window: Shape): void {
  if (sameShape(grad.shape, window)) return;
  throw shapeMismatch(
    `${forward}_backward: the gradient has shape ${showShape(grad.shape)}, but ${forward} of an input of shape ${showShape(sizes)} gives the shape ${showShape(window)}`,
  );
}

/** Zeros of `sizes` with a gradient in the window that `forward` shows. */
export function placed(forward: string, grad: Tensor, sizes: Shape, windowOf: (t: Tensor) => Tensor): Tensor {
  checkNumel(sizes);
  const out = empty(sizes, grad.dtype);
  const window = windowOf(out);
  checkGradient(forward, grad, sizes, window.shape);
  copyInto(window, grad);
  return out;
}
