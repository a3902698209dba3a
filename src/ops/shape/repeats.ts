/** Elements repeated by copying. */

import { primitives } from '../../autograd/primitives.ts';
import { copyInto } from '../../kernels/index.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel, contiguousStrides, type Shape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, integerList, tensor } from '../params.ts';
import { reshape } from './views.ts';

/** The input's shape with leading ones, as long as `repeats`. */
const padded = (shape: Shape, repeats: Shape): number[] => [
  ...new Array<number>(repeats.length - shape.length).fill(1),
  ...shape,
];

/** `[r0, s0, r1, s1, …]`: the repeats stand before the sizes they repeat. */
const interleaved = (repeats: Shape, sizes: Shape): number[] => repeats.flatMap((r, d) => [r, sizes[d]]);

export const repeat = defineOp({
  name: 'repeat',
  category: 'shape',
  in: ['Tensor'],
  summary: 'The whole tensor repeated along each dimension',
  params: [
    tensor('input'),
    attr('repeats', integerList, {
      doc: 'How often, for each dimension; more of them than dimensions add some in front',
    }),
  ],
  formula: String.raw`y_{i} = x_{i \bmod \mathrm{size}}`,
  derivative: '1',
  forward: ({ input, repeats }) => {
    if (repeats.length < input.ndim) {
      throw shapeMismatch(
        `Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: ${showShape(repeats)} for the shape ${showShape(input.shape)}`,
      );
    }
    if (repeats.some((r) => r < 0)) throw valueRange(`repeats cannot be negative, but got ${showShape(repeats)}`);
    const sizes = padded(input.shape, repeats);
    const shape = sizes.map((s, d) => s * repeats[d]);
    checkNumel(shape);
    const out = empty(shape, input.dtype);
    const folds = interleaved(repeats, sizes);
    copyInto(
      out.alias(folds, contiguousStrides(folds)),
      input.alias(
        interleaved(
          repeats.map(() => 1),
          sizes,
        ),
        interleaved(
          repeats.map(() => 0),
          [...new Array<number>(repeats.length - input.ndim).fill(0), ...input.strides],
        ),
      ),
    );
    return out;
  },
  gradient: {
    input: ({ input, repeats }, grad): Tensor => {
      if (grad.numel === 0) return zeros(input.shape, input.dtype);
      const folds = reshape(grad, interleaved(repeats, padded(input.shape, repeats)));
      const added =
        repeats.length === 0
          ? folds
          : primitives().sumToSize(
              folds,
              folds.shape.map((size, d) => (d % 2 === 0 ? 1 : size)),
            );
      return reshape(added, input.shape);
    },
  },
  derivation: {
    formula: String.raw`\operatorname{repeat}(@input)`,
    words: 'each element stands there several times: it gets the sum of the gradients of its copies',
  },
  examples: [{ input: [1, 2, 3], repeats: [2, 2] }],
});

export const tile = defineOp({
  name: 'tile',
  category: 'shape',
  summary: 'The whole tensor repeated; missing repeats are 1, in front',
  params: [tensor('input'), attr('dims', integerList)],
  formula: String.raw`y_{i} = x_{i \bmod \mathrm{size}}`,
  derivative: '1',
  composite: ({ input, dims }) =>
    repeat(input, [...new Array<number>(Math.max(input.ndim - dims.length, 0)).fill(1), ...dims]),
  derivation: {
    formula: String.raw`\operatorname{tile}(@input)`,
    words: 'each element stands there several times: it gets the sum of the gradients of its copies',
  },
  examples: [{ input: [[1, 2]], dims: [2] }],
});
