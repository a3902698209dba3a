/**
 * Convolutions as matrix products: the windows of an image are laid out as the columns of a matrix
 * and multiplied by the filters. There are three sides to it, each linear in both of its operands and
 * each the derivative of the others: an image from image and filters, the image that filters and a
 * result come from, and the filters. Loops are for three spatial dimensions; fewer have size 1 in front.
 */
import { type DType, isFloating } from '../tensor/dtype.ts';
import { contiguousStrides, numelOf, type Shape } from '../tensor/shape.ts';
import { dataOf, empty, Tensor } from '../tensor/tensor.ts';
import { cast, contiguous } from './copy.ts';
import { launch } from './launch.ts';
import { matrixProduct } from './matmul.ts';
import { pulse } from './pulse.ts';

/** How windows slide; each list has an entry for every spatial dimension. */
export interface Sliding {
  readonly kernel: Shape;
  readonly stride: Shape;
  readonly padding: Shape;
  readonly dilation: Shape;
}

/** Lists of three, with entries in front that do nothing. */
const three = (list: Shape, filler: number): [number, number, number] =>
  [...new Array<number>(3 - list.length).fill(filler), ...list] as [number, number, number];

/** The run of windows whose `k`-th element lies inside a dimension of `size`. */
function inside(
  k: number,
  size: number,
  count: number,
  stride: number,
  padding: number,
  dilation: number,
): [number, number] {
  const first = k * dilation - padding;
  const from = first >= 0 ? 0 : Math.ceil(-first / stride);
  const to = Math.min(count, Math.floor((size - 1 - first) / stride) + 1);
  return [from, to];
}

/**
 * Calls `run` for each run of window elements that lie side by side: where it begins in the image and
 * in the columns, how many there are. In the image they are `stride` apart, in the columns adjacent.
 * The image is [n, channels, …image] in order; the columns have the strides given for n and for rows.
 */
function eachRun(
  [batch, channels]: readonly [number, number],
  image: Shape,
  windows: Shape,
  s: Sliding,
  [columnBatch, columnRow]: readonly [number, number],
  run: (image: number, column: number, count: number, step: number) => void,
): void {
  const [D, H, W] = three(image, 1);
  const [OD, OH, OW] = three(windows, 1);
  const [KD, KH, KW] = three(s.kernel, 1);
  const [SD, SH, SW] = three(s.stride, 1);
  const [PD, PH, PW] = three(s.padding, 0);
  const [LD, LH, LW] = three(s.dilation, 1);
  for (let n = 0; n < batch; n++) {
    let row = n * columnBatch;
    for (let c = 0; c < channels; c++) {
      const plane = (n * channels + c) * D * H * W;
      for (let kd = 0; kd < KD; kd++) {
        const [d0, d1] = inside(kd, D, OD, SD, PD, LD);
        for (let kh = 0; kh < KH; kh++) {
          const [h0, h1] = inside(kh, H, OH, SH, PH, LH);
          for (let kw = 0; kw < KW; kw++, row += columnRow) {
            const [w0, w1] = inside(kw, W, OW, SW, PW, LW);
            if (w1 <= w0) continue;
            pulse((d1 - d0) * (h1 - h0) * (w1 - w0));
            for (let d = d0; d < d1; d++) {
              const slab = plane + (d * SD - PD + kd * LD) * H * W;
              for (let h = h0; h < h1; h++) {
                const line = slab + (h * SH - PH + kh * LH) * W;
                run(line + w0 * SW - PW + kw * LW, row + (d * OH + h) * OW + w0, w1 - w0, SW);
              }
            }
          }
        }
      }
    }
  }
}

/** Columns in the order [n, row, window], or [row, n, window]. */
type Order = 'batch' | 'row';

/** The windows of an image [n, channels, …] as columns: one for each window, a row for each element of it. */
export function columnsOf(x: Tensor, windows: Shape, s: Sliding, order: Order = 'batch'): Tensor {
  const [batch, channels, ...image] = x.shape;
  const rows = channels * numelOf(s.kernel);
  const count = numelOf(windows);
  const out = empty(order === 'batch' ? [batch, rows, count] : [rows, batch, count], x.dtype);
  return launch(out, () => {
    const src = contiguous(x);
    const from = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const steps = order === 'batch' ? ([rows * count, count] as const) : ([count, batch * count] as const);
    // What lies in the padding stays 0, as it was allocated.
    eachRun([batch, channels], image, windows, s, steps, (i, o, n, step) => {
      let at = src.offset + i;
      for (let k = 0; k < n; k++, at += step) to[o + k] = from[at];
    });
  });
}

/** Adds columns [n, row, window] up where their elements came from, over `out` [n, channels, …], in order. */
export function addColumns(out: Tensor, columns: Tensor, windows: Shape, s: Sliding): Tensor {
  const [batch, channels, ...image] = out.shape;
  return launch(out, () => {
    const src = contiguous(columns);
    const from = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const count = numelOf(windows);
    const rows = channels * numelOf(s.kernel);
    eachRun([batch, channels], image, windows, s, [rows * count, count], (i, o, n, step) => {
      let at = i;
      for (let k = 0, c = src.offset + o; k < n; k++, at += step, c++) to[at] += from[c];
    });
  });
}

/** A tensor of other sizes over the elements of one that lies in order. */
const seenAs = (t: Tensor, shape: Shape): Tensor => new Tensor(t.storage, shape, contiguousStrides(shape), t.offset);

/** The dtype that sums are carried in. */
const wide = (dtype: DType): DType => (isFloating(dtype) ? 'float64' : dtype);

/** Image [n, c, …] and filters [o, c / groups, …kernel] to [n, o, …windows]. */
export function convolve(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  windows: Shape,
  groups: number,
  s: Sliding,
): Tensor {
  const [batch, channels] = x.shape;
  const filters = weight.shape[0];
  const [each, depth, count] = [filters / groups, (channels / groups) * numelOf(s.kernel), numelOf(windows)];
  // A filter of one element that moves by one: the image is its own matrix of columns.
  const plain = s.kernel.every((k) => k === 1) && s.stride.every((k) => k === 1) && s.padding.every((k) => k === 0);
  const columns = seenAs(plain ? contiguous(x) : columnsOf(x, windows, s), [batch, groups, depth, count]);
  const b = bias === undefined ? null : bias.alias([groups, each, 1], [each * bias.strides[0], bias.strides[0], 0]);
  const out = matrixProduct(seenAs(contiguous(weight), [groups, each, depth]), columns, b);
  return seenAs(out, [batch, filters, ...windows]);
}

/** The other way: [n, o, …windows] and filters [o, c / groups, …kernel] to an image [n, c, …image]. */
export function deconvolve(
  y: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  image: Shape,
  groups: number,
  s: Sliding,
): Tensor {
  const [batch, filters, ...windows] = y.shape;
  const each = weight.shape[1];
  const depth = each * numelOf(s.kernel);
  const from = seenAs(contiguous(y), [batch, groups, filters / groups, numelOf(windows)]);
  const w = seenAs(contiguous(weight), [groups, filters / groups, depth]);
  const turned = w.alias([groups, depth, filters / groups], [w.strides[0], w.strides[2], w.strides[1]]);
  const dtype = wide(y.dtype);
  const columns = matrixProduct(turned, from, null, dtype);
  const out = empty([batch, groups * each, ...image], dtype);
  if (bias !== undefined) {
    launch(out, () => {
      const to = dataOf(out) as Float64Array;
      const b = dataOf(bias) as Float64Array;
      const size = numelOf(image);
      for (let r = 0, o = 0; o < to.length; r++, o += size) {
        to.fill(b[bias.offset + (r % bias.shape[0]) * bias.strides[0]], o, o + size);
      }
    });
  }
  return cast(addColumns(out, columns, windows, s), y.dtype);
}

/** The filters [o, c / groups, …kernel] between an image [n, c, …] and a result [n, o, …windows]. */
export function correlate(x: Tensor, y: Tensor, groups: number, s: Sliding): Tensor {
  const [batch, channels] = x.shape;
  const [, filters, ...windows] = y.shape;
  const each = channels / groups;
  const depth = each * numelOf(s.kernel);
  const long = batch * numelOf(windows);
  const columns = columnsOf(x, windows, s, 'row');
  const right = columns.alias([groups, long, depth], [depth * long, 1, long]);
  const { shape, strides } = y;
  const turned = contiguous(y.alias([filters, batch, ...windows], [strides[1], strides[0], ...strides.slice(2)]));
  const left = seenAs(turned, [groups, shape[1] / groups, long]);
  return seenAs(matrixProduct(left, right), [filters, each, ...s.kernel]);
}
