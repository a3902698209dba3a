/**
 * The shortest decimal that reads back as the same number, the closest one among several, in
 * WebAssembly: the idea of Schubfach (Giulietti, "The Schubfach way to render doubles", 2020). The
 * number is brought to units of 10^k so large that at most one multiple of ten lies between the middles
 * to its neighbours, and so small that one whole number does. Here the product is kept with so many
 * bits that all but a few numbers are decided by it; those that lie too close to a middle, or between
 * two decimals, are left to others.
 */
import type { WasmFunction, WasmModule } from '../../../kernels/wasm/emitter.ts';
import { reserveForGood } from '../../../tensor/memory.ts';
import { highProduct } from './arithmetic.ts';
import { POWER_BYTES, POWER_ZERO_AT } from './powers.ts';

const FIELDS = 256;
/** Of each exponent field of a float32 the distance to the next float, in units of 10^k · 2^-60. */
const GAPS_AT = reserveForGood(FIELDS * 8);
/** Of each exponent field that k. */
const SCALES_AT = reserveForGood(FIELDS * 4);

export function shortestTables(m: WasmModule): void {
  const gaps = new BigUint64Array(FIELDS);
  const scales = new Int32Array(FIELDS);
  for (let field = 0; field < FIELDS; field++) {
    const q = Math.max(field, 1) - 150;
    const k = Math.floor(q * Math.log10(2));
    const up = 2n ** BigInt(60 + Math.max(q, 0)) * 10n ** BigInt(Math.max(-k, 0));
    gaps[field] = up / (2n ** BigInt(Math.max(-q, 0)) * 10n ** BigInt(Math.max(k, 0)));
    scales[field] = k;
  }
  m.segment(GAPS_AT, new Uint8Array(gaps.buffer));
  m.segment(SCALES_AT, new Uint8Array(scales.buffer));
}

interface Choice {
  /** i64 locals: the whole units, the fraction, and half the gap to the next number in units of the fraction. */
  readonly whole: number;
  readonly fraction: number;
  readonly half: number;
  readonly fractionBits: number;
  /** i32 locals: k, and whether the next number below is only half as far, as below a power of two. */
  readonly scale: number;
  readonly uneven: number;
  /** What the product may be wrong by, and what lies too close to a middle, in units of the fraction. */
  readonly doubt: number;
  /** Whether `whole` fits 32 bits, which divide faster. */
  readonly narrow?: boolean;
  /** Leaves, one block deep, where the number is not decided. */
  readonly undecided: () => void;
}

type Divide = (value: number, divisor: number) => void;

/** Emits the quotient of an i64 local. */
const division =
  (f: WasmFunction, narrow: boolean): Divide =>
  (value, divisor) => {
    if (narrow) f.get(value).op('i32.wrap_i64').i32(divisor).op('i32.div_u').op('i64.extend_i32_u');
    else f.get(value).i64(divisor).op('i64.div_u');
  };

/**
 * Emits the end of the functions below: the digits of `whole` and `fraction`, and their power of ten.
 * Which candidate it will be nobody can predict: both are computed, and no branch depends on it.
 */
function choose(f: WasmFunction, choice: Choice): void {
  const { whole, fraction, half, fractionBits, scale, uneven, doubt, narrow = false, undecided } = choice;
  const divide = division(f, narrow);
  const one = 1n << BigInt(fractionBits);
  const [digits, distance, nearest, margin, rest] = Array.from({ length: 5 }, () => f.local('i64'));
  const [below, ten] = [f.local('i32'), f.local('i32')];
  /** Leaves how much further the middle on the candidate's side is than the candidate. */
  const marginOf = (): void => {
    f.get(half).get(uneven).get(below).op('i32.and').op('i64.extend_i32_u').op('i64.shr_u');
    f.get(distance).op('i64.sub');
  };

  // The nearest whole number.
  f.get(fraction)
    .i64(fractionBits - 1)
    .op('i64.shr_u')
    .tee(rest)
    .get(whole)
    .op('i64.add')
    .set(nearest);
  f.get(fraction).i64(one).get(fraction).op('i64.sub').get(rest).op('i64.eqz').tee(below).op('select').set(distance);
  marginOf();
  f.i64(doubt).op('i64.le_s');
  f.get(distance)
    .i64(one / 2n - BigInt(doubt))
    .op('i64.ge_u')
    .op('i32.or');

  // The nearest multiple of ten, without its last zero.
  f.get(whole);
  divide(whole, 10);
  f.tee(digits).i64(10).op('i64.mul').op('i64.sub');
  f.i64(fractionBits).op('i64.shl').get(fraction).op('i64.or').tee(distance);
  f.i64(10n * one)
    .get(distance)
    .op('i64.sub')
    .get(distance)
    .i64(5n * one)
    .op('i64.lt_u')
    .tee(below)
    .op('select');
  f.set(distance);
  marginOf();
  f.tee(margin).i64(-doubt).op('i64.ge_s').op('i32.or');
  f.get(margin).i64(doubt).op('i64.le_s').op('i32.and');
  f.if(undecided);

  f.get(digits).get(below).op('i32.eqz').op('i64.extend_i32_u').op('i64.add').get(nearest);
  f.get(margin).i64(0).op('i64.gt_s').tee(ten).op('select').set(digits);
  f.get(scale).get(ten).op('i32.add').set(scale);
  dropZeros(f, divide, digits, scale, rest);
  f.get(digits).get(scale);
}

function dropZeros(f: WasmFunction, divide: Divide, digits: number, scale: number, rest: number): void {
  const ifDivides = (divisor: number, then: () => void): void => {
    f.get(digits);
    divide(digits, divisor);
    f.tee(rest).i64(divisor).op('i64.mul').op('i64.eq');
    f.if(then);
  };
  const take = (zeros: number): void => {
    f.get(rest).set(digits);
    f.get(scale).i32(zeros).op('i32.add').set(scale);
  };
  // Most often there is none. Of seventeen digits sixteen can be zeros.
  ifDivides(10, () => {
    take(1);
    for (const zeros of [8, 4, 2, 1]) ifDivides(10 ** zeros, () => take(zeros));
  });
}

/**
 * Emits, of the i32 local `bits` of a positive finite float32, the digits as an i64 and their power of ten,
 * left on the stack; `bits` is used up. `undecided` leaves from one block deep.
 */
export function shortestFloat32(f: WasmFunction, bits: number, undecided: () => void): void {
  const [field, scale, uneven] = Array.from({ length: 3 }, () => f.local('i32'));
  const [mantissa, gap, value, whole, fraction, half] = Array.from({ length: 6 }, () => f.local('i64'));

  f.get(bits).i32(23).op('i32.shr_u').tee(field).i32(1).op('i32.gt_u');
  f.get(bits).i32(0x7fffff).op('i32.and').tee(bits).op('i32.eqz').op('i32.and').set(uneven);
  f.get(bits).get(field).i32(0).op('i32.ne').i32(23).op('i32.shl').op('i32.or').op('i64.extend_i32_u').set(mantissa);
  f.get(field).i32(2).op('i32.shl').memory('i32.load', SCALES_AT, 2).set(scale);
  f.get(field).i32(3).op('i32.shl').memory('i64.load', GAPS_AT, 3).tee(gap).i64(33).op('i64.shr_u').set(half);
  // Below 10 * 2^24, and 28 bits of a fraction.
  f.get(mantissa).get(gap).i64(32).op('i64.shr_u').op('i64.mul');
  f.get(mantissa).get(gap).i64(0xffff_ffff).op('i64.and').op('i64.mul').i64(32).op('i64.shr_u');
  f.op('i64.add').tee(value).i64(28).op('i64.shr_u').set(whole);
  f.get(value).i64(0xfff_ffff).op('i64.and').set(fraction);
  // The product may be 2 too small. Who reads the text through a double rounds to one of the middles
  // whatever lies within half a double's gap of it, 2^-53 of the value: 8 of these units at most.
  choose(f, { whole, fraction, half, fractionBits: 28, scale, uneven, doubt: 16, narrow: true, undecided });
}

/** Adds the function (bits of a positive finite float64) → digits and power of ten, or 0 digits if undecided. */
export function shortestFloat64(m: WasmModule): WasmFunction {
  const f = m.func(undefined, ['i64'], ['i64', 'i32']);
  const bits = 0;
  const [field, scale, uneven, binary, shift, at] = Array.from({ length: 6 }, () => f.local('i32'));
  const [mantissa, power, low, more, whole, fraction, half] = Array.from({ length: 7 }, () => f.local('i64'));
  const product = highProduct(f);
  const FRACTION = 2n ** 52n - 1n;

  f.get(bits).i64(52).op('i64.shr_u').op('i32.wrap_i64').tee(field).i32(1).op('i32.gt_u');
  f.get(bits).i64(FRACTION).op('i64.and').tee(bits).op('i64.eqz').op('i32.and').set(uneven);
  f.get(bits).get(field).i32(0).op('i32.ne').op('i64.extend_i32_u').i64(52).op('i64.shl').op('i64.or').set(mantissa);
  // The gap is 2^binary; 10^scale is at most that. Both logarithms in fixed point are exact in this range.
  f.get(field).get(field).op('i32.eqz').op('i32.add').i32(1075).op('i32.sub').tee(binary);
  f.i32(1262611).op('i32.mul').i32(22).op('i32.shr_s').tee(scale);
  f.i32(-1741647).op('i32.mul').i32(19).op('i32.shr_s').get(binary).op('i32.add').i32(1).op('i32.add').set(shift);
  f.i32(POWER_ZERO_AT).get(scale).i32(POWER_BYTES).op('i32.mul').op('i32.sub').tee(at);
  f.memory('i64.load', 0, 3).set(power);
  f.get(mantissa).get(shift).op('i64.extend_i32_u').op('i64.shl').set(mantissa);
  product(mantissa, power);
  f.set(whole);
  f.get(mantissa).get(power).op('i64.mul').set(low);
  f.get(power).i32(5).get(shift).op('i32.sub').op('i64.extend_i32_u').op('i64.shr_u').set(half);
  f.get(at).memory('i64.load', 8, 3).set(power);
  product(mantissa, power);
  f.tee(more).get(low).op('i64.add').tee(low).get(more).op('i64.lt_u').op('i64.extend_i32_u');
  f.get(whole).op('i64.add').set(whole);
  f.get(low).i64(4).op('i64.shr_u').set(fraction);
  const undecided = (): void => {
    f.i64(0).i32(0).op('return');
  };
  choose(f, { whole, fraction, half, fractionBits: 60, scale, uneven, doubt: 8, undecided });
  return f;
}
