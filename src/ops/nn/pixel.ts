/** Channels and places exchanged. */
import { contiguous } from '../../kernels/index.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { contiguousStrides, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, tensor } from '../params.ts';

/** The elements in other sizes, their dimensions in another order, and in sizes again. */
function rearranged(t: Tensor, split: Shape, order: readonly number[], shape: Shape): Tensor {
  const src = contiguous(t);
  const strides = contiguousStrides(split);
  const moved = src.alias(
    order.map((d) => split[d]),
    order.map((d) => strides[d]),
  );
  return contiguous(moved).alias(shape, contiguousStrides(shape));
}

/** The dimensions in front, which stay, and the three behind. */
function cut(op: string, t: Tensor, factor: number): { lead: readonly number[]; c: number; h: number; w: number } {
  if (t.ndim < 3)
    throw shapeMismatch(
      `${op} expects input to have at least 3 dimensions, but got input of shape ${showShape(t.shape)}`,
    );
  if (factor < 1) throw valueRange(`${op} expects a positive factor, but got ${factor}`);
  const [c, h, w] = t.shape.slice(-3);
  return { lead: t.shape.slice(0, -3), c, h, w };
}

/** Dimensions of `count` that stay in front, then those named, counted from there. */
const behind = (count: number, order: readonly number[]): number[] => [
  ...Array.from({ length: count }, (_, d) => d),
  ...order.map((d) => count + d),
];

export const pixelShuffle = defineOp({
  name: 'pixel_shuffle',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'PixelShuffle',
  summary: 'Channels laid out as blocks of pixels',
  source: 'Shi et al. 2016',
  params: [tensor('input', { doc: 'Shape [..., c * r * r, h, w]' }), attr('upscale_factor', integer())],
  formula: String.raw`y_{c,\, h r + i,\, w r + j} = x_{c r^2 + i r + j,\, h,\, w}`,
  derivative: '1',
  forward: ({ input, upscaleFactor: r }) => {
    const { lead, c, h, w } = cut('pixel_shuffle', input, r);
    if (c % (r * r) !== 0) {
      throw shapeMismatch(
        `pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=${c} is not divisible by ${r * r}`,
      );
    }
    const out = c / (r * r);
    return rearranged(input, [...lead, out, r, r, h, w], behind(lead.length, [0, 3, 1, 4, 2]), [
      ...lead,
      out,
      h * r,
      w * r,
    ]);
  },
  gradient: { input: ({ upscaleFactor }, grad): Tensor => pixelUnshuffle(grad, upscaleFactor) },
  examples: [{ input: [[[1, 2]], [[3, 4]], [[5, 6]], [[7, 8]]], upscale_factor: 2 }],
});

export const pixelUnshuffle = defineOp({
  name: 'pixel_unshuffle',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'PixelUnshuffle',
  summary: 'Blocks of pixels laid out as channels',
  params: [tensor('input', { doc: 'Shape [..., c, h * r, w * r]' }), attr('downscale_factor', integer())],
  formula: String.raw`y_{c r^2 + i r + j,\, h,\, w} = x_{c,\, h r + i,\, w r + j}`,
  derivative: '1',
  forward: ({ input, downscaleFactor: r }) => {
    const { lead, c, h, w } = cut('pixel_unshuffle', input, r);
    if (h % r !== 0 || w % r !== 0) {
      throw shapeMismatch(
        `pixel_unshuffle expects height and width to be divisible by downscale_factor, but the shape ${showShape(input.shape)} is not divisible by ${r}`,
      );
    }
    return rearranged(input, [...lead, c, h / r, r, w / r, r], behind(lead.length, [0, 2, 4, 1, 3]), [
      ...lead,
      c * r * r,
      h / r,
      w / r,
    ]);
  },
  gradient: { input: ({ downscaleFactor }, grad): Tensor => pixelShuffle(grad, downscaleFactor) },
  examples: ['{"input": [[[1, 2], [3, 4]]], "downscale_factor": 2}'],
});

export const channelShuffle = defineOp({
  name: 'channel_shuffle',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'ChannelShuffle',
  summary: 'Channels dealt out among groups in turn',
  source: 'Zhang et al. 2018',
  params: [tensor('input', { doc: 'Shape [n, channels, …]' }), attr('groups', integer())],
  formula: String.raw`y_{n,\, k g + i} = x_{n,\, i \tfrac{c}{g} + k}`,
  derivative: '1',
  forward: ({ input, groups }) => {
    if (input.ndim < 3)
      throw shapeMismatch(
        `channel_shuffle expects input with > 2 dims, but got input of shape ${showShape(input.shape)}`,
      );
    if (groups < 1)
      throw valueRange(`channel_shuffle: number of groups to divide channels in must be positive, but got ${groups}`);
    const [n, c, ...rest] = input.shape;
    if (c % groups !== 0)
      throw shapeMismatch(
        `channel_shuffle: number of channels must be divisible by groups. Got ${c} channels and ${groups} groups`,
      );
    const split = [n, groups, c / groups, ...rest];
    return rearranged(input, split, [0, 2, 1, ...rest.map((_, d) => d + 3)], input.shape);
  },
  gradient: { input: ({ input, groups }, grad): Tensor => channelShuffle(grad, input.shape[1] / groups) },
  examples: ['{"input": [[[1, 2], [3, 4], [5, 6], [7, 8]]], "groups": 2}'],
});
