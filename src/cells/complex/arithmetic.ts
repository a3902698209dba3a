/** Arithmetic and functions of complex numbers, in real ones. */
import type { Quantity } from '../distributions/quantity.ts';
import { Parts } from './value.ts';

type Unary = (z: Parts) => Parts;
type Binary = (a: Parts, b: Parts) => Parts;

const of = (re: Quantity, im: Quantity): Parts => new Parts(re, im);

export const add: Binary = (a, b) => of(a.re.add(b.re), a.im.add(b.im));
export const sub: Binary = (a, b) => of(a.re.sub(b.re), a.im.sub(b.im));
export const mul: Binary = (a, b) => of(a.re.mul(b.re).sub(a.im.mul(b.im)), a.re.mul(b.im).add(a.im.mul(b.re)));

export const scale = (z: Parts, by: number): Parts => of(z.re.mul(by), z.im.mul(by));
export const conj: Unary = (z) => of(z.re, z.im.neg());
export const neg: Unary = (z) => of(z.re.neg(), z.im.neg());

export const squared = (z: Parts): Quantity => z.re.square().add(z.im.square());

/** The modulus, whose slope at zero is zero. */
export function abs(z: Parts): Quantity {
  const zero = z.re.eq(0).and(z.im.eq(0));
  if (!zero.some) return hypot(z.re, z.im);
  return zero.choose(z.re.zeros(), hypot(zero.choose(z.re.ones(), z.re), z.im));
}

const hypot = (x: Quantity, y: Quantity): Quantity => x.call('hypot', { input: x.t, other: y.t });
export const angle = (z: Parts): Quantity => z.im.call('atan2', { input: z.im.t, other: z.re.t });

export const div: Binary = (a, b) => {
  const by = squared(b);
  const up = mul(a, conj(b));
  return of(up.re.div(by), up.im.div(by));
};

export const reciprocal: Unary = (z) => {
  const by = squared(z);
  return of(z.re.div(by), z.im.neg().div(by));
};

const sinOf = (x: Quantity): Quantity => x.call('sin', { input: x.t });
const coshOf = (x: Quantity): Quantity => x.call('cosh', { input: x.t });
const sinhOf = (x: Quantity): Quantity => x.call('sinh', { input: x.t });

export const polar = (modulus: Quantity, turn: Quantity): Parts =>
  of(modulus.mul(turn.cos()), modulus.mul(sinOf(turn)));
export const exp: Unary = (z) => polar(z.re.exp(), z.im);
export const log: Unary = (z) => of(abs(z).log(), angle(z));

/** The root with a real part that is not negative. */
export const sqrt: Unary = (z) => {
  const m = abs(z);
  const re = m.add(z.re).div(2).clamp(0).sqrt();
  const im = m.sub(z.re).div(2).clamp(0).sqrt();
  return of(re, z.im.lt(0).choose(im.neg(), im));
};

export const sin: Unary = (z) => of(sinOf(z.re).mul(coshOf(z.im)), z.re.cos().mul(sinhOf(z.im)));
export const cos: Unary = (z) => of(z.re.cos().mul(coshOf(z.im)), sinOf(z.re).mul(sinhOf(z.im)).neg());
export const sinh: Unary = (z) => of(sinhOf(z.re).mul(z.im.cos()), coshOf(z.re).mul(sinOf(z.im)));
export const cosh: Unary = (z) => of(coshOf(z.re).mul(z.im.cos()), sinhOf(z.re).mul(sinOf(z.im)));
export const sgn: Unary = (z) => {
  const m = abs(z);
  const zero = m.eq(0);
  const by = zero.choose(m.ones(), m);
  return of(z.re.div(by), z.im.div(by));
};

/** Whole powers by products, all others by logarithms. */
export function pow(z: Parts, exponent: Parts, whole: number | undefined): Parts {
  if (whole !== undefined && Math.abs(whole) <= 64) {
    let result = of(z.re.ones(), z.im.zeros());
    for (let n = Math.abs(whole), base = z; n > 0; n = Math.floor(n / 2)) {
      if (n % 2 === 1) result = mul(result, base);
      base = mul(base, base);
    }
    return whole < 0 ? reciprocal(result) : result;
  }
  return exp(mul(log(z), exponent));
}

/** Products of matrices or vectors, by a function that does them for real ones. */
export const product = (a: Parts, b: Parts, times: (x: Quantity, y: Quantity) => Quantity): Parts =>
  of(times(a.re, b.re).sub(times(a.im, b.im)), times(a.re, b.im).add(times(a.im, b.re)));
