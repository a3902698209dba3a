/** The WebAssembly writer against the plain one and against Number::toString. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteSink } from '../../../../src/codec/byte-sink.ts';
import { float64Text } from '../../../../src/codec/json/number-text.ts';
import { type TextFormat, writeElements } from '../../../../src/codec/json/tensor-text.ts';
import { JsonWriter } from '../../../../src/codec/json/writer.ts';
import { DTYPES, type DType, halfOf, type TypedArray } from '../../../../src/tensor/dtype.ts';
import { mark, releaseAll, reserve, theMemory } from '../../../../src/tensor/memory.ts';
import { numelOf } from '../../../../src/tensor/shape.ts';
import { heapAllocator, storageOf } from '../../../../src/tensor/storage.ts';
import { fromStorage, Tensor } from '../../../../src/tensor/tensor.ts';

function written(t: Tensor, format: TextFormat, wasm: boolean): Buffer {
  const sink = new ByteSink();
  writeElements(sink, t, format, wasm);
  return sink.finish();
}

/** Both writers make the same bytes of a tensor of at least 256 elements. */
function same(t: Tensor, format: TextFormat = 'nested'): void {
  const before = mark();
  const [plain, wasm] = [written(t, format, false), written(t, format, true)];
  expect(mark()).toBe(before);
  if (plain.equals(wasm)) return;
  const at = plain.findIndex((byte, i) => byte !== wasm[i]);
  const part = (b: Buffer): string => b.toString('latin1', Math.max(at - 40, 0), at + 40);
  expect.fail(`from byte ${at} on: plain …${part(plain)}…, wasm …${part(wasm)}…`);
}

const flat = (dtype: DType, data: TypedArray): Tensor => fromStorage(storageOf(dtype, data), [data.length]);

const random32 = ((state: number) => (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state ^ (state >>> 15)) >>> 0;
})(0x9e3779b9);

describe('float32', () => {
  const ofBits = (bits: ArrayLike<number>): void =>
    same(flat('float32', new Float32Array(Uint32Array.from(bits).buffer)));

  test('two million bit patterns', () => {
    for (let i = 0; i < 20; i++) ofBits(Uint32Array.from({ length: 100_000 }, random32));
  });

  test('every exponent, at both ends and around the middle of its range', () => {
    const bits: number[] = [];
    for (let high = 0; high < 512; high++) {
      for (const fraction of [0, 1, 2, 3, 0x2aaaaa, 0x3fffff, 0x400000, 0x400001, 0x7ffffe, 0x7fffff]) {
        bits.push(high * 2 ** 23 + fraction);
      }
    }
    ofBits(bits);
  });

  test('denormals, whole numbers, and what lies beside powers of ten', () => {
    ofBits(Uint32Array.from({ length: 20_000 }, (_, i) => i));
    same(
      flat(
        'float32',
        Float32Array.from({ length: 40_000 }, (_, i) => (i - 20_000) * (i % 3 === 0 ? 1024 : 1)),
      ),
    );
    const near: number[] = [];
    const patterns = new Uint32Array(
      Float32Array.from({ length: 84 * 9 }, (_, i) => ((i % 9) + 1) * 10 ** (Math.floor(i / 9) - 45)).buffer,
    );
    for (const pattern of patterns) for (let d = -2; d <= 2; d++) near.push(Math.max(pattern + d, 0));
    ofBits(near);
  });

  test('short decimals', () => {
    for (const scale of [2, 4, 10, 100, 1000, 1e4, 1e5]) {
      same(
        flat(
          'float32',
          Float32Array.from({ length: 5000 }, (_, i) => (i - 2500) / scale),
        ),
      );
    }
  });

  test('nothing but numbers that are left to the plain writer', () => {
    // Close to a middle between two floats as a double sees it: see number-text.test.ts.
    const middles = [22841339 * 2 ** -108, 24857423 * 2 ** -121, 25645849 * 2 ** 50];
    const around = middles.flatMap((m) => [Math.fround(m * (1 - 2 ** -25)), -Math.fround(m * (1 + 2 ** -25))]);
    same(
      flat(
        'float32',
        Float32Array.from({ length: 3000 }, (_, i) => around[i % around.length]),
      ),
    );
  });
});

describe('float64', () => {
  /** Against the engine itself, which the plain writer asks, too. */
  const ofValues = (values: ArrayLike<number>): void => {
    const data = Float64Array.from(values);
    const wanted = `[${Array.from(data, float64Text).join()}]`;
    const got = String(new JsonWriter().data(flat('float64', data), 'flat').finish());
    if (got === wanted) return;
    const [a, b] = [got.split(','), wanted.split(',')];
    const at = a.findIndex((text, i) => text !== b[i]);
    expect.fail(`element ${at}: ${a[at]} for ${b[at]}`);
  };
  const ofBits = (bits: BigUint64Array<ArrayBuffer>): void => ofValues(new Float64Array(bits.buffer));

  test('half a million bit patterns', () => {
    for (let i = 0; i < 10; i++) {
      const halves = Uint32Array.from({ length: 100_000 }, random32);
      ofValues(new Float64Array(halves.buffer));
    }
  });

  test('every exponent, at both ends of its range', () => {
    const bits: bigint[] = [];
    for (let high = 0n; high < 4096n; high++) {
      for (const fraction of [0n, 1n, 2n, 0x8000000000000n, 0xffffffffffffen, 0xfffffffffffffn]) {
        bits.push((high << 52n) + fraction);
      }
    }
    ofBits(BigUint64Array.from(bits));
  });

  test('denormals, powers of ten and their neighbours', () => {
    ofBits(BigUint64Array.from({ length: 5000 }, (_, i) => BigInt(i)));
    const powers = Float64Array.from({ length: 633 * 9 }, (_, i) =>
      Number(`${(i % 9) + 1}e${Math.floor(i / 9) - 324}`),
    );
    const patterns = new BigUint64Array(powers.buffer);
    for (const d of [-1n, 0n, 1n]) ofBits(patterns.map((p) => (p + d < 0n ? 0n : p + d)));
  });

  test('whole numbers of every size, and halfway between decimals', () => {
    ofValues(Float64Array.from({ length: 20_000 }, (_, i) => (random32() * 2 ** 21 + random32()) * 2 ** (i % 40)));
    ofValues(Float64Array.from({ length: 20_000 }, (_, i) => 2 ** 53 + 2 * i + (i % 7) * 2 ** 52));
    ofValues(Float64Array.from({ length: 20_000 }, (_, i) => (random32() >>> (i % 30)) / 2 ** (i % 60)));
  });

  test('short decimals, and every layout', () => {
    for (const scale of [2, 10, 1000, 1e5, 1e9])
      ofValues(Float64Array.from({ length: 3000 }, (_, i) => (i - 1500) / scale));
    const digits = ['1', '12', '123456789', '1234567890123456', '12345678901234567', '9007199254740993'];
    ofValues(digits.flatMap((d) => Array.from({ length: 60 }, (_, i) => Number(`-${d}e${i - 35}`))));
  });
});

describe('whole numbers', () => {
  test('int64, with strings beyond 2^53', () => {
    const ends = [0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 10n ** 18n, 99999999n, 100000000n];
    const values = BigInt64Array.from({ length: 20_000 }, (_, i) =>
      i < 18
        ? BigInt.asIntN(64, i % 2 === 0 ? ends[i >> 1] : -ends[i >> 1])
        : BigInt.asIntN(64, ((BigInt(random32()) << 32n) | BigInt(random32())) >> BigInt(i % 64)) *
          (i % 3 === 0 ? -1n : 1n),
    );
    same(flat('int64', values));
    expect(String(written(flat('int64', values), 'flat', true))).toContain('"-9223372036854775808"');
  });

  test('int32, uint8 and bool', () => {
    const int32 = Int32Array.from({ length: 20_000 }, (_, i) => random32() >> (i % 32));
    int32.set([0, -1, 2 ** 31 - 1, -(2 ** 31), 99999999, 100000000]);
    same(flat('int32', int32));
    same(
      flat(
        'uint8',
        Uint8Array.from({ length: 512 }, (_, i) => i),
      ),
    );
    same(
      flat(
        'bool',
        Uint8Array.from({ length: 5000 }, () => random32() & 1),
      ),
    );
  });
});

describe('shapes', () => {
  test('any shape and dtype, transposed, expanded, and cut out', () => {
    const sizes = fc
      .array(fc.constantFrom(1, 1, 2, 3, 7, 40), { minLength: 0, maxLength: 5 })
      .map((rest) => {
        const shape: number[] = [...rest];
        for (let i = 0; numelOf(shape) < 256; i++) shape.splice(i % (shape.length + 1), 0, 17);
        return shape;
      })
      .filter((shape) => numelOf(shape) <= 50_000);
    fc.assert(
      fc.property(
        sizes,
        fc.constantFrom(...DTYPES),
        fc.nat(3),
        fc.constantFrom('nested', 'flat'),
        (shape, dtype, kind, format) => {
          const storage = heapAllocator.alloc(dtype, 2 * numelOf(shape) + 5);
          const { data } = storage;
          for (let i = 0; i < data.length; i++) {
            if (data instanceof BigInt64Array) data[i] = BigInt(random32()) - 2n ** 31n;
            else data[i] = dtype === 'bool' ? random32() & 1 : random32() / 2 ** 20 - 2 ** 11;
          }
          halfOf(dtype)?.roundAll(data as Float32Array, 0, data.length);
          const { strides } = fromStorage(storage, shape);
          if (kind === 0) same(fromStorage(storage, shape), format);
          else if (kind === 1) same(new Tensor(storage, shape.toReversed(), strides.toReversed(), 5), format);
          else if (kind === 2) same(new Tensor(storage, [3, ...shape], [0, ...strides], 2), format);
          else
            same(
              new Tensor(
                storage,
                shape,
                strides.map((s) => 2 * s),
                1,
              ),
              format,
            );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('64 dimensions, most of size 1', () => {
    const ones = Array<number>(40).fill(1);
    const shape = [...ones.slice(0, 20), 30, ...ones.slice(20), 40, 1, 2];
    same(
      fromStorage(
        storageOf(
          'float32',
          Float32Array.from({ length: 2400 }, (_, i) => i / 7),
        ),
        shape,
      ),
    );
    same(fromStorage(storageOf('float64', new Float64Array(5000).fill(-1.2345678901234568e-300)), [5000, ...ones]));
  });

  test('a memory that was given up is laid out anew', () => {
    const t = flat(
      'float64',
      Float64Array.from({ length: 300 }, (_, i) => i / 7),
    );
    same(t);
    const lost = theMemory();
    reserve(600 * 2 ** 20);
    releaseAll();
    expect(theMemory()).not.toBe(lost);
    same(t);
  });
});

describe('the buffer', () => {
  const large = flat(
    'float32',
    Float32Array.from({ length: 200_000 }, (_, i) => i / 7),
  );

  test('is its own, and hardly larger than the answer', () => {
    const out = new JsonWriter()
      .list()
      .tensor(large, 'flat')
      .tensor(large, 'nested')
      .string('é')
      .end()
      .finish() as Buffer;
    const { length, buffer } = out;
    expect(out.byteOffset).toBe(0);
    expect(buffer.byteLength).toBeLessThan(1.4 * length);
    const moved = structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    const back = JSON.parse(Buffer.from(moved).toString('utf8', 0, length));
    expect([back[0].data.length, back[1].data.length, back[2]]).toEqual([200_000, 200_000, 'é']);
  });

  test('is watched while it grows', () => {
    let ticks = 0;
    const out = new JsonWriter({ onFlush: () => ticks++ }).tensor(large, 'nested').finish();
    expect(ticks).toBeGreaterThan(10);
    expect(ticks).toBeLessThanOrEqual(out.length / 65536 + 1);
    const stop = new JsonWriter({
      onFlush: () => {
        throw new Error('too late');
      },
    });
    const before = mark();
    expect(() => stop.tensor(large, 'nested')).toThrow('too late');
    expect(mark()).toBe(before);
  });
});
