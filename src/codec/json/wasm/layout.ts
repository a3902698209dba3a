/** Digits and a power of ten as text, by the steps of ECMAScript's Number::toString, in WebAssembly. */
import type { WasmFunction, WasmModule } from '../../../kernels/wasm/emitter.ts';
import { DIGITS_END, putDigits } from './digits.ts';

const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
const PLUS = 0x2b;
const LOWER_E = 0x65;
const ZEROS = 0x3030_3030_3030_3030n;

/** Bytes behind the text that the function may overwrite. */
export const LAYOUT_SLACK = 32;

/** Adds the function (at, digits: u64, exponent) → position after the text. */
export function putDecimal(m: WasmModule): WasmFunction {
  const put = putDigits(m);
  const f = m.func(undefined, ['i32', 'i64', 'i32'], ['i32']);
  const [at, digits, exponent] = [0, 1, 2];
  const [count, point, from, to, power] = Array.from({ length: 5 }, () => f.local('i32'));

  /** Twenty-four digits from `from` on to `target`. */
  const copyDigits = (target: number): void => {
    f.get(target).get(from).memory('v128.load').memory('v128.store');
    f.get(target).get(from).memory('i64.load', 16).memory('i64.store', 16);
  };
  const putByte = (target: number, byte: number, offset = 0): void => {
    f.get(target).i32(byte).memory('i32.store8', offset);
  };

  f.get(digits).call(put).tee(count).get(exponent).op('i32.add').set(point);
  f.i32(DIGITS_END).get(count).op('i32.sub').set(from);

  // 0.001234
  f.get(point).i32(5).op('i32.add').i32(5).op('i32.le_u');
  f.if(() => {
    f.get(at)
      .i64(ZEROS ^ BigInt((ZERO ^ POINT) << 8))
      .memory('i64.store');
    f.get(at).i32(2).op('i32.add').get(point).op('i32.sub').set(to);
    copyDigits(to);
    f.get(to).get(count).op('i32.add').op('return');
  });
  f.get(point).i32(1).op('i32.sub').i32(20).op('i32.le_u');
  f.if(() => {
    copyDigits(at);
    f.get(exponent).i32(0).op('i32.lt_s');
    // 12.34
    f.if(() => {
      f.get(at).get(point).op('i32.add').tee(to).i32(POINT).memory('i32.store8');
      f.get(to).get(from).get(point).op('i32.add').memory('v128.load').memory('v128.store', 1);
      f.get(at).get(count).op('i32.add').i32(1).op('i32.add').op('return');
    });
    // 123400
    f.get(exponent);
    f.if(() => {
      f.get(at).get(count).op('i32.add').set(to);
      for (const offset of [0, 8, 16]) f.get(to).i64(ZEROS).memory('i64.store', offset);
    });
    f.get(at).get(point).op('i32.add').op('return');
  });
  // 1.234e-56
  f.get(at).get(from).memory('i32.load8_u').memory('i32.store8');
  f.get(at).i32(1).op('i32.add').set(to);
  f.get(count).i32(1).op('i32.gt_u');
  f.if(() => {
    putByte(at, POINT, 1);
    f.get(at).get(from).memory('v128.load', 1).memory('v128.store', 2);
    f.get(to).get(count).op('i32.add').set(to);
  });
  putByte(to, LOWER_E);
  f.get(to).i32(PLUS).i32(MINUS).get(point).i32(0).op('i32.gt_s').op('select').memory('i32.store8', 1);
  f.get(to).i32(2).op('i32.add').set(to);
  f.get(point).i32(1).op('i32.sub').i32(1).get(point).op('i32.sub').get(point).i32(0).op('i32.gt_s').op('select');
  f.set(power);
  // Each digit is written, and the next one over it where it was a leading zero.
  f.get(to).get(power).i32(100).op('i32.div_u').tee(point).i32(ZERO).op('i32.add').memory('i32.store8');
  f.get(to).get(point).i32(0).op('i32.ne').op('i32.add').set(to);
  f.get(to).get(power).i32(10).op('i32.div_u').tee(count);
  f.get(point).i32(10).op('i32.mul').op('i32.sub').i32(ZERO).op('i32.add').memory('i32.store8');
  f.get(to).get(count).i32(0).op('i32.ne').op('i32.add').set(to);
  f.get(to).get(power).get(count).i32(10).op('i32.mul').op('i32.sub').i32(ZERO).op('i32.add').memory('i32.store8');
  f.get(to).i32(1).op('i32.add');
  return f;
}
