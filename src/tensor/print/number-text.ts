/**
 * Doubles as C and Python write them with a given number of digits. JavaScript's toFixed and
 * toExponential are exact, too, but round a tie away from zero where C rounds it to the even digit.
 */

const special = (x: number): string | undefined =>
  Number.isNaN(x)
    ? 'nan'
    : x === Number.POSITIVE_INFINITY
      ? 'inf'
      : x === Number.NEGATIVE_INFINITY
        ? '-inf'
        : undefined;

const isOdd = (x: number): boolean => Math.abs(x % 2) === 1;

/** The digits of a tie with the last one made even. The last digit is odd, so nothing is borrowed. */
function toEven(digits: string): string {
  const last = digits.charCodeAt(digits.length - 1) - 48;
  return last % 2 === 0 ? digits : digits.slice(0, -1) + (last - 1);
}

/** Python's `'{:.{precision}f}'`, for a precision of up to 100 digits. */
export function fixedText(x: number, precision: number): string {
  const word = special(x);
  if (word !== undefined) return word;
  const sign = x < 0 || Object.is(x, -0) ? '-' : '';
  const a = Math.abs(x);
  if (a >= 1e21) return sign + BigInt(a) + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
  const digits = a.toFixed(precision);
  // Halfway between two neighbours: a whole odd number of halves of the last digit.
  return sign + (isOdd(a * 2 ** (precision + 1)) ? toEven(digits) : digits);
}

/** Python's `'{:.{precision}e}'`, for a precision of up to 100 digits. */
export function exponentText(x: number, precision: number): string {
  const word = special(x);
  if (word !== undefined) return word;
  const sign = x < 0 || Object.is(x, -0) ? '-' : '';
  const a = Math.abs(x);
  const text = a.toExponential(precision);
  const e = text.indexOf('e');
  const power = Number(text.slice(e + 1));
  const mantissa = isTie(a, power - precision) ? toEven(text.slice(0, e)) : text.slice(0, e);
  return `${sign}${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Whether `a` is halfway between two multiples of 10^unit. */
function isTie(a: number, unit: number): boolean {
  if (unit <= 0) return isOdd(a * 2 ** (1 - unit));
  if (!Number.isInteger(a)) return false;
  const size = 10n ** BigInt(unit);
  return (BigInt(a) % size) * 2n === size;
}
