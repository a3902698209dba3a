/** A matrix of Hessenberg's form down to blocks of one or two rows on the diagonal: LAPACK's xLAHQR and xLANV2. */
import { pulse } from '../pulse.ts';

const EPS = Number.EPSILON;
const TINY = Number.MIN_VALUE / EPS;
const ROUNDS_PER_ROW = 30;

const sign = (x: number, of: number): number => (of < 0 || Object.is(of, -0) ? -Math.abs(x) : Math.abs(x));

interface Block {
  a: number;
  b: number;
  c: number;
  d: number;
  cs: number;
  sn: number;
}

/** Turns two rows into a triangle, or into equal numbers on the diagonal where the values are complex. */
function standardize(block: Block): void {
  const { a, b, c, d } = block;
  if (c === 0) return;
  if (b === 0) {
    Object.assign(block, { a: d, b: -c, c: 0, d: a, cs: 0, sn: 1 });
    return;
  }
  if (a === d && b < 0 !== c < 0) return;
  const gap = a - d;
  const p = gap / 2;
  const most = Math.max(Math.abs(b), Math.abs(c));
  const least = Math.min(Math.abs(b), Math.abs(c)) * Math.sign(b) * Math.sign(c);
  const scale = Math.max(Math.abs(p), most);
  const z = (p / scale) * p + (most / scale) * least;
  if (z >= 4 * EPS) {
    const root = p + sign(Math.sqrt(scale) * Math.sqrt(z), p);
    const tau = Math.hypot(c, root);
    Object.assign(block, { a: d + root, b: b - c, c: 0, d: d - (most / root) * least, cs: root / tau, sn: c / tau });
    return;
  }
  const sigma = b + c;
  const tau = Math.hypot(sigma, gap);
  const cs = Math.sqrt(0.5 * (1 + Math.abs(sigma) / tau));
  const sn = -(p / (tau * cs)) * sign(1, sigma);
  const [aa, bb, cc, dd] = [a * cs + b * sn, -a * sn + b * cs, c * cs + d * sn, -c * sn + d * cs];
  const [newB, newC] = [bb * cs + dd * sn, -aa * sn + cc * cs];
  const middle = (aa * cs + cc * sn + (-bb * sn + dd * cs)) / 2;
  Object.assign(block, { a: middle, b: newB, c: newC, d: middle, cs, sn });
  if (newC === 0) return;
  if (newB === 0) {
    Object.assign(block, { b: -newC, c: 0, cs: -sn, sn: cs });
    return;
  }
  if (newB < 0 !== newC < 0) return;
  const [sab, sac] = [Math.sqrt(Math.abs(newB)), Math.sqrt(Math.abs(newC))];
  const shift = sign(sab * sac, newC);
  const by = 1 / Math.sqrt(Math.abs(newB + newC));
  const [cs1, sn1] = [sab * by, sac * by];
  Object.assign(block, {
    a: middle + shift,
    b: newB - newC,
    c: 0,
    d: middle - shift,
    cs: cs * cs1 - sn * sn1,
    sn: cs * sn1 + sn * cs1,
  });
}

interface Shifts {
  readonly first: readonly [re: number, im: number];
  readonly second: readonly [re: number, im: number];
}

/** The eigenvalues of two rows: both, where they are complex; else the one nearest to the last element, twice. */
function shiftsOf(a: number, b: number, c: number, d: number): Shifts {
  const s = Math.abs(a) + Math.abs(b) + Math.abs(c) + Math.abs(d);
  if (s === 0) return { first: [0, 0], second: [0, 0] };
  const [h11, h12, h21, h22] = [a / s, b / s, c / s, d / s];
  const tr = (h11 + h22) / 2;
  const det = (h11 - tr) * (h22 - tr) - h12 * h21;
  const root = Math.sqrt(Math.abs(det));
  if (det >= 0) return { first: [tr * s, root * s], second: [tr * s, -root * s] };
  const near = Math.abs(tr + root - h22) <= Math.abs(tr - root - h22) ? tr + root : tr - root;
  return { first: [near * s, 0], second: [near * s, 0] };
}

/** Where the last block that hangs together begins. */
function startOf(h: Float64Array, n: number, last: number): number {
  let k = last;
  for (; k > 0; k--) {
    const low = Math.abs(h[k * n + k - 1]);
    if (low <= TINY) break;
    const [up, here, above] = [Math.abs(h[(k - 1) * n + k]), h[k * n + k], h[(k - 1) * n + k - 1]];
    let test = Math.abs(above) + Math.abs(here);
    if (test === 0) {
      if (k > 1) test += Math.abs(h[(k - 1) * n + k - 2]);
      if (k + 1 < n) test += Math.abs(h[(k + 1) * n + k]);
    }
    if (low > EPS * test) continue;
    const [ab, ba] = [Math.max(low, up), Math.min(low, up)];
    const gap = Math.abs(above - here);
    const [aa, bb] = [Math.max(Math.abs(here), gap), Math.min(Math.abs(here), gap)];
    const s = aa + ab;
    if (ba * (ab / s) <= Math.max(TINY, EPS * (bb * (aa / s)))) break;
  }
  return k;
}

/** A reflection that leaves the first of two or three numbers alone: `v` becomes its vector. */
function reflector(v: number[]): { tau: number; beta: number } {
  const rest = Math.hypot(v[1], v[2] ?? 0);
  if (rest === 0) return { tau: 0, beta: v[0] };
  const beta = -sign(Math.hypot(v[0], rest), v[0]);
  const tau = (beta - v[0]) / beta;
  const scale = 1 / (v[0] - beta);
  for (let i = 1; i < v.length; i++) v[i] *= scale;
  return { tau, beta };
}

function francisStep(h: Float64Array, z: Float64Array, n: number, low: number, last: number, shifts: Shifts): void {
  const [r1, i1] = shifts.first;
  const [r2, i2] = shifts.second;
  let start = last - 2;
  let first: number[] = [];
  for (; start >= low; start--) {
    const [here, next, right] = [h[start * n + start], h[(start + 1) * n + start], h[start * n + start + 1]];
    const corner = h[(start + 1) * n + start + 1];
    const s = Math.abs(here - r2) + Math.abs(i2) + Math.abs(next);
    const scaled = next / s;
    first = [
      scaled * right + (here - r1) * ((here - r2) / s) - i1 * (i2 / s),
      scaled * (here + corner - r1 - r2),
      scaled * h[(start + 2) * n + start + 1],
    ];
    const size = Math.abs(first[0]) + Math.abs(first[1]) + Math.abs(first[2]);
    first = first.map((x) => x / size);
    if (start === low) break;
    const around = Math.abs(h[(start - 1) * n + start - 1]) + Math.abs(here) + Math.abs(corner);
    if (
      Math.abs(h[start * n + start - 1]) * (Math.abs(first[1]) + Math.abs(first[2])) <=
      EPS * Math.abs(first[0]) * around
    )
      break;
  }
  for (let k = start; k < last; k++) {
    const count = Math.min(3, last - k + 1);
    const v = k > start ? [h[k * n + k - 1], h[(k + 1) * n + k - 1]] : first.slice(0, count);
    if (k > start && count === 3) v.push(h[(k + 2) * n + k - 1]);
    const { tau, beta } = reflector(v);
    if (k > start) {
      h[k * n + k - 1] = beta;
      for (let r = 1; r < count; r++) h[(k + r) * n + k - 1] = 0;
    } else if (start > low) h[k * n + k - 1] *= 1 - tau;
    v[0] = 1;
    for (let j = k; j < n; j++) {
      let sum = 0;
      for (let r = 0; r < count; r++) sum += v[r] * h[(k + r) * n + j];
      for (let r = 0; r < count; r++) h[(k + r) * n + j] -= sum * tau * v[r];
    }
    for (const [m, to] of [
      [h, Math.min(k + 3, last)],
      [z, n - 1],
    ] as const)
      for (let r = 0; r <= to; r++) {
        let sum = 0;
        for (let c = 0; c < count; c++) sum += v[c] * m[r * n + k + c];
        for (let c = 0; c < count; c++) m[r * n + k + c] -= sum * tau * v[c];
      }
  }
}

/** Two rows that hang together, turned into their standard form, and all else with them. */
function settle(h: Float64Array, z: Float64Array, n: number, i: number): Block {
  const [p, q] = [(i - 1) * n, i * n];
  const block: Block = { a: h[p + i - 1], b: h[p + i], c: h[q + i - 1], d: h[q + i], cs: 1, sn: 0 };
  standardize(block);
  const { cs, sn } = block;
  for (let j = i + 1; j < n; j++) [h[p + j], h[q + j]] = [cs * h[p + j] + sn * h[q + j], cs * h[q + j] - sn * h[p + j]];
  for (const [m, to] of [
    [h, i - 1],
    [z, n],
  ] as const)
    for (let r = 0; r < to; r++) {
      const at = r * n + i;
      [m[at - 1], m[at]] = [cs * m[at - 1] + sn * m[at], cs * m[at] - sn * m[at - 1]];
    }
  [h[p + i - 1], h[p + i], h[q + i - 1], h[q + i]] = [block.a, block.b, block.c, block.d];
  return block;
}

/** The eigenvalues; null where the steps come to no end. `h` becomes the triangle of blocks, `z` is turned along. */
export function toSchur(
  h: Float64Array,
  z: Float64Array,
  n: number,
): { readonly re: Float64Array; readonly im: Float64Array } | null {
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  let last = n - 1;
  let tries = 0;
  let rounds = ROUNDS_PER_ROW * Math.max(10, n);
  while (last >= 0) {
    pulse(20 * n);
    const low = startOf(h, n, last);
    if (low > 0) h[low * n + low - 1] = 0;
    if (low >= last - 1) {
      if (low === last) re[last] = h[last * n + last];
      else {
        const { a, b, c, d } = settle(h, z, n, last);
        [re[last - 1], re[last]] = [a, d];
        const wide = c === 0 ? 0 : Math.sqrt(Math.abs(b)) * Math.sqrt(Math.abs(c));
        [im[last - 1], im[last]] = [wide, 0 - wide];
      }
      last = low - 1;
      tries = 0;
      continue;
    }
    if (rounds-- === 0) return null;
    tries++;
    const at = (r: number, c: number): number => h[r * n + c];
    let shifts: Shifts;
    // Now and then other shifts, for matrices on which the usual ones go round in circles.
    if (tries % 20 === 0) {
      const s = Math.abs(at(last, last - 1)) + Math.abs(at(last - 1, last - 2));
      const corner = 0.75 * s + at(last, last);
      shifts = shiftsOf(corner, -0.4375 * s, s, corner);
    } else if (tries % 10 === 0) {
      const s = Math.abs(at(low + 1, low)) + Math.abs(at(low + 2, low + 1));
      const corner = 0.75 * s + at(low, low);
      shifts = shiftsOf(corner, -0.4375 * s, s, corner);
    } else shifts = shiftsOf(at(last - 1, last - 1), at(last - 1, last), at(last, last - 1), at(last, last));
    francisStep(h, z, n, low, last, shifts);
  }
  return { re, im };
}
