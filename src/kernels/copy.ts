/** Copies: strided to contiguous, and from dtype to dtype. */
import { converter } from '../tensor/conversion.ts';
import type { DType } from '../tensor/dtype.ts';
import { type Shape, sameShape } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { emptyIn, emptyLike, type MemoryFormat } from './layout.ts';
import { pulse } from './pulse.ts';
import { broadcastStrides, isDense, type Walk, walk } from './strided.ts';
import { copyKernels } from './wasm/strided-copy.ts';

/** From so many elements on a kernel copies a matrix: its two strides are what it is for. */
const MATRIX_FROM = 1024;
/** What an element costs that is read or written apart from its neighbours, in the measure of {@link pulse}. */
const APART_WORK = 8;

/** Copies what is a matrix in both places, where both lie in this thread's memory. */
function copyMatrix(out: Tensor, src: Tensor, { sizes, stepsOf }: Walk): boolean {
  const to = out.storage.ptr;
  const from = src.storage.ptr;
  if (sizes.length !== 2 || sizes[0] * sizes[1] < MATRIX_FROM || to < 0 || from < 0) return false;
  const width = dataOf(out).BYTES_PER_ELEMENT;
  const [[toCol, toRow], [fromCol, fromRow]] = stepsOf.map((steps) => steps.map((step) => step * width));
  const kernel = copyKernels()[`copy${width}`];
  kernel(sizes[1], sizes[0], from + src.offset * width, fromRow, fromCol, to + out.offset * width, toRow, toCol);
  pulse(sizes[0] * sizes[1]);
  return true;
}

/** Whether both fill memory alike, without gaps, in an order of their own. */
const sameLayout = (a: Tensor, b: Tensor): boolean =>
  sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides) && isDense(a);

/** Writes `src`, broadcast to `out`'s shape and cast to its dtype, over `out`. */
export function copyInto(out: Tensor, src: Tensor): Tensor {
  return launch(out, () => {
    // An empty window may begin beyond the storage's end.
    if (out.numel === 0) return;
    const from = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const convert = converter(src.dtype, out.dtype) as ((x: number) => number) | undefined;
    if (
      convert === undefined &&
      src.dtype === out.dtype &&
      src.numel === out.numel &&
      (out.isContiguous ? src.isContiguous : sameLayout(src, out))
    ) {
      to.set(from.subarray(src.offset, src.offset + src.numel), out.offset);
      return;
    }
    const strides = broadcastStrides(src.shape, src.strides, out.shape);
    const plan = walk(out.shape, [out.strides, strides], [out.offset, src.offset]);
    const { n, steps, each, stretches } = plan;
    const [so, si] = steps;
    // Runs of one dtype that lie in order, or repeat one element, are moved as a whole.
    if (convert === undefined && src.dtype === out.dtype && so === 1 && (si === 1 || si === 0) && n >= 8) {
      each(([o, i]) => {
        if (si === 1) to.set(from.subarray(i, i + n), o);
        else to.fill(from[i], o, o + n);
      });
      return;
    }
    if (convert === undefined && src.dtype === out.dtype && copyMatrix(out, src, plan)) return;
    stretches(([o, i], n) => {
      pulse(APART_WORK * n);
      if (convert === undefined) for (let k = 0; k < n; k++, o += so, i += si) to[o] = from[i];
      else for (let k = 0; k < n; k++, o += so, i += si) to[o] = convert(from[i]);
    });
  });
}

/** The same elements as a new contiguous tensor, broadcast and cast if asked to. */
export const copy = (t: Tensor, dtype: DType = t.dtype, shape: Shape = t.shape): Tensor =>
  copyInto(empty(shape, dtype), t);

/** The same elements in the order in which they lie, without gaps, cast if asked to: `torch.clone`. */
export const copyLike = (t: Tensor, dtype: DType = t.dtype): Tensor => copyInto(emptyLike(t, dtype), t);

/** The same elements as a memory format lays them out, cast if asked to. */
export const copyIn = (format: MemoryFormat, t: Tensor, dtype: DType = t.dtype): Tensor =>
  copyInto(emptyIn(format, t.shape, dtype), t);

/** The tensor itself where its elements lie in order, else a copy. */
export const contiguous = (t: Tensor): Tensor => (t.isContiguous ? t : copy(t));

/** The tensor itself where it is of `dtype`, else a cast copy. */
export const cast = (t: Tensor, dtype: DType): Tensor => (t.dtype === dtype ? t : copy(t, dtype));
