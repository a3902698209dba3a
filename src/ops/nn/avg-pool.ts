/** Means of windows. */
import { averages, sizesOf, spread } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { keepingFormat } from '../memory-format.ts';
import { attr, boolean, integer, integerList, optionalAttr, tensor } from '../params.ts';
import { squeeze, unsqueeze } from '../shape/index.ts';
import { ceilParam, kernelParam, type Pooling, paddingParam, spansOf, strideParam } from './pool-windows.ts';
import { checkNotEmpty, checkSpatial, expandSizes } from './sizes.ts';

const countParam = attr('count_include_pad', boolean, {
  default: true,
  doc: 'Whether zeros of the padding count in the mean',
});
const divisorParam = optionalAttr('divisor_override', integer(), { doc: 'Divides each sum in place of the count' });

const FORMULA = String.raw`y_i = \tfrac1{|W_i|} \sum_{j \in W_i} x_j`;
const DERIVATIVE = String.raw`\tfrac{\partial L}{\partial x_j} = \sum_{i:\, j \in W_i} \tfrac{G_i}{|W_i|}`;

interface Call extends Pooling {
  readonly countIncludePad: boolean;
  readonly divisorOverride?: number;
}

function checkDivisor(op: string, divisor: number | undefined): void {
  if (divisor === 0) throw valueRange(`${op}: divisor must be not zero`);
}

/** The op of so many dimensions, and the one that its gradient is. */
function averagePooling<const R extends 2 | 3>(rank: R) {
  const name = `avg_pool${rank}d` as const;
  const settings = [kernelParam, strideParam, paddingParam, ceilParam, countParam, divisorParam] as const;
  const image =
    rank === 2
      ? '[[[1, 2, 4, 0], [3, -1, 0.5, 2], [0, 1, 5, -2]]]'
      : '[[[[1, 2, 4], [3, -1, 0.5]], [[0, 1, 5], [2, 2, -3]]]]';
  const [window, sides] = rank === 2 ? ['"kernel_size": 2', '[2, 3]'] : ['"kernel_size": [2, 2, 2], "stride": 1', '2'];
  const means =
    rank === 2 ? '[[[1, 2], [3, -1]]], "input_sizes": [1, 3, 4]' : '[[[[1, 2]]]], "input_sizes": [1, 2, 2, 3]';
  const step = rank === 2 ? '[1, 2]' : '1';

  const pool = defineOp({
    name,
    category: 'nn',
    module: `AvgPool${rank}d`,
    summary: `Means of windows in ${rank} dimensions`,
    params: [tensor('input'), ...settings],
    formula: FORMULA,
    derivative: DERIVATIVE,
    forward: ({ input, ...call }) => {
      checkSpatial(name, input, rank);
      checkDivisor(name, call.divisorOverride);
      if (!isFloating(input.dtype) && input.dtype !== 'int64')
        throw dtypeError(`${name} is not implemented for ${input.dtype}; input must be floating or int64`);
      checkNotEmpty(name, input, rank);
      const spans = spansOf(name, input.shape, rank, call, call.countIncludePad);
      return keepingFormat(averages(input, spans, call.divisorOverride), input);
    },
    gradFn: `AvgPool${rank}DBackward0`,
    hangsOn: ['input'],
    gradient: {
      input: ({ input, ...c }, grad): Tensor =>
        backward(
          grad,
          input.shape,
          c.kernelSize,
          c.stride,
          c.padding,
          c.ceilMode,
          c.countIncludePad,
          c.divisorOverride,
        ),
    },
    examples: [
      `{"input": ${image}, ${window}}`,
      `{"input": ${image}, "kernel_size": ${sides}, "stride": 2, "padding": 1, "ceil_mode": true, "count_include_pad": false}`,
    ],
  });

  const backward = defineOp({
    name: `${name}_backward` as const,
    category: 'nn',
    summary: `Each window's share given to its elements: the gradient of ${name}`,
    params: [tensor('grad_output'), attr('input_sizes', integerList), ...settings],
    formula: String.raw`x_j = \sum_{i:\, j \in W_i} \tfrac{G_i}{|W_i|}`,
    derivative: FORMULA,
    forward: ({ gradOutput, inputSizes, ...call }) => {
      const spans = spansOf(`${name}_backward`, inputSizes, rank, call as Call, call.countIncludePad);
      const shape = [...inputSizes.slice(0, -rank), ...sizesOf(spans)];
      if (shape.join() !== gradOutput.shape.join()) {
        throw shapeMismatch(
          `${name}_backward: grad_output must have the shape ${showShape(shape)} for input_sizes ${showShape(inputSizes)}, but has ${showShape(gradOutput.shape)}`,
        );
      }
      if (!isFloating(gradOutput.dtype))
        throw dtypeError(`${name}_backward: grad_output must be floating, but is ${gradOutput.dtype}`);
      checkNumel(inputSizes);
      return spread(gradOutput, inputSizes, spans, call.divisorOverride);
    },
    gradFn: `AvgPool${rank}DBackwardBackward0`,
    gradient: {
      gradOutput: ({ gradOutput, inputSizes, ...c }, grad): Tensor =>
        pool(grad, c.kernelSize, c.stride, c.padding, c.ceilMode, c.countIncludePad, c.divisorOverride),
    },
    examples: [`{"grad_output": ${means}, "kernel_size": 2, "stride": ${step}}`],
  });
  return { pool, backward };
}

export const { pool: avgPool2d, backward: avgPool2dBackward } = averagePooling(2);
export const { pool: avgPool3d, backward: avgPool3dBackward } = averagePooling(3);

export const avgPool1d = defineOp({
  name: 'avg_pool1d',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'AvgPool1d',
  summary: 'Means of windows along a signal',
  params: [tensor('input'), kernelParam, strideParam, paddingParam, ceilParam, countParam],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ input, kernelSize, stride, padding, ceilMode, countIncludePad }) => {
    checkSpatial('avg_pool1d', input, 1);
    const flat = (name: string, value: number | readonly number[], filler: number): number[] => [
      filler,
      ...expandSizes('avg_pool1d', name, value, 1),
    ];
    const empty = stride === undefined || (typeof stride !== 'number' && stride.length === 0);
    const pooled = avgPool2d(
      unsqueeze(input, -2),
      flat('kernel_size', kernelSize, 1),
      empty ? undefined : flat('stride', stride as number, 1),
      flat('padding', padding, 0),
      ceilMode,
      countIncludePad,
    );
    return squeeze(pooled, -2);
  },
  derivation: {
    words: 'the gradient of each window is shared by all its elements',
  },
  examples: [{ input: [[1, 2, 4, 0, -3]], kernel_size: 3, stride: 2, padding: 1 }],
});
