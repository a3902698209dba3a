/**
 * Number tokens (RFC 8259, section 6) from bytes to the nearest double, bit for bit what JSON.parse
 * gives. Three ways, from fast to slow: Clinger's exact case ("How to read floating point numbers
 * accurately", 1990), a double-double product whose rounding is certain, and the engine's own parser.
 */

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;

/** 10^0 to 10^22: the powers that a double holds exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

/**
 * Reads the token at `start` into `out[at]` and returns the position after it, or `~position` of the
 * byte that no number has there. The result goes through an array because a returned or shared
 * double would be boxed.
 */
export function scanNumber(bytes: Uint8Array, start: number, out: Float64Array, at: number): number {
  const end = bytes.length;
  let pos = start;
  const negative = bytes[pos] === MINUS;
  if (negative) pos++;
  if (pos >= end) return ~pos;

  // In 32 bits, which takes a third of the time that doubles do; for up to nine digits that is all.
  let mantissa = bytes[pos] ^ ZERO;
  if (mantissa > 9) return ~pos;
  const leadingZero = mantissa === 0;
  let digit = 0;
  let digits = ++pos;
  while (pos < end && (digit = bytes[pos] ^ ZERO) <= 9) {
    mantissa = (Math.imul(mantissa, 10) + digit) | 0;
    pos++;
  }
  if (leadingZero && pos > digits) return ~digits;
  digits = pos - digits + 1;

  let exponent = 0;
  if (pos < end && bytes[pos] === POINT) {
    const fraction = ++pos;
    while (pos < end && (digit = bytes[pos] ^ ZERO) <= 9) {
      mantissa = (Math.imul(mantissa, 10) + digit) | 0;
      pos++;
    }
    if (pos === fraction) return ~pos;
    exponent = fraction - pos;
    digits -= exponent;
  }
  if (pos < end && (bytes[pos] | 0x20) === LOWER_E) {
    pos++;
    const sign = pos < end ? bytes[pos] : 0;
    if (sign === MINUS || sign === PLUS) pos++;
    const first = pos;
    let power = 0;
    while (pos < end && (digit = bytes[pos] ^ ZERO) <= 9) {
      // Past 1e8 no body has digits enough to bring the value back into range.
      if (power < 1e8) power = power * 10 + digit;
      pos++;
    }
    if (pos === first) return ~pos;
    exponent += sign === MINUS ? -power : power;
  }

  let value: number;
  if (digits <= 9 && exponent >= -22 && exponent <= 22) {
    value = exponent < 0 ? mantissa / EXACT_POWERS[-exponent] : mantissa * EXACT_POWERS[exponent];
  } else {
    value = roundLong(bytes, negative ? start + 1 : start, pos, exponent);
  }
  out[at] = negative ? -value : value;
  return pos;
}

/** The text of a token; tokens are ASCII. */
export const tokenText = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');

/** Whether the token has neither fraction nor exponent. */
export function isIntegerToken(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === POINT || (bytes[i] | 0x20) === LOWER_E) return false;
  return true;
}

const MAX_POWER = 290;
/** 10^k as an unevaluated sum of two doubles, filled in when first wanted. */
const POWER_HIGH = new Float64Array(2 * MAX_POWER + 1);
const POWER_LOW = new Float64Array(2 * MAX_POWER + 1);

function computePower(k: number): void {
  // 10^k in units of 2^-shift, with more than 106 bits kept.
  const shift = k < 0 ? Math.ceil(-k * Math.log2(10)) + 128 : 0;
  const units = k < 0 ? 2n ** BigInt(shift) / 10n ** BigInt(-k) : 10n ** BigInt(k);
  const high = Number(units);
  const low = Number(units - BigInt(high));
  // In two steps: 2^-shift alone can lie below the smallest double.
  const half = 2 ** -Math.floor(shift / 2);
  const rest = 2 ** -Math.ceil(shift / 2);
  POWER_HIGH[k + MAX_POWER] = high * half * rest;
  POWER_LOW[k + MAX_POWER] = low * half * rest;
}

/** The rounding error of `product = a * b` (Dekker 1971); exact while nothing over- or underflows. */
function productError(a: number, b: number, product: number): number {
  const scaledA = 134217729 * a;
  const highA = scaledA - (scaledA - a);
  const lowA = a - highA;
  const scaledB = 134217729 * b;
  const highB = scaledB - (scaledB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/**
 * The unsigned token at `start`, whose digits without the point are to be taken times 10^`exponent`.
 * Twenty-seven digits go into a double-double. Where that is one exact double and the power of ten is
 * exact too, one rounding is left (Clinger). Else the product with the power is good to 2^-84; where an
 * error of that size would not move the nearest double (Ziv's test), that double is the answer.
 */
function roundLong(bytes: Uint8Array, start: number, end: number, exponent: number): number {
  let pos = start;
  while (bytes[pos] === ZERO || bytes[pos] === POINT) pos++;
  // Three parts of up to nine digits; of what comes after only the number of digits matters.
  let first = 0;
  let second = 0;
  let third = 0;
  let digits = 0;
  for (; pos < end; pos++) {
    const digit = bytes[pos] ^ ZERO;
    if (digit > 9) {
      if (bytes[pos] === POINT) continue;
      break;
    }
    if (digits < 9) first = (Math.imul(first, 10) + digit) | 0;
    else if (digits < 18) second = (Math.imul(second, 10) + digit) | 0;
    else if (digits < 27) third = (Math.imul(third, 10) + digit) | 0;
    digits++;
  }
  if (digits === 0) return 0;
  const kept = Math.min(digits, 27);
  const scale = exponent + digits - kept;

  let high = first;
  let low = 0;
  if (kept > 9) {
    // Exact: 30 bits times at most 5^9, which has 21.
    const product = first * EXACT_POWERS[Math.min(kept, 18) - 9];
    high = product + second;
    low = second - (high - product);
  }
  if (kept > 18) {
    const unit = EXACT_POWERS[kept - 18];
    const product = high * unit;
    const error = productError(high, unit, product) + (low * unit + third);
    high = product + error;
    low = error - (high - product);
  }
  if (low === 0 && kept === digits && scale >= -22 && scale <= 22) {
    return scale < 0 ? high / EXACT_POWERS[-scale] : high * EXACT_POWERS[scale];
  }

  const magnitude = kept + scale;
  // The bounds keep every term below clear of overflow and of denormals.
  if (scale >= -MAX_POWER && scale <= MAX_POWER && magnitude > -270 && magnitude < MAX_POWER) {
    const k = scale + MAX_POWER;
    if (POWER_HIGH[k] === 0) computePower(scale);
    const product = high * POWER_HIGH[k];
    const error = productError(high, POWER_HIGH[k], product) + (high * POWER_LOW[k] + low * POWER_HIGH[k]);
    const sum = product + error;
    const rest = error - (sum - product);
    const slack = sum * 2 ** -84;
    if (sum + (rest + slack) === sum && sum + (rest - slack) === sum) return sum;
  }
  return Number(tokenText(bytes, start, end));
}
