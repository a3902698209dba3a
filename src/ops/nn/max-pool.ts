/** The largest elements of windows, and where they were. */
import { largest } from '../../kernels/index.ts';
import { numelOf, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { scatterAdd } from '../indexing/index.ts';
import { keepingFormat } from '../memory-format.ts';
import { attr, boolean, tensor } from '../params.ts';
import { reshape, squeeze, unsqueeze } from '../shape/index.ts';
import {
  ceilParam,
  dilationParam,
  kernelParam,
  type Pooling,
  paddingParam,
  spansOf,
  strideParam,
} from './pool-windows.ts';
import { checkFloating, checkNotEmpty, checkSpatial, expandSizes, type Sizes } from './sizes.ts';

const FORMULA = String.raw`y_i = \max_{j \in W_i} x_j`;
const DERIVATIVE = String.raw`\tfrac{\partial L}{\partial x_j} = \sum_{i:\, j = \arg\max W_i} G_i`;
const WORDS =
  'the gradient of each window goes to its largest element; what is largest in several windows gets the sum, all else 0';

/** The gradient of each window given to the one element that it came from. */
export function scattered(grad: Tensor, places: Tensor, shape: Shape, rank: number): Tensor {
  const lead = shape.slice(0, shape.length - rank);
  const flat = [...lead, numelOf(shape.slice(shape.length - rank))];
  const rows = [...lead, numelOf(places.shape.slice(lead.length))];
  return reshape(scatterAdd(zeros(flat, grad.dtype), -1, reshape(places, rows), reshape(grad, rows)), shape);
}

const settings = [kernelParam, strideParam, paddingParam, dilationParam, ceilParam] as const;
const indicesParam = attr('return_indices', boolean, { default: false, doc: 'Also where each was, in its plane' });

const IMAGES = {
  2: '[[[1, 2, 4, 0], [3, -1, 0.5, 2.5], [0.25, 1.5, 5, -2]]]',
  3: '[[[[1, 2, 4], [3, -1, 0.5]], [[0.25, 1.5, 5], [2.5, 6, -3]]]]',
} as const;

function withIndices<const R extends 2 | 3>(rank: R) {
  const name = `max_pool${rank}d_with_indices` as const;
  return defineOp({
    name,
    category: 'nn',
    takes: 'input kernel_size stride padding dilation ceil_mode return_indices',
    summary: `Largest elements of windows in ${rank} dimensions, and their places in the plane`,
    params: [tensor('input'), ...settings],
    formula: FORMULA,
    derivative: DERIVATIVE,
    forward: ({ input, ...call }): readonly Tensor[] => {
      checkSpatial(`max_pool${rank}d`, input, rank);
      checkFloating(`max_pool${rank}d`, input);
      checkNotEmpty(`max_pool${rank}d`, input, rank);
      const found = largest(input, spansOf(`max_pool${rank}d`, input.shape, rank, call));
      return found.map((t) => keepingFormat(t, input));
    },
    saves: ['result'],
    hangsOn: ['input'],
    gradFn: `MaxPool${rank}DWithIndicesBackward0`,
    gradient: {
      input: ({ input, result }, [grad]): Tensor | null =>
        grad === null ? null : scattered(grad, result[1], input.shape, rank),
    },
    examples: [`{"input": ${IMAGES[rank]}, "kernel_size": 2}`],
  });
}

export const maxPool2dWithIndices = withIndices(2);
export const maxPool3dWithIndices = withIndices(3);

type Both = readonly [values: Tensor, indices: Tensor];

const finish = ([values, indices]: Both, returnIndices: boolean): Tensor | readonly Tensor[] =>
  returnIndices ? [values, indices] : values;

function maxPooling<const R extends 2 | 3>(rank: R, op: typeof maxPool2dWithIndices | typeof maxPool3dWithIndices) {
  return defineOp({
    name: `max_pool${rank}d` as const,
    category: 'nn',
    in: ['torch', 'F'],
    module: `MaxPool${rank}d`,
    summary: `Largest elements of windows in ${rank} dimensions`,
    params: [tensor('input'), ...settings, indicesParam],
    formula: FORMULA,
    derivative: DERIVATIVE,
    composite: ({
      input,
      kernelSize,
      stride,
      padding,
      dilation,
      ceilMode,
      returnIndices,
    }): Tensor | readonly Tensor[] =>
      finish(op(input, kernelSize, stride, padding, dilation, ceilMode) as Both, returnIndices),
    derivation: { words: WORDS },
    examples: [
      `{"input": ${IMAGES[rank]}, "kernel_size": 2}`,
      `{"input": ${IMAGES[rank]}, "kernel_size": ${rank === 2 ? '[2, 3]' : '2'}, "stride": 1, "padding": 1, "return_indices": true}`,
    ],
  });
}

export const maxPool2d = maxPooling(2, maxPool2dWithIndices);
export const maxPool3d = maxPooling(3, maxPool3dWithIndices);

/** Along a signal: a plane of one row. */
function pooled(input: Tensor, call: Pooling): Both {
  checkSpatial('max_pool1d', input, 1);
  checkFloating('max_pool1d', input);
  const flat = (name: string, value: Sizes, filler: number): number[] => [
    filler,
    ...expandSizes('max_pool1d', name, value, 1),
  ];
  const own = call.stride === undefined || (typeof call.stride !== 'number' && call.stride.length === 0);
  const [values, indices] = maxPool2dWithIndices(
    unsqueeze(input, -2),
    flat('kernel_size', call.kernelSize, 1),
    own ? undefined : flat('stride', call.stride as Sizes, 1),
    flat('padding', call.padding, 0),
    flat('dilation', call.dilation ?? 1, 1),
    call.ceilMode,
  );
  return [squeeze(values, -2), squeeze(indices, -2)];
}

export const maxPool1dWithIndices = defineOp({
  name: 'max_pool1d_with_indices',
  category: 'nn',
  in: ['torch', 'F'],
  takes: { F: 'input kernel_size stride padding dilation ceil_mode return_indices' },
  summary: 'Largest elements of windows along a signal, and their places',
  params: [tensor('input'), ...settings],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ input, ...call }): readonly Tensor[] => pooled(input, call),
  examples: [{ input: [[1, 2, 4, 0, -3]], kernel_size: 2 }],
});

export const maxPool1d = defineOp({
  name: 'max_pool1d',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'MaxPool1d',
  summary: 'Largest elements of windows along a signal',
  params: [tensor('input'), ...settings, indicesParam],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ input, returnIndices, ...call }): Tensor | readonly Tensor[] =>
    finish(pooled(input, call), returnIndices),
  derivation: { words: WORDS },
  examples: [
    { input: [[1, 2, 4, 0, -3]], kernel_size: 2 },
    { input: [[1, 2, 4, 0, -3]], kernel_size: 3, stride: 2, padding: 1, return_indices: true },
  ],
});
