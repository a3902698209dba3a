/** Makes a matrix ready for a search of its eigenvalues, and takes that back of its vectors: LAPACK's xGEBAL and xGEBAK. */

const FACTOR = 2;
/** Scaling is worth it where it makes the norms so much smaller. */
const GAIN = 0.95;

export interface Balance {
  /** The rows and columns from `low` to `high` still hang together. */
  readonly low: number;
  readonly high: number;
  /** Of those the scale; of the others the row that they changed places with. */
  readonly scale: Float64Array;
}

function exchange(h: Float64Array, n: number, i: number, j: number): void {
  if (i === j) return;
  for (let r = 0; r < n; r++) [h[r * n + i], h[r * n + j]] = [h[r * n + j], h[r * n + i]];
  for (let c = 0; c < n; c++) [h[i * n + c], h[j * n + c]] = [h[j * n + c], h[i * n + c]];
}

/** A row, or a column, of which only the diagonal is not zero. */
function isolated(h: Float64Array, n: number, low: number, high: number, row: boolean): number {
  const alone = (k: number): boolean => {
    for (let i = low; i <= high; i++) if (i !== k && h[row ? k * n + i : i * n + k] !== 0) return false;
    return true;
  };
  if (row) for (let k = high; k >= 0; k--) if (alone(k)) return k;
  if (!row) for (let k = low; k <= high; k++) if (alone(k)) return k;
  return -1;
}

export function balance(h: Float64Array, n: number): Balance {
  const scale = new Float64Array(n).fill(1);
  let [low, high] = [0, n - 1];
  for (let k = isolated(h, n, low, high, true); k >= 0; k = isolated(h, n, low, high, true)) {
    scale[high] = k;
    exchange(h, n, k, high);
    if (high-- > 0) continue;
    scale[0] = 1;
    return { low: 0, high: 0, scale };
  }
  for (let k = isolated(h, n, low, high, false); k >= 0; k = isolated(h, n, low, high, false)) {
    scale[low] = k;
    exchange(h, n, k, low);
    low++;
  }
  scale.fill(1, low, high + 1);
  for (let again = true; again; ) {
    again = false;
    for (let i = low; i <= high; i++) {
      let [c, r] = [0, 0];
      for (let k = low; k <= high; k++) {
        c = Math.hypot(c, h[k * n + i]);
        r = Math.hypot(r, h[i * n + k]);
      }
      if (c === 0 || r === 0) continue;
      const before = c + r;
      let f = 1;
      while (c < r / FACTOR && f < 1e140) [f, c, r] = [f * FACTOR, c * FACTOR, r / FACTOR];
      while (c / FACTOR >= r && f > 1e-140) [f, c, r] = [f / FACTOR, c / FACTOR, r * FACTOR];
      if (c + r >= GAIN * before || f === 1) continue;
      again = true;
      scale[i] *= f;
      for (let k = 0; k < n; k++) h[i * n + k] /= f;
      for (let k = 0; k < n; k++) h[k * n + i] *= f;
    }
  }
  return { low, high, scale };
}

/** A vector of the matrix as it was, of one of the balanced matrix. */
export function unbalance(x: Float64Array, { low, high, scale }: Balance): void {
  for (let r = low; r <= high; r++) x[r] *= scale[r];
  const back = (r: number): void => {
    const k = scale[r];
    [x[r], x[k]] = [x[k], x[r]];
  };
  for (let r = low - 1; r >= 0; r--) back(r);
  for (let r = high + 1; r < x.length; r++) back(r);
}
