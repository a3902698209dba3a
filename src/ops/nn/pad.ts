/** Borders put around a tensor, or cut off. */
import { copyInto, fill, fillBy } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { type Scalar, scalarToNumber } from '../../tensor/scalar.ts';
import { checkNumel, type Shape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { castScalar, zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { indexAdd, indexSelect } from '../indexing/index.ts';
import { attr, constant, integer, integerList, oneOf, optionalAttr, scalarAttr, tensor } from '../params.ts';
import { alias } from '../shape/index.ts';

const padParam = attr('pad', integerList, {
  doc: 'Before and after the last dimension, before and after the one in front of it, and so on; negative ones cut',
});

/** Before and after for each dimension, from a list that begins with the last. */
function pairsOf(op: string, pad: Shape, rank: number): [before: number, after: number][] {
  if (pad.length % 2 !== 0) throw valueRange(`${op}: Padding length must be divisible by 2, but got ${showShape(pad)}`);
  if (pad.length > 2 * rank) {
    throw shapeMismatch(
      `${op}: Padding length too large: ${showShape(pad)} has ${pad.length / 2} pairs for an input of ${rank} dimensions`,
    );
  }
  return Array.from({ length: rank }, (_, d) => {
    const k = 2 * (rank - 1 - d);
    return [pad[k] ?? 0, pad[k + 1] ?? 0];
  });
}

/** The part of a tensor that its padded form shows, as a window on either. */
function shared(input: Tensor, out: Tensor, pairs: readonly (readonly [number, number])[]): [from: Tensor, to: Tensor] {
  const cut = (t: Tensor, skip: (d: number) => number): Tensor => {
    const shape = t.shape.map((_, d) => {
      const [before, after] = pairs[d];
      return Math.max(input.shape[d] + Math.min(before, 0) + Math.min(after, 0), 0);
    });
    return t.alias(
      shape,
      t.strides,
      t.strides.reduce((at, stride, d) => at + skip(d) * stride, t.offset),
    );
  };
  return [cut(input, (d) => Math.max(-pairs[d][0], 0)), cut(out, (d) => Math.max(pairs[d][0], 0))];
}

export const constantPadNd = defineOp({
  name: 'constant_pad_nd',
  category: 'nn',
  in: ['torch'],
  summary: 'One value put around a tensor',
  params: [tensor('input'), padParam, attr('value', scalarAttr, { default: 0 as Scalar })],
  formula: String.raw`y_i = \begin{cases} x_{i - \mathrm{before}} & \text{inside} \\ \mathrm{value} & \text{else} \end{cases}`,
  derivative: String.raw`[\text{inside}]`,
  forward: ({ input, pad, value }) => {
    const pairs = pairsOf('constant_pad_nd', pad, input.ndim);
    const shape = input.shape.map((n, d) => n + pairs[d][0] + pairs[d][1]);
    const d = shape.findIndex((n) => n < 0);
    if (d >= 0) {
      throw shapeMismatch(
        `constant_pad_nd: the input size ${input.shape[d]}, plus negative padding ${pairs[d][0]} and ${pairs[d][1]} resulted in a negative output size at dimension ${d} of input ${showShape(input.shape)}`,
      );
    }
    checkNumel(shape);
    const out = empty(shape, input.dtype);
    const filler = castScalar(value, input.dtype);
    if (filler !== 0 && filler !== 0n) fill(out, filler);
    const [from, to] = shared(input, out, pairs);
    copyInto(to, from);
    return out;
  },
  gradient: {
    input: ({ pad }, grad): Tensor =>
      constantPadNd(
        grad,
        pad.map((n) => -n),
      ),
  },
  derivation: {
    words: 'the gradient without its padding',
  },
  examples: [{ input: [[1, 2, 3]], pad: [1, 2], value: 0.5 }],
});

type Mode = 'constant' | 'reflect' | 'replicate' | 'circular';

type Border = Exclude<Mode, 'constant'>;

/** Which place of a dimension of `size` stands at `at`. */
function source(mode: Border, at: number, size: number, [before, after]: readonly [number, number]): number {
  if (mode === 'reflect') return at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
  if (mode === 'replicate') return Math.min(Math.max(at, 0), size - 1);
  // What is cut off does not come back at the other end.
  const first = Math.max(-before, 0);
  const left = size - first - Math.max(-after, 0);
  return first + ((((at - first) % left) + left) % left);
}

function places(mode: Border, size: number, pair: readonly [number, number]): Tensor {
  const [before, after] = pair;
  return fillBy(empty([size + before + after], 'int64'), (k) => source(mode, k - before, size, pair));
}

/** Refuses what a border cannot be made from. */
function checkBorder(mode: Border, input: Tensor, pad: Shape): void {
  const count = pad.length / 2;
  if (input.ndim < 2 || input.ndim > 5 || (input.ndim !== count + 1 && input.ndim !== count + 2) || count > 3) {
    throw shapeMismatch(
      `pad: Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now, on the last dimensions but the first 1 or 2: got pad ${showShape(pad)} for input of shape ${showShape(input.shape)}`,
    );
  }
  if (mode === 'circular' && input.ndim !== count + 2) {
    throw shapeMismatch(
      `pad: Invalid padding size ${showShape(pad)}, expected ${2 * (input.ndim - 2)} numbers for circular padding of input ${showShape(input.shape)}`,
    );
  }
  if (mode !== 'circular' && !isFloating(input.dtype))
    throw dtypeError(`pad: ${mode} is not implemented for ${input.dtype}`);
}

/** Refuses a border that does not fit its dimension. */
function checkReach(mode: Border, input: Tensor, d: number, pair: readonly [number, number]): void {
  const size = input.shape[d];
  const most = mode === 'reflect' ? size - 1 : mode === 'circular' ? size : Number.POSITIVE_INFINITY;
  const where = `dimension ${d} of input ${showShape(input.shape)}`;
  if (pair.some((n) => n > most)) {
    const rule =
      mode === 'reflect'
        ? 'Padding size should be less than the corresponding input dimension'
        : 'Padding value causes wrapping around more than once';
    throw valueRange(`pad: ${rule}, but got padding (${pair.join(', ')}) at ${where}`);
  }
  if (size === 0 || size + pair[0] + pair[1] < 0) {
    throw shapeMismatch(`pad: input (size ${size}) with padding (${pair.join(', ')}) is too small at ${where}`);
  }
}

/** What `index_select` gives, for borders in whose gradients PyTorch's backward functions read the input. */
export const borderSelect = defineOp({
  name: 'border_select',
  category: 'nn',
  in: [],
  summary: 'Slices along a dimension, by a vector of indices: a mirrored or repeated border',
  params: [
    tensor('input'),
    attr('dim', integer()),
    constant('index', { wants: 'int64', doc: 'A vector of indices along dim' }),
  ],
  formula: String.raw`y_{\ldots k \ldots} = x_{\ldots, i_k, \ldots}`,
  derivative: '1',
  forward: ({ input, dim, index }) => indexSelect(input, dim, index),
  saves: ['index'],
  gradient: {
    input: ({ input, dim, index }, grad): Tensor => indexAdd(zeros(input.shape, input.dtype), dim, index, grad),
  },
  hangsOn: ['input'],
  gradFn: 'IndexSelectBackward0',
  examples: [{ input: [[1, 2, 3]], dim: 1, index: [1, 0, 1, 2, 1] }],
});

/** The border along one dimension after the other. */
function bordered(input: Tensor, pad: Shape, mode: Border): Tensor {
  const pairs = pairsOf('pad', pad, input.ndim);
  checkBorder(mode, input, pad);
  const first = input.ndim - pad.length / 2;
  pairs.forEach((pair, d) => {
    if (d >= first) checkReach(mode, input, d, pair);
  });
  // As in PyTorch, one dimension may vanish, but not all.
  if (pairs.every(([before, after], d) => d < first || input.shape[d] + before + after < 1))
    throw shapeMismatch(`pad: nothing is left of input ${showShape(input.shape)} with padding ${showShape(pad)}`);
  let out = input;
  pairs.forEach((pair, d) => {
    if (pair[0] === 0 && pair[1] === 0) return;
    const chosen = places(mode, input.shape[d], pair);
    out = mode === 'circular' ? indexSelect(out, d, chosen) : borderSelect(out, d, chosen);
  });
  return out === input ? alias(input) : out;
}

export const pad = defineOp({
  name: 'pad',
  category: 'nn',
  summary: 'A border of one value, of mirrored, repeated or wrapped elements',
  params: [
    tensor('input'),
    padParam,
    attr('mode', oneOf<Mode>('constant', 'reflect', 'replicate', 'circular'), { default: 'constant' as Mode }),
    optionalAttr('value', scalarAttr, { doc: 'Of a constant border; 0 where absent' }),
  ],
  formula: String.raw`y_i = x_{\mathrm{source}(i - \mathrm{before})}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_j} = \sum_{i:\, \mathrm{source}(i - \mathrm{before}) = j} G_i`,
  composite: ({ input, pad, mode, value }) => {
    if (mode === 'constant') return constantPadNd(input, pad, value);
    if (value !== undefined && scalarToNumber(value) !== 0)
      throw valueRange(`pad: Padding mode "${mode}" doesn't take in value argument`);
    return bordered(input, pad, mode);
  },
  derivation: {
    words: 'the gradient without what was padded; copies add up to what they are of',
  },
  examples: [
    { input: [[1, 2, 3]], pad: [1, 2], value: 0.5 },
    { input: [[1, 2, 3]], pad: [1, 2], mode: 'reflect' },
    { input: [[1, 2, 3]], pad: [2, 1], mode: 'replicate' },
    { input: [[[1, 2, 3]]], pad: [1, 1], mode: 'circular' },
  ],
});
