/** Orthogonal factors by Householder's reflections, and elimination whose factors are kept. */
import { empty, numbersOf, type Tensor } from '../../tensor/tensor.ts';
import { pulse } from '../pulse.ts';
import { batchOf, columnsIn, eachMatrix, float64s, rowsIn, stackOf, working } from './batch.ts';

/**
 * LAPACK's geqrf of the m×n matrix at `at`: R on and above the diagonal, below it the vectors of the
 * reflections, whose first element is 1 and is left out; their factors in `tau`.
 */
function reflect(a: Float64Array, at: number, m: number, n: number, tau: Float64Array, tauAt: number): void {
  for (let k = 0; k < Math.min(m, n); k++) {
    pulse((m - k) * (n - k));
    let scale = 0;
    for (let i = k + 1; i < m; i++) scale = Math.max(scale, Math.abs(a[at + i * n + k]));
    const alpha = a[at + k * n + k];
    if (scale === 0) {
      tau[tauAt + k] = 0;
      continue;
    }
    scale = Math.max(scale, Math.abs(alpha));
    let square = 0;
    for (let i = k; i < m; i++) square += (a[at + i * n + k] / scale) ** 2;
    const beta = -(alpha < 0 || Object.is(alpha, -0) ? -1 : 1) * scale * Math.sqrt(square);
    const t = (beta - alpha) / beta;
    for (let i = k + 1; i < m; i++) a[at + i * n + k] /= alpha - beta;
    a[at + k * n + k] = beta;
    tau[tauAt + k] = t;
    for (let j = k + 1; j < n; j++) {
      let dot = a[at + k * n + j];
      for (let i = k + 1; i < m; i++) dot += a[at + i * n + k] * a[at + i * n + j];
      dot *= t;
      a[at + k * n + j] -= dot;
      for (let i = k + 1; i < m; i++) a[at + i * n + j] -= dot * a[at + i * n + k];
    }
  }
}

/** The reflections of matrices: R above, vectors below the diagonal, and their factors. */
export function reflections(a: Tensor): { a: Tensor; tau: Tensor } {
  const batch = batchOf(a);
  const [m, n] = [rowsIn(a), columnsIn(a)];
  const work = working(a);
  const tau = stackOf(batch, Math.min(m, n));
  eachMatrix(tau, batch, m * n, (k) => {
    reflect(float64s(work), k * m * n, m, n, float64s(tau), k * Math.min(m, n));
  });
  return { a: work, tau };
}

/** The first `columns` columns of the product of reflections, as {@link reflections} gives them. */
export function orthogonal(a: Tensor, tau: Tensor, columns: number): Tensor {
  const batch = batchOf(a);
  const [m, n] = [rowsIn(a), columnsIn(a)];
  const count = tau.shape[tau.ndim - 1];
  const [vectors, factors] = [working(a), working(tau.alias([...tau.shape, 1], [...tau.strides, 0]))];
  const q = stackOf(batch, m, columns);
  eachMatrix(q, batch, m * columns, (b) => {
    const [v, t, out] = [float64s(vectors), float64s(factors), float64s(q)];
    const [at, to] = [b * m * n, b * m * columns];
    for (let i = 0; i < Math.min(m, columns); i++) out[to + i * columns + i] = 1;
    for (let k = count - 1; k >= 0; k--) {
      pulse((m - k) * columns);
      const factor = t[b * count + k];
      if (factor === 0) continue;
      for (let j = 0; j < columns; j++) {
        let dot = out[to + k * columns + j];
        for (let i = k + 1; i < m; i++) dot += v[at + i * n + k] * out[to + i * columns + j];
        dot *= factor;
        if (dot === 0) continue;
        out[to + k * columns + j] -= dot;
        for (let i = k + 1; i < m; i++) out[to + i * columns + j] -= dot * v[at + i * n + k];
      }
    }
  });
  return q;
}

/**
 * `P A = L U` in one matrix, L without its ones; which row each was exchanged with, counted from 1 (int32); and
 * for each matrix the first pivot that is 0, counted from 1, or 0.
 */
export function factorLU(a: Tensor, pivot: boolean): { lu: Tensor; pivots: Tensor; zeros: Tensor } {
  const batch = batchOf(a);
  const [m, n] = [rowsIn(a), columnsIn(a)];
  const count = Math.min(m, n);
  const lu = working(a);
  const pivots = empty([...batch, count], 'int32');
  const zeros = empty(batch, 'int32');
  eachMatrix(pivots, batch, m * n, (b) => {
    const x = float64s(lu);
    const at = b * m * n;
    for (let k = 0; k < count; k++) {
      pulse((m - k) * (n - k));
      let p = k;
      if (pivot) for (let i = k + 1; i < m; i++) if (Math.abs(x[at + i * n + k]) > Math.abs(x[at + p * n + k])) p = i;
      numbersOf(pivots)[b * count + k] = p + 1;
      if (p !== k) {
        for (let j = 0; j < n; j++) {
          const t = x[at + p * n + j];
          x[at + p * n + j] = x[at + k * n + j];
          x[at + k * n + j] = t;
        }
      }
      const head = x[at + k * n + k];
      if (head === 0) {
        if (numbersOf(zeros)[b] === 0) numbersOf(zeros)[b] = k + 1;
        continue;
      }
      for (let i = k + 1; i < m; i++) {
        const factor = x[at + i * n + k] / head;
        x[at + i * n + k] = factor;
        if (factor !== 0) for (let j = k + 1; j < n; j++) x[at + i * n + j] -= factor * x[at + k * n + j];
      }
    }
  });
  return { lu, pivots, zeros };
}

/** The matrices P that exchanges of rows stand for: `A = P L U`. */
export function permutationsOf(pivots: Tensor, rows: number): Tensor {
  const batch = pivots.shape.slice(0, -1);
  const count = pivots.shape[pivots.ndim - 1];
  const out = stackOf(batch, rows, rows);
  const exchanges = working(pivots.alias([...pivots.shape, 1], [...pivots.strides, 0]));
  eachMatrix(out, batch, rows, (b) => {
    const order = Array.from({ length: rows }, (_, i) => i);
    for (let k = 0; k < count; k++) {
      const p = float64s(exchanges)[b * count + k] - 1;
      if (!(p >= 0 && p < rows)) continue;
      [order[k], order[p]] = [order[p], order[k]];
    }
    order.forEach((row, k) => {
      float64s(out)[b * rows * rows + row * rows + k] = 1;
    });
  });
  return out;
}
