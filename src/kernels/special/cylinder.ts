/**
 * Bessel functions of orders 0 and 1, in doubles. Near 0 those of the first kind come from Miller's
 * backward recurrence, those of the second from Neumann's series over them (Abramowitz and Stegun 9.1.88);
 * far out both come from Hankel's asymptotic series. K is an integral that the trapezoidal rule gives to the
 * last places.
 */
import { i0, i1 } from './bessel.ts';

const EULER = 0.5772156649015329;
const FAR = 25;

/** J₀(x), J₁(x), … for 0 < x < {@link FAR}: as many as are not negligible. */
function orders(x: number): Float64Array {
  const top = 2 * Math.ceil((x + 12 * Math.cbrt(x) + 20) / 2);
  const j = new Float64Array(top + 2);
  j[top] = 1e-300;
  for (let k = top; k > 0; k--) j[k - 1] = (2 * k * j[k]) / x - j[k + 1];
  // J₀ + 2 (J₂ + J₄ + …) = 1.
  let sum = j[0];
  for (let k = 2; k <= top; k += 2) sum += 2 * j[k];
  for (let k = 0; k <= top; k++) j[k] /= sum;
  return j;
}

/** Hankel's series: P and Q of an order, by 4 order². */
function hankel(mu: number, x: number): [p: number, q: number] {
  const sums: [number, number] = [1, 0];
  let term = 1;
  for (let k = 1; k < 60; k++) {
    const next = (term * (mu - (2 * k - 1) ** 2)) / (8 * x * k);
    if (Math.abs(next) >= Math.abs(term) || Math.abs(next) < 1e-18) break;
    term = next;
    // The signs go + + − −: P takes even k, Q odd ones.
    sums[k % 2] += (k >> 1) % 2 === 0 ? term : -term;
  }
  return sums;
}

/** Both kinds far out: sines and cosines of x less a phase, with slowly varying factors. */
function farOut(order: 0 | 1, x: number): [j: number, y: number] {
  const [p, q] = hankel(4 * order, x);
  const scale = Math.sqrt(1 / (Math.PI * x));
  const [s, c] = [Math.sin(x), Math.cos(x)];
  // cos and sin of x − (2 order + 1) π/4, times √2.
  const [cosine, sine] = order === 0 ? [c + s, s - c] : [s - c, -(s + c)];
  return [scale * (p * cosine - q * sine), scale * (p * sine + q * cosine)];
}

function firstKind(order: 0 | 1, x: number): number {
  const a = Math.abs(x);
  if (a === Infinity) return 0;
  const sign = order === 1 && x < 0 ? -1 : 1;
  if (a === 0) return order === 0 ? 1 : x;
  if (Number.isNaN(a)) return a;
  if (a < 1e-8) return order === 0 ? 1 : x / 2;
  return sign * (a < FAR ? orders(a)[order] : farOut(order, a)[0]);
}

export const besselJ0 = (x: number): number => firstKind(0, x);
export const besselJ1 = (x: number): number => firstKind(1, x);

function secondKind(order: 0 | 1, x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return 0;
  if (x >= FAR) return farOut(order, x)[1];
  if (x < 1e-8) {
    const log = Math.log(x / 2) + EULER;
    return order === 0 ? (2 / Math.PI) * log : -2 / (Math.PI * x);
  }
  const j = orders(x);
  const log = Math.log(x / 2) + EULER;
  let sum = 0;
  for (let k = 1; 2 * k + order < j.length; k++) {
    const term = ((order + 2 * k) / (k * (order + k))) * j[order + 2 * k];
    sum += k % 2 === 0 ? term : -term;
  }
  if (order === 0) return (2 / Math.PI) * (log * j[0] - sum);
  return (2 / Math.PI) * (-j[0] / x + (log - 1) * j[1] - sum);
}

export const besselY0 = (x: number): number => secondKind(0, x);
export const besselY1 = (x: number): number => secondKind(1, x);

/** e^x K(x) of any order, for x not small: ∫ e^{−x (cosh t − 1)} cosh(order t) dt. */
export function scaledK(order: number, x: number): number {
  const step = 1 / 16;
  let sum = 0.5;
  for (let k = 1; k < 4096; k++) {
    const t = k * step;
    const term = Math.exp(-x * (Math.cosh(t) - 1)) * Math.cosh(order * t);
    sum += term;
    if (term < 1e-18 * sum) break;
  }
  return sum * step;
}

/** K₀ for small x. */
function smallK0(x: number): number {
  const q = (x * x) / 4;
  let term = 1;
  let harmonic = 0;
  let sum = 0;
  for (let k = 1; k < 40 && term > 1e-18; k++) {
    term *= q / (k * k);
    harmonic += 1 / k;
    sum += term * harmonic;
  }
  return -(Math.log(x / 2) + EULER) * i0(x) + sum;
}

/** K₁ for small x. */
function smallK1(x: number): number {
  const q = (x * x) / 4;
  let term = 1;
  let harmonic = 0;
  let sum = 0;
  for (let k = 0; k < 40 && term > 1e-18; k++) {
    if (k > 0) {
      term *= q / (k * (k + 1));
      harmonic += 1 / k;
    }
    sum += term * (2 * (harmonic - EULER) + 1 / (k + 1));
  }
  return 1 / x + Math.log(x / 2) * i1(x) - (x / 4) * sum;
}

function thirdKind(order: 0 | 1, x: number, scaled: boolean): number {
  if (!(x > 0)) return x === 0 ? Infinity : Number.NaN;
  if (x === Infinity) return 0;
  if (x >= 1) return scaledK(order, x) * (scaled ? 1 : Math.exp(-x));
  return (order === 0 ? smallK0(x) : smallK1(x)) * (scaled ? Math.exp(x) : 1);
}

export const besselK0 = (x: number): number => thirdKind(0, x, false);
export const besselK1 = (x: number): number => thirdKind(1, x, false);
export const scaledK0 = (x: number): number => thirdKind(0, x, true);
export const scaledK1 = (x: number): number => thirdKind(1, x, true);

/** sin x / x. */
export function sphericalJ0(x: number): number {
  if (Math.abs(x) === Infinity) return 0;
  return Math.abs(x) < 1e-4 ? 1 - (x * x) / 6 : Math.sin(x) / x;
}

const AIRY_0 = 0.3550280538878172;
const AIRY_SLOPE_0 = 0.2588194037928068;

/** Airy's function: its power series near 0, else by way of K of order 1/3, or its asymptotic series. */
export function airy(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x === Infinity || x === -Infinity) return 0;
  if (x > 2) {
    const zeta = (2 / 3) * x ** 1.5;
    return (Math.sqrt(x / 3) * scaledK(1 / 3, zeta) * Math.exp(-zeta)) / Math.PI;
  }
  if (x > -8) {
    const cube = x ** 3;
    let [f, g] = [1, x];
    let [even, odd] = [f, g];
    for (let k = 1; k < 100; k++) {
      f *= cube / ((3 * k - 1) * 3 * k);
      g *= cube / (3 * k * (3 * k + 1));
      even += f;
      odd += g;
      if (Math.abs(f) + Math.abs(g) < 1e-18) break;
    }
    return AIRY_0 * even - AIRY_SLOPE_0 * odd;
  }
  const zeta = (2 / 3) * (-x) ** 1.5;
  let term = 1;
  const sums = [1, 0];
  for (let k = 1; k < 40; k++) {
    const next = (term * (6 * k - 5) * (6 * k - 3) * (6 * k - 1)) / (216 * k * (2 * k - 1) * zeta);
    if (Math.abs(next) >= Math.abs(term) || Math.abs(next) < 1e-18) break;
    term = next;
    sums[k % 2] += (k >> 1) % 2 === 0 ? term : -term;
  }
  const phase = zeta + Math.PI / 4;
  return (Math.sin(phase) * sums[0] - Math.cos(phase) * sums[1]) / (Math.sqrt(Math.PI) * (-x) ** 0.25);
}
