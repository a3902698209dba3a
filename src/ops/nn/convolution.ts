/**
 * Convolution in general, its transpose and the gradient of its filters. Each is linear in both of its
 * operands, and each one's gradients are the other two.
 */
import { convolve, correlate, deconvolve, type Sliding } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel, type Shape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { keepingFormat } from '../memory-format.ts';
import { attr, boolean, integer, integerList, optionalTensor, tensor } from '../params.ts';
import { sum } from '../reductions/index.ts';
import { slice } from '../shape/windows.ts';

interface Call extends Omit<Sliding, 'kernel'> {
  readonly transposed: boolean;
  readonly outputPadding: Shape;
  readonly groups: number;
}

const slidingOf = ({ stride, padding, dilation }: Omit<Sliding, 'kernel'>, weight: Shape): Sliding => ({
  kernel: weight.slice(2),
  stride,
  padding,
  dilation,
});

const show = (what: string, shape: Shape): string => `${what} of size ${showShape(shape)}`;

/** One entry for each spatial dimension, none below `least`. */
function checkList(name: string, list: Shape, rank: number, least: number): void {
  if (list.length !== rank) {
    throw valueRange(
      `convolution: expected ${name} to be a single integer value or a list of ${rank} values to match the convolution dimensions, but got ${name}=${showShape(list)}`,
    );
  }
  if (list.some((k) => k < least)) {
    throw valueRange(`convolution: ${name} must be at least ${least}, but got ${showShape(list)}`);
  }
}

/** The images that a transposed convolution gives. */
const enlarged = (windows: Shape, s: Sliding, outputPadding: Shape): number[] =>
  windows.map(
    (n, d) => (n - 1) * s.stride[d] - 2 * s.padding[d] + s.dilation[d] * (s.kernel[d] - 1) + outputPadding[d] + 1,
  );

/** How many windows there are along each dimension. */
const windowsOf = (image: Shape, s: Sliding): number[] =>
  image.map((n, d) => Math.floor((n + 2 * s.padding[d] - s.dilation[d] * (s.kernel[d] - 1) - 1) / s.stride[d]) + 1);

/** Checks a call and gives the spatial sizes of its result. */
function resultSizes(input: Tensor, weight: Tensor, bias: Tensor | undefined, call: Call): number[] {
  const rank = weight.ndim - 2;
  const { transposed, groups } = call;
  const operands = bias === undefined ? [input, weight] : [input, weight, bias];
  const names = ['input', 'weight', 'bias'];
  operands.forEach((t, i) => {
    if (t.dtype !== input.dtype)
      throw dtypeError(`convolution: input type (${input.dtype}) and ${names[i]} type (${t.dtype}) should be the same`);
  });
  if (input.dtype === 'bool') throw dtypeError('convolution is not implemented for bool');
  if (rank < 1 || rank > 3)
    throw shapeMismatch(`convolution: weight must have 3 to 5 dimensions, but has shape ${showShape(weight.shape)}`);
  checkList('padding', call.padding, rank, 0);
  checkList('stride', call.stride, rank, 1);
  checkList('dilation', call.dilation, rank, 1);
  checkList('output_padding', call.outputPadding, rank, 0);
  if (groups < 1) throw valueRange(`convolution: non-positive groups (${groups}) is not supported`);
  if (input.ndim !== weight.ndim) {
    throw shapeMismatch(
      `convolution: expected ${weight.ndim}-dimensional input for ${weight.ndim}-dimensional weight ${showShape(weight.shape)}, but got ${input.ndim}-dimensional input of size ${showShape(input.shape)} instead`,
    );
  }
  const [first, second, ...kernel] = weight.shape;
  if (first < groups || first % groups !== 0) {
    throw shapeMismatch(
      `Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, and not empty, but got ${show('weight', weight.shape)} instead`,
    );
  }
  const channels = transposed ? first : second * groups;
  if (input.shape[1] !== channels) {
    throw shapeMismatch(
      `Given ${transposed ? 'transposed=1' : `groups=${groups}`}, ${show('weight', weight.shape)}, expected input${showShape(input.shape)} to have ${channels} channels, but got ${input.shape[1]} channels instead`,
    );
  }
  const filters = transposed ? second * groups : first;
  if (bias !== undefined && (bias.ndim !== 1 || bias.shape[0] !== filters)) {
    throw shapeMismatch(
      `Given ${show('weight', weight.shape)}, expected bias to be 1-dimensional with ${filters} elements, but got ${show('bias', bias.shape)} instead`,
    );
  }
  const image = input.shape.slice(2);
  if (image.includes(0) && input.shape[0] !== 0 && input.shape[1] !== 0) {
    throw shapeMismatch(
      `convolution: only zero batch or zero channel inputs are supported, but got input shape: ${showShape(input.shape)}`,
    );
  }
  const s = slidingOf(call, weight.shape);
  if (transposed) {
    if (call.outputPadding.some((p, d) => p >= s.stride[d] && p >= s.dilation[d])) {
      throw valueRange(
        `output padding must be smaller than either stride or dilation, but got output_padding ${showShape(call.outputPadding)}, stride ${showShape(s.stride)} and dilation ${showShape(s.dilation)}`,
      );
    }
    const sizes = enlarged(image, s, call.outputPadding);
    if (sizes.some((n) => n < 1)) {
      throw shapeMismatch(
        `Given input size per channel: ${showShape(image)}. Calculated output size per channel: ${showShape(sizes)}. Output size is too small`,
      );
    }
    return sizes;
  }
  const sizes = windowsOf(image, s);
  if (sizes.some((n) => n < 1) || kernel.includes(0)) {
    throw shapeMismatch(
      `Calculated padded input size per channel: ${showShape(image.map((n, d) => n + 2 * s.padding[d]))}. Kernel size: ${showShape(kernel.map((k, d) => s.dilation[d] * (k - 1) + 1))}. Kernel size can't be greater than actual input size, nor 0`,
    );
  }
  return sizes;
}

/** The image that an image's windows give back, `image` being the spatial sizes to arrive at. */
function toImage(grad: Tensor, weight: Tensor, image: Shape, call: Call): Tensor {
  const s = slidingOf(call, weight.shape);
  const bare = enlarged(
    grad.shape.slice(2),
    s,
    call.outputPadding.map(() => 0),
  );
  const rest = image.map((n, d) => n - bare[d]);
  return convolution(grad, weight, undefined, call.stride, call.padding, call.dilation, true, rest, call.groups);
}

/** The windows of an image, as many as `windows` says: output padding wider than the stride adds some. */
function toWindows(grad: Tensor, weight: Tensor, windows: Shape, call: Call): Tensor {
  const none = call.stride.map(() => 0);
  let out = convolution(grad, weight, undefined, call.stride, call.padding, call.dilation, false, none, call.groups);
  windows.forEach((n, d) => {
    if (out.shape[d + 2] !== n) out = slice(out, d + 2, 0, n);
  });
  return out;
}

const slidingParams = [
  attr('stride', integerList),
  attr('padding', integerList, { doc: 'Zeros on either side' }),
  attr('dilation', integerList, { doc: 'From one element of a filter to the next' }),
] as const;

export const convolution = defineOp({
  name: 'convolution',
  category: 'nn',
  in: ['torch'],
  summary: 'Filters slid over an image in 1, 2 or 3 dimensions, or the transpose of that',
  params: [
    tensor('input', { doc: 'Shape [n, channels, …]' }),
    tensor('weight', { doc: 'Shape [filters, channels / groups, …]; transposed: [channels, filters / groups, …]' }),
    optionalTensor('bias', { doc: 'One for each filter' }),
    ...slidingParams,
    attr('transposed', boolean),
    attr('output_padding', integerList, { doc: 'Of a transposed one: further elements at the end' }),
    attr('groups', integer()),
  ],
  formula: String.raw`y_{n,o,i} = b_o + \sum_{c,k} w_{o,c,k}\, x_{n,c,\; i \cdot \mathrm{stride} + k \cdot \mathrm{dilation} - \mathrm{padding}}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x} = w \star^{\top} G,\quad \tfrac{\partial L}{\partial w} = x \star G,\quad \tfrac{\partial L}{\partial b_o} = \sum_{n,i} G_{n,o,i}`,
  forward: ({ input, weight, bias, ...call }) => {
    const sizes = resultSizes(input, weight, bias, call);
    const s = slidingOf(call, weight.shape);
    const run = call.transposed ? deconvolve : convolve;
    return keepingFormat(run(input, weight, bias, sizes, call.groups, s), input, weight);
  },
  saves: ['input', 'weight'],
  hangsOn: { bias: ['input', 'weight'] },
  gradient: {
    input: ({ input, weight, ...call }, grad): Tensor =>
      (call.transposed ? toWindows : toImage)(grad, weight, input.shape.slice(2), call),
    weight: ({ input, weight, transposed, stride, padding, dilation, groups }, grad): Tensor => {
      const [image, windows] = transposed ? [grad, input] : [input, grad];
      return convolutionWeightBackward(image, windows, weight.shape, stride, padding, dilation, groups);
    },
    bias: (_, grad) =>
      sum(
        grad,
        grad.shape.map((_, d) => d).filter((d) => d !== 1),
      ),
  },
  examples: [
    '{"input": [[[1, 2, -1, 3, 0.5]]], "weight": [[[1, -1, 2]]], "bias": [0.5], "stride": [2], "padding": [1], "dilation": [1], "transposed": false, "output_padding": [0], "groups": 1}',
    '{"input": [[[1, 2, -1]]], "weight": [[[1, -1, 2]]], "stride": [1], "padding": [0], "dilation": [2], "transposed": true, "output_padding": [1], "groups": 1}',
  ],
});

const callOf = (input: TensorMeta, stride: Shape, padding: Shape, dilation: Shape, groups: number): Call => ({
  stride,
  padding,
  dilation,
  groups,
  transposed: false,
  outputPadding: input.shape.slice(2).map(() => 0),
});

export const convolutionWeightBackward = defineOp({
  name: 'convolution_weight_backward',
  category: 'nn',
  summary: "Products of an image's windows with what came out of them: the gradient of convolution's filters",
  params: [
    tensor('input'),
    tensor('grad_output'),
    attr('weight_size', integerList),
    ...slidingParams,
    attr('groups', integer()),
  ],
  formula: String.raw`w_{o,c,k} = \sum_{n,i} G_{n,o,i}\, x_{n,c,\; i \cdot \mathrm{stride} + k \cdot \mathrm{dilation} - \mathrm{padding}}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x} = w' \star^{\top} G,\quad \tfrac{\partial L}{\partial G} = w' \star x`,
  forward: ({ input, gradOutput, weightSize, stride, padding, dilation, groups }) => {
    if (!isFloating(input.dtype) || gradOutput.dtype !== input.dtype)
      throw dtypeError(
        `convolution_weight_backward: input and grad_output must be of one floating dtype, but are ${input.dtype} and ${gradOutput.dtype}`,
      );
    checkNumel(weightSize);
    const rank = weightSize.length - 2;
    if (rank < 1 || rank > 3)
      throw shapeMismatch(
        `convolution_weight_backward: weight_size must have 3 to 5 dimensions, but is ${showShape(weightSize)}`,
      );
    checkList('padding', padding, rank, 0);
    checkList('stride', stride, rank, 1);
    checkList('dilation', dilation, rank, 1);
    if (groups < 1 || weightSize[0] % groups !== 0)
      throw valueRange(
        `convolution_weight_backward: groups=${groups} does not divide the filters of weight_size ${showShape(weightSize)}`,
      );
    if (input.ndim !== rank + 2 || gradOutput.ndim !== rank + 2 || input.shape[1] !== weightSize[1] * groups)
      throw shapeMismatch(
        `convolution_weight_backward: input ${showShape(input.shape)} and grad_output ${showShape(gradOutput.shape)} do not belong to weight_size ${showShape(weightSize)} and groups=${groups}`,
      );
    if (gradOutput.shape[0] !== input.shape[0] || gradOutput.shape[1] !== weightSize[0])
      throw shapeMismatch(
        `convolution_weight_backward: grad_output ${showShape(gradOutput.shape)} does not belong to input ${showShape(input.shape)} and weight_size ${showShape(weightSize)}`,
      );
    const sliding = slidingOf({ stride, padding, dilation }, weightSize);
    const windows = windowsOf(input.shape.slice(2), sliding);
    if (windows.some((n, d) => gradOutput.shape[d + 2] > Math.max(n, 0)))
      throw shapeMismatch(
        `convolution_weight_backward: grad_output ${showShape(gradOutput.shape)} has more windows than ${showShape(windows)}, which is what input ${showShape(input.shape)} has`,
      );
    return correlate(input, gradOutput, groups, sliding);
  },
  saves: ['input', 'gradOutput'],
  gradient: {
    input: ({ input, gradOutput, stride, padding, dilation, groups }, grad): Tensor =>
      toImage(gradOutput, grad, input.shape.slice(2), callOf(input, stride, padding, dilation, groups)),
    gradOutput: ({ input, gradOutput, stride, padding, dilation, groups }, grad): Tensor =>
      toWindows(input, grad, gradOutput.shape.slice(2), callOf(input, stride, padding, dilation, groups)),
  },
  examples: [
    '{"input": [[[1, 2, -1, 3, 0.5]]], "grad_output": [[[1, -1, 2]]], "weight_size": [1, 1, 3], "stride": [2], "padding": [1], "dilation": [1], "groups": 1}',
  ],
});
