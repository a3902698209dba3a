/**
 * Numbers as decimal text, laid out as ECMAScript's Number::toString lays them out, except that a
 * minus zero keeps its sign and what is not finite is a JSON string. The digits of a float32 are its
 * own shortest ones. The `put` functions write ASCII at a position and return the position after it;
 * they take at most {@link MAX_NUMBER_BYTES}.
 */
import type { Half } from '../../tensor/halves.ts';
import { shortestDigits, shortestExponent } from './shortest-float32.ts';

/** `-2.2250738585072014e-308`, or an int64 in quotes, and a comma. */
export const MAX_NUMBER_BYTES = 32;

const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
const PLUS = 0x2b;
const LOWER_E = 0x65;

const scratch = Buffer.alloc(MAX_NUMBER_BYTES);

/** A float32 (any other number must first be rounded to one). */
export function float32Text(x: number): string {
  return scratch.toString('latin1', 0, putFloat32(scratch, 0, x));
}

export function float64Text(x: number): string {
  if (Number.isFinite(x)) return Object.is(x, -0) ? '-0' : `${x}`;
  return `"${x}"`;
}

export function putFloat32(bytes: Uint8Array, start: number, x: number): number {
  let pos = start;
  let value = x;
  if (value < 0 || Object.is(value, -0)) {
    if (value === -Infinity) return putAscii(bytes, pos, '"-Infinity"');
    bytes[pos++] = MINUS;
    value = -value;
  }
  // Up to 2^24 all whole numbers are floats, so that no shorter one can stand for another.
  if (value <= 2 ** 24 && value === (value | 0)) return putDigits(bytes, pos, value | 0, 0);
  if (value < Infinity) return putDecimal(bytes, pos, shortestDigits(value), shortestExponent());
  return putAscii(bytes, pos, value === Infinity ? '"Infinity"' : '"NaN"');
}

export function putFloat64(bytes: Uint8Array, start: number, x: number): number {
  if (x === (x | 0) && x !== 0) return putWhole(bytes, start, x);
  return putAscii(bytes, start, float64Text(x));
}

/** A float of 16 bits: the shortest decimal that is rounded to the same, of several the closest one. */
export function putHalf(bytes: Uint8Array, start: number, x: number, half: Half): number {
  if (!Number.isFinite(x) || x === 0) return putFloat32(bytes, start, x);
  let digits = 1;
  while (half.round(Math.fround(Number(x.toPrecision(digits)))) !== x) digits++;
  return putFloat64(bytes, start, Number(x.toPrecision(digits)));
}

/** A whole number of at most 53 bits. */
export function putWhole(bytes: Uint8Array, start: number, x: number): number {
  let pos = start;
  let value = x;
  if (value < 0) {
    bytes[pos++] = MINUS;
    value = -value;
  }
  if (value < 1e9) return putDigits(bytes, pos, value, 0);
  const high = Math.floor(value / 1e9);
  pos = putDigits(bytes, pos, high, 0);
  return putDigits(bytes, pos, value - high * 1e9, 9);
}

export function putAscii(bytes: Uint8Array, start: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
  return start + text.length;
}

/** The digits of an integer below 2^30, zeros before them up to `width`. */
function putDigits(bytes: Uint8Array, start: number, value: number, width: number): number {
  const end = start + Math.max(digitCount(value), width);
  let rest = value | 0;
  for (let pos = end - 1; pos >= start; pos--) {
    const next = (rest / 10) | 0;
    bytes[pos] = ZERO + rest - next * 10;
    rest = next;
  }
  return end;
}

/** `digits` times 10^`exponent`, by the steps of Number::toString. */
function putDecimal(bytes: Uint8Array, start: number, digits: number, exponent: number): number {
  const count = digitCount(digits);
  /** Where the point stands, counted from the first digit. */
  const point = count + exponent;
  let pos = start;
  if (exponent >= 0 && point <= 21) {
    pos = putDigits(bytes, pos, digits, 0);
    for (let i = 0; i < exponent; i++) bytes[pos++] = ZERO;
    return pos;
  }
  if (point > 0 && point <= 21) return putWithPoint(bytes, pos, digits, count, point);
  if (point > -6 && point <= 0) {
    bytes[pos++] = ZERO;
    bytes[pos++] = POINT;
    return putDigits(bytes, pos, digits, count - point);
  }
  pos = count === 1 ? putDigits(bytes, pos, digits, 0) : putWithPoint(bytes, pos, digits, count, 1);
  bytes[pos++] = LOWER_E;
  bytes[pos++] = point > 0 ? PLUS : MINUS;
  return putDigits(bytes, pos, Math.abs(point - 1), 0);
}

/** The `count` digits with a point after `point` of them. */
function putWithPoint(bytes: Uint8Array, start: number, digits: number, count: number, point: number): number {
  let rest = digits;
  let pos = start + count;
  for (let i = count; i > point; i--) {
    const next = (rest / 10) | 0;
    bytes[pos--] = ZERO + rest - next * 10;
    rest = next;
  }
  bytes[pos] = POINT;
  putDigits(bytes, start, rest, point);
  return start + count + 1;
}

/** Of a value below 2^31; of 0 one. */
function digitCount(value: number): number {
  if (value < 100000) {
    if (value < 100) return value < 10 ? 1 : 2;
    return value < 1000 ? 3 : value < 10000 ? 4 : 5;
  }
  if (value < 10000000) return value < 1000000 ? 6 : 7;
  return value < 100000000 ? 8 : value < 1000000000 ? 9 : 10;
}
