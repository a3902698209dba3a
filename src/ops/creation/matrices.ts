/** Identity matrices, and the indices of triangles. */
import { fillDiagonal, fillTriangle } from '../../kernels/index.ts';
import { DEFAULT_DTYPE, type DType } from '../../tensor/dtype.ts';
import { EngineError, valueRange } from '../../tensor/errors.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, optionalAttr } from '../params.ts';
import { dtypeParam } from './filled.ts';

const count = (name: string, n: number): void => {
  if (n < 0) throw valueRange(`${name} must be greater or equal to 0, got ${n}`);
};

export const eye = defineOp({
  name: 'eye',
  category: 'creation',
  summary: 'Ones on the diagonal, zeros elsewhere',
  params: [
    attr('n', integer(), { doc: 'Rows' }),
    optionalAttr('m', integer(), { doc: 'Columns; as many as rows where absent' }),
    dtypeParam,
  ],
  formula: String.raw`[\,i = j\,]`,
  forward: ({ n, m = n, dtype = DEFAULT_DTYPE }) => {
    count('n', n);
    count('m', m);
    checkNumel([n, m]);
    const out = empty([n, m], dtype);
    return fillDiagonal(out);
  },
  gradient: {},
  examples: [{ n: 2, m: 3 }],
});

/** How many places of so many columns lie left of `offset`, of `offset + 1` and so on, in all rows together. */
function countLeft(rows: bigint, columns: bigint, offset: bigint): bigint {
  // The sum over all x up to `end` of what is left of x.
  const upTo = (end: bigint): bigint =>
    end <= 0n
      ? 0n
      : end <= columns
        ? (end * (end + 1n)) / 2n
        : (columns * (columns + 1n)) / 2n + (end - columns) * columns;
  return upTo(offset + rows - 1n) - upTo(offset - 1n);
}

/** The indices `(i, j)` of a matrix's places left of the diagonal that begins at `offset`, or of the others. */
function triangle(op: string, rows: number, columns: number, dtype: DType, offset: number, left: boolean): Tensor {
  if (rows < 0) throw valueRange(`row must be non-negative, got ${rows}`);
  if (columns < 0) throw valueRange(`col must be non-negative, got ${columns}`);
  if (dtype !== 'int64' && dtype !== 'int32') throw new EngineError('dtype', `"${op}" not implemented for '${dtype}'`);
  // Counted without a loop: rows without end may hold nothing.
  const [h, w] = [BigInt(rows), BigInt(columns)];
  const below = countLeft(h, w, BigInt(offset));
  const n = Number(left ? below : h * w - below);
  checkNumel([2, n]);
  const out = empty([2, n], dtype);
  return fillTriangle(out, rows, columns, offset, left);
}

const rowParam = attr('row', integer(), { doc: 'Rows of the matrix' });
const colParam = attr('col', integer(), { doc: 'Columns of the matrix' });
const offsetParam = attr('offset', integer(), { default: 0, doc: 'Above (positive) or below the main diagonal' });

export const trilIndices = defineOp({
  name: 'tril_indices',
  category: 'creation',
  summary: "Row and column indices of a matrix's lower triangle",
  params: [rowParam, colParam, offsetParam, dtypeParam],
  formula: String.raw`\{(i, j) : j - i \le \mathrm{offset}\}`,
  forward: ({ row, col, offset, dtype }) => triangle('tril_indices', row, col, dtype ?? 'int64', offset + 1, true),
  gradient: {},
  examples: [{ row: 3, col: 3 }],
});

export const triuIndices = defineOp({
  name: 'triu_indices',
  category: 'creation',
  summary: "Row and column indices of a matrix's upper triangle",
  params: [rowParam, colParam, offsetParam, dtypeParam],
  formula: String.raw`\{(i, j) : j - i \ge \mathrm{offset}\}`,
  forward: ({ row, col, offset, dtype }) => triangle('triu_indices', row, col, dtype ?? 'int64', offset, false),
  gradient: {},
  examples: [{ row: 3, col: 3 }],
});
