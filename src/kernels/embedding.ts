/** Rows of a table that row numbers name. */
import { indexOutOfRange } from '../tensor/errors.ts';
import { bigintsOf, dataOf, empty, numbersOf, type Tensor } from '../tensor/tensor.ts';
import { cast, contiguous } from './copy.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';

/** Row numbers in order, each checked. */
export function rowNumbers(indices: Tensor, rows: number): Int32Array {
  const src = contiguous(indices);
  const from = bigintsOf(src);
  const out = numbersOf(empty([src.numel], 'int32')) as Int32Array;
  for (let k = 0; k < out.length; k++) {
    const row = Number(from[src.offset + k]);
    if (row < 0 || row >= rows)
      throw indexOutOfRange(`index ${row} is out of range: there are ${rows} rows, numbered from 0`);
    out[k] = row;
  }
  return out;
}

function frequencies(rows: Int32Array, count: number): Float64Array {
  const out = numbersOf(empty([count], 'float64')) as Float64Array;
  for (const row of rows) out[row]++;
  return out;
}

/** `out[indices[k]] += grad[k]`, row `padding` left at 0; each row divided by how often it is named, if asked to. */
export function addRowsAt(grad: Tensor, indices: Tensor, rows: number, padding: number, byFrequency: boolean): Tensor {
  const width = grad.shape[grad.ndim - 1];
  const sums = empty([rows, width], 'float64');
  launch(sums, () => {
    const src = contiguous(grad);
    const from = dataOf(src) as Float64Array;
    const to = dataOf(sums) as Float64Array;
    const named = rowNumbers(indices, rows);
    const often = byFrequency ? frequencies(named, rows) : null;
    for (let k = 0, i = src.offset; k < named.length; k++) {
      pulse(width);
      const row = named[k];
      if (row === padding) {
        i += width;
        continue;
      }
      const scale = often === null ? 1 : often[row];
      for (let c = 0, o = row * width; c < width; c++, o++, i++) to[o] += from[i] / scale;
    }
  });
  return cast(sums, grad.dtype);
}

/** Scales the rows that are named down to `most`, in place. */
export function shrinkRowsAt(table: Tensor, indices: Tensor, most: number, p: number): void {
  launch(table, () => {
    const data = dataOf(table) as Float64Array;
    const [rows, width] = table.shape;
    const [down, along] = table.strides;
    const done = numbersOf(empty([rows], 'bool'));
    for (const row of rowNumbers(indices, rows)) {
      if (done[row] === 1) continue;
      done[row] = 1;
      pulse(width);
      const at = table.offset + row * down;
      let sum = 0;
      for (let c = 0; c < width; c++) {
        const x = Math.abs(data[at + c * along]);
        sum = p === Number.POSITIVE_INFINITY ? Math.max(sum, x) : sum + x ** p;
      }
      const norm = p === Number.POSITIVE_INFINITY ? sum : sum ** (1 / p);
      if (!(norm > most)) continue;
      const scale = most / (norm + 1e-7);
      for (let c = 0; c < width; c++) data[at + c * along] *= scale;
    }
  });
}

/** For each bag and column the row of the table that holds the bag's largest element, −1 for an empty bag. */
export function largestRows(table: Tensor, indices: Tensor, bags: Tensor, count: number, padding: number): Tensor {
  const [rows, width] = table.shape;
  const out = empty([count, width], 'int64');
  return launch(out, () => {
    const to = bigintsOf(out).fill(-1n);
    const data = dataOf(table) as Float64Array;
    const bag = bigintsOf(bags);
    const named = rowNumbers(indices, rows);
    const [down, along] = table.strides;
    for (let k = 0; k < named.length; k++) {
      if (named[k] === padding) continue;
      pulse(width);
      const o = Number(bag[bags.offset + k * (bags.strides[0] ?? 0)]) * width;
      for (let c = 0; c < width; c++) {
        const best = to[o + c];
        const x = data[table.offset + named[k] * down + c * along];
        if (best < 0n || x > data[table.offset + Number(best) * down + c * along]) to[o + c] = BigInt(named[k]);
      }
    }
  });
}
