/** Eigenvalues of matrices that are not symmetric: real ones, since cells have no complex numbers. */
import type { Tensor } from '../../tensor/tensor.ts';
import { PyError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { doubles, numbersIn } from './array.ts';
import { linAlgError } from './errors.ts';

const complex = (): PyError =>
  new PyError('NotImplementedError', 'the eigenvalues are complex numbers, which are not there yet');

/** Reduces `h` to Hessenberg's form by reflections that are collected in `q`. */
function toHessenberg(h: Float64Array, q: Float64Array, n: number): void {
  for (let k = 0; k < n; k++) q[k * n + k] = 1;
  for (let k = 0; k < n - 2; k++) {
    let below = 0;
    for (let r = k + 2; r < n; r++) below += h[r * n + k] ** 2;
    if (below === 0) continue;
    const first = h[(k + 1) * n + k];
    const size = Math.sqrt(first ** 2 + below);
    const alpha = first > 0 ? -size : size;
    const v = doubles(n);
    v[k + 1] = first - alpha;
    for (let r = k + 2; r < n; r++) v[r] = h[r * n + k];
    const scale = 2 / v.reduce((sum, x) => sum + x * x, 0);
    for (let c = 0; c < n; c++) {
      let dot = 0;
      for (let r = k + 1; r < n; r++) dot += v[r] * h[r * n + c];
      for (let r = k + 1; r < n; r++) h[r * n + c] -= scale * dot * v[r];
    }
    for (const m of [h, q])
      for (let r = 0; r < n; r++) {
        let dot = 0;
        for (let c = k + 1; c < n; c++) dot += m[r * n + c] * v[c];
        for (let c = k + 1; c < n; c++) m[r * n + c] -= scale * dot * v[c];
      }
    for (let r = k + 2; r < n; r++) h[r * n + k] = 0;
  }
}

/** A rotation of rows and columns `k` and `k + 1`. */
function rotate(h: Float64Array, q: Float64Array, n: number, k: number, c: number, s: number): void {
  for (let j = 0; j < n; j++) {
    const [x, y] = [h[k * n + j], h[(k + 1) * n + j]];
    h[k * n + j] = c * x + s * y;
    h[(k + 1) * n + j] = c * y - s * x;
  }
  for (const m of [h, q])
    for (let r = 0; r < n; r++) {
      const [x, y] = [m[r * n + k], m[r * n + k + 1]];
      m[r * n + k] = c * x + s * y;
      m[r * n + k + 1] = c * y - s * x;
    }
}

const MOST_ROUNDS = 60;

/** QR steps with shifts on a matrix of Hessenberg's form, down to a triangle. */
function toTriangle(h: Float64Array, q: Float64Array, n: number, i: Interpreter): void {
  let last = n - 1;
  let rounds = 0;
  while (last > 0) {
    i.budget.step(1 + n * n);
    let start = last;
    while (start > 0) {
      const size = Math.abs(h[(start - 1) * n + start - 1]) + Math.abs(h[start * n + start]);
      if (Math.abs(h[start * n + start - 1]) <= 2 ** -52 * (size === 0 ? 1 : size)) {
        h[start * n + start - 1] = 0;
        break;
      }
      start--;
    }
    if (start === last) {
      last--;
      rounds = 0;
      continue;
    }
    const [a, b] = [h[(last - 1) * n + last - 1], h[(last - 1) * n + last]];
    const [c, d] = [h[last * n + last - 1], h[last * n + last]];
    const half = (a - d) / 2;
    const inside = half * half + b * c;
    if (start === last - 1 && inside < -1e-14 * (half * half + Math.abs(b * c))) throw complex();
    if (start === last - 1) {
      // Two by two: one rotation to its eigenvector makes it a triangle.
      const root = Math.sqrt(Math.max(0, inside));
      const z = half >= 0 ? half + root : half - root;
      const length = Math.hypot(z, c);
      rotate(h, q, n, last - 1, z / length, c / length);
      h[last * n + last - 1] = 0;
      last -= 1;
      rounds = 0;
      continue;
    }
    if (++rounds > MOST_ROUNDS) throw linAlgError('Eigenvalues did not converge');
    const root = Math.sqrt(Math.max(0, inside));
    const near = half >= 0 ? d + half - root : d + half + root;
    // Now and then another shift, for matrices on which the usual one goes round in circles.
    const shift = inside < 0 || rounds % 11 === 10 ? d + Math.abs(c) : near;
    qrStep(h, q, n, start, last, shift);
  }
}

function qrStep(h: Float64Array, q: Float64Array, n: number, start: number, last: number, shift: number): void {
  let x = h[start * n + start] - shift;
  let z = h[(start + 1) * n + start];
  for (let k = start; k < last; k++) {
    const length = Math.hypot(x, z);
    if (length !== 0) rotate(h, q, n, k, x / length, z / length);
    if (k > start) h[(k + 1) * n + k - 1] = 0;
    if (k < last - 1) {
      x = h[(k + 1) * n + k];
      z = h[(k + 2) * n + k];
    }
  }
}

/** Eigenvalues in the order of the triangle, and unit eigenvectors in columns. */
export function eigenvaluesOf(t: Tensor, i: Interpreter): { values: Float64Array; vectors: Float64Array } {
  if (t.ndim !== 2) throw new PyError('NotImplementedError', 'eigenvalues of stacks of matrices are not there yet');
  const n = t.shape[0];
  const h = numbersIn(t);
  if (h.some((x) => !Number.isFinite(x))) throw linAlgError('Array must not contain infs or NaNs');
  i.budget.step(1 + n * n * n);
  const q = doubles(n * n);
  toHessenberg(h, q, n);
  toTriangle(h, q, n, i);
  const values = Float64Array.from({ length: n }, (_, k) => h[k * n + k]);
  const vectors = doubles(n * n);
  for (let k = 0; k < n; k++) {
    const y = doubles(n);
    y[k] = 1;
    for (let r = k - 1; r >= 0; r--) {
      let sum = 0;
      for (let c = r + 1; c <= k; c++) sum += h[r * n + c] * y[c];
      const gap = h[r * n + r] - values[k];
      y[r] = -sum / (gap === 0 ? 2 ** -52 * Math.max(1, Math.abs(values[k])) : gap);
    }
    const vector = Float64Array.from({ length: n }, (_, r) => {
      let sum = 0;
      for (let c = 0; c <= k; c++) sum += q[r * n + c] * y[c];
      return sum;
    });
    const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    for (let r = 0; r < n; r++) vectors[r * n + k] = vector[r] / length;
  }
  return { values, vectors };
}
