/** One number token of any length, in WebAssembly: what the hot loop's sixteen bytes do not take in. */
import type { WasmFunction, WasmModule } from '../../../kernels/wasm/emitter.ts';

const ZEROS = 0x3030_3030_3030_3030n;
const HIGH_BITS = 0x8080_8080_8080_8080n;

const POINT = 0x2e;
const MINUS = 0x2d;
const PLUS = 0x2b;
const LOWER_E = 0x65;

/**
 * Adds the function (start, end, out) → position after the token, its value stored at
 * `out`; or 0 for a token that is left to others: it is no number, or reaches `end`, or is an integer
 * that a double may not hold, or has so many digits that nineteen of them do not decide.
 * `round` is the function of round-decimal.ts, `exactPowers` the address of 10^0 to 10^22 as doubles.
 */
export function numberToken(m: WasmModule, round: WasmFunction, exactPowers: number): WasmFunction {
  const f = m.func(undefined, ['i32', 'i32', 'i32'], ['i32']);
  const [start, end, out] = [0, 1, 2];
  const [p, first, mark, digit, digits, exponent, power, sign, integer] = Array.from({ length: 9 }, () =>
    f.local('i32'),
  );
  const [mantissa, eight] = [f.local('i64'), f.local('i64')];
  const [value, next] = [f.local('f64'), f.local('f64')];

  const refuse = (): void => {
    f.i32(0).op('return');
  };
  const appendDigit = (): void => {
    f.get(mantissa).i64(10).op('i64.mul').get(digit).op('i64.extend_i32_u').op('i64.add').set(mantissa);
  };
  const digitAt = (at: number): void => {
    f.get(at).memory('i32.load8_u').i32(0x30).op('i32.xor').tee(digit).i32(9).op('i32.le_u');
  };
  /** Digits at p, as long as there are any. */
  const run = (): void => {
    f.loop(() => {
      digitAt(p);
      f.if(() => {
        appendDigit();
        f.get(p).i32(1).op('i32.add').set(p).br(1);
      });
    });
  };

  f.get(start).get(start).memory('i32.load8_u').i32(MINUS).op('i32.eq').op('i32.add').tee(p).set(first);
  run();
  f.get(p).get(first).op('i32.sub').tee(digits).op('i32.eqz').if(refuse);
  f.get(first).memory('i32.load8_u').i32(0x30).op('i32.eq').get(digits).i32(1).op('i32.gt_u').op('i32.and').if(refuse);
  f.i32(1).set(integer);

  f.get(p).memory('i32.load8_u').i32(POINT).op('i32.eq');
  f.if(() => {
    f.i32(0).set(integer);
    f.get(p).i32(1).op('i32.add').tee(p).set(mark);
    // Eight digits at a time, in one word.
    f.loop(() => {
      f.get(p).memory('i64.load').tee(eight).i64(0x4646_4646_4646_4646n).op('i64.add');
      f.get(eight).i64(ZEROS).op('i64.sub').tee(eight).op('i64.or').i64(HIGH_BITS).op('i64.and').op('i64.eqz');
      f.if(() => {
        f.get(eight).i64(10).op('i64.mul').get(eight).i64(8).op('i64.shr_u').op('i64.add').set(eight);
        f.get(eight).i64(0xff_0000_00ffn).op('i64.and').i64(0xf4240_0000_0064n).op('i64.mul');
        f.get(eight).i64(16).op('i64.shr_u').i64(0xff_0000_00ffn).op('i64.and').i64(0x2710_0000_0001n).op('i64.mul');
        f.op('i64.add').i64(32).op('i64.shr_u');
        f.get(mantissa).i64(100_000_000).op('i64.mul').op('i64.add').set(mantissa);
        f.get(p).i32(8).op('i32.add').set(p).br(1);
      });
    });
    run();
    f.get(mark).get(p).op('i32.sub').tee(exponent).op('i32.eqz').if(refuse);
    f.get(digits).get(exponent).op('i32.sub').set(digits);
  });

  f.get(p).memory('i32.load8_u').i32(0x20).op('i32.or').i32(LOWER_E).op('i32.eq');
  f.if(() => {
    f.i32(0).set(integer);
    f.get(p).i32(1).op('i32.add').tee(p).memory('i32.load8_u').tee(sign).i32(MINUS).op('i32.eq');
    f.get(sign).i32(PLUS).op('i32.eq').op('i32.or').get(p).op('i32.add').tee(p).set(mark);
    f.loop(() => {
      digitAt(p);
      f.if(() => {
        f.get(power).i32(10).op('i32.mul').get(digit).op('i32.add').get(power);
        // Past 1e8 no body has digits enough to bring the value back into range.
        f.get(power).i32(100_000_000).op('i32.lt_s').op('select').set(power);
        f.get(p).i32(1).op('i32.add').set(p).br(1);
      });
    });
    f.get(p).get(mark).op('i32.eq').if(refuse);
    f.get(exponent).i32(0).get(power).op('i32.sub').get(power).get(sign).i32(MINUS).op('i32.eq').op('select');
    f.op('i32.add').set(exponent);
  });
  f.get(p).get(end).op('i32.ge_u').if(refuse);

  // Nineteen digits fit 64 bits. Zeros before the first one do not count.
  f.i32(0).set(mark);
  f.get(digits).i32(19).op('i32.gt_u');
  f.if(() => {
    f.loop(() => {
      f.get(first).memory('i32.load8_u').tee(digit).i32(0x30).op('i32.eq').tee(sign);
      f.get(digit).i32(POINT).op('i32.eq').op('i32.or');
      f.if(() => {
        f.get(digits).get(sign).op('i32.sub').set(digits);
        f.get(first).i32(1).op('i32.add').set(first).br(1);
      });
    });
    f.get(digits).i32(19).op('i32.gt_s');
    f.if(() => {
      f.get(exponent).get(digits).op('i32.add').i32(19).op('i32.sub').set(exponent);
      f.i64(0).set(mantissa).i32(19).set(mark);
      f.loop(() => {
        digitAt(first);
        f.if(() => {
          appendDigit();
          f.get(mark).i32(1).op('i32.sub').set(mark);
        });
        f.get(first).i32(1).op('i32.add').set(first);
        f.get(mark).brIf(0);
      });
      f.i32(1).set(mark);
    });
  });

  f.get(mark).op('i32.eqz').get(exponent).i32(22).op('i32.add').i32(44).op('i32.le_u').op('i32.and');
  f.get(mantissa)
    .i64(2n ** 53n)
    .op('i64.le_u')
    .op('i32.and');
  f.if(
    () => {
      // Clinger's case: both exact, one rounding.
      f.get(mantissa).op('f64.convert_i64_u').set(value);
      f.get(exponent).i32(0).op('i32.lt_s');
      f.if(
        () => {
          f.get(value).i32(0).get(exponent).op('i32.sub').i32(3).op('i32.shl');
          f.memory('f64.load', exactPowers, 3).op('f64.div').set(value);
        },
        () => {
          f.get(value).get(exponent).i32(3).op('i32.shl').memory('f64.load', exactPowers, 3).op('f64.mul').set(value);
        },
      );
    },
    () => {
      f.get(mantissa).get(exponent).call(round).set(value);
      // Digits were left out: if the next larger nineteen round alike, so does all between.
      f.get(mark);
      f.if(() => {
        f.get(mantissa).i64(1).op('i64.add').get(exponent).call(round).tee(next).get(value).op('f64.ne').if(refuse);
      });
    },
  );
  f.get(integer)
    .get(value)
    .f64(2 ** 53)
    .op('f64.ge')
    .op('i32.and')
    .get(value)
    .f64(2 ** 63)
    .op('f64.le')
    .op('i32.and');
  f.if(refuse);

  f.get(out).get(value).op('f64.neg').get(value);
  f.get(start).memory('i32.load8_u').i32(MINUS).op('i32.eq').op('select').memory('f64.store', 0, 3);
  f.get(p);
  return f;
}
