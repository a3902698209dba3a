/**
 * Large floating matrix products in WebAssembly: operands are packed block by block, from where they
 * lie in the memory, or by way of it. Sums are carried in the dtype of the operands, a block of the
 * depth at a time.
 */
import { mark, memoryBytes, reserve, rewind } from '../tensor/memory.ts';
import { pulse } from './pulse.ts';
import { WasmModule } from './wasm/emitter.ts';
import { type Kernels, linked } from './wasm/link.ts';
import { emitProduct, TILE_ROWS, type TileKind, tileColumns, widthOf } from './wasm/product-tile.ts';

type FloatArray = Float32Array | Float64Array;
type FloatType = TileKind['dtype'];

/** A matrix of `rows` × `columns` elements somewhere in an array, or in the memory where `address` is not -1. */
export interface Placed {
  readonly data: FloatArray;
  /** Byte address of the array's first element. */
  readonly address: number;
  readonly at: number;
  readonly row: number;
  readonly col: number;
}

/** Steps of the depth for which packed panels are made: a panel of `b` fills a third of a first-level cache. */
const DEPTH = 256;
/** Rows and columns of a block, multiples of the tile's: packed, they fit a second-level cache. */
const ROWS = 32 * TILE_ROWS;
const COLUMNS = 1024;
/** Multiplications below which packing does not pay. */
const WORTH = 4096;

interface Product {
  readonly kind: TileKind;
  readonly kernels: Kernels;
}

function productOf(dtype: FloatType): () => Product {
  let kind: TileKind = { dtype, vectors: 2 };
  const kernels = linked(
    (wide) => {
      const m = new WasmModule();
      kind = { dtype, vectors: wide ? 4 : 2 };
      emitProduct(m, kind);
      return m;
    },
    `product ${dtype}`,
    true,
  );
  return () => {
    const own = kernels();
    return { kind, kernels: own };
  };
}

const PRODUCTS = { float32: productOf('float32'), float64: productOf('float64') };

/** Whether a product of these sizes is better packed. */
export const isWorthPacking = (m: number, n: number, depth: number): boolean => m * n * depth >= WORTH;

const viewAt = (dtype: FloatType, address: number, n: number): FloatArray =>
  dtype === 'float32'
    ? new Float32Array(memoryBytes().buffer, address, n)
    : new Float64Array(memoryBytes().buffer, address, n);

/** An operand in the memory: byte address and strides in bytes. */
interface Operand {
  readonly address: number;
  readonly row: number;
  readonly col: number;
}

/** Copies lines of `n` elements side by side. */
function copyLines(to: FloatArray, x: Placed, lines: number, line: number, n: number, step: number): void {
  const { data, at } = x;
  if (step === 1 && line === n) {
    to.set(data.subarray(at, at + lines * n));
    return;
  }
  for (let i = 0, o = 0; i < lines; i++, o += n) {
    const start = at + i * line;
    if (step === 1 && n >= 32) to.set(data.subarray(start, start + n), o);
    else for (let k = 0, p = start; k < n; k++, p += step) to[o + k] = data[p];
  }
  pulse(lines * n);
}

/**
 * Where the kernels find an operand: in place, or copied to room that the caller gives back. Of what is
 * repeated, one line or element is copied.
 */
function operandOf(dtype: FloatType, x: Placed, m: number, n: number): Operand {
  const width = widthOf(dtype);
  if (x.address >= 0) return { address: x.address + x.at * width, row: x.row * width, col: x.col * width };
  const [rows, columns] = [x.row === 0 ? 1 : m, x.col === 0 ? 1 : n];
  const address = reserve(rows * columns * width);
  const to = viewAt(dtype, address, rows * columns);
  // Lines along the dimension whose elements are adjacent are copied fastest.
  if (x.row === 1 && x.col !== 1) {
    copyLines(to, x, columns, x.col, rows, 1);
    return { address, row: width, col: x.col === 0 ? 0 : rows * width };
  }
  copyLines(to, x, rows, x.row, columns, x.col);
  return { address, row: x.row === 0 ? 0 : columns * width, col: x.col === 0 ? 0 : width };
}

/** Writes the product's first summand. */
function begin(to: FloatArray, init: Placed, m: number, n: number): void {
  if (init.row !== 0) {
    copyLines(to, init, m, init.row, n, init.col);
    return;
  }
  copyLines(to, init, 1, n, n, init.col);
  for (let filled = n; filled < m * n; filled *= 2) to.copyWithin(filled, 0, Math.min(filled, m * n - filled));
}

/** Parts of at most `limit`, all of about the same size, in multiples of `unit`. */
function partOf(size: number, limit: number, unit: number): number {
  const parts = Math.ceil(size / limit);
  return Math.ceil(size / parts / unit) * unit;
}

function multiply(
  dtype: FloatType,
  x: Operand,
  y: Operand,
  to: number,
  [m, n, depth]: readonly [number, number, number],
): void {
  const { kind, kernels } = PRODUCTS[dtype]();
  const { packLeft, packRight, block } = kernels;
  const width = widthOf(dtype);
  const columns = tileColumns(kind);
  const [rowsPart, colsPart, depthPart] = [
    partOf(m, ROWS, TILE_ROWS),
    partOf(n, COLUMNS, columns),
    partOf(depth, DEPTH, 1),
  ];
  const left = reserve(rowsPart * depthPart * width);
  const right = reserve(colsPart * depthPart * width);
  const spare = reserve(TILE_ROWS * columns * width);
  for (let j = 0; j < n; j += colsPart) {
    const cols = Math.min(colsPart, n - j);
    for (let k = 0; k < depth; k += depthPart) {
      const steps = Math.min(depthPart, depth - k);
      packRight(y.address + k * y.row + j * y.col, right, cols, steps, y.col, y.row);
      for (let i = 0; i < m; i += rowsPart) {
        const rows = Math.min(rowsPart, m - i);
        packLeft(x.address + i * x.row + k * x.col, left, rows, steps, x.row, x.col);
        block(left, right, to + (i * n + j) * width, n * width, rows, cols, steps, spare);
        pulse(rows * cols * steps);
      }
    }
  }
}

/**
 * `out = a @ b (+ init)` for `a` of m × depth and `b` of depth × n elements of `dtype`, none of the
 * sizes 0. `out` has its rows side by side; it may be of another floating dtype.
 */
export function packedProduct(
  dtype: FloatType,
  out: Placed,
  a: Placed,
  b: Placed,
  init: Placed | null,
  [m, n, depth]: readonly [number, number, number],
): void {
  const before = mark();
  try {
    const width = widthOf(dtype);
    const inPlace = out.address >= 0 && out.data.BYTES_PER_ELEMENT === width;
    const to = inPlace ? out.address + out.at * width : reserve(m * n * width);
    const x = operandOf(dtype, a, m, depth);
    const y = operandOf(dtype, b, depth, n);
    if (init === null) PRODUCTS[dtype]().kernels.clear(to, m * n * width);
    else begin(viewAt(dtype, to, m * n), init, m, n);
    // A product of one column is one of one row, turned: rows of vectors are filled better than columns.
    if (n === 1) multiply(dtype, turned(y), turned(x), to, [1, m, depth]);
    else multiply(dtype, x, y, to, [m, n, depth]);
    if (!inPlace) out.data.set(viewAt(dtype, to, m * n), out.at);
  } finally {
    rewind(before);
  }
}

const turned = ({ address, row, col }: Operand): Operand => ({ address, row: col, col: row });
