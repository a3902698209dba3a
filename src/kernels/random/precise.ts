/**
 * Logarithm, sine and cosine that are rounded right but for one argument in some thousands, as the C
 * library's are: JavaScript's own go wrong for one in fifteen to thirty, and normal doubles show it.
 * Each comes from a table that divides its range, and a short series on what is left.
 */
import { productRest, sumRest } from './double-double.ts';

/** Tables are computed in whole numbers that count units of 2^-160. */
const BITS = 160n;
const ONE = 1n << BITS;
const STEPS = 64;

/** `x + sign x^3 / 3 + x^5 / 5 + …`: the arctangent with a sign of -1, the hyperbolic one with 1. */
function arctan(x: bigint, sign: -1n | 1n): bigint {
  let sum = 0n;
  for (let n = 1n, power = x; power !== 0n; n += 2n) {
    sum += power / n;
    power = (sign * power * x * x) / (ONE * ONE);
  }
  return sum;
}

/** `first - first x^2 / (n (n + 1)) + …`: the sine from x and 2 on, the cosine from 1 and 1 on. */
function sinOrCos(x: bigint, first: bigint, n: bigint): bigint {
  let sum = 0n;
  for (let term = first; term !== 0n; n += 2n) {
    sum += term;
    term = (-term * x * x) / (ONE * ONE * n * (n + 1n));
  }
  return sum;
}

const UNIT = 2 ** -80;
const toDouble = (x: bigint): number => Number(x) * UNIT * UNIT;
const fromDouble = (x: number): bigint => BigInt(x * 2 ** 160);

/** `x` in doubles of which all but the last have so few bits that a product with a small number is exact. */
function parts(x: bigint, bits: readonly number[]): number[] {
  let left = x;
  const out = bits.map((b) => {
    const head = Math.round(toDouble(left) * 2 ** b) / 2 ** b;
    left -= fromDouble(head);
    return head;
  });
  return [...out, toDouble(left)];
}

interface Tables {
  /** Heads and tails of log(j / 128). */
  readonly logHead: Float64Array;
  readonly logTail: Float64Array;
  readonly ln2: readonly number[];
  /** Heads and tails of sin and cos of k pi / 64. */
  readonly sinHead: Float64Array;
  readonly sinTail: Float64Array;
  readonly cosHead: Float64Array;
  readonly cosTail: Float64Array;
  /** pi / 64. */
  readonly step: readonly number[];
}

function makeTables(): Tables {
  const column = (length: number): Float64Array => new Float64Array(length);
  const [logHead, logTail] = [column(192), column(192)];
  const [sinHead, sinTail, cosHead, cosTail] = [column(129), column(129), column(129), column(129)];
  const put = (head: Float64Array, tail: Float64Array, i: number, x: bigint): void => {
    head[i] = toDouble(x);
    tail[i] = toDouble(x - fromDouble(head[i]));
  };
  for (let j = 88; j < 192; j++) put(logHead, logTail, j, 2n * arctan((BigInt(j - 128) * ONE) / BigInt(j + 128), 1n));
  const pi = 16n * arctan(ONE / 5n, -1n) - 4n * arctan(ONE / 239n, -1n);
  const [stepSin, stepCos] = [
    sinOrCos(pi / BigInt(STEPS), pi / BigInt(STEPS), 2n),
    sinOrCos(pi / BigInt(STEPS), ONE, 1n),
  ];
  let [sin, cos] = [0n, ONE];
  for (let k = 0; k <= 2 * STEPS; k++) {
    put(sinHead, sinTail, k, sin);
    put(cosHead, cosTail, k, cos);
    [sin, cos] = [(sin * stepCos + cos * stepSin) >> BITS, (cos * stepCos - sin * stepSin) >> BITS];
  }
  const ln2 = parts(2n * arctan(ONE / 3n, 1n), [40]);
  return { logHead, logTail, ln2, sinHead, sinTail, cosHead, cosTail, step: parts(pi / BigInt(STEPS), [44, 88]) };
}

let made: Tables | undefined;
const tables = (): Tables => (made ??= makeTables());

const asDouble = new Float64Array(1);
const words = new Uint32Array(asDouble.buffer);

/** The natural logarithm of a positive number that is not subnormal. */
export function preciseLog(argument: number): number {
  const { logHead, logTail, ln2 } = tables();
  if (argument === 1) return 0;
  asDouble[0] = argument;
  let exponent = (words[1] >>> 20) - 1023;
  words[1] = (words[1] & 0xfffff) | 0x3ff00000;
  let x = asDouble[0];
  if (x > Math.SQRT2) {
    x /= 2;
    exponent++;
  }
  const j = Math.round(x * 128);
  const c = j / 128;
  // log x = log c + log(1 + q), q = (x - c) / c.
  const d = x - c;
  const q = d / c;
  const qc = q * c;
  const qTail = (d - qc - productRest(q, c, qc)) / c;
  const square = q * q;
  const squareTail = productRest(q, q, square) + 2 * q * qTail;
  const rest =
    square * q * (1 / 3 - q * (1 / 4 - q * (1 / 5 - q * (1 / 6 - q * (1 / 7 - q * (1 / 8 - q * (1 / 9 - q / 10)))))));
  const whole = exponent * ln2[0];
  const a = whole + logHead[j];
  const b = a + q;
  const e = b - square / 2;
  const lost = sumRest(whole, logHead[j], a) + sumRest(a, q, b) + sumRest(b, -square / 2, e);
  return e + (lost + (rest + (qTail - squareTail / 2 + logTail[j] + exponent * ln2[1])));
}

/** Sine and cosine of an angle from [0, 2 pi], the sine first, into `into`. */
export function preciseSinCos(angle: number, into: Float64Array): void {
  const { sinHead, sinTail, cosHead, cosTail, step } = tables();
  const k = Math.round((angle * STEPS) / Math.PI);
  // What is left of the angle, at most pi / 128, as a head and a tail.
  const near = angle - k * step[0];
  const next = k * step[1];
  const first = near - next;
  const last = sumRest(near, -next, first) - k * step[2];
  const r = first + last;
  const tail = sumRest(first, last, r);
  const square = r * r;
  const sinRest =
    tail * (1 - square / 2) - square * r * (1 / 6 - square * (1 / 120 - square * (1 / 5040 - square / 362880)));
  // cos r = 1 - half + cosRest.
  const half = square / 2;
  const cosRest =
    square * square * (1 / 24 - square * (1 / 720 - square / 40320)) - productRest(r, r, square) / 2 - r * tail;
  into[0] = turned(sinHead[k], sinTail[k], cosHead[k], cosTail[k], r, sinRest, half, cosRest);
  into[1] = turned(cosHead[k], cosTail[k], -sinHead[k], -sinTail[k], r, sinRest, half, cosRest);
}

/** `x cos r + y sin r`, x and y with their tails. */
function turned(
  x: number,
  xTail: number,
  y: number,
  yTail: number,
  r: number,
  sinRest: number,
  half: number,
  cosRest: number,
): number {
  const p = y * r;
  const a = x + p;
  const s = x * half;
  const b = a - s;
  const lost = sumRest(x, p, a) + sumRest(a, -s, b) + productRest(y, r, p) - productRest(x, half, s);
  return b + (lost + (xTail + yTail * r + x * cosRest + y * sinRest));
}
