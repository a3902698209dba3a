/** Elimination with row exchanges: systems of equations, inverses, determinants. */
import { bigintsOf, empty, numbersOf, type Tensor } from '../../tensor/tensor.ts';
import { pulse } from '../pulse.ts';
import { batchOf, columnsIn, eachMatrix, float64s, rowsIn, stackOf, working } from './batch.ts';

/**
 * Brings the n×n matrix at `at` to upper triangular form, row operations carried out on `b`, n×m at `bt`,
 * too. Gives the sign of the exchanges, and the first pivot that is 0, counted from 1 (0: none is).
 */
function eliminate(
  a: Float64Array,
  at: number,
  n: number,
  b: Float64Array,
  bt: number,
  m: number,
): { sign: number; zero: number } {
  let sign = 1;
  let zero = 0;
  for (let k = 0; k < n; k++) {
    pulse((n - k) * (n - k + m));
    let p = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[at + i * n + k]) > Math.abs(a[at + p * n + k])) p = i;
    if (p !== k) {
      sign = -sign;
      swap(a, at + p * n, at + k * n, n);
      swap(b, bt + p * m, bt + k * m, m);
    }
    const pivot = a[at + k * n + k];
    if (pivot === 0) {
      if (zero === 0) zero = k + 1;
      continue;
    }
    for (let i = k + 1; i < n; i++) {
      const factor = a[at + i * n + k] / pivot;
      if (factor === 0) continue;
      a[at + i * n + k] = 0;
      for (let j = k + 1; j < n; j++) a[at + i * n + j] -= factor * a[at + k * n + j];
      for (let j = 0; j < m; j++) b[bt + i * m + j] -= factor * b[bt + k * m + j];
    }
  }
  return { sign, zero };
}

function swap(x: Float64Array, i: number, j: number, n: number): void {
  for (let k = 0; k < n; k++) {
    const t = x[i + k];
    x[i + k] = x[j + k];
    x[j + k] = t;
  }
}

/** Solves an upper triangular system in place. */
function substitute(a: Float64Array, at: number, n: number, b: Float64Array, bt: number, m: number): void {
  for (let i = n - 1; i >= 0; i--) {
    pulse(m * (n - i));
    for (let j = 0; j < m; j++) {
      let x = b[bt + i * m + j];
      for (let k = i + 1; k < n; k++) x -= a[at + i * n + k] * b[bt + k * m + j];
      b[bt + i * m + j] = x / a[at + i * n + i];
    }
  }
}

/** `X` of `A X = B`, and for each matrix its first pivot that is 0, counted from 1 (int32). */
export function solveSystems(a: Tensor, b: Tensor, batch: readonly number[]): { x: Tensor; zeros: Tensor } {
  const [n, m] = [rowsIn(a), columnsIn(b)];
  const [left, x] = [working(a, batch), working(b, batch)];
  const zeros = empty(batch, 'int32');
  eachMatrix(x, batch, n * n * (n + m), (k) => {
    const [u, v] = [float64s(left), float64s(x)];
    numbersOf(zeros)[k] = eliminate(u, k * n * n, n, v, k * n * m, m).zero;
    substitute(u, k * n * n, n, v, k * n * m, m);
  });
  return { x, zeros };
}

/** Identity matrices. */
export function identities(batch: readonly number[], n: number): Tensor {
  const out = stackOf(batch, n, n);
  eachMatrix(out, batch, n, (k) => {
    for (let i = 0; i < n; i++) float64s(out)[k * n * n + i * n + i] = 1;
  });
  return out;
}

/** Each matrix's determinant as a sign and the logarithm of its size; and as itself. */
export function determinants(a: Tensor): { sign: Tensor; log: Tensor; value: Tensor } {
  const batch = batchOf(a);
  const n = rowsIn(a);
  const work = working(a);
  const [sign, log, value] = [stackOf(batch), stackOf(batch), stackOf(batch)];
  eachMatrix(value, batch, n ** 3, (k) => {
    const u = float64s(work);
    let s = eliminate(u, k * n * n, n, u, 0, 0).sign;
    let product = s;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const pivot = u[k * n * n + i * n + i];
      product *= pivot;
      s *= Math.sign(pivot);
      sum += Math.log(Math.abs(pivot));
    }
    float64s(sign)[k] = s;
    float64s(log)[k] = sum;
    float64s(value)[k] = product;
  });
  return { sign, log, value };
}

/** The sign of a determinant, of one n×n matrix that is overwritten. */
export function signOf(a: Float64Array, n: number): number {
  let { sign } = eliminate(a, 0, n, a, 0, 0);
  for (let i = 0; i < n; i++) sign *= Math.sign(a[i * n + i]);
  return sign;
}

/** The place and the number of the first matrix whose elimination met a 0; null where none did. */
export function firstZero(zeros: Tensor): { matrix: number; at: number } | null {
  if (zeros.storage.meta) return null;
  const data = zeros.dtype === 'int64' ? bigintsOf(zeros) : numbersOf(zeros);
  for (let k = 0; k < data.length; k++) if (Number(data[k]) !== 0) return { matrix: k, at: Number(data[k]) };
  return null;
}
