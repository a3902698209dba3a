/**
 * Matrix products over strided operands: transposed and broadcast matrices are read where they lie.
 * Large floating products are packed (see packed-product.ts) and summed in their dtype; small ones
 * are summed in float64 and rounded once; integers wrap exactly.
 */
import { type DType, isFloating } from '../tensor/dtype.ts';
import { broadcastShapes, type Shape } from '../tensor/shape.ts';
import { dataOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { isWorthPacking, packedProduct } from './packed-product.ts';
import { announce, pulse } from './pulse.ts';
import { broadcastStrides, walk } from './strided.ts';
import { blank } from './wasm/place.ts';

/** A matrix inside a storage. int64 elements are bigints, whatever the type here says. */
interface Matrix {
  readonly data: Float64Array;
  /** Of the storage in the memory, in bytes; -1 where it is not there. */
  readonly address: number;
  at: number;
  readonly row: number;
  readonly col: number;
}

const matrixOf = (t: Tensor): Matrix => ({
  data: dataOf(t) as Float64Array,
  address: t.storage.ptr,
  at: t.offset,
  row: t.strides[t.ndim - 2],
  col: t.strides[t.ndim - 1],
});

/** Four columns of one row of the product. */
function row4(out: Matrix, a: Matrix, b: Matrix, init: Matrix | null, i: number, j: number, depth: number): void {
  const { data: x, col: ak } = a;
  const { data: y, row: bk, col: bj } = b;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  if (init !== null) {
    const { data: c, col } = init;
    const at = init.at + i * init.row + j * col;
    [s0, s1, s2, s3] = [c[at], c[at + col], c[at + 2 * col], c[at + 3 * col]];
  }
  for (let k = 0, p = a.at + i * a.row, q = b.at + j * bj; k < depth; k++, p += ak, q += bk) {
    const u = x[p];
    s0 += u * y[q];
    s1 += u * y[q + bj];
    s2 += u * y[q + 2 * bj];
    s3 += u * y[q + 3 * bj];
  }
  const { data: to, col } = out;
  const at = out.at + i * out.row + j * col;
  to[at] = s0;
  to[at + col] = s1;
  to[at + 2 * col] = s2;
  to[at + 3 * col] = s3;
}

/** Two rows by four columns: each element that is read serves several sums. */
function tile2x4(out: Matrix, a: Matrix, b: Matrix, i: number, j: number, depth: number): void {
  const { data: x, col: ak, row: ai } = a;
  const { data: y, row: bk, col: bj } = b;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let [t0, t1, t2, t3] = [0, 0, 0, 0];
  for (let k = 0, p = a.at + i * ai, q = b.at + j * bj; k < depth; k++, p += ak, q += bk) {
    const u = x[p];
    const v = x[p + ai];
    const y0 = y[q];
    const y1 = y[q + bj];
    const y2 = y[q + 2 * bj];
    const y3 = y[q + 3 * bj];
    s0 += u * y0;
    s1 += u * y1;
    s2 += u * y2;
    s3 += u * y3;
    t0 += v * y0;
    t1 += v * y1;
    t2 += v * y2;
    t3 += v * y3;
  }
  const { data: to, row, col } = out;
  const at = out.at + i * row + j * col;
  to[at] = s0;
  to[at + col] = s1;
  to[at + 2 * col] = s2;
  to[at + 3 * col] = s3;
  to[at + row] = t0;
  to[at + row + col] = t1;
  to[at + row + 2 * col] = t2;
  to[at + row + 3 * col] = t3;
}

/** One element of the product, and what it starts from, in one kind of number. */
type Dot = (a: Matrix, p: number, b: Matrix, q: number, depth: number, start: number) => number;

const dotNumber: Dot = (a, p, b, q, depth, start) => {
  const { data: x, col: ak } = a;
  const { data: y, row: bk } = b;
  let sum = start;
  for (let k = 0; k < depth; k++, p += ak, q += bk) sum += x[p] * y[q];
  return sum;
};

const dotInt32: Dot = (a, p, b, q, depth, start) => {
  let sum = start;
  for (let k = 0; k < depth; k++, p += a.col, q += b.row) sum = (sum + Math.imul(a.data[p], b.data[q])) | 0;
  return sum;
};

const dotInt64 = ((a: Matrix, p: number, b: Matrix, q: number, depth: number, start: bigint) => {
  const x = a.data as unknown as BigInt64Array;
  const y = b.data as unknown as BigInt64Array;
  let sum = start;
  for (let k = 0; k < depth; k++, p += a.col, q += b.row) sum += x[p] * y[q];
  return sum;
}) as unknown as Dot;

function elementwise(
  dot: Dot,
  zero: number,
  out: Matrix,
  a: Matrix,
  b: Matrix,
  init: Matrix | null,
  rows: readonly [number, number],
  cols: readonly [number, number],
  depth: number,
): void {
  for (let i = rows[0]; i < rows[1]; i++) {
    for (let j = cols[0]; j < cols[1]; j++) {
      const start = init === null ? zero : init.data[init.at + i * init.row + j * init.col];
      out.data[out.at + i * out.row + j * out.col] = dot(a, a.at + i * a.row, b, b.at + j * b.col, depth, start);
    }
    pulse((cols[1] - cols[0]) * depth);
  }
}

/** A floating product, column strips outside so that a strip of `b` stays in cache. */
function blocked(out: Matrix, a: Matrix, b: Matrix, init: Matrix | null, m: number, n: number, depth: number): void {
  const strips = n - (n % 4);
  const pairs = init === null ? m - (m % 2) : 0;
  for (let j = 0; j < strips; j += 4) {
    for (let i = 0; i < pairs; i += 2) tile2x4(out, a, b, i, j, depth);
    for (let i = pairs; i < m; i++) row4(out, a, b, init, i, j, depth);
    pulse(4 * m * depth);
  }
  elementwise(dotNumber, 0, out, a, b, init, [0, m], [strips, n], depth);
}

/** The loops in TypeScript: for what is small, and for integers. */
function plainProduct(
  dtype: DType,
  out: Matrix,
  a: Matrix,
  b: Matrix,
  init: Matrix | null,
  [m, n, depth]: readonly [number, number, number],
): void {
  if (isFloating(dtype)) {
    blocked(out, a, b, init, m, n, depth);
    return;
  }
  const dot = dtype === 'int64' ? dotInt64 : dtype === 'int32' ? dotInt32 : dotNumber;
  const zero = (dtype === 'int64' ? 0n : 0) as number;
  elementwise(dot, zero, out, a, b, init, [0, m], [0, n], depth);
}

/**
 * `a @ b (+ init)`: `[..., m, k]` times `[..., k, n]`, batch dimensions broadcast. Both are of one
 * dtype and fit; `init` is broadcast to the result and of its dtype. `outDtype` float64 keeps a
 * float32 product unrounded for what follows.
 */
export function matrixProduct(a: Tensor, b: Tensor, init: Tensor | null = null, outDtype = a.dtype): Tensor {
  const m = a.shape[a.ndim - 2];
  const depth = a.shape[a.ndim - 1];
  const n = b.shape[b.ndim - 1];
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const out = blank([...batch, m, n], outDtype);
  return launch(out, () => {
    if (out.numel === 0) return;
    announce(out.numel * depth);
    const start = init === null ? null : init.alias(out.shape, broadcastStrides(init.shape, init.strides, out.shape));
    const [to, x, y] = [matrixOf(out), matrixOf(a), matrixOf(b)];
    const from = start === null ? null : matrixOf(start);
    const lead = (t: Tensor, shape: Shape): number[] =>
      broadcastStrides(t.shape.slice(0, -2), t.strides.slice(0, -2), shape);
    const operands = start === null ? [out, a, b] : [out, a, b, start];
    const {
      n: runs,
      steps,
      each,
    } = walk(
      batch,
      operands.map((t) => lead(t, batch)),
      operands.map((t) => t.offset),
    );
    const { dtype } = a;
    each((at) => {
      // Matrices of a batch that lie one behind the other, and meet the same `b`, are one taller matrix.
      const joined =
        steps[2] === 0 && runs > 1 && steps[1] === m * x.row && (from === null || steps[3] === m * from.row);
      const [rows, count] = joined ? [m * runs, 1] : [m, runs];
      for (let r = 0; r < count; r++) {
        to.at = at[0] + r * steps[0];
        x.at = at[1] + r * steps[1];
        y.at = at[2] + r * steps[2];
        if (from !== null) from.at = at[3] + r * steps[3];
        if ((dtype === 'float32' || dtype === 'float64') && isWorthPacking(rows, n, depth)) {
          packedProduct(dtype, to, x, y, from, [rows, n, depth]);
        } else plainProduct(dtype, to, x, y, from, [rows, n, depth]);
      }
    });
  });
}
