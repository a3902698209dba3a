/** Pooling to a size: as many windows as are asked for cover each dimension. */
import { averages, largest, sizesOf, spread } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { checkNumel } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { keepingFormat } from '../memory-format.ts';
import { attr, boolean, integerList, tensor } from '../params.ts';
import { squeeze, unsqueeze } from '../shape/index.ts';
import { scattered } from './max-pool.ts';
import { adaptiveSpans } from './pool-windows.ts';
import { checkFloating, checkNotEmpty, checkSpatial, type OutputSizes, outputSizes } from './sizes.ts';

const sizeParam = attr('output_size', outputSizes, {
  doc: 'How many windows along each dimension; null keeps its size',
});
const indicesParam = attr('return_indices', boolean, { default: false, doc: 'Also where each was, in its plane' });

const WINDOW = String.raw`W_i = \{\lfloor \tfrac{i n}{m} \rfloor, \ldots, \lceil \tfrac{(i + 1) n}{m} \rceil - 1\}`;
const MEAN = String.raw`y_i = \tfrac1{|W_i|} \sum_{j \in W_i} x_j,\quad ${WINDOW}`;
const MAX = String.raw`y_i = \max_{j \in W_i} x_j,\quad ${WINDOW}`;
const MEAN_DERIVATIVE = String.raw`\tfrac{\partial L}{\partial x_j} = \sum_{i:\, j \in W_i} \tfrac{G_i}{|W_i|}`;
const MAX_DERIVATIVE = String.raw`\tfrac{\partial L}{\partial x_j} = \sum_{i:\, j = \arg\max W_i} G_i`;

function check(op: string, input: Tensor, rank: number): void {
  checkSpatial(op, input, rank);
  checkFloating(op, input);
  checkNotEmpty(op, input, rank);
}

const IMAGES = {
  2: '[[[1, 2, 4, 0], [3, -1, 0.5, 2.5], [0.25, 1.5, 5, -2]]]',
  3: '[[[[1, 2, 4], [3, -1, 0.5]], [[0.25, 1.5, 5], [2.5, 6, -3]]]]',
} as const;

const oneEach = (size: OutputSizes): boolean => (typeof size === 'number' ? size === 1 : size.every((n) => n === 1));

function adaptiveMeans<const R extends 2 | 3>(rank: R) {
  const name = `adaptive_avg_pool${rank}d` as const;
  const pool = defineOp({
    name,
    category: 'nn',
    module: `AdaptiveAvgPool${rank}d`,
    summary: `Means of as many windows as are asked for in ${rank} dimensions`,
    params: [tensor('input'), sizeParam],
    formula: MEAN,
    derivative: MEAN_DERIVATIVE,
    forward: ({ input, outputSize }) => {
      check(name, input, rank);
      return keepingFormat(averages(input, adaptiveSpans(name, input.shape, rank, outputSize)), input);
    },
    gradFn: ({ outputSize }) => (oneEach(outputSize) ? 'MeanBackward1' : `AdaptiveAvgPool${rank}DBackward0`),
    hangsOn: ['input'],
    gradient: { input: ({ input, outputSize }, grad): Tensor => backward(grad, input.shape, outputSize) },
    examples: [`{"input": ${IMAGES[rank]}, "output_size": ${rank === 2 ? '[2, null]' : '[1, null, 2]'}}`],
  });
  const backward = defineOp({
    name: `${name}_backward` as const,
    category: 'nn',
    summary: `Each window's share given to its elements: the gradient of ${name}`,
    params: [tensor('grad_output'), attr('input_sizes', integerList), sizeParam],
    formula: String.raw`x_j = \sum_{i:\, j \in W_i} \tfrac{G_i}{|W_i|}`,
    derivative: MEAN,
    forward: ({ gradOutput, inputSizes, outputSize }) => {
      const spans = adaptiveSpans(`${name}_backward`, inputSizes, rank, outputSize);
      const shape = [...inputSizes.slice(0, -rank), ...sizesOf(spans)];
      if (shape.join() !== gradOutput.shape.join()) {
        throw shapeMismatch(
          `${name}_backward: grad_output must have the shape ${showShape(shape)} for input_sizes ${showShape(inputSizes)}, but has ${showShape(gradOutput.shape)}`,
        );
      }
      if (!isFloating(gradOutput.dtype))
        throw dtypeError(`${name}_backward: grad_output must be floating, but is ${gradOutput.dtype}`);
      checkNumel(inputSizes);
      return spread(gradOutput, inputSizes, spans);
    },
    gradFn: `AdaptiveAvgPool${rank}DBackwardBackward0`,
    gradient: { gradOutput: ({ outputSize }, grad): Tensor => pool(grad, outputSize) },
    examples: [
      rank === 2
        ? '{"grad_output": [[[1, 2], [3, -1]]], "input_sizes": [1, 3, 3], "output_size": 2}'
        : '{"grad_output": [[[[1, 2]]]], "input_sizes": [1, 2, 2, 3], "output_size": [1, 1, 2]}',
    ],
  });
  return { pool, backward };
}

export const { pool: adaptiveAvgPool2d, backward: adaptiveAvgPool2dBackward } = adaptiveMeans(2);
export const { pool: adaptiveAvgPool3d, backward: adaptiveAvgPool3dBackward } = adaptiveMeans(3);

/** A size along a signal, as one of a plane of one row. */
const inPlane = (size: OutputSizes): OutputSizes => [1, ...(typeof size === 'number' ? [size] : size)];

export const adaptiveAvgPool1d = defineOp({
  name: 'adaptive_avg_pool1d',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'AdaptiveAvgPool1d',
  summary: 'Means of as many windows as are asked for along a signal',
  params: [tensor('input'), sizeParam],
  formula: MEAN,
  derivative: MEAN_DERIVATIVE,
  composite: ({ input, outputSize }) => {
    check('adaptive_avg_pool1d', input, 1);
    return squeeze(adaptiveAvgPool2d(unsqueeze(input, -2), inPlane(outputSize)), -2);
  },
  derivation: {
    words: 'the gradient of each window is shared by all its elements',
  },
  examples: [{ input: [[1, 2, 4, 0, -3]], output_size: 2 }],
});

function adaptiveMaxima<const R extends 2 | 3>(rank: R) {
  const name = `adaptive_max_pool${rank}d` as const;
  // The op that gives both is torch.nn.functional's own; without indices only its first result is told.
  const withIndices = defineOp({
    name: `${name}_with_indices` as const,
    category: 'nn',
    takes: 'input output_size return_indices',
    summary: `Largest elements of as many windows as are asked for in ${rank} dimensions, and their places`,
    params: [tensor('input'), sizeParam],
    formula: MAX,
    derivative: MAX_DERIVATIVE,
    forward: ({ input, outputSize }): readonly Tensor[] => {
      check(name, input, rank);
      return largest(input, adaptiveSpans(name, input.shape, rank, outputSize)).map((t) => keepingFormat(t, input));
    },
    saves: ['result'],
    hangsOn: ['input'],
    gradFn: `AdaptiveMaxPool${rank}DBackward0`,
    gradient: {
      input: ({ input, result }, [grad]): Tensor | null =>
        grad === null ? null : scattered(grad, result[1], input.shape, rank),
    },
    examples: [`{"input": ${IMAGES[rank]}, "output_size": ${rank === 2 ? '[2, null]' : '1'}}`],
  });
  const pool = defineOp({
    name,
    category: 'nn',
    module: `AdaptiveMaxPool${rank}d`,
    summary: `Largest elements of as many windows as are asked for in ${rank} dimensions`,
    params: [tensor('input'), sizeParam, indicesParam],
    formula: MAX,
    derivative: MAX_DERIVATIVE,
    composite: ({ input, outputSize, returnIndices }): Tensor | readonly Tensor[] => {
      const [values, indices] = withIndices(input, outputSize);
      return returnIndices ? [values, indices] : values;
    },
    examples: [`{"input": ${IMAGES[rank]}, "output_size": ${rank === 2 ? '[2, null]' : '[1, null, 2]'}}`],
  });
  return { pool, withIndices };
}

export const { pool: adaptiveMaxPool2d, withIndices: adaptiveMaxPool2dWithIndices } = adaptiveMaxima(2);
export const { pool: adaptiveMaxPool3d, withIndices: adaptiveMaxPool3dWithIndices } = adaptiveMaxima(3);

function maximaAlong(input: Tensor, outputSize: OutputSizes): readonly [Tensor, Tensor] {
  check('adaptive_max_pool1d', input, 1);
  const [values, indices] = adaptiveMaxPool2dWithIndices(unsqueeze(input, -2), inPlane(outputSize));
  return [squeeze(values, -2), squeeze(indices, -2)];
}

export const adaptiveMaxPool1dWithIndices = defineOp({
  name: 'adaptive_max_pool1d_with_indices',
  category: 'nn',
  in: ['F', 'torch:adaptive_max_pool1d'],
  takes: { F: 'input output_size return_indices' },
  summary: 'Largest elements of as many windows as are asked for along a signal, and their places',
  params: [tensor('input'), sizeParam],
  formula: MAX,
  derivative: MAX_DERIVATIVE,
  composite: ({ input, outputSize }): readonly Tensor[] => maximaAlong(input, outputSize),
  examples: [{ input: [[1, 2, 4, 0, -3]], output_size: 2 }],
});

export const adaptiveMaxPool1d = defineOp({
  name: 'adaptive_max_pool1d',
  category: 'nn',
  module: 'AdaptiveMaxPool1d',
  summary: 'Largest elements of as many windows as are asked for along a signal',
  params: [tensor('input'), sizeParam, indicesParam],
  formula: MAX,
  derivative: MAX_DERIVATIVE,
  composite: ({ input, outputSize, returnIndices }): Tensor | readonly Tensor[] => {
    const [values, indices] = maximaAlong(input, outputSize);
    return returnIndices ? [values, indices] : values;
  },
  examples: [{ input: [[1, 2, 4, 0, -3]], output_size: 2 }],
});
