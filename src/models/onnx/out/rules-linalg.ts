/** Products, and decompositions of small matrices written step by step. */
import type { Shape } from '../../../tensor/shape.ts';
import { broadcastShapes } from '../../../tensor/shape.ts';
import { checkTable, type GraphBuilder, type Ref, Unsupported } from './builder.ts';
import type { Call, Rule } from './call.ts';

/** A decomposition takes so many steps at most, each of which is some ten nodes. */
const MAX_STEPS = 24;

const product =
  (left: string, right: string): Rule =>
  (b, call) =>
    b.reshape(b.matmul(call.tensor(left, call.dtype), call.tensor(right, call.dtype)), call.shape);

/** beta · input + alpha · what the product is. */
const added =
  (left: string, right: string, combine: (b: GraphBuilder, x: Ref, y: Ref) => Ref): Rule =>
  (b, call) => {
    const made = combine(b, call.tensor(left, call.dtype), call.tensor(right, call.dtype));
    const [alpha, beta] = [call.number('alpha', 1), call.number('beta', 1)];
    const scaled = alpha === 1 ? made : b.mul(made, alpha);
    if (beta === 0) return b.expand(scaled, call.shape);
    const input = call.tensor('input', call.dtype);
    return b.expand(b.add(beta === 1 ? input : b.mul(input, beta), scaled), call.shape);
  };

const outer = (b: GraphBuilder, x: Ref, y: Ref): Ref => b.mul(b.unsqueeze(x, -1), y);

const linear: Rule = (b, call) => {
  const [x, weight, bias] = [call.tensor('input', call.dtype), call.tensor('weight', call.dtype), call.maybe('bias')];
  if (x.rank === 2 && weight.rank === 2 && (call.dtype === 'float32' || call.dtype === 'float64'))
    return b.op('Gemm', [x, weight, ...(bias === undefined ? [] : [bias])], call.dtype, call.shape, { transB: 1 });
  const made = weight.rank === 1 ? b.matmul(x, weight) : b.matmul(x, b.mT(weight));
  return b.reshape(bias === undefined ? made : b.add(made, bias), call.shape);
};

const cross: Rule = (b, call) => {
  const shape = broadcastShapes(call.tensor('input').shape, call.tensor('other').shape);
  const [x, y] = ['input', 'other'].map((key) => b.expand(call.tensor(key, call.dtype), shape));
  const given = call.number('dim', -1);
  const axis = given < 0 ? given + shape.length : given;
  const turned = (t: Ref, by: number): Ref => b.gather(t, b.ints([0, 1, 2].map((i) => (i + by) % 3)), axis);
  return b.sub(b.mul(turned(x, 1), turned(y, 2)), b.mul(turned(x, 2), turned(y, 1)));
};

// Matrices step by step. All of them are in float64, and rounded at the end.

const grid = (b: GraphBuilder, m: number, n: number, holds: (row: number, column: number) => boolean): Ref => {
  checkTable(m * n);
  return b.const(
    Array.from({ length: m * n }, (_, i) => (holds(Math.floor(i / n), i % n) ? 1 : 0)),
    [m, n],
    'bool',
  );
};

const identity = (b: GraphBuilder, m: number, n: number): Ref =>
  b.cast(
    grid(b, m, n, (i, j) => i === j),
    'float64',
  );

const steps = (n: number): void => {
  if (n > MAX_STEPS) throw new Unsupported(`a matrix of ${n} rows would be decomposed in as many steps`);
};

const rowOf = (b: GraphBuilder, x: Ref, i: number): Ref => b.slice(x, x.rank - 2, i, i + 1);
const columnOf = (b: GraphBuilder, x: Ref, j: number): Ref => b.slice(x, x.rank - 1, j, j + 1);

interface Factors {
  /** Both triangles in one. */
  readonly lu: Ref;
  /** Which row stands where. */
  readonly rows: Ref;
  /** For each step the row that was exchanged with it. */
  readonly pivots: readonly Ref[];
}

/** Elimination with the largest pivot of each column. */
function factorise(b: GraphBuilder, A: Ref, pivoting = true): Factors {
  const [m, n] = A.shape.slice(-2);
  const k = Math.min(m, n);
  steps(k);
  const lead = A.shape.slice(0, -2);
  let lu = b.cast(A, 'float64');
  const numbers = b.const([...Array(m).keys()], [m], 'int64');
  let rows = b.expand(numbers, [...lead, m]);
  const pivots: Ref[] = [];
  for (let i = 0; i < k; i++) {
    const below = b.slice(b.reshape(columnOf(b, lu, i), [...lead, m]), lead.length, i, m);
    const found = pivoting
      ? b.op('ArgMax', [b.abs(below)], 'int64', [...lead, 1], { axis: lead.length, keepdims: 1 })
      : b.filled(0, [...lead, 1], 'int64');
    const pivot = b.add(found, i);
    pivots.push(pivot);
    const order = b.where(
      b.equal(numbers, i),
      pivot,
      b.where(b.equal(numbers, pivot), b.scalar(i, 'int64'), b.expand(numbers, [...lead, m])),
    );
    lu = b.gatherElements(lu, b.expand(b.unsqueeze(order, -1), lu.shape), lead.length);
    rows = b.gatherElements(rows, order, lead.length);
    const top = rowOf(b, lu, i);
    const factor = b.div(columnOf(b, lu, i), columnOf(b, top, i));
    const under = grid(b, m, 1, (row) => row > i);
    const clean = b.where(under, factor, b.scalar(0, 'float64'));
    const rest = b.where(
      grid(b, 1, n, (_, j) => j > i),
      top,
      b.scalar(0, 'float64'),
    );
    lu = b.where(
      grid(b, m, n, (row, j) => row > i && j === i),
      factor,
      b.sub(lu, b.mul(clean, rest)),
    );
  }
  return { lu, rows, pivots };
}

/** The solution of T x = y, row by row. */
function triangular(b: GraphBuilder, T: Ref, y: Ref, upper: boolean, unit: boolean): Ref {
  const n = T.shape[T.rank - 1];
  steps(n);
  const known: Ref[] = [];
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    const row = rowOf(b, T, i);
    let value = rowOf(b, y, i);
    if (step > 0) {
      const factors = upper ? b.slice(row, T.rank - 1, i + 1, n) : b.slice(row, T.rank - 1, 0, i);
      const lead = broadcastShapes(T.shape.slice(0, -2), y.shape.slice(0, -2));
      const solved = known.map((part) => b.expand(part, [...lead, ...part.shape.slice(-2)]));
      value = b.sub(value, b.matmul(factors, b.concat(upper ? [...solved].reverse() : solved, lead.length)));
    }
    known.push(unit ? value : b.div(value, columnOf(b, row, i)));
  }
  const lead = broadcastShapes(T.shape.slice(0, -2), y.shape.slice(0, -2));
  const solved = known.map((part) => b.expand(part, [...lead, ...part.shape.slice(-2)]));
  return b.concat(upper ? solved.reverse() : solved, lead.length);
}

/** The solution of A x = y. */
function solve(b: GraphBuilder, A: Ref, y: Ref): Ref {
  const { lu, rows } = factorise(b, A);
  const lead = broadcastShapes(A.shape.slice(0, -2), y.shape.slice(0, -2));
  const shape = [...lead, ...y.shape.slice(-2)];
  const order = b.expand(b.unsqueeze(b.expand(rows, [...lead, rows.shape[rows.rank - 1]]), -1), shape);
  const right = b.gatherElements(b.expand(b.cast(y, 'float64'), shape), order, lead.length);
  return triangular(b, lu, triangular(b, lu, right, false, true), true, false);
}

const diagonalOf = (b: GraphBuilder, x: Ref): Ref => {
  const n = x.shape[x.rank - 1];
  const kept = b.where(
    grid(b, n, n, (i, j) => i === j),
    x,
    b.scalar(0, 'float64'),
  );
  return b.sum(kept, [-1]);
};

/** −1 for each exchange of rows, multiplied. */
function parity(b: GraphBuilder, pivots: readonly Ref[]): Ref {
  const signs = pivots.map((pivot, i) => b.where(b.equal(pivot, i), b.scalar(1, 'float64'), b.scalar(-1, 'float64')));
  return b.reduce('Prod', b.concat(signs, pivots[0].rank - 1), [-1]);
}

const noFault = (b: GraphBuilder, call: Call, at: number): Ref =>
  b.filled(0, call.outputs[at].shape, call.outputs[at].dtype);

const det: Rule = (b, call) => {
  const A = call.tensor('A');
  if (A.shape[A.rank - 1] === 0) return b.filled(1, call.shape, call.dtype);
  const { lu, pivots } = factorise(b, A);
  return b.cast(b.mul(b.reduce('Prod', diagonalOf(b, lu), [-1]), parity(b, pivots)), call.dtype);
};

const slogdet: Rule = (b, call) => {
  const { lu, pivots } = factorise(b, call.tensor('A'));
  const diagonal = diagonalOf(b, lu);
  const sign = b.mul(b.reduce('Prod', b.unary('Sign', diagonal), [-1]), parity(b, pivots));
  return [sign, b.sum(b.log(b.abs(diagonal)), [-1])].map((x) => b.cast(x, call.dtype));
};

const inverse: Rule = (b, call) => {
  const A = call.tensor('A');
  const n = A.shape[A.rank - 1];
  const made = solve(b, A, b.expand(identity(b, n, n), A.shape));
  return [b.cast(made, call.dtype), noFault(b, call, 1)];
};

const solveEx: Rule = (b, call) => {
  const [A, B] = [call.tensor('A', 'float64'), call.tensor('B', 'float64')];
  const left = call.args.left !== false;
  const vector = B.rank === 1 || (B.rank === A.rank - 1 && B.shape.join() === A.shape.slice(0, -1).join());
  const rhs = vector ? b.unsqueeze(B, -1) : B;
  const made = left ? solve(b, A, rhs) : b.mT(solve(b, b.mT(A), b.mT(rhs)));
  return [b.cast(b.reshape(made, call.shape), call.dtype), noFault(b, call, 1)];
};

const luFactor: Rule = (b, call) => {
  const A = call.tensor('A');
  const { lu, pivots } = factorise(b, A, call.args.pivot !== false);
  const places = b.add(b.concat(pivots, A.rank - 2), 1);
  return [b.cast(lu, call.dtype), b.cast(places, call.outputs[1].dtype), noFault(b, call, 2)];
};

const luUnpack: Rule = (b, call) => {
  const data = call.tensor('LUData', 'float64');
  const pivots = call.tensor('LUPivots', 'int64');
  const [m, n] = data.shape.slice(-2);
  const k = Math.min(m, n);
  const lead = data.shape.slice(0, -2);
  const none = b.const([], [0], call.dtype);
  let P = none;
  if (call.args.unpackPivots !== false) {
    const numbers = b.const([...Array(m).keys()], [m], 'int64');
    let rows = b.expand(numbers, [...lead, m]);
    for (let i = 0; i < k; i++) {
      const pivot = b.sub(b.slice(pivots, lead.length, i, i + 1), 1);
      const swapped = b.where(b.equal(numbers, pivot), b.scalar(i, 'int64'), b.expand(numbers, [...lead, m]));
      rows = b.gatherElements(rows, b.where(b.equal(numbers, i), pivot, swapped), lead.length);
    }
    P = b.cast(b.equal(b.unsqueeze(rows, -2), b.const([...Array(m).keys()], [m, 1], 'int64')), call.dtype);
  }
  if (call.args.unpackData === false) return [P, none, none];
  const zero = b.scalar(0, 'float64');
  const lower = b.where(
    grid(b, m, k, (i, j) => i > j),
    b.slice(data, lead.length + 1, 0, k),
    zero,
  );
  const upper = b.where(
    grid(b, k, n, (i, j) => i <= j),
    b.slice(data, lead.length, 0, k),
    zero,
  );
  return [P, b.cast(b.add(lower, identity(b, m, k)), call.dtype), b.cast(upper, call.dtype)];
};

const solveTriangular: Rule = (b, call) => {
  const [A, B] = [call.tensor('A', 'float64'), call.tensor('B', 'float64')];
  const [upper, unit] = [call.flag('upper'), call.flag('unitriangular')];
  const made =
    call.args.left === false ? b.mT(triangular(b, b.mT(A), b.mT(B), !upper, unit)) : triangular(b, A, B, upper, unit);
  return b.cast(made, call.dtype);
};

/** Cholesky's lower factor, column by column. */
function cholesky(b: GraphBuilder, A: Ref): Ref {
  const n = A.shape[A.rank - 1];
  steps(n);
  const zero = b.scalar(0, 'float64');
  const columns: Ref[] = [];
  for (let k = 0; k < n; k++) {
    let column = columnOf(b, A, k);
    if (k > 0) {
      const left = b.concat(columns, A.rank - 1);
      column = b.sub(column, b.matmul(left, b.mT(rowOf(b, left, k))));
    }
    const scaled = b.div(column, b.sqrt(rowOf(b, column, k)));
    columns.push(
      b.where(
        grid(b, n, 1, (i) => i >= k),
        scaled,
        zero,
      ),
    );
  }
  return b.concat(columns, A.rank - 1);
}

const choleskyEx: Rule = (b, call) => {
  const upper = call.flag('upper');
  const A = call.tensor('A', 'float64');
  const factor = cholesky(b, upper ? b.mT(A) : A);
  return [b.cast(upper ? b.mT(factor) : factor, call.dtype), noFault(b, call, 1)];
};

/** The solution of L Lᵀ x = y. */
function choleskySolved(b: GraphBuilder, L: Ref, y: Ref, upper: boolean): Ref {
  const lower = upper ? b.mT(L) : L;
  return triangular(b, b.mT(lower), triangular(b, lower, y, false, false), true, false);
}

/** Householder's reflections, as LAPACK chooses their signs. */
const qr: Rule = (b, call) => {
  const mode = call.attr<string | undefined>('mode') ?? 'reduced';
  const A = call.tensor('A', 'float64');
  const [m, n] = A.shape.slice(-2);
  const lead = A.shape.slice(0, -2);
  const k = Math.min(m, n);
  steps(k);
  const zero = b.scalar(0, 'float64');
  let R = A;
  let Q = b.expand(identity(b, m, m), [...lead, m, m]);
  for (let i = 0; i < k && i < m - 1; i++) {
    const column = b.where(
      grid(b, m, 1, (row) => row >= i),
      columnOf(b, R, i),
      zero,
    );
    const head = rowOf(b, column, i);
    const length = b.sqrt(b.sum(b.mul(column, column), [-2], true));
    const size = b.where(b.less(head, 0), b.neg(length), length);
    const place = b.cast(
      grid(b, m, 1, (row) => row === i),
      'float64',
    );
    const v = b.add(column, b.mul(place, size));
    const square = b.sum(b.mul(v, v), [-2], true);
    // A column of zeros below its place is left as it is.
    const below = b.where(
      grid(b, m, 1, (row) => row > i),
      column,
      zero,
    );
    const flat = b.equal(b.reduce('Max', b.abs(below), [-2], true), 0);
    const scale = b.where(flat, zero, b.div(b.like(2, square), b.where(flat, b.like(1, square), square)));
    R = b.sub(R, b.mul(scale, b.matmul(v, b.matmul(b.mT(v), R))));
    Q = b.sub(Q, b.mul(scale, b.matmul(b.matmul(Q, v), b.mT(v))));
  }
  const rows = mode === 'complete' ? m : k;
  const upper = b.where(
    grid(b, rows, n, (i, j) => i <= j),
    b.slice(R, lead.length, 0, rows),
    zero,
  );
  const left = mode === 'r' ? b.const([], call.outputs[0].shape, 'float64') : b.slice(Q, lead.length + 1, 0, rows);
  return [b.cast(left, call.dtype), b.cast(upper, call.dtype)];
};

const cofactor: Rule = (b, call) => {
  const A = call.tensor('A', 'float64');
  const n = A.shape[A.rank - 1];
  if (n > 6) throw new Unsupported(`cofactors of ${n} rows are as many determinants`);
  const rows: Ref[] = [];
  const all = [...Array(n).keys()];
  const minor = (i: number, j: number): Ref => {
    if (n === 1) return b.filled(1, [...A.shape.slice(0, -2), 1, 1], 'float64');
    const part = b.gather(
      b.gather(A, b.ints(all.filter((row) => row !== i)), A.rank - 2),
      b.ints(all.filter((column) => column !== j)),
      A.rank - 1,
    );
    return b.reshape(determinant(b, part), [...A.shape.slice(0, -2), 1, 1]);
  };
  for (let i = 0; i < n; i++) {
    const row = all.map((j) => ((i + j) % 2 === 0 ? minor(i, j) : b.neg(minor(i, j))));
    rows.push(b.concat(row, A.rank - 1));
  }
  return b.cast(b.concat(rows, A.rank - 2), call.dtype);
};

/** By its first row, so that no pivot is divided by. */
function determinant(b: GraphBuilder, A: Ref): Ref {
  const n = A.shape[A.rank - 1];
  const element = (j: number): Ref =>
    b.gather(b.gather(A, b.scalar(0, 'int64'), A.rank - 2), b.scalar(j, 'int64'), A.rank - 2);
  if (n === 1) return element(0);
  const all = [...Array(n).keys()];
  const below = b.slice(A, A.rank - 2, 1, n);
  let sum: Ref | undefined;
  for (const j of all) {
    const rest = determinant(b, b.gather(below, b.ints(all.filter((column) => column !== j)), A.rank - 1));
    const term = b.mul(element(j), rest);
    if (sum === undefined) sum = term;
    else sum = j % 2 === 0 ? b.add(sum, term) : b.sub(sum, term);
  }
  return sum as Ref;
}

/** The transform as a product with a matrix of cosines and sines. */
const fourier: Rule = (b, call) => {
  const [re, im] = [call.tensor('real', 'float64'), call.tensor('imag', 'float64')];
  const n = re.shape[re.rank - 1];
  if (n * n > 2 ** 22) throw new Unsupported(`a transform of ${n} elements would be a matrix of ${n * n}`);
  const turn = call.flag('inverse') ? 1 : -1;
  const table = (f: (x: number) => number): Ref =>
    b.const(
      Array.from({ length: n * n }, (_, i) => f((2 * Math.PI * ((Math.floor(i / n) * (i % n)) % n)) / n)),
      [n, n],
      'float64',
    );
  const [cos, sin] = [table(Math.cos), table((x) => turn * Math.sin(x))];
  const real = b.sub(b.matmul(re, cos), b.matmul(im, sin));
  const imag = b.add(b.matmul(re, sin), b.matmul(im, cos));
  return [b.cast(real, call.dtype), b.cast(imag, call.dtype)];
};

/** e^A by its series of a matrix halved so often that it converges at once, and squared as often. */
const matrixExp: Rule = (b, call) => {
  const A = call.tensor('A', 'float64');
  const n = A.shape[A.rank - 1];
  // Halvings are counted by the values: a power of two above the norm, up to 2^20.
  const norm = b.reduce('Max', b.sum(b.abs(A), [-1]), [-1]);
  const lead: Shape = [...A.shape.slice(0, -2), 1, 1];
  const halvings = 20;
  const levels = b.const(
    Array.from({ length: halvings }, (_, i) => 2 ** (i - 1)),
    [halvings],
    'float64',
  );
  const above = b.greater(b.reshape(norm, lead), levels);
  const count = b.sum(b.cast(above, 'float64'), [-1], true);
  const small = b.div(A, b.binary('Pow', b.scalar(2, 'float64'), count));
  const one = b.expand(identity(b, n, n), A.shape);
  let sum = one;
  for (let k = 18; k > 0; k--) sum = b.add(one, b.div(b.matmul(small, sum), k));
  for (let i = 0; i < halvings; i++) sum = b.where(b.greater(count, i), b.matmul(sum, sum), sum);
  return b.cast(sum, call.dtype);
};

export const LINALG: Readonly<Record<string, Rule>> = {
  matmul: product('input', 'other'),
  mm: product('input', 'mat2'),
  bmm: product('input', 'mat2'),
  mv: product('input', 'vec'),
  dot: product('input', 'tensor'),
  vdot: product('input', 'other'),
  linear,
  addmm: added('mat1', 'mat2', (b, x, y) => b.matmul(x, y)),
  addmv: added('mat', 'vec', (b, x, y) => b.matmul(x, y)),
  addr: added('vec1', 'vec2', outer),
  baddbmm: added('batch1', 'batch2', (b, x, y) => b.matmul(x, y)),
  addbmm: added('batch1', 'batch2', (b, x, y) => b.sum(b.matmul(x, y), [0])),
  trace: (b, call) => {
    const x = call.tensor('input');
    const [m, n] = x.shape;
    const kept = b.mul(
      b.cast(x, call.dtype),
      b.cast(
        grid(b, m, n, (i, j) => i === j),
        call.dtype,
      ),
    );
    return b.sum(kept);
  },
  linalg_cross: cross,
  linalg_det: det,
  linalg_slogdet: slogdet,
  linalg_inv_ex: inverse,
  linalg_solve_ex: solveEx,
  linalg_lu_factor_ex: luFactor,
  lu_unpack: luUnpack,
  linalg_solve_triangular: solveTriangular,
  linalg_cholesky_ex: choleskyEx,
  cholesky_solve: (b, call) =>
    b.cast(choleskySolved(b, call.tensor('L', 'float64'), call.tensor('B', 'float64'), call.flag('upper')), call.dtype),
  cholesky_inverse: (b, call) => {
    const L = call.tensor('L', 'float64');
    const n = L.shape[L.rank - 1];
    return b.cast(choleskySolved(b, L, b.expand(identity(b, n, n), L.shape), call.flag('upper')), call.dtype);
  },
  linalg_qr: qr,
  linalg_cofactor: cofactor,
  fourier,
  matrix_exp: matrixExp,
};
