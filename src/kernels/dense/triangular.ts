/** Triangular matrices: Cholesky's factor, and systems that need no elimination. */
import { empty, numbersOf, type Tensor } from '../../tensor/tensor.ts';
import { pulse } from '../pulse.ts';
import { batchOf, columnsIn, eachMatrix, float64s, rowsIn, stackOf, working } from './batch.ts';

/**
 * The lower factor `L` of `A = L Lᵀ`, from A's lower triangle, or upper where `upper` says so; and for each
 * matrix the first leading minor that is not positive, counted from 1 (int32).
 */
export function cholesky(a: Tensor, upper: boolean): { factor: Tensor; failed: Tensor } {
  const batch = batchOf(a);
  const n = rowsIn(a);
  const source = working(a);
  const factor = stackOf(batch, n, n);
  const failed = empty(batch, 'int32');
  eachMatrix(factor, batch, n ** 3 / 3, (k) => {
    const [x, l] = [float64s(source), float64s(factor)];
    const at = k * n * n;
    // The upper factor is the lower one of what is read across, laid across.
    const [down, along] = upper ? [1, n] : [n, 1];
    const place = (i: number, j: number): number => at + i * down + j * along;
    for (let j = 0; j < n; j++) {
      pulse((n - j) * j);
      let d = x[place(j, j)];
      for (let p = 0; p < j; p++) d -= l[place(j, p)] ** 2;
      if (!(d > 0)) {
        numbersOf(failed)[k] = j + 1;
        return;
      }
      const root = Math.sqrt(d);
      l[place(j, j)] = root;
      for (let i = j + 1; i < n; i++) {
        let s = x[place(i, j)];
        for (let p = 0; p < j; p++) s -= l[place(i, p)] * l[place(j, p)];
        l[place(i, j)] = s / root;
      }
    }
  });
  return { factor, failed };
}

/** `X` of `A X = B` for triangular A, of which only that triangle is read; transposed where asked for. */
export function solveTriangular(
  a: Tensor,
  b: Tensor,
  batch: readonly number[],
  upper: boolean,
  unit: boolean,
  transpose = false,
): Tensor {
  const [n, m] = [rowsIn(a), columnsIn(b)];
  const [left, x] = [working(a, batch), working(b, batch)];
  eachMatrix(x, batch, (n * n * m) / 2, (k) => {
    const [u, v] = [float64s(left), float64s(x)];
    const at = k * n * n;
    const [down, along] = transpose ? [1, n] : [n, 1];
    // Transposed, an upper triangle is a lower one.
    const backwards = upper !== transpose;
    for (let r = 0; r < n; r++) {
      pulse(m * r);
      const i = backwards ? n - 1 - r : r;
      for (let j = 0; j < m; j++) {
        let s = v[k * n * m + i * m + j];
        for (let q = 0; q < r; q++) {
          const p = backwards ? n - 1 - q : q;
          s -= u[at + i * down + p * along] * v[k * n * m + p * m + j];
        }
        v[k * n * m + i * m + j] = unit ? s : s / u[at + i * down + i * along];
      }
    }
  });
  return x;
}
