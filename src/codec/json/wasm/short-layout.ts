/**
 * At most nine digits and a power of ten as text, in WebAssembly: the digits in a vector, and the text
 * from one shuffle of it. Its table has a row for each place of the point and each number of digits.
 */
import type { WasmFunction, WasmModule } from '../../../kernels/wasm/emitter.ts';
import { reserveForGood } from '../../../tensor/memory.ts';
import { eightDigits } from './digits.ts';

const MAX_DIGITS = 9;
/** The point stands behind so many digits; below zero, so many zeros stand between it and them. */
const MIN_POINT = -5;
const MAX_POINT = 16;
const POINTS = MAX_POINT - MIN_POINT + 1;

/** Lanes of the vector: eight digits, the one before them, a point, a zero. */
const FIRST_DIGIT_LANE = 8;
const POINT_LANE = 9;
const ZERO_LANE = 10;
/** Those from the ninth on, the digit being zero. */
const UPPER_LANES = 0x30_2e30n;

const ROWS_AT = reserveForGood(POINTS * 16 * 16);
const LENGTHS_AT = reserveForGood(POINTS * 16);
const POWERS_AT = reserveForGood(16 * 4);

/** Which lanes the text of `count` digits consists of, as Number::toString would lay them out. */
function lanesOf(count: number, point: number): number[] {
  const digits = Array.from({ length: count }, (_, i) => {
    const lane = FIRST_DIGIT_LANE - count + i;
    return lane < 0 ? FIRST_DIGIT_LANE : lane;
  });
  const zeros = (n: number): number[] => new Array<number>(Math.max(n, 0)).fill(ZERO_LANE);
  if (point <= 0) return [ZERO_LANE, POINT_LANE, ...zeros(-point), ...digits];
  if (point >= count) return [...digits, ...zeros(point - count)];
  return [...digits.slice(0, point), POINT_LANE, ...digits.slice(point)];
}

/** Puts what {@link putShort} needs into the module. */
export function shortTables(m: WasmModule): void {
  const rows = new Uint8Array(POINTS * 16 * 16);
  const lengths = new Uint8Array(POINTS * 16);
  for (let point = MIN_POINT; point <= MAX_POINT; point++) {
    for (let count = 1; count <= MAX_DIGITS; count++) {
      const row = (point - MIN_POINT) * 16 + count;
      const lanes = lanesOf(count, point);
      rows.set(lanes, row * 16);
      lengths[row] = lanes.length;
    }
  }
  m.segment(ROWS_AT, rows);
  m.segment(LENGTHS_AT, lengths);
  const powers = Uint32Array.from({ length: 10 }, (_, k) => (k === 0 ? 0 : 10 ** k));
  m.segment(POWERS_AT, new Uint8Array(powers.buffer));
}

/**
 * Emits the text of the i32 local `digits`, below 10^9, times 10^`scale` at `to`, which moves on behind it;
 * sixteen bytes there may be overwritten. Where the text has an exponent or many zeros, `otherwise` is to
 * write it.
 */
export function putShort(f: WasmFunction): (to: number, digits: number, scale: number, otherwise: () => void) => void {
  const [top, rest, count, row] = Array.from({ length: 4 }, () => f.local('i32'));
  const eight = eightDigits(f);
  return (to, digits, scale, otherwise) => {
    // log10(2) times the number of bits, and one more where that power of ten is reached.
    f.i32(32).get(digits).i32(1).op('i32.or').op('i32.clz').op('i32.sub');
    f.i32(1233).op('i32.mul').i32(12).op('i32.shr_u').tee(count);
    f.get(digits).get(count).i32(2).op('i32.shl').memory('i32.load', POWERS_AT, 2).op('i32.ge_u').op('i32.add');
    f.tee(count).get(scale).op('i32.add').i32(MIN_POINT).op('i32.sub').tee(row).i32(POINTS).op('i32.lt_u');
    f.if(() => {
      f.get(row).i32(4).op('i32.shl').get(count).op('i32.or').set(row);
      f.get(digits).get(digits).i32(100_000_000).op('i32.div_u').tee(top);
      f.i32(100_000_000).op('i32.mul').op('i32.sub').set(rest);
      f.get(to);
      eight(rest);
      f.op('i64x2.splat').get(top).op('i64.extend_i32_u').i64(UPPER_LANES).op('i64.add');
      f.lane('i64x2.replace_lane', 1);
      f.get(row).i32(4).op('i32.shl').memory('v128.load', ROWS_AT, 4).op('i8x16.swizzle').memory('v128.store');
      f.get(to).get(row).memory('i32.load8_u', LENGTHS_AT).op('i32.add').set(to);
    }, otherwise);
  };
}
