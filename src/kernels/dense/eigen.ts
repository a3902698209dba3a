/**
 * Eigenvalues and eigenvectors of matrices that need not be symmetric, as LAPACK's xGEEV finds them: a form of
 * Hessenberg's, QR steps with two shifts down to blocks of one or two rows, and substitution from below. It takes the
 * same steps in the same order, so that values stand in LAPACK's order and vectors have its signs.
 */
import type { Tensor } from '../../tensor/tensor.ts';
import { pulse } from '../pulse.ts';
import { type Balance, balance, unbalance } from './balance.ts';
import { batchOf, eachMatrix, float64s, rowsIn, stackOf, working } from './batch.ts';
import { toSchur } from './schur.ts';

const EPS = Number.EPSILON;
/** Its square is a number still. */
const SMALL = 1e-150;
const LARGE = 1e150;

/** Reduces `h` to Hessenberg's form by reflections that are collected in `q`. */
function toHessenberg(h: Float64Array, q: Float64Array, n: number): void {
  const v = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    let below = 0;
    for (let r = k + 2; r < n; r++) below = Math.hypot(below, h[r * n + k]);
    if (below === 0) continue;
    pulse(6 * n * n);
    const alpha = h[(k + 1) * n + k];
    const beta = alpha >= 0 ? -Math.hypot(alpha, below) : Math.hypot(alpha, below);
    const tau = (beta - alpha) / beta;
    v[k + 1] = 1;
    for (let r = k + 2; r < n; r++) v[r] = h[r * n + k] / (alpha - beta);
    for (let c = k; c < n; c++) {
      let dot = 0;
      for (let r = k + 1; r < n; r++) dot += v[r] * h[r * n + c];
      for (let r = k + 1; r < n; r++) h[r * n + c] -= tau * dot * v[r];
    }
    for (const m of [h, q])
      for (let r = 0; r < n; r++) {
        let dot = 0;
        for (let c = k + 1; c < n; c++) dot += m[r * n + c] * v[c];
        for (let c = k + 1; c < n; c++) m[r * n + c] -= tau * dot * v[c];
      }
    h[(k + 1) * n + k] = beta;
    for (let r = k + 2; r < n; r++) h[r * n + k] = 0;
  }
}

/** A vector of complex numbers. */
interface Vector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Solves (T - w) x = b from row `last` up, where T has blocks of one or two rows on its diagonal; `x` holds b first. */
function substitute(t: Float64Array, n: number, last: number, wr: number, wi: number, { re, im }: Vector): void {
  const least = Math.max(EPS * (Math.abs(wr) + Math.abs(wi)), SMALL);
  let row = last;
  while (row >= 0) {
    const two = row > 0 && t[row * n + row - 1] !== 0;
    const top = two ? row - 1 : row;
    if (two) {
      const [a, b, c, d] = [t[top * n + top] - wr, t[top * n + row], t[row * n + top], t[row * n + row] - wr];
      // The determinant of [[a - i wi, b], [c, d - i wi]].
      let [dr, di] = [a * d - wi * wi - b * c, -wi * (a + d)];
      if (Math.hypot(dr, di) < least * least) [dr, di] = [least * least, 0];
      const size = dr * dr + di * di;
      const [tr, ti, br, bi] = [re[top], im[top], re[row], im[row]];
      const divide = (x: number, y: number): [number, number] => [(x * dr + y * di) / size, (y * dr - x * di) / size];
      [re[top], im[top]] = divide(d * tr + wi * ti - b * br, d * ti - wi * tr - b * bi);
      [re[row], im[row]] = divide(a * br + wi * bi - c * tr, a * bi - wi * br - c * ti);
    } else {
      let [dr, di] = [t[row * n + row] - wr, -wi];
      if (Math.hypot(dr, di) < least) [dr, di] = [least, 0];
      const size = dr * dr + di * di;
      const [x, y] = [re[row], im[row]];
      re[row] = (x * dr + y * di) / size;
      im[row] = (y * dr - x * di) / size;
    }
    for (let j = top; j <= row; j++)
      for (let r = 0; r < top; r++) {
        re[r] -= re[j] * t[r * n + j];
        im[r] -= im[j] * t[r * n + j];
      }
    if (Math.abs(re[top]) + Math.abs(im[top]) > LARGE)
      for (let r = 0; r < re.length; r++) {
        re[r] /= LARGE;
        im[r] /= LARGE;
      }
    row = top - 1;
  }
}

/** As long as one, the largest part of a complex vector real. */
function normalize({ re, im }: Vector, complex: boolean): void {
  const n = re.length;
  let length = 0;
  for (let r = 0; r < n; r++) length = Math.hypot(length, re[r], im[r]);
  let largest = 0;
  for (let r = 0; r < n; r++) {
    re[r] /= length;
    im[r] /= length;
    if (re[r] ** 2 + im[r] ** 2 > re[largest] ** 2 + im[largest] ** 2) largest = r;
  }
  if (!complex) return;
  const [f, g] = [re[largest], im[largest]];
  const size = f < 0 ? -Math.hypot(f, g) : Math.hypot(f, g);
  const [c, s] = [f / size, g / size];
  for (let r = 0; r < n; r++) [re[r], im[r]] = [c * re[r] + s * im[r], c * im[r] - s * re[r]];
  im[largest] = 0;
}

/** The vector of the value `wr + i wi` that ends the block at `at`. */
function vectorOf(
  t: Float64Array,
  q: Float64Array,
  n: number,
  at: number,
  value: readonly [number, number],
  made: Balance,
): Vector {
  const [wr, wi] = value;
  const x: Vector = { re: new Float64Array(n), im: new Float64Array(n) };
  pulse(4 * n * n);
  if (wi === 0) {
    x.re[at] = 1;
    for (let r = 0; r < at; r++) x.re[r] = -t[r * n + at];
    substitute(t, n, at - 1, wr, 0, x);
  } else {
    const [up, down] = [t[(at - 1) * n + at], t[at * n + at - 1]];
    const first = Math.abs(up) >= Math.abs(down) ? 1 : -wi / down;
    const second = Math.abs(up) >= Math.abs(down) ? wi / up : 1;
    x.re[at - 1] = first;
    x.im[at] = second;
    for (let r = 0; r < at - 1; r++) {
      x.re[r] = -first * t[r * n + at - 1];
      x.im[r] = -second * t[r * n + at];
    }
    substitute(t, n, at - 2, wr, wi, x);
  }
  const out: Vector = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let r = 0; r < n; r++)
    for (let c = 0; c <= at; c++) {
      out.re[r] += q[r * n + c] * x.re[c];
      out.im[r] += q[r * n + c] * x.im[c];
    }
  unbalance(out.re, made);
  unbalance(out.im, made);
  normalize(out, wi !== 0);
  return out;
}

export interface Eigen {
  /** Real and imaginary parts of values, and of vectors as columns. */
  readonly parts: readonly [Tensor, Tensor, Tensor, Tensor];
  /** How it ended: said once the elements are there. */
  readonly outcome: () => 'found' | 'not finite' | 'no convergence';
}

export function eigenGeneral(a: Tensor): Eigen {
  const batch = batchOf(a);
  const n = rowsIn(a);
  const source = working(a);
  const parts = [stackOf(batch, n), stackOf(batch, n), stackOf(batch, n, n), stackOf(batch, n, n)] as const;
  const [wr, wi, vr, vi] = parts;
  let outcome: ReturnType<Eigen['outcome']> = 'found';
  eachMatrix(wr, batch, 25 * n ** 3, (k) => {
    const h = float64s(source).slice(k * n * n, (k + 1) * n * n);
    if (!h.every(Number.isFinite)) {
      outcome = 'not finite';
      return;
    }
    const q = new Float64Array(n * n);
    for (let r = 0; r < n; r++) q[r * n + r] = 1;
    const made = balance(h, n);
    toHessenberg(h, q, n);
    const values = toSchur(h, q, n);
    if (values === null) {
      outcome = 'no convergence';
      return;
    }
    float64s(wr).set(values.re, k * n);
    float64s(wi).set(values.im, k * n);
    const [columnsRe, columnsIm] = [float64s(vr), float64s(vi)];
    for (let j = 0; j < n; j++) {
      const pair = values.im[j] > 0;
      const { re, im } = vectorOf(h, q, n, pair ? j + 1 : j, [values.re[j], values.im[j]], made);
      for (let r = 0; r < n; r++) {
        const at = k * n * n + r * n + j;
        columnsRe[at] = re[r];
        columnsIm[at] = im[r];
        if (pair) [columnsRe[at + 1], columnsIm[at + 1]] = [re[r], -im[r]];
      }
      if (pair) j++;
    }
  });
  return { parts, outcome: () => outcome };
}
