/**
 * Reductions of large floating tensors that lie in order in the memory, in WebAssembly: sums along the
 * last dimensions or the first, and extrema along the last.
 */
import { bytesOf, computeType, type DType, isFloating } from '../tensor/dtype.ts';
import { mark, memoryBytes, reserve, rewind } from '../tensor/memory.ts';
import { reducedShape, type Shape } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { settleHalf } from './launch.ts';
import { pulse } from './pulse.ts';
import { ROWS, reduceKernels } from './wasm/reduce.ts';
import { sumKernels } from './wasm/sum.ts';

/** Fewer elements, or shorter rows, are done as soon by a plain loop. */
const WORTH = 1024;
const LENGTH = 16;

const product = (sizes: Shape): number => sizes.reduce((a, b) => a * b, 1);

/** A tensor as a matrix whose rows, or columns, are to be reduced; undefined where the kernels cannot. */
function matrixOf(
  t: Tensor,
  dims: readonly number[],
): { along: 'rows' | 'columns'; rows: number; n: number; address: number; width: number } | undefined {
  if (!isFloating(t.dtype) || t.storage.meta || t.numel < WORTH || dims.length === 0 || !t.isContiguous) return;
  const kept = t.ndim - dims.length;
  const first = Math.min(...dims);
  const along = first === kept ? 'rows' : first === 0 && Math.max(...dims) === dims.length - 1 ? 'columns' : undefined;
  if (along === undefined) return;
  const split = along === 'rows' ? kept : dims.length;
  const [rows, n] = [product(t.shape.slice(0, split)), product(t.shape.slice(split))];
  const { ptr } = t.storage;
  if (n < LENGTH || ptr < 0) return;
  const width = bytesOf(t.dtype);
  return { along, rows, n, address: ptr + t.offset * width, width };
}

/** One number from each row. */
function eachRow(
  out: Tensor,
  { rows, n, address, width }: { rows: number; n: number; address: number; width: number },
  reduce: (n: number, at: number) => number,
): Tensor {
  const to = dataOf(out) as Float64Array;
  // Rows that are very long are looked up from all the same: they are few.
  for (let r = 0; r < rows; r++) {
    to[r] = reduce(n, address + r * n * width);
    pulse(n);
  }
  return settleHalf(out);
}

/** Sums, carried in float64, along the last dimensions or the first; undefined where plain loops have to do it. */
export function denseSums(t: Tensor, dims: readonly number[], keepdim: boolean, dtype: DType): Tensor | undefined {
  if (!isFloating(dtype)) return undefined;
  const matrix = matrixOf(t, dims);
  if (matrix === undefined) return undefined;
  const out = empty(reducedShape(t.shape, dims, keepdim), dtype);
  if (matrix.along === 'rows') return eachRow(out, matrix, sumKernels()[computeType(t.dtype)]);
  const { rows, n, address, width } = matrix;
  const kernels = reduceKernels();
  const kind = computeType(t.dtype);
  const [several, one] = [kernels[`${kind} columns`], kernels[`${kind} column`]];
  const before = mark();
  const bytes = Math.ceil(n / 4) * 32;
  const sums = reserve(bytes);
  const total = new Float64Array(memoryBytes().buffer, sums, bytes / 8).fill(0);
  for (let r = 0; r < rows; ) {
    const at = address + r * n * width;
    if (rows - r >= ROWS) {
      several(n, at, sums);
      r += ROWS;
    } else {
      one(n, at, sums);
      r++;
    }
    pulse(n * ROWS);
  }
  (dataOf(out) as Float64Array).set(total.subarray(0, n), out.offset);
  rewind(before);
  return settleHalf(out);
}

/** The largest or smallest of each row, NaN where there is one; undefined where plain loops have to do it. */
export function denseExtremes(
  t: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  direction: 1 | -1,
): Tensor | undefined {
  const matrix = matrixOf(t, dims);
  if (matrix === undefined || matrix.along !== 'rows') return undefined;
  const out = empty(reducedShape(t.shape, dims, keepdim), t.dtype);
  return eachRow(out, matrix, reduceKernels()[`${computeType(t.dtype)} ${direction > 0 ? 'largest' : 'smallest'}`]);
}
