/** The exponential of a matrix. */
import type { Tensor } from '../../tensor/tensor.ts';
import { pulse } from '../pulse.ts';
import { batchOf, eachMatrix, float64s, rowsIn, stackOf, working } from './batch.ts';

/** Terms of the series that a matrix of norm 1/2 needs. */
const TERMS = 18;

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    pulse(n * n);
    for (let k = 0; k < n; k++) {
      const x = a[i * n + k];
      for (let j = 0; j < n; j++) out[i * n + j] += x * b[k * n + j];
    }
  }
  return out;
}

/** The largest sum of a column's sizes. */
function norm(a: Float64Array, n: number): number {
  let most = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.abs(a[i * n + j]);
    if (!(sum <= most)) most = sum;
  }
  return most;
}

/** The series for a matrix that was halved until it is small, then squared as often. */
function exponential(a: Float64Array, n: number): Float64Array {
  const size = norm(a, n);
  if (!Number.isFinite(size)) return new Float64Array(n * n).fill(Number.NaN);
  const halvings = size <= 0.5 ? 0 : Math.ceil(Math.log2(size / 0.5));
  const small = a.map((x) => x * 2 ** -halvings);
  let out: Float64Array = new Float64Array(n * n);
  const addIdentity = (): void => {
    for (let i = 0; i < n; i++) out[i * n + i] += 1;
  };
  addIdentity();
  for (let term = TERMS; term > 0; term--) {
    out = multiply(small, out, n).map((x) => x / term);
    addIdentity();
  }
  for (let k = 0; k < halvings; k++) out = multiply(out, out, n);
  return out;
}

export function exponentials(a: Tensor): Tensor {
  const batch = batchOf(a);
  const n = rowsIn(a);
  const source = working(a);
  const out = stackOf(batch, n, n);
  eachMatrix(out, batch, 25 * n ** 3, (k) => {
    float64s(out).set(exponential(float64s(source).slice(k * n * n, (k + 1) * n * n), n), k * n * n);
  });
  return out;
}
