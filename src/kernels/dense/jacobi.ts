/**
 * Eigenvalues of symmetric matrices and singular values, by Jacobi's rotations: short, and exact to the
 * last digits even of small values.
 */
import type { Tensor } from '../../tensor/tensor.ts';
import { pulse } from '../pulse.ts';
import { batchOf, columnsIn, eachMatrix, float64s, rowsIn, stackOf, working } from './batch.ts';
import { signOf } from './lu.ts';

const EPS = Number.EPSILON;
const MOST_SWEEPS = 60;

/** Cosine and sine of the rotation that makes [[app, apq], [apq, aqq]] diagonal. */
function rotation(app: number, apq: number, aqq: number): { c: number; s: number; t: number } {
  const theta = (aqq - app) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  return { c, s: t * c, t };
}

function squares(x: Float64Array): number {
  let total = 0;
  for (const value of x) total += value * value;
  return total;
}

/** Turns two rows of numbers, `step` apart, into each other. */
function turn(x: Float64Array, i: number, j: number, step: number, n: number, c: number, s: number): void {
  pulse(4 * n);
  for (let k = 0; k < n; k++, i += step, j += step) {
    const [u, v] = [x[i], x[j]];
    x[i] = c * u - s * v;
    x[j] = s * u + c * v;
  }
}

/** Diagonalises a symmetric n×n matrix in place; the rows of `v` become its eigenvectors. */
function diagonalise(a: Float64Array, v: Float64Array, n: number): void {
  // Where rows hang on one another, rotations leave rounding that no further ones make less.
  let largest = 0;
  for (const x of a) largest = Math.max(largest, Math.abs(x));
  const noise = EPS * largest * Math.sqrt(n);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let turned = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q];
        if (Math.abs(apq) <= noise || Math.abs(apq) <= (EPS / 8) * Math.sqrt(Math.abs(a[p * n + p] * a[q * n + q])))
          continue;
        const { c, s } = rotation(a[p * n + p], apq, a[q * n + q]);
        if (s === 0) continue;
        turn(a, p, q, n, n, c, s);
        turn(a, p * n, q * n, 1, n, c, s);
        a[p * n + q] = 0;
        a[q * n + p] = 0;
        turn(v, p * n, q * n, 1, n, c, s);
        turned = true;
      }
    }
    if (!turned) return;
  }
}

const finite = (x: Float64Array, at: number, n: number): boolean => {
  for (let i = at; i < at + n; i++) if (!Number.isFinite(x[i])) return false;
  return true;
};

/** Eigenvalues, rising, and eigenvectors as columns, from one triangle of each matrix. */
export function eigenSymmetric(a: Tensor, upper: boolean): { values: Tensor; vectors: Tensor } {
  const batch = batchOf(a);
  const n = rowsIn(a);
  const source = working(a);
  const [values, vectors] = [stackOf(batch, n), stackOf(batch, n, n)];
  eachMatrix(values, batch, 40 * n ** 3, (k) => {
    const m = float64s(source).slice(k * n * n, (k + 1) * n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        if (upper) m[i * n + j] = m[j * n + i];
        else m[j * n + i] = m[i * n + j];
      }
    }
    if (!finite(m, 0, n * n)) {
      float64s(values).fill(Number.NaN, k * n, (k + 1) * n);
      float64s(vectors).fill(Number.NaN, k * n * n, (k + 1) * n * n);
      return;
    }
    const v = new Float64Array(n * n);
    for (let i = 0; i < n; i++) v[i * n + i] = 1;
    diagonalise(m, v, n);
    const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => m[i * n + i] - m[j * n + j]);
    order.forEach((from, to) => {
      float64s(values)[k * n + to] = m[from * n + from];
      for (let i = 0; i < n; i++) float64s(vectors)[k * n * n + i * n + to] = v[from * n + i];
    });
  });
  return { values, vectors };
}

/** Rows of `w`, n of length m, made orthogonal by rotations, which the rows of `v`, of length n, go along with. */
function orthogonalise(w: Float64Array, v: Float64Array, n: number, m: number): void {
  // A row that is next to nothing is what rounding left of one that hangs on others: it has no direction to turn.
  const nothing = EPS ** 2 * squares(w);
  const tolerance = EPS * Math.sqrt(m);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let turned = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        pulse(4 * m);
        let [pp, pq, qq] = [0, 0, 0];
        for (let k = 0, i = p * m, j = q * m; k < m; k++, i++, j++) {
          pp += w[i] * w[i];
          pq += w[i] * w[j];
          qq += w[j] * w[j];
        }
        if (pp <= nothing || qq <= nothing || Math.abs(pq) <= tolerance * Math.sqrt(pp * qq)) continue;
        const { c, s } = rotation(pp, pq, qq);
        if (s === 0) continue;
        turn(w, p * m, q * m, 1, m, c, s);
        turn(v, p * n, q * n, 1, n, c, s);
        turned = true;
      }
    }
    if (!turned) return;
  }
}

/** Sets row `r` of `u`, of length m, to a unit vector at right angles to the rows before it. */
function complete(u: Float64Array, r: number, m: number): void {
  // The axis of which the rows before hold the least: starting from it costs no second try.
  const held = new Float64Array(m);
  for (let i = 0; i < r; i++) for (let k = 0; k < m; k++) held[k] += u[i * m + k] ** 2;
  let axis = 0;
  for (let k = 1; k < m; k++) if (held[k] < held[axis]) axis = k;
  const row = u.subarray(r * m, (r + 1) * m);
  row.fill(0);
  row[axis] = 1;
  // Twice is enough: the second time takes away what rounding left.
  for (let twice = 0; twice < 2; twice++) {
    for (let i = 0; i < r; i++) {
      pulse(2 * m);
      let dot = 0;
      for (let k = 0; k < m; k++) dot += row[k] * u[i * m + k];
      for (let k = 0; k < m; k++) row[k] -= dot * u[i * m + k];
    }
  }
  const length = Math.sqrt(squares(row));
  for (let k = 0; k < m; k++) row[k] /= length;
}

/** One matrix's singular values, falling, with left vectors as rows of `u` and right ones as rows of `v`. */
interface Singular {
  readonly u: Float64Array;
  readonly s: Float64Array;
  readonly v: Float64Array;
}

/** Of a tall matrix, given as its n columns of length m ≥ n in a row each. `u` gets `count` rows. */
function singularOf(columns: Float64Array, m: number, n: number, count: number): Singular {
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  // A common factor keeps squares from overflowing, or from vanishing.
  let largest = 0;
  for (const x of columns) largest = Math.max(largest, Math.abs(x));
  const scale = largest === 0 ? 1 : 2 ** Math.round(Math.log2(largest));
  for (let i = 0; i < columns.length; i++) columns[i] /= scale;
  orthogonalise(columns, v, n, m);
  const size = (r: number): number => Math.sqrt(columns.subarray(r * m, (r + 1) * m).reduce((t, x) => t + x * x, 0));
  const sizes = Array.from({ length: n }, (_, r) => size(r));
  const order = sizes.map((_, r) => r).sort((i, j) => sizes[j] - sizes[i]);
  const u = new Float64Array(count * m);
  const s = new Float64Array(n);
  const right = new Float64Array(n * n);
  const tiny = (sizes[order[0]] ?? 0) * EPS * m;
  order.forEach((from, to) => {
    s[to] = sizes[from] * scale;
    right.set(v.subarray(from * n, (from + 1) * n), to * n);
    if (sizes[from] > tiny) for (let k = 0; k < m; k++) u[to * m + k] = columns[from * m + k] / sizes[from];
    else complete(u, to, m);
  });
  for (let r = n; r < count; r++) complete(u, r, m);
  return { u, s, v: right };
}

/** The columns of a matrix of `rows` by `cols`, each as a row. */
function columnsAsRows(a: Float64Array, at: number, rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = a[at + i * cols + j];
  return out;
}

function singular(a: Float64Array, at: number, rows: number, cols: number, full: boolean): Singular {
  if (rows >= cols) return singularOf(columnsAsRows(a, at, rows, cols), rows, cols, full ? rows : cols);
  const { u, s, v } = singularOf(a.slice(at, at + rows * cols), cols, rows, full ? cols : rows);
  return { u: v, s, v: u };
}

/** `A = U diag(S) Vh`, S falling. The matrices hold finite numbers only. */
export function singularValues(a: Tensor, full: boolean): { u: Tensor; s: Tensor; vh: Tensor; finite: () => boolean } {
  const batch = batchOf(a);
  const [m, n] = [rowsIn(a), columnsIn(a)];
  const k = Math.min(m, n);
  const source = working(a);
  const [left, right] = full ? [m, n] : [k, k];
  const [u, s, vh] = [stackOf(batch, m, left), stackOf(batch, k), stackOf(batch, right, n)];
  let sound = true;
  eachMatrix(s, batch, 40 * m * n * k, (b) => {
    if (!finite(float64s(source), b * m * n, m * n)) {
      sound = false;
      for (const t of [u, s, vh]) float64s(t).fill(Number.NaN);
      return;
    }
    const found = singular(float64s(source), b * m * n, m, n, full);
    float64s(s).set(found.s, b * k);
    for (let r = 0; r < left; r++) for (let i = 0; i < m; i++) float64s(u)[(b * m + i) * left + r] = found.u[r * m + i];
    float64s(vh).set(found.v.subarray(0, right * n), b * right * n);
  });
  return { u, s, vh, finite: () => sound };
}

/**
 * Each matrix's cofactors: the derivative of its determinant. By singular values, so that they are right
 * where the matrix has no inverse.
 */
export function cofactors(a: Tensor): Tensor {
  const batch = batchOf(a);
  const n = rowsIn(a);
  const source = working(a);
  const out = stackOf(batch, n, n);
  eachMatrix(out, batch, 40 * n ** 3, (b) => {
    const to = float64s(out);
    const at = b * n * n;
    if (!finite(float64s(source), at, n * n)) {
      to.fill(Number.NaN, at, at + n * n);
      return;
    }
    const { u, s, v } = singular(float64s(source), at, n, n, true);
    const sign = signOf(u.slice(), n) * signOf(v.slice(), n);
    for (let r = 0; r < n; r++) {
      pulse(n * n);
      let others = sign;
      for (let k = 0; k < n; k++) if (k !== r) others *= s[k];
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) to[at + i * n + j] += others * u[r * n + i] * v[r * n + j];
    }
  });
  return out;
}
