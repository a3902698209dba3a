/**
 * The gamma function's logarithm and its derivatives, in doubles. Everything rests on the Hurwitz
 * zeta function (Euler and Maclaurin), on Stirling's series for large arguments, and on the series
 * around 2 (Abramowitz and Stegun 6.1.33), whose coefficients are values of zeta.
 *
 * Relative to the result the error is a few units in the last place; left of 0, near a zero of the
 * result, it is that of the terms that cancel there.
 */
import { polynomial } from './error-function.ts';

/** Bernoulli numbers B(2), B(4), ... B(24). */
const BERNOULLI = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
  854513 / 138,
  -236364091 / 2730,
];

/** Sum of (q + k)^-s over k = 0, 1, ... for s > 1 and q > 0. */
export function hurwitzZeta(s: number, q: number): number {
  if (q === Infinity) return 0;
  // JavaScript has no number for 1^-∞, and no term after the first one counts.
  if (s === Infinity) return q === 1 ? 1 : q < 1 ? Infinity : 0;
  let head = 0;
  let a = q;
  for (const far = Math.max(10, s); a < far; a++) {
    const term = a ** -s;
    head += term;
    // Of a large s, a few terms are all there is.
    if (term <= 1e-18 * head) return head;
  }
  const power = a ** -s;
  // The tail's integral, half of its first term, and the corrections B(2j) / (2j)! times derivatives.
  let tail = (a * power) / (s - 1) + power / 2;
  let factor = (s * power) / a / 2;
  for (let j = 0; j < BERNOULLI.length; j++) {
    const term = BERNOULLI[j] * factor;
    tail += term;
    if (Math.abs(term) <= 1e-18 * tail) break;
    const k = 2 * j + 1;
    factor *= (((s + k) / a) * ((s + k + 1) / a)) / ((k + 2) * (k + 3));
  }
  return head + tail;
}

const EULER = 0.5772156649015329;

/** (-1)^k (ζ(k) - 1) from k = 2. */
const ZETAS = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? 1 : -1) * hurwitzZeta(i + 2, 2));
const LGAMMA_2 = [1 - EULER, ...ZETAS.map((z, i) => z / (i + 2))];
const DIGAMMA_2 = [1 - EULER, ...ZETAS];

/** ln Γ(2 + t) for |t| ≤ 1/2. */
const lgammaNear2 = (t: number): number => t * polynomial(LGAMMA_2, t);

/** sin(π x), exact where it is 0. */
function sinPi(x: number): number {
  const r = x - 2 * Math.round(x / 2);
  const a = Math.abs(r);
  const value =
    a <= 0.25 ? Math.sin(Math.PI * a) : a <= 0.75 ? Math.cos(Math.PI * (0.5 - a)) : Math.sin(Math.PI * (1 - a));
  return r < 0 ? -value : value;
}

function cosPi(x: number): number {
  const a = Math.abs(x - 2 * Math.round(x / 2));
  return a <= 0.25 ? Math.cos(Math.PI * a) : a <= 0.75 ? Math.sin(Math.PI * (0.5 - a)) : -Math.cos(Math.PI * (1 - a));
}

const HALF_LOG_2PI = 0.9189385332046728;

/** B(2j) / (2j (2j - 1)), of Stirling's series for ln Γ; B(2j) / 2j, of digamma's. */
const STIRLING = BERNOULLI.slice(0, 9).map((b, i) => b / ((2 * i + 2) * (2 * i + 1)));
const DIGAMMA_TAIL = BERNOULLI.slice(0, 9).map((b, i) => b / (2 * i + 2));

/** ln |Γ(x)|. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x === Infinity || x === -Infinity) return Infinity;
  if (x <= 0) {
    if (Number.isInteger(x)) return Infinity;
    if (x > -1e-20) return -Math.log(-x);
    return Math.log(Math.PI / Math.abs(x * sinPi(x))) - lgamma(-x);
  }
  if (x < 0.5) return lgammaNear2(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return lgammaNear2(x - 1) - Math.log1p(x - 1);
  if (x < 10) {
    let y = x;
    let product = 1;
    while (y > 2.5) product *= --y;
    const near = lgammaNear2(y - 2);
    return product === 1 ? near : Math.log(product) + near;
  }
  const rest = x > 1e8 ? 1 / (12 * x) : polynomial(STIRLING, 1 / (x * x)) / x;
  return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_2PI - 0.5 + rest);
}

/** Digamma's zero right of 0, in two parts, and digamma's Taylor coefficients there. */
const ZERO = 1.4616321449683622;
const ZERO_REST = 9.549995429965697e-17;
const AT_ZERO = Array.from({ length: 26 }, (_, i) => (i % 2 === 0 ? 1 : -1) * hurwitzZeta(i + 2, ZERO));

/** The derivative of ln Γ. At 0 the pole's sign is that of -x; at the other poles there is no value. */
export function digamma(x: number): number {
  if (Number.isNaN(x) || x === -Infinity) return Number.NaN;
  if (x === Infinity) return Infinity;
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity;
  if (x < 0) {
    if (Number.isInteger(x)) return Number.NaN;
    return digamma(-x) - 1 / x - (Math.PI * cosPi(x)) / sinPi(x);
  }
  if (x < 0.5) return polynomial(DIGAMMA_2, x) - 1 / (1 + x) - 1 / x;
  const d = x - ZERO - ZERO_REST;
  if (Math.abs(d) < 0.3) return d * polynomial(AT_ZERO, d);
  if (x < 1.5) return polynomial(DIGAMMA_2, x - 1) - 1 / x;
  if (x < 10) {
    let y = x;
    let sum = 0;
    while (y > 2.5) sum += 1 / --y;
    return sum + polynomial(DIGAMMA_2, y - 2);
  }
  const s = 1 / (x * x);
  return Math.log(x) - 0.5 / x - s * polynomial(DIGAMMA_TAIL, s);
}

/** The sum of (q + k)^-s over all k ≥ 0 for any q: what lies left of 0 is read off the sum over all integers. */
function zeta(s: number, q: number): number {
  if (q > 0) return hurwitzZeta(s, q);
  if (Number.isInteger(q)) return Infinity;
  if (q === -Infinity || Number.isNaN(q)) return Number.NaN;
  const r = q - Math.floor(q);
  const sign = s % 2 === 0 ? 1 : -1;
  return hurwitzZeta(s, r) + sign * (hurwitzZeta(s, 1 - r) - hurwitzZeta(s, 1 - q));
}

/** The n-th derivative of digamma. */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  let factorial = n % 2 === 1 ? 1 : -1;
  for (let k = 2; k <= n && Number.isFinite(factorial); k++) factorial *= k;
  return factorial * zeta(n + 1, x);
}
