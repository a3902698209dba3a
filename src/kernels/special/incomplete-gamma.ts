/** The regularized incomplete gamma functions, Riemann's and Hurwitz's zeta, and the normal quantile, in doubles. */
import { erfc, ndtr } from './error-function.ts';
import { hurwitzZeta, lgamma } from './gamma.ts';

/** Above this the uniform asymptotic expansion's first terms are exact to some nine digits. */
const LARGE = 1e5;

/** x^a e^−x / Γ(a), with little lost where both are large. */
function front(a: number, x: number): number {
  if (a < 50) return Math.exp(a * Math.log(x) - x - lgamma(a));
  // By way of Stirling's series for the gamma function.
  const mu = (x - a) / a;
  const stirling = 1 / (12 * a) - 1 / (360 * a ** 3) + 1 / (1260 * a ** 5);
  return Math.sqrt(a / (2 * Math.PI)) * Math.exp(a * (Math.log1p(mu) - mu) - stirling);
}

/** P by its power series. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < 10_000; k++) {
    term *= x / (a + k);
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return sum * front(a, x);
}

/** Q by its continued fraction (Lentz). */
function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let k = 1; k < 10_000; k++) {
    const an = -k * (k - a);
    b += 2;
    d = an * d + b;
    if (Math.abs(d) < tiny) d = tiny;
    c = b + an / c;
    if (Math.abs(c) < tiny) c = tiny;
    d = 1 / d;
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < 1e-16) break;
  }
  return h * front(a, x);
}

/** Q of large a, uniformly in x. */
function upperUniform(a: number, x: number): number {
  const mu = (x - a) / a;
  const half = mu - Math.log1p(mu);
  const eta = Math.sign(mu) * Math.sqrt(2 * half);
  const correction = Math.abs(mu) < 1e-4 ? -1 / 3 + mu / 12 : 1 / mu - 1 / eta;
  return 0.5 * erfc(eta * Math.sqrt(a / 2)) + (Math.exp(-a * half) / Math.sqrt(2 * Math.PI * a)) * correction;
}

/** P(a, x), or Q(a, x) = 1 − P(a, x). */
function regularized(a: number, x: number, upper: boolean): number {
  if (Number.isNaN(a) || Number.isNaN(x) || x < 0 || a < 0) return Number.NaN;
  const whole = (lower: number): number => (upper ? 1 - lower : lower);
  if (a === 0) return x > 0 ? whole(1) : Number.NaN;
  if (x === 0) return whole(0);
  if (a === Infinity) return x === Infinity ? Number.NaN : whole(0);
  if (x === Infinity) return whole(1);
  if (a > LARGE) {
    const q = upperUniform(a, x);
    return upper ? q : 1 - q;
  }
  if (x < a + 1) return whole(lowerSeries(a, x));
  const q = upperFraction(a, x);
  return upper ? q : 1 - q;
}

export const gammaP = (a: number, x: number): number => regularized(a, x, false);
export const gammaQ = (a: number, x: number): number => regularized(a, x, true);

/** The sum of (q + k)^−s; a NaN stands for an infinite argument, but for s = ∞ where q ≤ 1. */
export function zeta(s: number, q: number): number {
  if (s === 1) return Infinity;
  if (!(s > 1)) return Number.NaN;
  // As PyTorch has it where a bound is reached only in the limit.
  if (q === Infinity || (s === Infinity && q > 1)) return Number.NaN;
  if (s === Infinity) return q === 1 ? 1 : Infinity;
  if (q > 0) return hurwitzZeta(s, q);
  if (q === Math.floor(q)) return Infinity;
  if (s !== Math.floor(s) || Number.isNaN(q)) return Number.NaN;
  // Terms left of 0 one by one, as many as count.
  let sum = 0;
  let at = q;
  for (let k = 0; at < 0 && k < 100_000; k++, at++) sum += at ** -s;
  return at > 0 ? sum + hurwitzZeta(s, at) : sum;
}

/** Acklam's approximation of the lower tail and of the middle, to nine digits. */
function roughQuantile(p: number): number {
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    const top =
      ((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
        4.374664141464968) *
        q +
      2.938163982698783;
    return (
      top /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
    );
  }
  const q = p - 0.5;
  const r = q * q;
  const top =
    ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
    2.506628277459239;
  const bottom =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return (q * top) / bottom;
}

/** The quantile of the standard normal distribution: one step of Halley's method mends what is rough. */
export function ndtri(p: number): number {
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  if (!(p > 0 && p < 1)) return Number.NaN;
  if (p > 0.5) return -ndtri(1 - p);
  let x = roughQuantile(p);
  for (let k = 0; k < 2; k++) {
    const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    if (density === 0) break;
    const u = (ndtr(x) - p) / density;
    x -= u / (1 + (x * u) / 2);
  }
  return x;
}
