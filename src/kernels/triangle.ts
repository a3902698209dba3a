/** Diagonals and triangles of matrices. */
import { bigintsOf, dataOf, numbersOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';

/** Ones on the diagonal of a matrix that lies in order. */
export function fillDiagonal(out: Tensor): Tensor {
  return launch(out, () => {
    const data = dataOf(out) as Float64Array;
    const [n, m] = out.shape;
    const one = (out.dtype === 'int64' ? 1n : 1) as number;
    for (let i = 0; i < Math.min(n, m); i++) data[i * (m + 1)] = one;
  });
}

/** Zeros in matrices that lie in order, where `column - row` is not to be kept. */
export function clearTriangle(out: Tensor, keep: (distance: number) => boolean): Tensor {
  const [rows, columns] = out.shape.slice(-2);
  return launch(out, () => {
    const data = dataOf(out) as Float64Array;
    const zero = (out.dtype === 'int64' ? 0n : 0) as number;
    for (let base = 0; base < out.numel; base += rows * columns) {
      for (let i = 0; i < rows; i++) {
        pulse(columns);
        for (let j = 0; j < columns; j++) if (!keep(j - i)) data[base + i * columns + j] = zero;
      }
    }
  });
}

/**
 * The rows, and below them the columns, of a matrix's places left of the diagonal that begins at `offset`,
 * or of the others. `out` has a column for each place.
 */
export function fillTriangle(out: Tensor, rows: number, columns: number, offset: number, left: boolean): Tensor {
  const n = out.shape[1];
  const clamp = (x: number): number => Math.min(Math.max(x, 0), columns);
  return launch(out, () => {
    if (n === 0) return;
    const [top, bottom] = left ? [Math.max(1 - offset, 0), rows] : [0, Math.min(rows, columns - offset)];
    let at = 0;
    const write = (place: number, x: number): void => {
      if (out.dtype === 'int64') bigintsOf(out)[place] = BigInt(x);
      else numbersOf(out)[place] = x;
    };
    for (let i = top; i < bottom; i++) {
      const [first, last] = left ? [0, clamp(i + offset)] : [clamp(i + offset), columns];
      pulse(last - first);
      for (let j = first; j < last; j++, at++) {
        write(at, i);
        write(n + at, j);
      }
    }
  });
}
