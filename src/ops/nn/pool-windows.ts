/** Where the windows of a pooling op lie. */
import type { Span } from '../../kernels/index.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import type { Shape } from '../../tensor/shape.ts';
import { attr, boolean, optionalAttr } from '../params.ts';
import { expandSizes, type OutputSizes, type Sizes, sizes } from './sizes.ts';

export const kernelParam = attr('kernel_size', sizes, { doc: 'Of each window' });
export const strideParam = optionalAttr('stride', sizes, {
  doc: 'From one window to the next; kernel_size where absent',
});
export const paddingParam = attr('padding', sizes, {
  default: 0 as Sizes,
  doc: 'On either side; at most half of kernel_size',
});
export const dilationParam = attr('dilation', sizes, {
  default: 1 as Sizes,
  doc: 'From one element of a window to the next',
});
export const ceilParam = attr('ceil_mode', boolean, {
  default: false,
  doc: 'Also windows that reach over the end',
});

export interface Pooling {
  readonly kernelSize: Sizes;
  readonly stride?: Sizes;
  readonly padding: Sizes;
  readonly dilation?: Sizes;
  readonly ceilMode: boolean;
}

/** How many windows there are: one that begins in the padding behind the end is none. */
function countOf(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  ceil: boolean,
): number {
  const span = size + 2 * padding - dilation * (kernel - 1) - 1;
  const count = Math.floor((span + (ceil ? stride - 1 : 0)) / stride) + 1;
  return ceil && (count - 1) * stride >= size + padding ? count - 1 : count;
}

/** The windows along each of the last `rank` dimensions of `shape`, cut at the borders. */
export function spansOf(op: string, shape: Shape, rank: number, call: Pooling, countPadding = true): Span[] {
  const { ceilMode } = call;
  const kernel = expandSizes(op, 'kernel_size', call.kernelSize, rank);
  const own = call.stride === undefined || (typeof call.stride !== 'number' && call.stride.length === 0);
  const stride = own ? kernel : expandSizes(op, 'stride', call.stride as Sizes, rank);
  const padding = expandSizes(op, 'padding', call.padding, rank);
  const dilation = expandSizes(op, 'dilation', call.dilation ?? 1, rank);
  if (kernel.some((k) => k < 1))
    throw valueRange(`${op}: kernel size should be greater than zero, but got ${showShape(kernel)}`);
  if (stride.some((s) => s < 1))
    throw valueRange(`${op}: stride should be greater than zero, but got ${showShape(stride)}`);
  if (dilation.some((d) => d < 1))
    throw valueRange(`${op}: dilation should be greater than zero, but got ${showShape(dilation)}`);
  padding.forEach((p, d) => {
    if (p < 0) throw valueRange(`${op}: pad must be non-negative, but got pad: ${p}`);
    if (p > kernel[d] / 2)
      throw valueRange(
        `${op}: pad should be at most half of kernel size, but got pad=${p} and kernel_size=${kernel[d]}`,
      );
  });
  const sizesIn = shape.slice(shape.length - rank);
  const counts = sizesIn.map((n, d) => countOf(n, kernel[d], stride[d], padding[d], dilation[d], ceilMode));
  if (counts.some((n) => n < 1)) {
    throw shapeMismatch(
      `${op}: Given input size ${showShape(shape)}, the calculated output size of the pooled dimensions is ${showShape(counts)}: output size is too small`,
    );
  }
  return sizesIn.map((size, d) => {
    const at = (k: number): number => k * stride[d] - padding[d];
    const reach = dilation[d] * (kernel[d] - 1) + 1;
    const skipped = (from: number): number => (from < 0 ? Math.ceil(-from / dilation[d]) * dilation[d] : 0);
    const start = (k: number): number => at(k) + skipped(at(k));
    const end = (k: number): number => Math.min(at(k) + reach, size);
    const whole = (k: number): number => Math.min(at(k) + reach, size + padding[d]) - at(k);
    return { length: counts[d], step: dilation[d], start, end, count: countPadding ? whole : (k) => end(k) - start(k) };
  });
}

/** Windows that cover a dimension in as many parts as are asked for. */
export function adaptiveSpans(op: string, shape: Shape, rank: number, outputSize: OutputSizes): Span[] {
  const own = shape.slice(shape.length - rank);
  const list = typeof outputSize === 'number' ? new Array<number>(rank).fill(outputSize) : outputSize;
  if (list.length !== rank)
    throw valueRange(`${op}: output_size must be one integer or a list of ${rank}, but got [${list.join(', ')}]`);
  return own.map((size, d) => {
    const parts = list[d] ?? size;
    if (parts < 0)
      throw valueRange(
        `${op}: elements of output_size must be greater than or equal to 0 but received [${list.join(', ')}]`,
      );
    const start = (k: number): number => Math.floor((k * size) / parts);
    const end = (k: number): number => Math.ceil(((k + 1) * size) / parts);
    return { length: parts, step: 1, start, end, count: (k) => end(k) - start(k) };
  });
}
