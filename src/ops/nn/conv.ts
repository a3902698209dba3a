/** Convolutions in 1, 2 and 3 dimensions, and their transposes. */
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { type Attr, attr, integer, integerOrList, optionalTensor, Refusal, tensor } from '../params.ts';
import { squeeze, unsqueeze } from '../shape/index.ts';
import { convolution } from './convolution.ts';
import { constantPadNd } from './pad.ts';
import { checkSpatial, expandSizes, type Sizes, sizes } from './sizes.ts';

type Padding = Sizes | 'same' | 'valid';

const paddingAttr: Attr<Padding> = {
  jsonSchema: { anyOf: [integerOrList.jsonSchema, { enum: ['same', 'valid'] }] },
  read(value) {
    if (value === 'same' || value === 'valid') return value;
    const read = integerOrList.read(value);
    return read instanceof Refusal ? new Refusal('an integer, a list of integers, "same" or "valid"') : read;
  },
};

const strideParam = attr('stride', sizes, { default: 1 as Sizes });
const dilationParam = attr('dilation', sizes, {
  default: 1 as Sizes,
  doc: 'From one element of a filter to the next',
});
const groupsParam = attr('groups', integer(), {
  default: 1,
  doc: 'Channels and filters are cut into so many parts, each for itself',
});
const biasParam = optionalTensor('bias', { doc: 'One for each filter' });

const OPS = ['conv1d', 'conv2d', 'conv3d'] as const;

/** Runs `body` on a batch; a single image becomes a batch of one. */
function batched(op: string, input: Tensor, rank: number, body: (x: Tensor) => Tensor): Tensor {
  checkSpatial(op, input, rank);
  return input.ndim === rank + 2 ? body(input) : squeeze(body(unsqueeze(input, 0)), 0);
}

function checkWeight(op: string, weight: Tensor, rank: number): void {
  if (weight.ndim === rank + 2) return;
  throw shapeMismatch(`${op}: expected a ${rank + 2}D weight, but got weight of size: ${showShape(weight.shape)}`);
}

interface Call {
  readonly input: Tensor;
  readonly weight: Tensor;
  readonly bias?: Tensor;
  readonly stride: Sizes;
  readonly padding: Padding;
  readonly dilation: Sizes;
  readonly groups: number;
}

/** A convolution of `rank` spatial dimensions. */
function conv(rank: number, { input, weight, bias, groups, ...call }: Call): Tensor {
  const op = OPS[rank - 1];
  checkWeight(op, weight, rank);
  const stride = expandSizes(op, 'stride', call.stride, rank);
  const dilation = expandSizes(op, 'dilation', call.dilation, rank);
  const none = stride.map(() => 0);
  const run = (x: Tensor, padding: readonly number[]): Tensor =>
    convolution(x, weight, bias, stride, padding, dilation, false, none, groups);
  return batched(op, input, rank, (x) => {
    if (call.padding === 'valid') return run(x, none);
    if (call.padding !== 'same') return run(x, expandSizes(op, 'padding', call.padding, rank));
    if (stride.some((s) => s !== 1))
      throw valueRange(`padding='same' is not supported for strided convolutions, but stride is ${showShape(stride)}`);
    const total = dilation.map((d, k) => d * (weight.shape[k + 2] - 1));
    // Where an odd number of zeros is needed, one more stands at the end.
    const odd = total.map((n) => n % 2);
    const even = odd.includes(1)
      ? constantPadNd(
          x,
          odd.toReversed().flatMap((n) => [0, n]),
        )
      : x;
    return run(
      even,
      total.map((n) => Math.floor(n / 2)),
    );
  });
}

const convParams = <const C extends string, const W extends string>(channels: C, kernel: W) =>
  [
    tensor('input', { doc: `Shape ${channels}, or without n` }),
    tensor('weight', { doc: `Shape ${kernel}` }),
    biasParam,
    strideParam,
    attr('padding', paddingAttr, {
      default: 0 as Padding,
      doc: 'Zeros on either side; "same": as many as keep the size',
    }),
    dilationParam,
    groupsParam,
  ] as const;

const FORMULA = String.raw`y_{n,o,i} = b_o + \sum_{c,k} w_{o,c,k}\, x_{n,c,\; i \cdot \mathrm{stride} + k \cdot \mathrm{dilation} - \mathrm{padding}}`;
const DERIVATIVE = String.raw`\tfrac{\partial L}{\partial x} = w \star^{\top} G,\quad \tfrac{\partial L}{\partial w} = x \star G,\quad \tfrac{\partial L}{\partial b_o} = \sum_{n,i} G_{n,o,i}`;

export const conv1d = defineOp({
  name: 'conv1d',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'Conv1d',
  summary: 'Filters slid along a signal of several channels',
  source: 'LeCun et al. 1989',
  params: convParams('[n, channels, length]', '[filters, channels / groups, size]'),
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: (call) => conv(1, call),
  derivation: {
    words:
      'an element of the input gets the gradient of each output that its windows reach, times the weight that it met there: a transposed convolution; a weight gets the sum, over all places and examples, of the gradient times the input that it met; a bias the sum of the gradient over all places',
  },
  examples: [
    { input: [[1, 2, -1, 3, 0.5]], weight: [[[1, -1, 2]]], bias: [0.5], padding: 1 },
    { input: [[1, 2, -1, 3, 0.5]], weight: [[[1, -1]]], padding: 'same' },
  ],
});

export const conv2d = defineOp({
  name: 'conv2d',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'Conv2d',
  summary: 'Filters slid over an image of several channels',
  source: 'LeCun et al. 1989',
  params: convParams('[n, channels, height, width]', '[filters, channels / groups, height, width]'),
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: (call) => conv(2, call),
  derivation: {
    words:
      'an element of the input gets the gradient of each output that its windows reach, times the weight that it met there: a transposed convolution; a weight gets the sum, over all places and examples, of the gradient times the input that it met; a bias the sum of the gradient over all places',
  },
  examples: [
    '{"input": [[[[1, 2, 0], [-1, 3, 1], [0.5, 2, -2]]]], "weight": [[[[1, -1], [0.5, 2]]]], "bias": [0.25], "stride": [1, 2], "padding": [0, 1]}',
  ],
});

export const conv3d = defineOp({
  name: 'conv3d',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'Conv3d',
  summary: 'Filters slid through a volume of several channels',
  params: convParams('[n, channels, depth, height, width]', '[filters, channels / groups, depth, height, width]'),
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: (call) => conv(3, call),
  derivation: {
    words:
      'an element of the input gets the gradient of each output that its windows reach, times the weight that it met there: a transposed convolution; a weight gets the sum, over all places and examples, of the gradient times the input that it met; a bias the sum of the gradient over all places',
  },
  examples: ['{"input": [[[[1, 2], [-1, 3]], [[0.5, 0], [2, 1]]]], "weight": [[[[[1, -1]], [[0.5, 2]]]]]}'],
});

interface TransposedCall extends Omit<Call, 'padding'> {
  readonly padding: Sizes;
  readonly outputPadding: Sizes;
}

/** The transpose of a convolution of `rank` spatial dimensions. */
function convTranspose(rank: number, { input, weight, bias, groups, ...call }: TransposedCall): Tensor {
  const op = `conv_transpose${rank}d`;
  checkWeight(op, weight, rank);
  const [stride, padding, dilation, outputPadding] = [
    expandSizes(op, 'stride', call.stride, rank),
    expandSizes(op, 'padding', call.padding, rank),
    expandSizes(op, 'dilation', call.dilation, rank),
    expandSizes(op, 'output_padding', call.outputPadding, rank),
  ];
  return batched(op, input, rank, (x) =>
    convolution(x, weight, bias, stride, padding, dilation, true, outputPadding, groups),
  );
}

const transposedParams = <const C extends string, const W extends string>(channels: C, kernel: W) =>
  [
    tensor('input', { doc: `Shape ${channels}, or without n` }),
    tensor('weight', { doc: `Shape ${kernel}` }),
    biasParam,
    strideParam,
    attr('padding', sizes, { default: 0 as Sizes, doc: 'Cut off on either side of the result' }),
    attr('output_padding', sizes, { default: 0 as Sizes, doc: 'Further elements at the end of the result' }),
    groupsParam,
    dilationParam,
  ] as const;

const TRANSPOSED = String.raw`y_{n,o,j} = b_o + \sum_{c,i,k:\; i \cdot \mathrm{stride} + k \cdot \mathrm{dilation} - \mathrm{padding} = j} w_{c,o,k}\, x_{n,c,i}`;
const TRANSPOSED_DERIVATIVE = String.raw`\tfrac{\partial L}{\partial x} = w \star G,\quad \tfrac{\partial L}{\partial w} = G \star x`;

export const convTranspose1d = defineOp({
  name: 'conv_transpose1d',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'ConvTranspose1d',
  summary: 'The transpose of conv1d: each element spread out by a filter',
  params: transposedParams('[n, channels, length]', '[channels, filters / groups, size]'),
  formula: TRANSPOSED,
  derivative: TRANSPOSED_DERIVATIVE,
  composite: (call) => convTranspose(1, call),
  derivation: {
    words:
      'a convolution of the gradient with the same weights for the input; for a weight the sum, over all places, of input times gradient; for a bias the sum of the gradient',
  },
  examples: [{ input: [[1, 2, -1]], weight: [[[1, -1, 2]]], bias: [0.5], stride: 2, padding: 1, output_padding: 1 }],
});

export const convTranspose2d = defineOp({
  name: 'conv_transpose2d',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'ConvTranspose2d',
  summary: 'The transpose of conv2d: each element spread out by a filter',
  params: transposedParams('[n, channels, height, width]', '[channels, filters / groups, height, width]'),
  formula: TRANSPOSED,
  derivative: TRANSPOSED_DERIVATIVE,
  composite: (call) => convTranspose(2, call),
  derivation: {
    words:
      'a convolution of the gradient with the same weights for the input; for a weight the sum, over all places, of input times gradient; for a bias the sum of the gradient',
  },
  examples: ['{"input": [[[1, 2], [-1, 3]]], "weight": [[[[1, -1], [0.5, 2]]]], "stride": 2}'],
});

export const convTranspose3d = defineOp({
  name: 'conv_transpose3d',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'ConvTranspose3d',
  summary: 'The transpose of conv3d: each element spread out by a filter',
  params: transposedParams('[n, channels, depth, height, width]', '[channels, filters / groups, depth, height, width]'),
  formula: TRANSPOSED,
  derivative: TRANSPOSED_DERIVATIVE,
  composite: (call) => convTranspose(3, call),
  derivation: {
    words:
      'a convolution of the gradient with the same weights for the input; for a weight the sum, over all places, of input times gradient; for a bias the sum of the gradient',
  },
  examples: [{ input: [[[[1, 2]], [[-1, 3]]]], weight: [[[[[1, -1]]]]] }],
});
