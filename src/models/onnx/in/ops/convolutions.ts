/** Convolutions and their transpose. */
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import type { Val } from '../val.ts';
import { cast } from './helpers.ts';
import { centred } from './products.ts';
import { padded } from './shapes.ts';

export interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** How windows slide, borders worked out where the node only says what is to come out. */
export function windowsOf(n: OnnxNode, x: Val, kernel: readonly number[]): Windows {
  const rank = kernel.length;
  const list = (name: string): number[] => {
    const own = n.ints(name) ?? new Array<number>(rank).fill(1);
    if (own.length !== rank || own.some((k) => k < 1))
      throw new Unsupported(`"${name}" are no ${rank} positive numbers`);
    return own;
  };
  const [stride, dilation] = [list('strides'), list('dilations')];
  const mode = n.string('auto_pad', 'NOTSET');
  if (mode === 'NOTSET' || mode === 'VALID') {
    const pads = (mode === 'NOTSET' ? n.ints('pads') : undefined) ?? new Array<number>(2 * rank).fill(0);
    if (pads.length !== 2 * rank) throw new Unsupported(`"pads" are no ${2 * rank} numbers`);
    return { kernel, stride, dilation, before: pads.slice(0, rank), after: pads.slice(rank) };
  }
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') throw new Unsupported(`the auto_pad "${mode}" is not supported`);
  const totals = kernel.map((k, d) => {
    const reach = (k - 1) * dilation[d] + 1;
    // At stride 1 the border is the same whatever the size is.
    if (stride[d] === 1) return reach - 1;
    const size = x.sizes?.[d + 2];
    if (size == null) throw new Unsupported(`auto_pad "${mode}" with strides needs known sizes`);
    return Math.max((Math.ceil(size / stride[d]) - 1) * stride[d] + reach - size, 0);
  });
  const [low, high] = [totals.map((t) => Math.floor(t / 2)), totals.map((t) => Math.ceil(t / 2))];
  return mode === 'SAME_UPPER'
    ? { kernel, stride, dilation, before: low, after: high }
    : { kernel, stride, dilation, before: high, after: low };
}

/** A border of the spatial dimensions. */
export const bordered = (
  n: OnnxNode,
  x: Val,
  { before, after }: Pick<Windows, 'before' | 'after'>,
  value?: unknown,
): Val => padded(n, x, [0, 0, ...before], [0, 0, ...after], 'constant', value);

export const isEven = ({ before, after }: Pick<Windows, 'before' | 'after'>): boolean =>
  before.every((p, d) => p === after[d] && p >= 0);

/** The sizes of the filters, told twice. */
function kernelOf(n: OnnxNode, weight: Val): readonly number[] {
  const own = n.ints('kernel_shape');
  if (own !== undefined && own.length > 0) return own;
  const sizes = weight.sizes?.slice(2);
  if (sizes === undefined || sizes.includes(null)) throw new Unsupported('the sizes of the filters are not known');
  return sizes as number[];
}

function rankOf(kernel: readonly number[]): number {
  const rank = kernel.length;
  if (rank < 1 || rank > 3) throw new Unsupported(`${rank} spatial dimensions are not supported`);
  return rank;
}

export function convolve(n: OnnxNode, x: Val, weight: Val, bias: Val | null): Val {
  const windows = windowsOf(n, x, kernelOf(n, weight));
  const rank = rankOf(windows.kernel);
  const even = isEven(windows);
  const image = even ? x : bordered(n, x, windows);
  return n.build.one(`conv${rank}d`, bias === null ? [image, weight] : [image, weight, bias], {
    stride: windows.stride,
    padding: even ? windows.before : windows.before.map(() => 0),
    dilation: windows.dilation,
    groups: n.int('group', 1),
  });
}

const conv: Lower = (n) => convolve(n, n.input(0), n.input(1), n.optional(2));

/** On integers of 8 bits less their zero points, in float64, where all sums are exact. */
const convInteger: Lower = (n) => {
  const rank = n.rank(n.input(1));
  const x = centred(n, n.input(0), n.optional(2));
  const w = centred(n, n.input(1), n.optional(3), [-1, ...new Array(rank - 1).fill(1)]);
  return cast(n, convolve(n, cast(n, x, 'float64'), cast(n, w, 'float64'), null), 'int32');
};

/** Borders of what comes out are cut off; where they are not even it is done afterwards. */
const convTranspose: Lower = (n) => {
  const [x, weight, bias] = [n.input(0), n.input(1), n.optional(2)];
  const kernel = kernelOf(n, weight);
  const rank = rankOf(kernel);
  const ones = new Array<number>(rank).fill(1);
  const [stride, dilation] = [n.ints('strides') ?? ones, n.ints('dilations') ?? ones];
  const extra = n.ints('output_padding') ?? new Array<number>(rank).fill(0);
  const mode = n.string('auto_pad', 'NOTSET');
  const told = n.ints('output_shape');
  let [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  const pads = n.ints('pads');
  if (told !== undefined || mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
    for (let d = 0; d < rank; d++) {
      const reach = (kernel[d] - 1) * dilation[d] + 1;
      const size = x.sizes?.[d + 2];
      let total: number;
      if (told === undefined) total = reach + extra[d] - stride[d];
      else {
        if (size == null) throw new Unsupported('output_shape needs known sizes');
        total = stride[d] * (size - 1) + extra[d] + reach - (told.at(d - rank) as number);
      }
      const [low, high] = [Math.floor(total / 2), Math.ceil(total / 2)];
      [before[d], after[d]] = mode === 'SAME_UPPER' ? [low, high] : [high, low];
    }
  } else if (mode === 'NOTSET' && pads !== undefined) [before, after] = [pads.slice(0, rank), pads.slice(rank)];
  const plain = isEven({ before, after }) && extra.every((e, d) => e < stride[d] || e < dilation[d]);
  const groups = n.int('group', 1);
  const operands = bias === null ? [x, weight] : [x, weight, bias];
  if (plain)
    return n.build.one(`conv_transpose${rank}d`, operands, {
      stride,
      padding: before,
      output_padding: extra,
      groups,
      dilation,
    });
  const whole = n.build.one(`conv_transpose${rank}d`, [x, weight], {
    stride,
    padding: ones.map(() => 0),
    groups,
    dilation,
  });
  const cut = bordered(n, whole, { before: before.map((p) => -p), after: after.map((p, d) => extra[d] - p) });
  if (bias === null) return cut;
  return n.build.one('add', [cut, n.build.one('reshape', [bias], { shape: [-1, ...ones] })]);
};

export const convolutions: Table = {
  Conv: since([1, 11], conv),
  ConvInteger: since([10], convInteger),
  ConvTranspose: since([1, 11], convTranspose),
};
