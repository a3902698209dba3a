/** Fourier transforms, as pairs of real tensors. */
import { fourierRows } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zerosLike } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, tensor } from '../params.ts';

/** The transform the other way round is this one's transpose. */
function turnedBack(grads: readonly (Tensor | null)[], inverse: boolean): readonly Tensor[] {
  const [a, b] = grads;
  const some = (a ?? b) as Tensor;
  return fourier(a ?? zerosLike(some), b ?? zerosLike(some), !inverse);
}

export const fourier = defineOp({
  name: 'fourier',
  category: 'linalg',
  in: [],
  summary: 'The Fourier transform of complex rows, not scaled: its real and its imaginary part',
  params: [
    tensor('real'),
    tensor('imag'),
    attr('inverse', boolean, { default: false, doc: 'Turn the other way round' }),
  ],
  formula: String.raw`y_k = \sum_j x_j\, e^{\mp 2 \pi i j k / n}`,
  derivative: String.raw`e^{\mp 2 \pi i j k / n}`,
  forward: ({ real, imag, inverse }): readonly Tensor[] => {
    if (real.ndim === 0 || !sameShape(real.shape, imag.shape) || real.dtype !== imag.dtype)
      throw shapeMismatch(
        `fourier: both parts need one dtype and one shape of a dimension or more, but got ${showShape(real.shape)} and ${showShape(imag.shape)}`,
      );
    if (!isFloating(real.dtype)) throw dtypeError(`fourier: both parts need a floating dtype, but got ${real.dtype}`);
    return fourierRows(real, imag, inverse);
  },
  gradient: {
    real: ({ inverse }, grads) => turnedBack(grads, inverse)[0],
    imag: ({ inverse }, grads) => turnedBack(grads, inverse)[1],
  },
  examples: [
    { real: [1, 2, 3, 4], imag: [0, 0.5, 0, -1] },
    { real: [1, 2, -3], imag: [0, 1, 1], inverse: true },
  ],
});
