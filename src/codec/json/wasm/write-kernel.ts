/** Elements to JSON text, with the brackets of their shape, in WebAssembly. */
import { type WasmFunction, WasmModule } from '../../../kernels/wasm/emitter.ts';
import type { DType } from '../../../tensor/dtype.ts';
import { MAX_DIMS } from '../../../tensor/shape.ts';
import { digitTables } from './digits.ts';
import { putDecimal } from './layout.ts';
import { POWERS_AT, powerTable } from './powers.ts';
import { putShort, shortTables } from './short-layout.ts';
import { shortestFloat32, shortestFloat64, shortestTables } from './shortest.ts';

const COMMA = 0x2c;
const MINUS = 0x2d;
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** What a writer and its caller tell each other: 32-bit words. */
export const WRITE_STATE = {
  rank: 0,
  /** How many elements were written. Fewer than asked for: the next one is for others to write. */
  done: 4,
  /** Of each depth, how many are still to come. */
  left: 8,
  sizes: 8 + 4 * MAX_DIMS,
} as const;
export const WRITE_STATE_BYTES = 8 + 8 * MAX_DIMS;

/** Eight or fewer ASCII characters as a little-endian word. */
const word = (text: string): bigint => Buffer.from(text.padEnd(8, '\0')).readBigUInt64LE();

interface Element {
  /** i32 locals: the address of the element, and of the text. */
  readonly at: number;
  readonly to: number;
  /** Gives up at this element, `to` being where it was. Inside `nested` blocks. */
  readonly leave: (nested: number) => void;
}

/** Adds `name(at, count, to, state, written) → to`; `written` is 1 where the text of the first element stands already. */
function writer(m: WasmModule, name: string, width: number, element: (f: WasmFunction) => (e: Element) => void): void {
  const f = m.func(name, ['i32', 'i32', 'i32', 'i32', 'i32'], ['i32']);
  const [start, count, to, state, written] = [0, 1, 2, 3, 4];
  const [at, end, last, left, depth] = Array.from({ length: 5 }, () => f.local('i32'));
  const { left: lefts, sizes } = WRITE_STATE;
  const put = element(f);

  const slot = (level: number): void => {
    f.get(state).get(level).i32(2).op('i32.shl').op('i32.add');
  };
  const putByte = (byte: number): void => {
    f.get(to).i32(byte).memory('i32.store8').get(to).i32(1).op('i32.add').set(to);
  };
  f.get(state).memory('i32.load', WRITE_STATE.rank).i32(1).op('i32.sub').set(last);
  slot(last);
  f.memory('i32.load', lefts).set(left);
  f.get(start).tee(at).get(count).i32(width).op('i32.mul').op('i32.add').set(end);
  f.block(() => {
    f.loop(() => {
      f.get(at).get(end).op('i32.ge_u').brIf(1);
      f.get(written).op('i32.eqz');
      f.if(() => put({ at, to, leave: (nested) => f.br(nested + 2) }));
      f.i32(0).set(written);
      f.get(at).i32(width).op('i32.add').set(at);
      f.get(left).i32(1).op('i32.sub').tee(left);
      f.if(() => {
        putByte(COMMA);
        f.br(1);
      });
      // A row ends, and with it whatever it is the last of.
      f.get(last).set(depth);
      f.loop(() => {
        putByte(CLOSE_BRACKET);
        slot(depth);
        slot(depth);
        f.memory('i32.load', sizes).memory('i32.store', lefts);
        f.get(depth).i32(1).op('i32.sub').tee(depth).i32(0).op('i32.lt_s').brIf(2);
        slot(depth);
        slot(depth);
        f.memory('i32.load', lefts).i32(1).op('i32.sub').tee(left).memory('i32.store', lefts);
        f.get(left).op('i32.eqz').brIf(0);
      });
      putByte(COMMA);
      f.loop(() => {
        putByte(OPEN_BRACKET);
        f.get(depth).i32(1).op('i32.add').tee(depth).get(last).op('i32.lt_s').brIf(0);
      });
      slot(last);
      f.memory('i32.load', sizes).set(left).br(0);
    });
  });
  slot(last);
  f.get(left).memory('i32.store', lefts);
  f.get(state).get(at).get(start).op('i32.sub').i32(width).op('i32.div_u').memory('i32.store', WRITE_STATE.done);
  f.get(to);
}

/** Appends up to eight characters. */
function putText(f: WasmFunction, to: number, text: string): void {
  f.get(to).i64(word(text)).memory('i64.store').get(to).i32(text.length).op('i32.add').set(to);
}

/** What is not finite, as a JSON string. `nan` leaves whether it is NaN, `negative` whether it is below zero. */
function putNonFinite(f: WasmFunction, to: number, nan: () => void, negative: () => void): void {
  nan();
  f.if(
    () => putText(f, to, '"NaN"'),
    () => {
      f.get(to).i32(QUOTE).memory('i32.store8').get(to).i32(1).op('i32.add');
      f.get(to).i32(MINUS).memory('i32.store8', 1);
      negative();
      f.op('i32.add').set(to);
      putText(f, to, 'Infinity');
      putText(f, to, '"');
    },
  );
}

/**
 * The module of one writer for each dtype, by its name. A text takes 32 bytes at most; behind all of
 * it 64 bytes may be overwritten.
 */
export function writeModule(): WasmModule {
  const m = new WasmModule();
  m.segment(POWERS_AT, powerTable());
  digitTables(m);
  shortTables(m);
  shortestTables(m);
  const decimal = putDecimal(m);
  const shortest64 = shortestFloat64(m);

  /** The digits and the power of ten in these locals, appended. */
  const putDigits = (f: WasmFunction, to: number, digits: number, scale: number): void => {
    f.get(to).get(digits).get(scale).call(decimal).set(to);
  };
  /** A minus where `negative` is 1. */
  const putSign = (f: WasmFunction, to: number, negative: number): void => {
    f.get(to).i32(MINUS).memory('i32.store8').get(to).get(negative).op('i32.add').set(to);
  };

  writer(m, 'float32', 4, (f) => {
    const [bits, negative, scale] = Array.from({ length: 3 }, () => f.local('i32'));
    const nine = f.local('i32');
    const digits = f.local('i64');
    const x = f.local('f32');
    const short = putShort(f);
    return ({ at, to, leave }) => {
      f.get(at).memory('i32.load', 0, 2).tee(bits).i32(31).op('i32.shr_u').set(negative);
      f.get(bits).i32(0x7fff_ffff).op('i32.and').tee(bits).i32(0x7f80_0000).op('i32.ge_u');
      f.if(
        () =>
          putNonFinite(
            f,
            to,
            () => f.get(bits).i32(0x7f80_0000).op('i32.ne'),
            () => f.get(negative),
          ),
        () => {
          f.get(bits).op('f32.reinterpret_i32').tee(x).op('f32.trunc').get(x).op('f32.eq');
          f.get(x)
            .f32(2 ** 24)
            .op('f32.le')
            .op('i32.and');
          f.if(
            () => f.get(x).op('i32.trunc_f32_s').op('i64.extend_i32_u').set(digits).i32(0).set(scale),
            () => {
              shortestFloat32(f, bits, () => leave(3));
              f.set(scale).set(digits);
            },
          );
          putSign(f, to, negative);
          f.get(digits).op('i32.wrap_i64').set(nine);
          short(to, nine, scale, () => putDigits(f, to, digits, scale));
        },
      );
    };
  });

  writer(m, 'float64', 8, (f) => {
    const [negative, scale] = Array.from({ length: 2 }, () => f.local('i32'));
    const [bits, digits] = [f.local('i64'), f.local('i64')];
    const x = f.local('f64');
    return ({ at, to, leave }) => {
      f.get(at).memory('i64.load', 0, 3).tee(bits).i64(63).op('i64.shr_u').op('i32.wrap_i64').set(negative);
      f.get(bits)
        .i64(2n ** 63n - 1n)
        .op('i64.and')
        .tee(bits)
        .i64(0x7ffn << 52n)
        .op('i64.ge_u');
      f.if(
        () =>
          putNonFinite(
            f,
            to,
            () =>
              f
                .get(bits)
                .i64(0x7ffn << 52n)
                .op('i64.ne'),
            () => f.get(negative),
          ),
        () => {
          f.get(bits).op('f64.reinterpret_i64').tee(x).op('f64.trunc').get(x).op('f64.eq');
          f.get(x)
            .f64(2 ** 53)
            .op('f64.le')
            .op('i32.and');
          f.if(
            () => f.get(x).op('i64.trunc_f64_s').set(digits).i32(0).set(scale),
            () => {
              f.get(bits).call(shortest64).set(scale).tee(digits).op('i64.eqz');
              f.if(() => leave(3));
            },
          );
          putSign(f, to, negative);
          putDigits(f, to, digits, scale);
        },
      );
    };
  });

  const wholes = (name: DType, width: number, load: (f: WasmFunction) => void): void =>
    writer(m, name, width, (f) => {
      const [negative, zero] = [f.local('i32'), f.local('i32')];
      const [x, digits] = [f.local('i64'), f.local('i64')];
      return ({ at, to }) => {
        f.get(at);
        load(f);
        f.tee(x).i64(63).op('i64.shr_u').op('i32.wrap_i64').set(negative);
        f.i64(0).get(x).op('i64.sub').get(x).get(negative).op('select').set(digits);
        if (name !== 'int64') {
          putSign(f, to, negative);
          putDigits(f, to, digits, zero);
          return;
        }
        // Beyond what every reader's doubles hold, a string.
        f.get(digits)
          .i64(2n ** 53n)
          .op('i64.gt_u');
        f.if(
          () => {
            putText(f, to, '"');
            putSign(f, to, negative);
            putDigits(f, to, digits, zero);
            putText(f, to, '"');
          },
          () => {
            putSign(f, to, negative);
            putDigits(f, to, digits, zero);
          },
        );
      };
    });
  wholes('int64', 8, (f) => f.memory('i64.load', 0, 3));
  wholes('int32', 4, (f) => f.memory('i64.load32_s', 0, 2));
  wholes('int16', 2, (f) => f.memory('i64.load16_s', 0, 1));
  wholes('int8', 1, (f) => f.memory('i64.load8_s'));
  wholes('uint8', 1, (f) => f.memory('i64.load8_u'));

  writer(m, 'bool', 1, (f) => ({ at, to }) => {
    f.get(at).memory('i32.load8_u');
    f.if(
      () => putText(f, to, 'true'),
      () => putText(f, to, 'false'),
    );
  });
  return m;
}
