/**
 * Nested numbers from bytes to doubles and a shape, in WebAssembly. A token of at most fifteen bytes,
 * with or without a sign and a point, is read at once: its digits are moved to the right end of a vector, without
 * the point, and added up there pairwise. One of 16 to 31 bytes with a point, as doubles have them that
 * are printed in full, is read as its last sixteen bytes and those before.
 */
import { WasmModule } from '../../../kernels/wasm/emitter.ts';
import { reserveForGood } from '../../../tensor/memory.ts';
import { MAX_DIMS } from '../../../tensor/shape.ts';
import { lanes16 } from './arithmetic.ts';
import { numberToken } from './number-token.ts';
import { POWERS_AT, powerTable } from './powers.ts';
import { roundDecimal } from './round-decimal.ts';

const COMMA = 0x2c;
const MINUS = 0x2d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;

/** What the scan and its caller tell each other: 32-bit words. */
export const SCAN_STATE = {
  /** How many arrays are open. */
  depth: 0,
  /** 1 where an element comes next, 0 where a comma or the end of an array does. */
  beforeElement: 4,
  /** Where the next value would be stored. */
  out: 8,
  /** Of each depth, the elements so far. */
  counts: 12,
  /** Of each depth, the size, -1 until the first array there has closed. */
  shape: 12 + 4 * MAX_DIMS,
} as const;
export const SCAN_STATE_BYTES = 12 + 8 * MAX_DIMS;

const MAX_TOKEN = 15;
/** The digits before the last fifteen or sixteen stay below this: together they fit 64 bits. */
const MAX_HEAD = 1000;
const GATHER_AT = reserveForGood(16 * 16 * 16);
/** For sixteen bytes, by the one that is the point, 16 for none of them: the same. */
const TAIL_AT = reserveForGood(17 * 16);
const EXACT_POWERS_AT = reserveForGood(23 * 8);
/** By the length of what stands from the point on, 10^(that many digits). */
const DIVISORS_AT = reserveForGood(17 * 8);

/** For a token of `length` bytes whose point is the byte `point`: where each of sixteen digits comes from. */
function gatherTable(): Uint8Array {
  const table = new Uint8Array(16 * 16 * 16).fill(0x80);
  for (let length = 1; length <= MAX_TOKEN; length++) {
    for (let point = 0; point <= length; point++) {
      const row = (length * 16 + point) * 16;
      let to = 15;
      for (let from = length - 1; from >= 0; from--) if (from !== point) table[row + to--] = from;
    }
  }
  return table;
}

function tailTable(): Uint8Array {
  const table = new Uint8Array(17 * 16);
  for (let point = 0; point <= 16; point++) {
    const digits = Array.from({ length: 16 }, (_, i) => i).filter((i) => i !== point);
    table.set(point === 16 ? digits : [0x80, ...digits], 16 * point);
  }
  return table;
}

const bytesOfDoubles = (values: number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer);

/**
 * The module of `scan(pos, end, out, state, rank) → pos`. It begins at an element, `rank` deep, reads on
 * as long as there are numbers, commas, brackets and white space, and stops before what is anything
 * else, or wrong, or may go on behind `end`. Zero bytes, as many as a vector has, follow there.
 */
export function scanModule(): WasmModule {
  const m = new WasmModule();
  m.segment(POWERS_AT, powerTable());
  m.segment(GATHER_AT, gatherTable());
  m.segment(EXACT_POWERS_AT, bytesOfDoubles(Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))));
  m.segment(DIVISORS_AT, bytesOfDoubles(Array.from({ length: 17 }, (_, k) => Number(`1e${Math.max(k - 1, 0)}`))));
  m.segment(TAIL_AT, tailTable());
  const round = roundDecimal(m);
  const token = numberToken(m, round, EXACT_POWERS_AT);

  // The first position from `pos` on that is no white space.
  const skip = m.func(undefined, ['i32'], ['i32']);
  const byte = skip.local('i32');
  skip.loop(() => {
    skip.get(0).memory('i32.load8_u').tee(byte).i32(0x20).op('i32.eq');
    for (const space of [0x0a, 0x0d, 0x09]) skip.get(byte).i32(space).op('i32.eq').op('i32.or');
    skip.if(() => {
      skip.get(0).i32(1).op('i32.add').set(0).br(1);
    });
  });
  skip.get(0);

  const f = m.func('scan', ['i32', 'i32', 'i32', 'i32', 'i32'], ['i32']);
  const [pos, end, out, state, rank] = [0, 1, 2, 3, 4];
  const [depth, count, before, p, length, digits, dots, point, here, size, negative, head] = Array.from(
    { length: 12 },
    () => f.local('i32'),
  );
  const [pairs, zeros, nines, dot, lowBytes, tens, hundreds, myriads, v, isDigit] = Array.from({ length: 10 }, () =>
    f.local('v128'),
  );
  const [sum, upper] = [f.local('i64'), f.local('i64')];
  const { counts, shape } = SCAN_STATE;

  f.v128(new Uint8Array(16).fill(0x30)).set(zeros);
  f.v128(new Uint8Array(16).fill(9)).set(nines);
  f.v128(new Uint8Array(16).fill((0x2e - 0x30) & 0xff)).set(dot);
  f.v128(lanes16(0xff)).set(lowBytes);
  f.v128(lanes16(10)).set(tens);
  f.v128(lanes16(100, 1)).set(hundreds);
  f.v128(lanes16(10000, 1)).set(myriads);

  /** The address of a depth's word; the field's offset goes to the load or store. */
  const word = (level: number): void => {
    f.get(state).get(level).i32(2).op('i32.shl').op('i32.add');
  };
  const skipAt = (local: number): void => {
    f.get(local).memory('i32.load8_u').i32(0x20).op('i32.le_u');
    f.if(() => f.get(local).call(skip).set(local));
  };

  /** Emits the value, as an i64, of a vector of sixteen digits. */
  const addUp = (): void => {
    f.tee(v).get(lowBytes).op('v128.and').get(tens).op('i16x8.mul').get(v).i32(8).op('i16x8.shr_u').op('i16x8.add');
    f.get(hundreds).op('i32x4.dot_i16x8_s').tee(pairs).get(pairs).op('i16x8.narrow_i32x4_u');
    f.get(myriads).op('i32x4.dot_i16x8_s').lane('i64x2.extract_lane', 0).tee(sum);
    f.i64(0xffff_ffff).op('i64.and').i64(100_000_000).op('i64.mul').get(sum).i64(32).op('i64.shr_u').op('i64.add');
  };
  /** Leaves whether the token up to `p` is not ours, by its first byte, its last, or what follows. */
  const odd = (): void => {
    // The first and the last byte are digits; without a token the shift by -1 looks at bit 31.
    f.get(digits).get(negative).op('i32.shr_u').tee(here);
    f.get(digits).get(length).i32(1).op('i32.sub').op('i32.shr_u').op('i32.and');
    f.i32(1).op('i32.and').op('i32.eqz');
    // A zero first, and a digit after it.
    f.get(pos).get(negative).op('i32.add').memory('i32.load8_u').i32(0x30).op('i32.eq');
    f.get(here).i32(1).op('i32.shr_u').op('i32.and').op('i32.or');
    f.get(p).get(end).op('i32.ge_u').op('i32.or');
    f.get(p).memory('i32.load8_u').i32(0x20).op('i32.or').i32(LOWER_E).op('i32.eq').op('i32.or');
  };
  const storeSigned = (): void => {
    f.op('i64.reinterpret_f64').get(negative).op('i64.extend_i32_u').i64(63).op('i64.shl').op('i64.or');
    f.memory('i64.store', 0, 3);
  };

  /** The token at `pos`, whose first vector is known, where it has 16 to 31 bytes and a point; else leaves the block. */
  const longDecimal = (): void => {
    f.get(v).get(dot).op('i8x16.eq').op('i8x16.bitmask');
    f.get(pos).memory('v128.load', 16).get(zeros).op('i8x16.sub').tee(pairs).get(dot).op('i8x16.eq');
    f.op('i8x16.bitmask').i32(16).op('i32.shl').op('i32.or').set(dots);
    f.get(pairs).get(nines).op('i8x16.le_u').op('i8x16.bitmask').i32(16).op('i32.shl').get(digits).op('i32.or');
    f.tee(digits).get(dots).op('i32.or').get(negative).op('i32.or').i32(-1).op('i32.xor').op('i32.ctz').tee(length);
    f.get(pos).op('i32.add').set(p);
    f.get(length).i32(16).op('i32.sub').tee(head).i32(15).op('i32.gt_u').brIf(0);
    f.get(dots).i32(1).get(length).op('i32.shl').i32(1).op('i32.sub').op('i32.and').tee(dots).op('i32.ctz').set(point);
    f.get(dots).op('i32.eqz').get(dots).get(dots).i32(1).op('i32.sub').op('i32.and').op('i32.or');
    odd();
    f.op('i32.or').brIf(0);

    // The bytes before the last sixteen. A minus counts as the digit 0.
    f.get(v).get(isDigit).op('v128.and');
    f.get(point).get(head).get(point).get(head).op('i32.lt_u').op('select');
    f.get(head).i32(4).op('i32.shl').op('i32.add').i32(4).op('i32.shl');
    f.memory('v128.load', GATHER_AT, 4).op('i8x16.swizzle');
    addUp();
    f.tee(upper).i64(MAX_HEAD).op('i64.ge_u').brIf(0);
    f.get(p).i32(16).op('i32.sub').memory('v128.load').get(zeros).op('i8x16.sub').tee(v);
    f.get(v).get(nines).op('i8x16.le_u').op('v128.and');
    f.get(point).get(head).op('i32.sub').tee(here).i32(16).get(here).i32(16).op('i32.lt_u').tee(here).op('select');
    f.i32(4).op('i32.shl').memory('v128.load', TAIL_AT, 4).op('i8x16.swizzle');
    addUp();
    f.set(sum);
    f.get(out);
    f.get(upper)
      .i64(10n ** 15n)
      .i64(10n ** 16n)
      .get(here)
      .op('select')
      .op('i64.mul')
      .get(sum)
      .op('i64.add');
    f.get(point).i32(1).op('i32.add').get(length).op('i32.sub').call(round);
    storeSigned();
  };

  const number = (): void => {
    // Where the next token begins hangs on the length of this one: all else stays out of that way.
    f.get(pos).memory('i32.load8_u').i32(MINUS).op('i32.eq').set(negative);
    f.get(pos).memory('v128.load').get(zeros).op('i8x16.sub').tee(v).get(nines).op('i8x16.le_u').tee(isDigit);
    f.op('i8x16.bitmask').set(digits);
    f.get(v).get(dot).op('i8x16.eq').op('i8x16.bitmask').tee(dots).get(digits).op('i32.or').get(negative).op('i32.or');
    f.i32(-1).op('i32.xor').op('i32.ctz').tee(length).get(pos).op('i32.add').set(p);
    // A point behind the token is none of its own; without one, `point` is the length.
    f.i32(1).get(length).op('i32.shl').tee(here).get(dots).op('i32.or').op('i32.ctz').set(point);
    f.get(dots).get(here).i32(1).op('i32.sub').op('i32.and').tee(dots);
    f.get(dots).i32(1).op('i32.sub').op('i32.and'); // a second point
    f.i32(MAX_TOKEN).get(length).op('i32.lt_u').op('i32.or');
    odd();
    f.op('i32.or');
    f.if(
      () =>
        f.block(() => {
          f.block(() => {
            longDecimal();
            f.br(1);
          });
          f.get(pos).get(end).get(out).call(token).tee(p).op('i32.eqz').brIf(3);
        }),
      () => {
        // A minus counts as the digit 0.
        f.get(out).get(v).get(isDigit).op('v128.and');
        f.get(length).i32(4).op('i32.shl').get(point).op('i32.add').i32(4).op('i32.shl');
        f.memory('v128.load', GATHER_AT, 4).op('i8x16.swizzle');
        addUp();
        f.op('f64.convert_i64_s');
        f.get(length).get(point).op('i32.sub').i32(3).op('i32.shl').memory('f64.load', DIVISORS_AT, 3).op('f64.div');
        storeSigned();
      },
    );
    f.get(p).set(pos);
    f.get(out).i32(8).op('i32.add').set(out);
    f.get(count).i32(1).op('i32.add').set(count);
  };

  /** At the "]" at `pos`: leaves arrays, and enters those that follow. `depth` is the rank. */
  const brackets = (element: number, stop: number): void => {
    word(depth);
    f.get(count).memory('i32.store', counts - 4);
    f.loop(() => {
      // The array that ends has as many elements as the first one at its depth.
      word(depth);
      f.memory('i32.load', counts - 4).set(count);
      word(depth);
      f.memory('i32.load', shape - 4)
        .tee(size)
        .i32(-1)
        .op('i32.eq');
      f.if(
        () => {
          word(depth);
          f.get(count).memory('i32.store', shape - 4);
        },
        () => {
          f.get(size)
            .get(count)
            .op('i32.ne')
            .brIf(stop + 2);
        },
      );
      f.get(pos).i32(1).op('i32.add').set(pos);
      f.get(depth)
        .i32(1)
        .op('i32.sub')
        .tee(depth)
        .op('i32.eqz')
        .brIf(stop + 1);
      word(depth);
      word(depth);
      f.memory('i32.load', counts - 4)
        .i32(1)
        .op('i32.add')
        .memory('i32.store', counts - 4);
      skipAt(pos);
      f.get(pos).memory('i32.load8_u').tee(here).i32(CLOSE_BRACKET).op('i32.eq').brIf(0);
    });
    f.get(here).i32(COMMA).op('i32.ne').brIf(stop);
    // Down to the next number, or not at all.
    f.get(pos).i32(1).op('i32.add').set(p);
    f.get(depth).set(size);
    f.loop(() => {
      skipAt(p);
      f.get(p).memory('i32.load8_u').tee(here).i32(OPEN_BRACKET).op('i32.eq').get(size).get(rank).op('i32.lt_s');
      f.op('i32.and');
      f.if(() => {
        f.get(p).i32(1).op('i32.add').set(p);
        f.get(size).i32(1).op('i32.add').set(size).br(1);
      });
    });
    f.get(size).get(rank).op('i32.ne').brIf(stop);
    f.get(here)
      .i32(0x30)
      .op('i32.xor')
      .i32(9)
      .op('i32.gt_u')
      .get(here)
      .i32(MINUS)
      .op('i32.ne')
      .op('i32.and')
      .brIf(stop);
    f.loop(() => {
      word(depth);
      f.i32(0).memory('i32.store', counts);
      f.get(depth).i32(1).op('i32.add').tee(depth).get(rank).op('i32.lt_s').brIf(0);
    });
    f.i32(0).set(count);
    f.get(p).set(pos).br(element);
  };

  f.get(rank).set(depth);
  word(depth);
  f.memory('i32.load', counts - 4).set(count);
  f.block(() => {
    f.loop(() => {
      f.i32(1).set(before);
      number();
      f.i32(0).set(before);
      f.loop(() => {
        f.get(pos).memory('i32.load8_u').tee(here).i32(COMMA).op('i32.eq');
        f.if(() => {
          f.get(pos).i32(1).op('i32.add').set(pos);
          skipAt(pos);
          f.br(2);
        });
        f.get(here).i32(CLOSE_BRACKET).op('i32.eq');
        f.if(() => brackets(2, 3));
        f.get(here).i32(0x20).op('i32.gt_u').brIf(2);
        f.get(pos).call(skip).tee(p).get(pos).op('i32.eq').brIf(2);
        f.get(p).set(pos).br(0);
      });
    });
  });
  f.get(depth).get(rank).op('i32.eq');
  f.if(() => {
    word(depth);
    f.get(count).memory('i32.store', counts - 4);
  });
  f.get(state).get(depth).memory('i32.store', SCAN_STATE.depth);
  f.get(state).get(before).memory('i32.store', SCAN_STATE.beforeElement);
  f.get(state).get(out).memory('i32.store', SCAN_STATE.out);
  f.get(pos);
  return m;
}
