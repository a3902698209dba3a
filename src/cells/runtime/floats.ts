/** Decimal forms of doubles: repr as Python's, and exact rounding to places, half to even. */

/** The shortest digits that read back, with the decimal exponent of the first. */
function shortest(value: number): { digits: string; exponent: number } {
  const [mantissa, exponent] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const sign = value < 0 ? '-' : '';
  const { digits, exponent } = shortest(Math.abs(value));
  if (exponent < -4 || exponent >= 16) return `${sign}${scientific(digits, exponent)}`;
  return sign + positional(digits, exponent, true);
}

function scientific(digits: string, exponent: number, letter = 'e'): string {
  const rest = digits.slice(1);
  return `${digits[0]}${rest === '' ? '' : `.${rest}`}${letter}${exponentText(exponent)}`;
}

const exponentText = (exponent: number): string =>
  `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

function positional(digits: string, exponent: number, point: boolean): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits + '0'.repeat(exponent + 1 - digits.length) + (point ? '.0' : '');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

const view = new DataView(new ArrayBuffer(8));

/** |value| × 10^places as an integer, half to even; the value is finite. */
export function scaledDecimal(value: number, places: number): bigint {
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const raw = Number(bits >> 52n);
  let numerator = raw === 0 ? bits & 0xfffffffffffffn : (bits & 0xfffffffffffffn) | 0x10000000000000n;
  const exponent = (raw === 0 ? 1 : raw) - 1075;
  let denominator = 1n;
  if (exponent > 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  if (places > 0) numerator *= 10n ** BigInt(places);
  else denominator *= 10n ** BigInt(-places);
  const quotient = numerator / denominator;
  const twice = (numerator - quotient * denominator) * 2n;
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** Beyond so many places, or digits, a double has none but zeros. */
const MOST_PLACES = 1100;

/** As C's %.{precision}f, without a sign. */
export function fixed(value: number, precision: number): string {
  if (precision > MOST_PLACES) return fixed(value, MOST_PLACES) + '0'.repeat(precision - MOST_PLACES);
  const text = scaledDecimal(value, precision)
    .toString()
    .padStart(precision + 1, '0');
  return precision === 0 ? text : `${text.slice(0, -precision)}.${text.slice(-precision)}`;
}

/** The first `count` digits, rounded exactly, with the decimal exponent of the first. */
function digitsOf(value: number, count: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  if (count > MOST_PLACES) {
    const { digits, exponent } = digitsOf(value, MOST_PLACES);
    return { digits: digits + '0'.repeat(count - MOST_PLACES), exponent };
  }
  let { exponent } = shortest(Math.abs(value));
  for (;;) {
    const digits = scaledDecimal(value, count - 1 - exponent).toString();
    if (digits.length === count) return { digits, exponent };
    exponent += digits.length > count ? 1 : -1;
  }
}

/** As C's %.{precision}e, without a sign. */
export function exponential(value: number, precision: number): string {
  const { digits, exponent } = digitsOf(value, precision + 1);
  return scientific(digits, exponent);
}

/** As C's %.{precision}g, without a sign; `keep` keeps trailing zeros (the # flag). */
export function general(value: number, precision: number, keep = false): string {
  const count = Math.max(1, precision);
  const { digits, exponent } = digitsOf(value, count);
  const short = keep ? digits : withoutZeros(digits) || '0';
  if (exponent < -4 || exponent >= count) return scientific(short, exponent);
  return positional(short, exponent, false);
}

/** Without those at the end. */
function withoutZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}

/** round(value, places) */
export function roundTo(value: number, places: number): number {
  if (!Number.isFinite(value) || places > 323) return value;
  if (places < -309) return value * 0;
  const rounded = Number(`${scaledDecimal(value, places)}e${-places}`);
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}

/** round(value): half to even. */
export function roundHalfEven(value: number): bigint {
  const magnitude = scaledDecimal(value, 0);
  return value < 0 ? -magnitude : magnitude;
}
