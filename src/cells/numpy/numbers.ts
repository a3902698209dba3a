/** Numbers as NumPy writes them: the fewest digits that tell a float of its width from its neighbours. */
import { type DType, rounded } from '../../tensor/dtype.ts';
import { exponentText, fixedText } from '../../tensor/print/number-text.ts';
import { floatRepr } from '../runtime/floats.ts';

/** Digits of the shortest decimal, with the exponent of the first. */
interface Shortest {
  readonly digits: string;
  readonly exponent: number;
}

function shortest(value: number, dtype: DType): Shortest {
  let text = value.toExponential();
  if (dtype !== 'float64') {
    for (let places = 0; places < 17; places++) {
      text = value.toExponential(places);
      if (rounded(Number(text), dtype) === value) break;
    }
  }
  const [mantissa, exponent] = text.split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

/** `str` of a scalar: Python's way, with the digits of its width. */
export function scalarText(value: number, dtype: DType): string {
  if (dtype === 'float64' || !Number.isFinite(value) || value === 0) return floatRepr(value);
  const sign = value < 0 ? '-' : '';
  const { digits, exponent } = shortest(Math.abs(value), dtype);
  if (exponent < -4 || exponent >= 16) {
    const rest = digits.slice(1);
    return `${sign}${digits[0]}${rest === '' ? '' : `.${rest}`}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return sign + positional(digits, exponent, true);
}

function positional(digits: string, exponent: number, zero: boolean): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return `${digits}${'0'.repeat(exponent + 1 - digits.length)}.${zero ? '0' : ''}`;
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

const trimmed = (text: string): string => text.replace(/0+$/, '');

const signed = (value: number): string => (value < 0 || Object.is(value, -0) ? '-' : '');

/** `np.format_float_positional(x, precision, unique=True, trim='.')`: at most so many digits behind the point. */
export function positionalText(value: number, precision: number, dtype: DType, unique = true): string {
  const size = Math.abs(value);
  if (!unique) return withPoint(signed(value) + fixedText(size, precision));
  if (size === 0) return `${signed(value)}0.`;
  const { digits, exponent } = shortest(size, dtype);
  const places = digits.length - 1 - exponent;
  const text = places <= precision ? positional(digits, exponent, false) : withPoint(fixedText(size, precision));
  return signed(value) + trimmed(text);
}

const withPoint = (text: string): string => (text.includes('.') ? text : `${text}.`);

/** `np.format_float_scientific(x, precision, unique=True, trim='.')`: mantissa and exponent. */
export function scientificText(value: number, precision: number, dtype: DType, unique = true): [string, string] {
  const size = Math.abs(value);
  if (!unique) {
    const [mantissa, power] = exponentText(size, precision).split('e');
    return [signed(value) + withPoint(mantissa), power];
  }
  if (size === 0) return [`${signed(value)}0.`, '+00'];
  const { digits, exponent } = shortest(size, dtype);
  const power = (n: number): string => `${n < 0 ? '-' : '+'}${String(Math.abs(n)).padStart(2, '0')}`;
  if (digits.length - 1 <= precision) return [`${signed(value)}${digits[0]}.${digits.slice(1)}`, power(exponent)];
  const [mantissa, own] = exponentText(size, precision).split('e');
  return [signed(value) + trimmed(withPoint(mantissa)), power(Number(own))];
}
