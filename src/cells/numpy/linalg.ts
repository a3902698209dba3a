/** numpy.linalg */

import { rounded } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf } from '../torch/convert.ts';
import { arrayOn, doubles, elementAt, numbersIn, resultOf, tensorFrom } from './array.ts';
import { numeric, sequenceOf, tensorAs, toAxes, toNumber, toWhole } from './convert.ts';
import { fn } from './define.ts';
import { linAlgError } from './errors.ts';
import { matrixProduct } from './products.ts';
import { op } from './specs.ts';
import { FLOAT64, INT64, type NpType } from './types.ts';

interface Matrix {
  readonly t: Tensor;
  readonly type: NpType;
}

/** The elements as floats: float32 stays, all else is float64. */
function floats(value: Value, i: Interpreter, least = 0): Matrix {
  const data = numeric(value, i, 'linalg');
  if (data.type.name === 'float16') throw new PyError('TypeError', 'array type float16 is unsupported in linalg');
  const type = data.type.name === 'float32' ? data.type : FLOAT64;
  const t = tensorAs(data, type);
  if (t.ndim < least) throw linAlgError(`${t.ndim}-dimensional array given. Array must be at least two-dimensional`);
  return { t, type };
}

function square(value: Value, i: Interpreter): Matrix {
  const made = floats(value, i, 2);
  const { shape, ndim } = made.t;
  if (shape[ndim - 1] !== shape[ndim - 2]) throw linAlgError('Last 2 dimensions of the array must be square');
  return made;
}

/** What the engine refuses of a matrix, NumPy refuses in its own words. */
function solved<T>(message: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof EngineError && error.code !== 'budget') throw linAlgError(message);
    throw error;
  }
}

const several = (name: string, ...values: unknown[]): readonly Tensor[] =>
  op(name, ...values) as unknown as readonly Tensor[];

const ORDERS: ReadonlyMap<string, string> = new Map([
  ['fro', 'fro'],
  ['nuc', 'nuc'],
]);

function norm(x: Value, ord: Value, axis: Value, keep: boolean, i: Interpreter): Value {
  const { t, type } = floats(x, i);
  const axes = axis === null ? null : toAxes(axis, t.ndim);
  if (axes === null && ord === null) {
    const made = op('sqrt', op('sum', op('square', t)));
    return resultOf(
      keep
        ? op(
            'reshape',
            made,
            t.shape.map(() => 1),
          )
        : made,
      type,
    );
  }
  const dims = axes ?? t.shape.map((_, d) => d);
  if (dims.length === 1) {
    if (typeof ord === 'string') throw valueError(`Invalid norm order '${ord}' for vectors`);
    return resultOf(op('linalg_vector_norm', t, ord === null ? 2 : toNumber(ord, i), dims, keep), type);
  }
  if (dims.length !== 2) throw valueError('Improper number of dimensions to norm.');
  const order = ord === null ? 'fro' : typeof ord === 'string' ? ORDERS.get(ord) : toNumber(ord, i);
  if (
    order === undefined ||
    (typeof order === 'number' && ![1, -1, 2, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].includes(order))
  )
    throw valueError('Invalid norm order for matrices.');
  return resultOf(op('linalg_matrix_norm', t, order, dims, keep), type);
}

/** Householder's reflections, with LAPACK's signs: R's diagonal is what the reflections leave. */
function qrOf(t: Tensor): [Float64Array, Float64Array] {
  const [m, n] = t.shape;
  const r = numbersIn(t);
  const q = doubles(m * m);
  for (let k = 0; k < m; k++) q[k * m + k] = 1;
  for (let k = 0; k < Math.min(m - 1, n); k++) {
    let size = 0;
    for (let row = k; row < m; row++) size += r[row * n + k] ** 2;
    let below = 0;
    for (let row = k + 1; row < m; row++) below += r[row * n + k] ** 2;
    if (below === 0) continue;
    const alpha = r[k * n + k] > 0 ? -Math.sqrt(size) : Math.sqrt(size);
    const v = doubles(m);
    v[k] = r[k * n + k] - alpha;
    for (let row = k + 1; row < m; row++) v[row] = r[row * n + k];
    const scale = 2 / v.reduce((sum, x) => sum + x * x, 0);
    for (let column = 0; column < n; column++) {
      let dot = 0;
      for (let row = k; row < m; row++) dot += v[row] * r[row * n + column];
      for (let row = k; row < m; row++) r[row * n + column] -= scale * dot * v[row];
    }
    for (let row = 0; row < m; row++) {
      let dot = 0;
      for (let column = k; column < m; column++) dot += q[row * m + column] * v[column];
      for (let column = k; column < m; column++) q[row * m + column] -= scale * dot * v[column];
    }
    for (let row = k + 1; row < m; row++) r[row * n + k] = 0;
  }
  return [q, r];
}

function qr(a: Value, mode: Value, i: Interpreter): Value {
  const { t, type } = floats(a, i, 2);
  if (t.ndim !== 2) throw linAlgError(`${t.ndim}-dimensional array given. Array must be two-dimensional`);
  const [m, n] = t.shape;
  i.budget.step(1 + (m * m * n) / 16);
  const [q, r] = qrOf(t);
  const k = mode === 'complete' ? m : Math.min(m, n);
  const part = (from: Float64Array, rows: number, columns: number, width: number): Value => {
    const out = doubles(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let c = 0; c < columns; c++) out[row * columns + c] = from[row * width + c];
    return arrayOn(tensorFrom(out, [rows, columns], type), type);
  };
  const upper = part(r, k, n, n);
  return mode === 'r' ? upper : new PyTuple([part(q, m, k, m), upper]);
}

/** The sign that LAPACK most often gives a vector: what it does with one of the others is not told apart. */
function svd(a: Value, full: boolean, vectors: boolean, i: Interpreter): Value {
  const { t, type } = floats(a, i, 2);
  if (!vectors) return resultOf(op('linalg_svdvals', t), type);
  const [u, s, v] = several('linalg_svd', t, full);
  return new PyTuple([resultOf(u, type), resultOf(s, type), resultOf(v, type)]);
}

function leastSquares(a: Value, b: Value, rcond: Value, i: Interpreter): Value {
  const { t, type } = floats(a, i, 2);
  const right = floats(b, i);
  const rows = right.t.ndim === 1 ? op('unsqueeze', right.t, 1) : right.t;
  if (rows.shape[0] !== t.shape[0]) throw linAlgError('Incompatible dimensions');
  const [m, n] = t.shape;
  const { eps } = { eps: type.name === 'float32' ? 2 ** -23 : 2 ** -52 };
  const cut = rcond === null ? eps * Math.max(m, n) : Math.max(0, toNumber(rcond, i));
  const values = numbersIn(op('linalg_svdvals', t));
  const rank = values.filter((x) => x > cut * (values[0] ?? 0)).length;
  const x = op('matmul', op('linalg_pinv', t, undefined, false, undefined, cut), rows);
  const rest = op('sum', op('square', op('sub', rows, op('matmul', t, x))), [0]);
  const residuals = rank === n && m > n ? rest : op('zeros', [0], type.dtype);
  const solution = right.t.ndim === 1 ? op('select', x, 1, 0) : x;
  return new PyTuple([
    resultOf(solution, type),
    arrayOn(residuals, type),
    BigInt(rank),
    arrayOn(tensorFrom(values, [values.length], type), type),
  ]);
}

function power(a: Value, n: Value, i: Interpreter): Value {
  const data = numeric(a, i, 'matrix_power');
  const k = toWhole(n);
  const { t, type } =
    k < 0 || data.type.kind === 'f' ? square(a, i) : { t: tensorAs(data, data.type), type: data.type };
  if (t.ndim < 2 || t.shape[t.ndim - 1] !== t.shape[t.ndim - 2])
    throw linAlgError('Last 2 dimensions of the array must be square');
  const base = k < 0 ? solved('Singular matrix', () => op('linalg_inv', t)) : t;
  let made = op('eye', t.shape[t.ndim - 1], t.shape[t.ndim - 1], type.dtype);
  let times = base;
  for (let left = Math.abs(k); left > 0; left = Math.floor(left / 2)) {
    i.budget.step();
    if (left % 2 === 1) made = op('matmul', made, times);
    times = op('matmul', times, times);
  }
  return resultOf(made, type);
}

/** Values and vectors of a matrix whose values are real: arrays hold no other numbers. */
export function realEigen(t: Tensor): [Tensor, Tensor] {
  if (!elementAt(op('all', op('isfinite', t)), 0)) throw linAlgError('Array must not contain infs or NaNs');
  const [values, imaginary, vectors] = several('linalg_eig_parts', t);
  if (elementAt(op('any', imaginary), 0))
    throw new PyError(
      'NotImplementedError',
      'the eigenvalues are complex: numpy has no complex arrays here, torch.linalg.eig has',
    );
  return [values, vectors];
}

export const LINALG: readonly NativeFunction[] = [
  fn('inv', 'a', ({ a }, i) => {
    const { t, type } = square(a, i);
    return resultOf(
      solved('Singular matrix', () => op('linalg_inv', t)),
      type,
    );
  }),
  fn('solve', 'a, b', ({ a, b }, i) => {
    const { t, type } = square(a, i);
    const right = floats(b, i).t;
    const vector = right.ndim === t.ndim - 1;
    const rows = vector ? op('unsqueeze', right, -1) : right;
    if (rows.shape[rows.ndim - 2] !== t.shape[t.ndim - 1])
      throw valueError(
        `solve${vector ? '1' : ''}: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature ${vector ? '(m,m),(m)->(m)' : '(m,m),(m,n)->(m,n)'} (size ${rows.shape[rows.ndim - 2]} is different from ${t.shape[t.ndim - 1]})`,
      );
    const x = solved('Singular matrix', () => op('linalg_solve', t, op('to', rows, t.dtype)));
    return resultOf(vector ? op('select', x, x.ndim - 1, 0) : x, type);
  }),
  fn('det', 'a', ({ a }, i) => {
    const { t, type } = square(a, i);
    return resultOf(op('linalg_det', t), type);
  }),
  fn('slogdet', 'a', ({ a }, i) => {
    const { t, type } = square(a, i);
    return new PyTuple(several('linalg_slogdet', t).map((part) => resultOf(part, type)));
  }),
  fn('norm', 'x, ord=None, axis=None, keepdims=False', ({ x, ord, axis, keepdims }, i) =>
    norm(x, ord, axis, keepdims === true, i),
  ),
  fn('eigh', "a, UPLO='L'", ({ a, UPLO }, i) => {
    const { t, type } = square(a, i);
    return new PyTuple(several('linalg_eigh', t, UPLO).map((part) => resultOf(part, type)));
  }),
  fn('eigvalsh', "a, UPLO='L'", ({ a, UPLO }, i) => {
    const { t, type } = square(a, i);
    return resultOf(op('linalg_eigvalsh', t, UPLO), type);
  }),
  fn('eig', 'a', ({ a }, i) => {
    const { t, type } = square(a, i);
    const [values, vectors] = realEigen(t);
    return new PyTuple([arrayOn(values, type), arrayOn(vectors, type)]);
  }),
  fn('eigvals', 'a', ({ a }, i) => {
    const { t, type } = square(a, i);
    return arrayOn(realEigen(t)[0], type);
  }),
  fn('svd', 'a, full_matrices=True, compute_uv=True, hermitian=False', ({ a, full_matrices, compute_uv }, i) =>
    svd(a, full_matrices !== false, compute_uv !== false, i),
  ),
  fn('qr', "a, mode='reduced'", ({ a, mode }, i) => qr(a, mode, i)),
  fn('lstsq', "a, b, rcond='warn'", ({ a, b, rcond }, i) =>
    leastSquares(a, b, typeof rcond === 'string' ? -1 : rcond, i),
  ),
  fn('matrix_rank', 'A, tol=None, hermitian=False', ({ A, tol }, i) => {
    const { t } = floats(A, i);
    if (t.ndim < 2) return BigInt(numbersIn(t).some((x) => x !== 0) ? 1 : 0);
    return resultOf(op('linalg_matrix_rank', t, undefined, false, tol === null ? undefined : toNumber(tol, i)), INT64);
  }),
  fn('pinv', 'a, rcond=1e-15, hermitian=False', ({ a, rcond }, i) => {
    const { t, type } = floats(a, i, 2);
    return resultOf(op('linalg_pinv', t, undefined, false, undefined, toNumber(rcond, i)), type);
  }),
  fn('cholesky', 'a', ({ a }, i) => {
    const { t, type } = square(a, i);
    return resultOf(
      solved('Matrix is not positive definite', () => op('linalg_cholesky', t)),
      type,
    );
  }),
  fn('matrix_power', 'a, n', ({ a, n }, i) => power(a, n, i)),
  fn('multi_dot', 'arrays', ({ arrays }, i) => {
    const list = itemsOf(arrays) ?? sequenceOf(arrays) ?? [];
    if (list.length < 2) throw valueError('Expecting at least two arrays.');
    return list.reduce((x, y) => matrixProduct(x, y, i));
  }),
  fn('cond', 'x, p=None', ({ x, p }, i) => {
    const { t, type } = floats(x, i, 2);
    if (p === null || (typeof p === 'bigint' && p === 2n)) {
      const s = op('linalg_svdvals', t);
      const n = s.shape[s.ndim - 1];
      return resultOf(op('div', op('select', s, s.ndim - 1, 0), op('select', s, s.ndim - 1, n - 1)), type);
    }
    const inverse = arrayOn(
      solved('Singular matrix', () => op('linalg_inv', t)),
      type,
    );
    const [u, v] = [norm(x, p, null, false, i), norm(inverse, p, null, false, i)].map((value) => toNumber(value, i));
    return resultOf(tensorFrom([rounded(u * v, type.dtype)], [], type), type);
  }),
];
