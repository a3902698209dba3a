/** The nearest double of w · 10^q, after Lemire, "Number parsing at a gigabyte per second" (2021). */
import type { WasmFunction, WasmModule } from '../../../kernels/wasm/emitter.ts';
import { highProduct } from './arithmetic.ts';
import { POWER_BYTES, POWER_ZERO_AT } from './powers.ts';

const INFINITY_BITS = 0x7ff0_0000_0000_0000n;

/**
 * Adds the function (w: u64, q: i32) → f64. Of w's product with the 128 bits of 10^q the upper part is
 * enough to round by, always (Mushtak and Lemire, "Fast number parsing without fallback", 2023).
 */
export function roundDecimal(m: WasmModule): WasmFunction {
  const f = m.func(undefined, ['i64', 'i32'], ['f64']);
  const [w, q] = [0, 1];
  const [zeros, high, low, power, more, shift, mantissa] = Array.from({ length: 7 }, () => f.local('i64'));
  const [at, exponent] = [f.local('i32'), f.local('i32')];
  const product = highProduct(f);

  f.get(w).op('i64.eqz').get(q).i32(-342).op('i32.lt_s').op('i32.or');
  f.if(() => f.f64(0).op('return'));
  f.get(q).i32(308).op('i32.gt_s');
  f.if(() => f.f64(Infinity).op('return'));

  f.get(w).get(w).op('i64.clz').tee(zeros).op('i64.shl').set(w);
  f.get(q).i32(POWER_BYTES).op('i32.mul').i32(POWER_ZERO_AT).op('i32.add').tee(at);
  f.memory('i64.load', 0, 3).set(power);
  product(w, power);
  f.set(high);
  f.get(w).get(power).op('i64.mul').set(low);
  // Only where all of these nine bits are set can what the lower half of the power adds carry this far.
  f.get(high).i64(0x1ff).op('i64.and').i64(0x1ff).op('i64.eq');
  f.if(() => {
    f.get(at).memory('i64.load', 8, 3).set(power);
    product(w, power);
    f.tee(more).get(low).op('i64.add').tee(low).get(more).op('i64.lt_u').op('i64.extend_i32_u');
    f.get(high).op('i64.add').set(high);
  });

  // 53 bits and one to round by. The highest bit of the product may be clear.
  f.get(high).i64(63).op('i64.shr_u').tee(shift);
  f.op('i32.wrap_i64').get(zeros).op('i32.wrap_i64').op('i32.sub');
  f.get(q).i32(217706).op('i32.mul').i32(16).op('i32.shr_s').op('i32.add'); // floor(q · log2(10))
  f.i32(63 + 1023)
    .op('i32.add')
    .set(exponent);
  f.get(high).get(shift).i64(9).op('i64.add').tee(shift).op('i64.shr_u').set(mantissa);

  const roundHalf = (): void => {
    f.get(mantissa).get(mantissa).i64(1).op('i64.and').op('i64.add').i64(1).op('i64.shr_u').set(mantissa);
  };
  f.get(exponent).i32(0).op('i32.le_s');
  f.if(() => {
    f.get(exponent).i32(-62).op('i32.lt_s');
    f.if(() => f.f64(0).op('return'));
    f.get(mantissa).i32(1).get(exponent).op('i32.sub').op('i64.extend_i32_u').op('i64.shr_u').set(mantissa);
    roundHalf();
    // What rounds up to 2^52 is the smallest normal number, and has its bits.
    f.get(mantissa).op('f64.reinterpret_i64').op('return');
  });

  // Exactly halfway, which only these powers allow: the even neighbour below.
  f.get(low).i64(1).op('i64.le_u').get(q).i32(4).op('i32.add').i32(27).op('i32.le_u').op('i32.and');
  f.get(mantissa).i64(3).op('i64.and').i64(1).op('i64.eq').op('i32.and');
  f.get(mantissa).get(shift).op('i64.shl').get(high).op('i64.eq').op('i32.and');
  f.if(() => f.get(mantissa).i64(-2).op('i64.and').set(mantissa));
  roundHalf();
  // The bit above the fraction goes into the exponent, whether it was carried there or not.
  f.get(exponent).i32(1).op('i32.sub').op('i64.extend_i32_u').i64(52).op('i64.shl');
  f.get(mantissa).op('i64.add').tee(mantissa).i64(INFINITY_BITS).op('i64.ge_u');
  f.if(() => f.f64(Infinity).op('return'));
  f.get(mantissa).op('f64.reinterpret_i64');
  return f;
}
