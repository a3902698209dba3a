/** The windows of an image as columns, and columns put back: torch.nn.functional's unfold and fold. */
import { addColumns, cast, columnsOf, type Sliding } from '../../kernels/index.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { contiguousStrides, numelOf, type Shape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, tensor } from '../params.ts';
import { checkFloating, expandSizes, type Sizes, sizes } from './sizes.ts';

interface Call {
  readonly kernelSize: Sizes;
  readonly dilation: Sizes;
  readonly padding: Sizes;
  readonly stride: Sizes;
}

function slidingOf(op: string, call: Call): Sliding {
  const list = (name: string, value: Sizes, least: number): readonly number[] => {
    const out = expandSizes(op, name, value, 2);
    if (out.some((n) => n < least))
      throw valueRange(`${op}: ${name} must be at least ${least}, but got ${showShape(out)}`);
    return out;
  };
  return {
    kernel: list('kernel_size', call.kernelSize, 1),
    dilation: list('dilation', call.dilation, 1),
    padding: list('padding', call.padding, 0),
    stride: list('stride', call.stride, 1),
  };
}

/** How many windows an image has in both directions. */
function windowsOf(op: string, image: Shape, s: Sliding): number[] {
  const counts = image.map(
    (n, d) => Math.floor((n + 2 * s.padding[d] - s.dilation[d] * (s.kernel[d] - 1) - 1) / s.stride[d]) + 1,
  );
  if (counts.some((n) => n < 1)) {
    throw shapeMismatch(
      `${op}: given an image of size ${showShape(image)}, kernel_size=${showShape(s.kernel)}, dilation=${showShape(s.dilation)}, padding=${showShape(s.padding)}, stride=${showShape(s.stride)}, the calculated shape of the array of sliding blocks is ${showShape(counts)}, but its components must be at least one`,
    );
  }
  return counts;
}

const settings = [
  attr('kernel_size', sizes, { doc: 'Of each window' }),
  attr('dilation', sizes, { default: 1 as Sizes, doc: 'From one element of a window to the next' }),
  attr('padding', sizes, { default: 0 as Sizes, doc: 'Zeros on either side' }),
  attr('stride', sizes, { default: 1 as Sizes, doc: 'From one window to the next' }),
] as const;

/** With a batch dimension, made up where there is none. */
const batched = (t: Tensor, rank: number): Tensor =>
  t.ndim === rank ? t : t.alias([1, ...t.shape], [0, ...t.strides]);

export const im2col = defineOp({
  name: 'im2col',
  // Tensor.unfold, which is another op, has the plain name.
  aliases: ['nn_functional_unfold'],
  category: 'nn',
  in: ['F:unfold'],
  module: 'Unfold',
  summary: 'The windows of an image as columns; torch.nn.functional.unfold',
  params: [tensor('input', { doc: 'Shape [n, channels, height, width], or without n' }), ...settings],
  formula: String.raw`y_{n,\, (c, k),\, i} = x_{n,\, c,\; i \cdot \mathrm{stride} + k \cdot \mathrm{dilation} - \mathrm{padding}}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_{n, c, j}} = \sum_{i, k \to j} G_{n,\, (c, k),\, i}`,
  forward: ({ input, ...call }) => {
    const s = slidingOf('im2col', call);
    checkFloating('im2col', input);
    const lead = input.ndim === 4 ? 1 : 0;
    if ((input.ndim !== 3 && input.ndim !== 4) || input.shape.slice(lead).includes(0)) {
      throw shapeMismatch(
        `im2col: expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${showShape(input.shape)}`,
      );
    }
    const out = columnsOf(batched(input, 4), windowsOf('im2col', input.shape.slice(-2), s), s);
    return input.ndim === 4 ? out : out.alias(out.shape.slice(1), out.strides.slice(1));
  },
  gradFn: 'Im2ColBackward0',
  gradient: {
    input: ({ input, kernelSize, dilation, padding, stride }, grad): Tensor =>
      col2im(grad, input.shape.slice(-2), kernelSize, dilation, padding, stride),
  },
  examples: ['{"input": [[[1, 2, 0], [-1, 3, 1], [0.5, 2, -2]]], "kernel_size": 2}'],
});

export const col2im = defineOp({
  name: 'col2im',
  aliases: ['fold'],
  category: 'nn',
  in: ['F:fold'],
  module: 'Fold',
  summary: 'Columns added up where windows took them from; torch.nn.functional.fold',
  params: [
    tensor('input', { doc: 'Shape [n, channels * kernel, windows], or without n' }),
    attr('output_size', sizes, { doc: 'Of the image' }),
    ...settings,
  ],
  formula: String.raw`y_{n, c, j} = \sum_{i, k \to j} x_{n,\, (c, k),\, i}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_{n,\, (c, k),\, i}} = G_{n,\, c,\; i \cdot \mathrm{stride} + k \cdot \mathrm{dilation} - \mathrm{padding}}`,
  forward: ({ input, outputSize, ...call }) => {
    const s = slidingOf('col2im', call);
    checkFloating('col2im', input);
    const image = expandSizes('col2im', 'output_size', outputSize, 2);
    const lead = input.ndim === 3 ? 1 : 0;
    if ((input.ndim !== 2 && input.ndim !== 3) || input.shape.slice(lead).includes(0)) {
      throw shapeMismatch(
        `col2im: expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions, but got: ${showShape(input.shape)}`,
      );
    }
    const [rows, count] = input.shape.slice(lead);
    if (rows % numelOf(s.kernel) !== 0) {
      throw shapeMismatch(
        `col2im: expected size of input's dimension ${lead} to be divisible by the product of kernel_size ${showShape(s.kernel)}, but got input of shape ${showShape(input.shape)}`,
      );
    }
    const windows = windowsOf('col2im', image, s);
    if (numelOf(windows) !== count) {
      throw shapeMismatch(
        `col2im: given output_size=${showShape(image)}, expected size of input's dimension ${lead + 1} to match the calculated number of sliding blocks ${windows.join(' * ')} = ${numelOf(windows)}, but got input of shape ${showShape(input.shape)}`,
      );
    }
    const columns = batched(input, 3);
    const out = empty([columns.shape[0], rows / numelOf(s.kernel), ...image], 'float64');
    addColumns(out, columns, windows, s);
    const shape = lead === 1 ? out.shape : out.shape.slice(1);
    return cast(out.alias(shape, contiguousStrides(shape)), input.dtype);
  },
  gradFn: 'Col2ImBackward0',
  gradient: {
    input: ({ kernelSize, dilation, padding, stride }, grad): Tensor =>
      im2col(grad, kernelSize, dilation, padding, stride),
  },
  examples: ['{"input": [[1, 2], [3, -1], [0.5, 4], [2, 0]], "output_size": [2, 3], "kernel_size": 2}'],
});
