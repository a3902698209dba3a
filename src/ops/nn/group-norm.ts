/** Standardisation of groups of channels. */
import { cast, contiguous, inverseDeviation, moments, standardize as standardizeRows } from '../../kernels/index.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { contiguousStrides, numelOf, type Shape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, number, optionalTensor, tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { reshape } from '../shape/index.ts';
import { checkFloating } from './sizes.ts';
import { perChannel, standardize, standardizeBackward, sumPerChannel, wide } from './standardize.ts';

const FORMULA = String.raw`\frac{x - \bar x_g}{\sqrt{\operatorname{var}_g(x) + \epsilon}} \cdot w_c + b_c`;
const DERIVATIVE = String.raw`\tfrac{1}{s} \bigl(g w - \overline{g w} - \hat x\, \overline{g w \hat x}\bigr),\quad s = \sqrt{\operatorname{var}_g(x) + \epsilon}`;

const weightParam = optionalTensor('weight', { doc: 'One for each channel, multiplies' });
const biasParam = optionalTensor('bias', { doc: 'One for each channel, is added' });

/** [n, groups, elements of a group] */
const grouped = (input: TensorMeta, groups: number): number[] => [
  input.shape[0],
  groups,
  input.shape.slice(1).reduce((a, b) => a * b, 1) / groups,
];

/** Checks what stands for channels: one dtype, one element for each. */
export function checkChannels(
  op: string,
  input: Tensor,
  channels: number,
  operands: Readonly<Record<string, Tensor | undefined>>,
): void {
  for (const [name, t] of Object.entries(operands)) {
    if (t === undefined) continue;
    if (t.ndim !== 1 || t.shape[0] !== channels) {
      throw shapeMismatch(
        `${op}: expected ${name} to be a vector of size equal to the number of channels in input (${channels}), but got ${name} of shape ${showShape(t.shape)} and input of shape ${showShape(input.shape)}`,
      );
    }
    if (t.dtype !== input.dtype)
      throw dtypeError(`${op}: expected ${name} to have input's dtype ${input.dtype}, but got ${t.dtype}`);
  }
}

/** Refuses statistics of a single number. */
export function checkMany(op: string, count: number, shape: Shape): void {
  if (count === 1)
    throw valueRange(`${op}: expected more than 1 value per channel when training, got input size ${showShape(shape)}`);
}

export const nativeGroupNorm = defineOp({
  name: 'native_group_norm',
  category: 'nn',
  in: ['torch'],
  summary: 'Groups of channels standardised; also their means and the inverses of their deviations',
  source: 'Wu & He 2018',
  params: [
    tensor('input', { doc: 'Shape [n, channels, …]' }),
    weightParam,
    biasParam,
    attr('N', integer()),
    attr('C', integer()),
    attr('HxW', integer()),
    attr('group', integer()),
    attr('eps', number(), { doc: 'Added to the variance' }),
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  forward: ({ input, weight, bias, N, C, HxW, group, eps }): readonly Tensor[] => {
    if (input.ndim < 2)
      throw shapeMismatch(`group_norm: expected input of at least 2 dimensions, but got ${showShape(input.shape)}`);
    checkFloating('group_norm', input);
    if (group < 1) throw valueRange(`group_norm: expected num groups to be greater than 0, got ${group}`);
    if (C % group !== 0) {
      throw shapeMismatch(
        `Expected number of channels in input to be divisible by num_groups, but got input of shape ${showShape(input.shape)} and num_groups=${group}`,
      );
    }
    if (input.shape[0] !== N || input.shape[1] !== C || input.numel !== N * C * HxW) {
      throw shapeMismatch(
        `native_group_norm: N=${N}, C=${C} and HxW=${HxW} do not describe input of shape ${showShape(input.shape)}`,
      );
    }
    checkChannels('group_norm', input, C, { weight, bias });
    const src = contiguous(input);
    const rows = src.alias(grouped(input, group), contiguousStrides(grouped(input, group)));
    const { mean, variance } = moments(rows, [2]);
    const scale = inverseDeviation(variance, eps, input.dtype);
    // Each statistic is spread over its group's channels.
    const inner = [N, group, C / group, HxW];
    const over = (t: Tensor): Tensor => t.alias([N, group, 1, 1], [group, 1, 0, 0]);
    const channel = (t: Tensor | undefined): Tensor | undefined =>
      t?.alias([group, C / group, 1], [(C / group) * t.strides[0], t.strides[0], 0]);
    const out = standardizeRows(
      src.alias(inner, contiguousStrides(inner)),
      over(mean),
      over(variance),
      eps,
      channel(weight),
      channel(bias),
    );
    const stat = (t: Tensor): Tensor => t.alias([N, group], [group, 1]);
    return [out.alias(input.shape, contiguousStrides(input.shape)), stat(cast(mean, input.dtype)), stat(scale)];
  },
  saves: ['input', 'weight'],
  constantResults: [1, 2],
  gradient: {
    input: ({ input, weight, group, eps }, [grad]): Tensor | null => {
      if (grad === null) return null;
      const g = weight === undefined ? grad : mul(wide(grad), perChannel(wide(weight), input.ndim));
      const rows = grouped(input, group);
      return reshape(standardizeBackward(reshape(g, rows), reshape(input, rows), [2], eps), input.shape);
    },
    weight: ({ input, group, eps }, [grad]): Tensor | null => {
      if (grad === null) return null;
      const unit = standardize(reshape(wide(input), grouped(input, group)), [2], eps);
      return sumPerChannel(mul(wide(grad), reshape(unit, input.shape)));
    },
    bias: (_, [grad]): Tensor | null => (grad === null ? null : sumPerChannel(grad)),
  },
  examples: [
    '{"input": [[[1, 2], [4, 3], [-1, 0.5], [0, 2]]], "weight": [1, 2, -1, 0.5], "bias": [0, 0.5, 1, 2], "N": 1, "C": 4, "HxW": 2, "group": 2, "eps": 0.00001}',
  ],
});

export const groupNorm = defineOp({
  name: 'group_norm',
  category: 'nn',
  in: ['torch', 'F'],
  takes: { torch: 'input num_groups weight bias eps cudnn_enabled' },
  module: 'GroupNorm',
  summary: 'Groups of channels brought to mean 0 and variance 1, then each channel scaled and shifted',
  source: 'Wu & He 2018',
  params: [
    tensor('input', { doc: 'Shape [n, channels, …]' }),
    attr('num_groups', integer()),
    weightParam,
    biasParam,
    attr('eps', number(), { default: 1e-5, doc: 'Added to the variance' }),
  ],
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: ({ input, numGroups, weight, bias, eps }): Tensor => {
    if (input.ndim < 2)
      throw shapeMismatch(`group_norm: expected input of at least 2 dimensions, but got ${showShape(input.shape)}`);
    if (numGroups < 1) throw valueRange(`group_norm: num_groups must be at least 1, but got ${numGroups}`);
    const [n, channels, ...rest] = input.shape;
    checkMany('group_norm', Math.floor((n * channels) / numGroups) * numelOf(rest), input.shape);
    return nativeGroupNorm(input, weight, bias, n, channels, numelOf(rest), numGroups, eps)[0];
  },
  derivation: {
    words:
      'with z the standardized input and h = @g times the weight: the input gets (h - mean(h) - z mean(h z)) / s, over what was standardized together, since mean and deviation s depend on it, too; the weight gets the sum of @g z, the bias the sum of @g',
  },
  examples: [
    '{"input": [[[1, 2], [4, 3], [-1, 0.5], [0, 2]]], "num_groups": 2, "weight": [1, 2, -1, 0.5], "bias": [0, 0.5, 1, 2]}',
  ],
});
