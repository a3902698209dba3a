/** Python's complex numbers. */
import { PyError } from './errors.ts';
import { floatRepr } from './floats.ts';
import type { Visit } from './holding.ts';
import { PyObject, type Value } from './values.ts';

export class PyComplex extends PyObject {
  readonly type = 'complex';
  readonly real: number;
  readonly imag: number;
  constructor(real: number, imag: number) {
    super();
    this.real = real;
    this.imag = imag;
  }
  references(_visit: Visit): void {}
}

/** A number as a complex one; undefined for other values. */
export function asComplex(value: Value): PyComplex | undefined {
  if (value instanceof PyComplex) return value;
  if (typeof value === 'number') return new PyComplex(value, 0);
  if (typeof value === 'bigint' || typeof value === 'boolean') return new PyComplex(Number(value), 0);
  return undefined;
}

const part = (value: number): string => floatRepr(value).replace(/\.0$/, '');

export function complexRepr({ real, imag }: PyComplex): string {
  const imaginary = `${part(imag)}j`;
  if (real === 0 && !Object.is(real, -0)) return imaginary;
  const sign = /^-/.test(imaginary) ? '' : '+';
  return `(${part(real)}${sign}${imaginary})`;
}

export function multiplied(a: PyComplex, b: PyComplex): PyComplex {
  return new PyComplex(a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real);
}

export function divided(a: PyComplex, b: PyComplex): PyComplex {
  if (b.real === 0 && b.imag === 0) throw new PyError('ZeroDivisionError', 'complex division by zero');
  // Smith's way, which does not overflow in between.
  if (Math.abs(b.real) >= Math.abs(b.imag)) {
    const ratio = b.imag / b.real;
    const by = b.real + b.imag * ratio;
    return new PyComplex((a.real + a.imag * ratio) / by, (a.imag - a.real * ratio) / by);
  }
  const ratio = b.real / b.imag;
  const by = b.real * ratio + b.imag;
  return new PyComplex((a.real * ratio + a.imag) / by, (a.imag * ratio - a.real) / by);
}

export function polar(modulus: number, angle: number): PyComplex {
  return new PyComplex(modulus * Math.cos(angle), modulus * Math.sin(angle));
}

export const modulusOf = (a: PyComplex): number => Math.hypot(a.real, a.imag);
export const angleOf = (a: PyComplex): number => Math.atan2(a.imag, a.real);

function power(a: PyComplex, b: PyComplex): PyComplex {
  if (b.real === 0 && b.imag === 0) return new PyComplex(1, 0);
  if (a.real === 0 && a.imag === 0) {
    if (b.imag !== 0 || b.real < 0) throw new PyError('ZeroDivisionError', '0.0 to a negative or complex power');
    return new PyComplex(0, 0);
  }
  if (b.imag === 0 && Number.isInteger(b.real) && Math.abs(b.real) <= 100) {
    let result = new PyComplex(1, 0);
    let square = a;
    for (let n = Math.abs(b.real); n > 0; n = Math.floor(n / 2)) {
      if (n % 2 === 1) result = multiplied(result, square);
      square = multiplied(square, square);
    }
    return b.real < 0 ? divided(new PyComplex(1, 0), result) : result;
  }
  const modulus = modulusOf(a);
  const angle = angleOf(a);
  let length = modulus ** b.real;
  let at = angle * b.real;
  if (b.imag !== 0) {
    length /= Math.exp(angle * b.imag);
    at += b.imag * Math.log(modulus);
  }
  return polar(length, at);
}

/** undefined where complex numbers have no such operator. */
export function complexOperation(op: string, a: PyComplex, b: PyComplex): PyComplex | undefined {
  switch (op) {
    case '+':
      return new PyComplex(a.real + b.real, a.imag + b.imag);
    case '-':
      return new PyComplex(a.real - b.real, a.imag - b.imag);
    case '*':
      return multiplied(a, b);
    case '/':
      return divided(a, b);
    case '**':
      return power(a, b);
    default:
      return undefined;
  }
}

/** `complex('1+2j')`; undefined where the text is none. */
export function parseComplex(text: string): PyComplex | undefined {
  const inner = text
    .trim()
    .replace(/^\((.*)\)$/s, '$1')
    .trim();
  const number = String.raw`(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf|nan`;
  const match = new RegExp(`^(?:([+-]?(?:${number}))(?![jJ]))?(?:([+-]?)((?:${number})?)[jJ])?$`, 'i').exec(inner);
  if (match === null || inner === '') return undefined;
  const [, real, sign, imag] = match;
  if (real !== undefined && imag !== undefined && sign === '') return undefined;
  const value = (digits: string): number =>
    /inf/i.test(digits)
      ? digits.startsWith('-')
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY
      : Number(digits);
  const of = imag === undefined ? 0 : imag === '' ? 1 : value(imag);
  return new PyComplex(real === undefined ? 0 : value(real), sign === '-' ? -of : of);
}
