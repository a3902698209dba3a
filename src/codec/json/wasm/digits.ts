/** Decimal digits as bytes, in WebAssembly. */
import type { WasmFunction, WasmModule } from '../../../kernels/wasm/emitter.ts';
import { reserveForGood } from '../../../tensor/memory.ts';

const ZEROS = 0x3030_3030_3030_3030n;

/**
 * Emits the eight digits of an i32 local below 10^8, leading zeros included, as one i64 of ASCII on the
 * stack: halved into 4, 2 and 1 digits, all lanes of a word at once.
 */
export function eightDigits(f: WasmFunction): (value: number) => void {
  const [high, word] = [f.local('i32'), f.local('i64')];
  /** Splits each lane into its quotient, which stays, and its remainder, which goes to the lane above. */
  const split = (factor: number, shift: number, mask: bigint, divisor: number, lane: number): void => {
    // quotient + (remainder << lane) = (value << lane) - quotient * ((divisor << lane) - 1)
    f.get(word).i64(lane).op('i64.shl');
    f.get(word).i64(factor).op('i64.mul').i64(shift).op('i64.shr_u').i64(mask).op('i64.and');
    f.i64((BigInt(divisor) << BigInt(lane)) - 1n)
      .op('i64.mul')
      .op('i64.sub')
      .set(word);
  };
  return (value) => {
    f.get(value).i32(10000).op('i32.div_u').tee(high).op('i64.extend_i32_u');
    f.get(value).get(high).i32(10000).op('i32.mul').op('i32.sub').op('i64.extend_i32_u').i64(32).op('i64.shl');
    f.op('i64.or').set(word);
    split(10486, 20, 0x7f_0000_007fn, 100, 16);
    split(103, 10, 0xf_000f_000f_000fn, 10, 8);
    f.get(word).i64(ZEROS).op('i64.or');
  };
}

/** Digits lie here, right-aligned, before they are laid out: 24 of them, and room to read beyond. */
export const DIGITS_AT = reserveForGood(64);
export const DIGITS_END = DIGITS_AT + 24;
const POWERS_AT = reserveForGood(20 * 8);

/** Puts what {@link putDigits} needs into the module. */
export function digitTables(m: WasmModule): void {
  m.segment(
    POWERS_AT,
    new Uint8Array(BigUint64Array.from({ length: 20 }, (_, k) => (k === 0 ? 0n : 10n ** BigInt(k))).buffer),
  );
}

/**
 * Adds the function (value: u64) → number of digits, one at least; it leaves the digits, zeros before
 * them, at {@link DIGITS_AT} to {@link DIGITS_END}.
 */
export function putDigits(m: WasmModule): WasmFunction {
  const f = m.func(undefined, ['i64'], ['i32']);
  const value = 0;
  const rest = f.local('i64');
  const [part, count] = [f.local('i32'), f.local('i32')];
  const eight = eightDigits(f);
  const E8 = 100_000_000;
  f.get(value).i64(E8).op('i64.lt_u');
  f.if(
    () => {
      f.get(value).op('i32.wrap_i64').set(part);
      f.i32(DIGITS_AT);
      eight(part);
      f.memory('i64.store', 16, 3);
    },
    () => {
      f.get(value).i64(E8).op('i64.div_u').set(rest);
      f.get(value).get(rest).i64(E8).op('i64.mul').op('i64.sub').op('i32.wrap_i64').set(part);
      f.i32(DIGITS_AT);
      eight(part);
      f.memory('i64.store', 16, 3);
      // At most twelve digits are left.
      f.get(rest).i64(E8).op('i64.div_u').op('i32.wrap_i64').set(count);
      f.get(rest).get(count).op('i64.extend_i32_u').i64(E8).op('i64.mul').op('i64.sub').op('i32.wrap_i64').set(part);
      f.i32(DIGITS_AT);
      eight(part);
      f.memory('i64.store', 8, 3);
      f.i32(DIGITS_AT);
      eight(count);
      f.memory('i64.store', 0, 3);
    },
  );
  // log10(2) times the number of bits, and one more where that power of ten is reached.
  f.i32(64).get(value).i64(1).op('i64.or').op('i64.clz').op('i32.wrap_i64').op('i32.sub');
  f.i32(1233).op('i32.mul').i32(12).op('i32.shr_u').tee(count);
  f.get(value).get(count).i32(3).op('i32.shl').memory('i64.load', POWERS_AT, 3).op('i64.ge_u').op('i32.add');
  return f;
}
