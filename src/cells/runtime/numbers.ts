/** int and float: Python's arithmetic on bigint and double. */
import type { CellBudget } from './budget.ts';
import { PyError, typeError, valueError } from './errors.ts';

const SMALL = 1n << 62n;

export function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude < 0x20000000000000n) return magnitude === 0n ? 0 : Math.floor(Math.log2(Number(magnitude))) + 1;
  const hex = magnitude.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0], 16)));
}

const isSmall = (value: bigint): boolean => value < SMALL && value > -SMALL;

export function checked(value: bigint, budget: CellBudget): bigint {
  if (!isSmall(value)) budget.bits(bitLength(value));
  return value;
}

export function multiply(a: bigint, b: bigint, budget: CellBudget): bigint {
  if (!isSmall(a) || !isSmall(b)) budget.bits(bitLength(a) + bitLength(b) - 1);
  return a * b;
}

/** A number as text, in a time that counts. */
export function intText(value: bigint, budget: CellBudget, radix = 10): string {
  if (!isSmall(value)) budget.step(bitLength(value) >> 9);
  return value.toString(radix);
}

/** What dividing by a large number takes. */
function countDivision(a: bigint, b: bigint, budget: CellBudget): void {
  if (!isSmall(b) && !isSmall(a)) budget.step(1 + (bitLength(a) >> 10));
}

export function floorDivide(a: bigint, b: bigint, budget: CellBudget): bigint {
  countDivision(a, b, budget);
  if (b === 0n) throw new PyError('ZeroDivisionError', 'integer division or modulo by zero');
  const quotient = a / b;
  return a < 0n !== b < 0n && quotient * b !== a ? quotient - 1n : quotient;
}

export function modulo(a: bigint, b: bigint, budget: CellBudget): bigint {
  countDivision(a, b, budget);
  if (b === 0n) throw new PyError('ZeroDivisionError', 'integer modulo by zero');
  const rest = a % b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
}

/** Correctly rounded, also where the operands are beyond doubles. */
export function trueDivide(a: bigint, b: bigint, budget: CellBudget): number {
  countDivision(a, b, budget);
  if (b === 0n) throw new PyError('ZeroDivisionError', 'division by zero');
  const exact = 9007199254740992n;
  if (a <= exact && a >= -exact && b <= exact && b >= -exact) return Number(a) / Number(b);
  const negative = a < 0n !== b < 0n;
  const top = a < 0n ? -a : a;
  const bottom = b < 0n ? -b : b;
  // 66 bits of the quotient with a sticky last one round once, to the nearest double.
  const shift = 66 - (bitLength(top) - bitLength(bottom));
  const numerator = shift > 0 ? top << BigInt(shift) : top;
  const denominator = shift < 0 ? bottom << BigInt(-shift) : bottom;
  let quotient = numerator / denominator;
  if (quotient * denominator !== numerator) quotient |= 1n;
  const scaled = scale(Number(quotient), -shift);
  if (!Number.isFinite(scaled)) throw new PyError('OverflowError', 'integer division result too large for a float');
  return negative ? -scaled : scaled;
}

function scale(value: number, exponent: number): number {
  let result = value;
  let left = exponent;
  for (; left > 1000; left -= 1000) result *= 2 ** 1000;
  for (; left < -1000; left += 1000) result *= 2 ** -1000;
  return result * 2 ** left;
}

export function toDouble(value: bigint): number {
  const result = Number(value);
  if (!Number.isFinite(result)) throw new PyError('OverflowError', 'int too large to convert to float');
  return result;
}

export function floatFloorDivide(a: number, b: number): number {
  if (b === 0) throw new PyError('ZeroDivisionError', 'float floor division by zero');
  const rest = floatModulo(a, b);
  const quotient = (a - rest) / b;
  const floored = Math.floor(quotient);
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

export function floatModulo(a: number, b: number): number {
  if (b === 0) throw new PyError('ZeroDivisionError', 'float modulo');
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

export function intPower(base: bigint, exponent: bigint, budget: CellBudget): bigint | number {
  if (exponent < 0n) {
    if (base === 0n) throw new PyError('ZeroDivisionError', '0.0 cannot be raised to a negative power');
    return floatPower(toDouble(base), toDouble(exponent));
  }
  if (base !== 0n && base !== 1n && base !== -1n) {
    const bits = (bitLength(base) - 1) * Number(exponent);
    if (bits > 62) budget.bits(bits);
  } else if (exponent > 1n) {
    return base === -1n && exponent % 2n === 0n ? 1n : base;
  }
  return base ** exponent;
}

export function floatPower(base: number, exponent: number): number {
  if (base === 0 && exponent < 0) throw new PyError('ZeroDivisionError', '0.0 cannot be raised to a negative power');
  if (base === 1 || exponent === 0) return 1;
  if (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent)) return 1;
  if (base < 0 && Number.isFinite(base) && Number.isFinite(exponent) && !Number.isInteger(exponent)) {
    throw new PyError('NotImplementedError', 'a negative number to a fractional power is complex, which cells lack');
  }
  const result = base ** exponent;
  if (!Number.isFinite(result) && Number.isFinite(base) && Number.isFinite(exponent)) {
    throw new PyError('OverflowError', "(34, 'Numerical result out of range')");
  }
  return result;
}

export function shift(value: bigint, by: bigint, left: boolean, budget: CellBudget): bigint {
  if (by < 0n) throw valueError('negative shift count');
  if (!left) return by > BigInt(budget.limits.maxIntBits) ? (value < 0n ? -1n : 0n) : value >> by;
  if (value === 0n) return 0n;
  budget.bits(bitLength(value) + Number(by));
  return value << by;
}

/** A whole number for places that take floats too: `int(x)`. */
export function truncate(value: number): bigint {
  if (Number.isNaN(value)) throw valueError('cannot convert float NaN to integer');
  if (!Number.isFinite(value)) throw new PyError('OverflowError', 'cannot convert float infinity to integer');
  return BigInt(Math.trunc(value));
}

export function parseFloatText(text: string, budget: CellBudget): number | undefined {
  budget.characters(text.length);
  const plain = text.trim().toLowerCase();
  const special = /^([+-]?)(inf(?:inity)?|nan)$/.exec(plain);
  if (special !== null) {
    const value = special[2] === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
    return special[1] === '-' ? -value : value;
  }
  return isDecimal(plain) ? Number(plain.replaceAll('_', '')) : undefined;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const UNDERSCORE = 95;

/** After digits with at most one `_` between two of them; `from` where there are none. */
function afterDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) {
    at++;
    if (text.charCodeAt(at) === UNDERSCORE && isDigit(text.charCodeAt(at + 1))) at++;
  }
  return at;
}

/** Whether a text is a decimal number, seen from left to right once: a pattern would try a long one again and again. */
function isDecimal(text: string): boolean {
  const start = text[0] === '+' || text[0] === '-' ? 1 : 0;
  let at = afterDigits(text, start);
  let digits = at - start;
  if (text[at] === '.') {
    const end = afterDigits(text, at + 1);
    digits += end - at - 1;
    at = end;
  }
  if (digits === 0) return false;
  if (text[at] === 'e') {
    const from = text[at + 1] === '+' || text[at + 1] === '-' ? at + 2 : at + 1;
    at = afterDigits(text, from);
    if (at === from) return false;
  }
  return at === text.length;
}

const DIGITS: ReadonlyMap<number, RegExp> = new Map([
  [2, /^[01]+$/],
  [8, /^[0-7]+$/],
  [10, /^\d+$/],
  [16, /^[0-9a-f]+$/],
]);

/** Digits of any base that a number holds exactly. */
const DIGITS_AT_ONCE = 10;

export function parseIntText(text: string, base: number, budget: CellBudget): bigint | undefined {
  budget.characters(text.length);
  let plain = text.trim().toLowerCase();
  const negative = plain.startsWith('-');
  if (negative || plain.startsWith('+')) plain = plain.slice(1);
  const prefixes: readonly (readonly [string, number])[] = [
    ['0x', 16],
    ['0o', 8],
    ['0b', 2],
  ];
  let radix = base;
  for (const [prefix, of] of prefixes) {
    if (plain.startsWith(prefix) && (base === 0 || base === of)) {
      plain = plain.slice(2);
      radix = of;
    }
  }
  if (radix === 0) radix = 10;
  if (/^_|__|_$/.test(plain)) return undefined;
  plain = plain.replaceAll('_', '');
  budget.bits(Math.ceil(plain.length * Math.log2(radix)));
  const pattern = DIGITS.get(radix);
  let value: bigint;
  if (pattern !== undefined) {
    if (!pattern.test(plain)) return undefined;
    value = BigInt(radix === 10 ? plain : `0${radix === 16 ? 'x' : radix === 8 ? 'o' : 'b'}${plain}`);
  } else {
    if (radix < 2 || radix > 36) throw valueError('int() base must be >= 2 and <= 36, or 0');
    if (plain === '') return undefined;
    value = 0n;
    const unit = BigInt(radix ** DIGITS_AT_ONCE);
    const first = plain.length % DIGITS_AT_ONCE || DIGITS_AT_ONCE;
    for (let from = 0, to = first; from < plain.length; from = to, to += DIGITS_AT_ONCE) {
      const digits = plain.slice(from, to);
      for (const c of digits) if (!(Number.parseInt(c, 36) < radix)) return undefined;
      budget.step(1 + (from >> 8));
      value = value * unit + BigInt(Number.parseInt(digits, radix));
    }
  }
  return negative ? -value : value;
}

export const unsupportedOperands = (op: string, left: string, right: string): PyError =>
  typeError(`unsupported operand type(s) for ${op}: '${left}' and '${right}'`);
