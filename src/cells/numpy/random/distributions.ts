/** Distributions, drawn as NumPy draws them, number by number. */
import type { Bits } from './bits.ts';

export function gamma(bits: Bits, shape: number): number {
  if (shape === 1) return bits.exponential();
  if (shape === 0) return 0;
  if (shape < 1) {
    for (;;) {
      const u = bits.double();
      const v = bits.exponential();
      if (u <= 1 - shape) {
        const x = u ** (1 / shape);
        if (x <= v) return x;
      } else {
        const y = -Math.log((1 - u) / shape);
        const x = (1 - shape + shape * y) ** (1 / shape);
        if (x <= v + y) return x;
      }
    }
  }
  const b = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * b);
  for (;;) {
    let [x, v] = [0, 0];
    do {
      x = bits.normal();
      v = 1 + c * x;
    } while (v <= 0);
    v = v * v * v;
    const u = bits.double();
    if (u < 1 - 0.0331 * (x * x) * (x * x)) return b * v;
    if (Math.log(u) < 0.5 * x * x + b * (1 - v + Math.log(v))) return b * v;
  }
}

export function beta(bits: Bits, a: number, b: number): number {
  if (a > 1 || b > 1) {
    const x = gamma(bits, a);
    return x / (x + gamma(bits, b));
  }
  for (;;) {
    const u = bits.double();
    const v = bits.double();
    const x = u ** (1 / a);
    const y = v ** (1 / b);
    if (x + y > 1 || u + v <= 0) continue;
    if (x + y > 0) return x / (x + y);
    const [logX, logY] = [Math.log(u) / a, Math.log(v) / b];
    const most = Math.max(logX, logY);
    return Math.exp(logX - most - Math.log(Math.exp(logX - most) + Math.exp(logY - most)));
  }
}

const STIRLING = [
  8.333333333333333e-2, -2.777777777777778e-3, 7.936507936507937e-4, -5.952380952380952e-4, 8.417508417508418e-4,
  -1.917526917526918e-3, 6.410256410256411e-3, -2.955065359477124e-2, 1.796443723688307e-1, -1.3924322169059,
];

/** The logarithm of the gamma function, by Stirling's series. */
function logGamma(x: number): number {
  if (x === 1 || x === 2) return 0;
  const n = x < 7 ? Math.floor(7 - x) : 0;
  let at = x + n;
  const inverse = 1 / (at * at);
  let sum = STIRLING[9];
  for (let k = 8; k >= 0; k--) sum = sum * inverse + STIRLING[k];
  let made = sum / at + 0.5 * Math.log(2 * Math.PI) + (at - 0.5) * Math.log(at) - at;
  for (let k = 1; k <= n; k++) {
    made -= Math.log(at - 1);
    at -= 1;
  }
  return made;
}

export function poisson(bits: Bits, lam: number): number {
  if (lam === 0) return 0;
  if (lam < 10) {
    const end = Math.exp(-lam);
    let product = 1;
    for (let k = 0; ; k++) {
      product *= bits.double();
      if (product <= end) return k;
    }
  }
  const logLam = Math.log(lam);
  const b = 0.931 + 2.53 * Math.sqrt(lam);
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  const v0 = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = bits.double() - 0.5;
    const v = bits.double();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + lam + 0.43);
    if (us >= 0.07 && v <= v0) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log(v) + Math.log(inverse) - Math.log(a / (us * us) + b) <= -lam + k * logLam - logGamma(k + 1)) return k;
  }
}

export function binomial(bits: Bits, n: number, p: number): number {
  if (n === 0 || p === 0) return 0;
  const less = Math.min(p, 1 - p);
  const made = less * n <= 30 ? byInversion(bits, n, less) : byRejection(bits, n, less);
  return p <= 0.5 ? made : n - made;
}

function byInversion(bits: Bits, n: number, p: number): number {
  const q = 1 - p;
  const start = Math.exp(n * Math.log(q));
  const bound = Math.min(n, Math.floor(n * p + 10 * Math.sqrt(n * p * q + 1)));
  let [x, share, u] = [0, start, bits.double()];
  while (u > share) {
    x++;
    if (x > bound) [x, share, u] = [0, start, bits.double()];
    else {
      u -= share;
      share = ((n - x + 1) * p * share) / (x * q);
    }
  }
  return x;
}

const tail = (x: number): number => {
  const square = x * x;
  return (13680 - (462 - (132 - (99 - 140 / square) / square) / square) / square) / x / 166320;
};

/** Kachitvichyanukul and Schmeiser's BTPE: a triangle, a parallelogram and two exponential tails. */
function byRejection(bits: Bits, n: number, r: number): number {
  const q = 1 - r;
  const fm = n * r + r;
  const m = Math.floor(fm);
  const nrq = n * r * q;
  const p1 = Math.floor(2.195 * Math.sqrt(nrq) - 4.6 * q) + 0.5;
  const middle = m + 0.5;
  const [left, right] = [middle - p1, middle + p1];
  const c = 0.134 + 20.5 / (15.3 + m);
  const slope = (a: number): number => a * (1 + a / 2);
  const lambdaL = slope((fm - left) / (fm - left * r));
  const lambdaR = slope((right - fm) / (right * q));
  const p2 = p1 * (1 + 2 * c);
  const p3 = p2 + c / lambdaL;
  const p4 = p3 + c / lambdaR;
  for (;;) {
    const u = bits.double() * p4;
    let v = bits.double();
    let y: number;
    if (u <= p1) return Math.floor(middle - p1 * v + u);
    if (u <= p2) {
      const x = left + (u - p1) / c;
      v = v * c + 1 - Math.abs(m - x + 0.5) / p1;
      if (v > 1) continue;
      y = Math.floor(x);
    } else if (u <= p3) {
      y = Math.floor(left + Math.log(v) / lambdaL);
      if (y < 0 || v === 0) continue;
      v *= (u - p2) * lambdaL;
    } else {
      y = Math.floor(right - Math.log(v) / lambdaR);
      if (y > n || v === 0) continue;
      v *= (u - p3) * lambdaR;
    }
    const k = Math.abs(y - m);
    if (k <= 20 || k >= nrq / 2 - 1) {
      const s = r / q;
      const a = s * (n + 1);
      let f = 1;
      for (let i = m + 1; i <= y; i++) f *= a / i - s;
      for (let i = y + 1; i <= m; i++) f /= a / i - s;
      if (v <= f) return y;
      continue;
    }
    const rho = (k / nrq) * ((k * (k / 3 + 0.625) + 1 / 6) / nrq + 0.5);
    const t = (-k * k) / (2 * nrq);
    const height = Math.log(v);
    if (height < t - rho) return y;
    if (height > t + rho) continue;
    const [x1, f1, z, w] = [y + 1, m + 1, n + 1 - m, n - y + 1];
    const bound =
      middle * Math.log(f1 / x1) +
      (n - m + 0.5) * Math.log(z / w) +
      (y - m) * Math.log((w * r) / (x1 * q)) +
      tail(f1) +
      tail(z) +
      tail(x1) +
      tail(w);
    if (height <= bound) return y;
  }
}

/** A draw that is made again as long as it gives nothing. */
function until(bits: Bits, make: (u: number) => number | undefined): number {
  for (;;) {
    const made = make(bits.double());
    if (made !== undefined) return made;
  }
}

export const laplace = (bits: Bits, loc: number, scale: number): number =>
  until(bits, (u) =>
    u >= 0.5 ? loc - scale * Math.log(2 - u - u) : u > 0 ? loc + scale * Math.log(u + u) : undefined,
  );

export const logistic = (bits: Bits, loc: number, scale: number): number =>
  until(bits, (u) => (u > 0 ? loc + scale * Math.log(u / (1 - u)) : undefined));

export const gumbel = (bits: Bits, loc: number, scale: number): number =>
  until(bits, (u) => (1 - u < 1 ? loc - scale * Math.log(-Math.log(1 - u)) : undefined));

export function geometric(bits: Bits, p: number, legacy: boolean): number {
  if (p >= 1 / 3) {
    let [x, sum, product] = [1, p, p];
    const u = bits.double();
    while (u > sum) {
      product *= 1 - p;
      sum += product;
      x++;
    }
    return x;
  }
  return legacy
    ? Math.ceil(Math.log1p(-bits.double()) / Math.log(1 - p))
    : Math.ceil(-bits.exponential() / Math.log1p(-p));
}

export function triangular(bits: Bits, left: number, mode: number, right: number): number {
  const base = right - left;
  const u = bits.double();
  return u <= (mode - left) / base
    ? left + Math.sqrt(u * (mode - left) * base)
    : right - Math.sqrt((1 - u) * (right - mode) * base);
}
