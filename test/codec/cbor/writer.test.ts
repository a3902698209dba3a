import { decode, Tag } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCbor } from '../../../src/codec/cbor/reader.ts';
import { CborWriter } from '../../../src/codec/cbor/writer.ts';
import type { TensorLiteral } from '../../../src/codec/json/tensor-literal.ts';
import { DTYPES, type DType, halfOf, type TypedArray } from '../../../src/tensor/dtype.ts';
import { Float, type Scalar } from '../../../src/tensor/scalar.ts';
import { contiguousStrides, numelOf } from '../../../src/tensor/shape.ts';
import { heapAllocator, storageOf } from '../../../src/tensor/storage.ts';
import { fromStorage, Tensor } from '../../../src/tensor/tensor.ts';
import { hex, write } from './support.ts';

const tensor = (data: TypedArray, dtype: DType, shape: number[] = [data.length]): Tensor =>
  fromStorage(storageOf(dtype, data), shape);
const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Buffer => Buffer.from(buffer, byteOffset, byteLength);

describe('plain data', () => {
  test.each<[unknown, string]>([
    [{}, 'a0'],
    [[], '80'],
    [{ a: 1, b: [2, 3] }, 'a2 6161 01 6162 820203'],
    [
      [0, 23, 24, 255, 256, 65535, 65536, 4294967295, 4294967296],
      '89 00 17 1818 18ff 190100 19ffff 1a00010000 1affffffff 1b0000000100000000',
    ],
    [[-1, -24, -25, -256, -257], '85 20 37 3818 38ff 390100'],
    [[9007199254740993n, -9007199254740993n], '82 1b0020000000000001 3b0020000000000000'],
    [[2 ** 60, -(2 ** 60)], '82 1b1000000000000000 3b0fffffffffffffff'],
    [[18446744073709551616n, -18446744073709551617n], '82 c249010000000000000000 c349010000000000000000'],
    [
      [new Float(1), -0, 1.1, new Float(1e21), 2.5e-7],
      '85 fa3f800000 fa80000000 fb3ff199999999999a fb444b1ae4d6e2ef50 fb3e90c6f7a0b5ed8d',
    ],
    [[true, false, null], '83 f5 f4 f6'],
    [['', 'é😀', '"\\\n\u0000', '\\'], '84 60 66c3a9f09f9880 64225c0a00 615c'],
    [{ x: new Map([['y', [{}]]]), none: undefined }, 'a1 6178 a1 6179 81 a0'],
  ])('%#', (value, digits) => {
    expect(new CborWriter().value(value).finish()).toEqual(hex(digits));
  });

  test('the lengths of long arrays, maps and strings, wherever they stand', () => {
    const read = (value: unknown): unknown =>
      decode(new CborWriter().value(value).finish(), { rejectDuplicateKeys: true });
    for (const count of [0, 1, 23, 24, 255, 256, 65535, 65536]) {
      const array = Array.from({ length: count }, (_, i) => i % 7);
      expect(read(array)).toEqual(array);
      expect(read('x'.repeat(count))).toBe('x'.repeat(count));
    }
    const object = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, [Array(30).fill(i), { i }]]));
    expect(read(object)).toEqual(object);
  });

  test('what is not closed is a mistake of ours, and no document', () => {
    expect(() => new CborWriter().list().finish()).toThrow('1 maps or lists are not closed');
    expect(() => new CborWriter().map().key('a').end()).toThrow('has no value');
    expect(() => new CborWriter().end()).toThrow('no map or list is open');
  });
});

describe('pieces', () => {
  test('scalars are read back as the same Python number', () => {
    const scalars: Scalar[] = [2, new Float(2), 2.5, -0, 0.1, 2n ** 60n, -(2n ** 70n), true, Number.NaN, -Infinity, -7];
    for (const scalar of scalars) {
      expect(readCbor(new CborWriter().scalar(scalar).finish(), 'json')).toStrictEqual(scalar);
    }
  });

  test('numbers and strings', () => {
    const writer = new CborWriter().list().number(3).number(0.1).number(Infinity).string('"\n').end();
    expect(decode(writer.finish())).toEqual([3, 0.1, Infinity, '"\n']);
  });
});

describe('tensors', () => {
  test.each<[Tensor, string]>([
    [tensor(new Float32Array([1, 2]), 'float32'), 'd855 48 0000803f00000040'],
    [tensor(new Float64Array([1]), 'float64', []), 'd856 48 000000000000f03f'],
    [tensor(new Int32Array([-1]), 'int32'), 'd84e 44 ffffffff'],
    [tensor(new BigInt64Array([2n]), 'int64'), 'd84f 48 0200000000000000'],
    [tensor(new Uint8Array([7]), 'uint8'), 'd840 41 07'],
    [tensor(new Uint8Array([1]), 'bool'), 'd840 41 01'],
    [tensor(new Float32Array(0), 'float32', [0, 3]), 'd855 40'],
  ])('data %#', (t, digits) => {
    expect(new CborWriter().data(t).finish()).toEqual(hex(digits));
  });

  test('with dtype and shape, or as base64 is in JSON', () => {
    const t = tensor(new Float32Array([1, 2]), 'float32', [2, 1]);
    expect(decode(new CborWriter().tensor(t, 'nested').finish())).toEqual({
      dtype: 'float32',
      shape: [2, 1],
      data: new Float32Array([1, 2]),
    });
    const { base64 } = decode(new CborWriter().tensor(t, 'base64').finish()) as { base64: Uint8Array };
    expect(Buffer.from(base64)).toEqual(bytesOf(new Float32Array([1, 2])));
  });

  test('windows with any strides are written in row-major order', () => {
    const t = new Tensor(storageOf('float32', new Float32Array([0, 1, 2, 3, 4, 5, 6])), [2, 3], [1, 2], 1);
    expect(decode(new CborWriter().data(t).finish())).toEqual(new Float32Array([1, 3, 5, 2, 4, 6]));
  });

  test('every bit comes back, whatever dtype, shape and place', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...DTYPES),
        fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        fc.string(),
        (dtype, shape, noise, name) => {
          const { data } = heapAllocator.alloc(dtype, numelOf(shape));
          const raw = bytesOf(data);
          for (let i = 0; i < raw.length; i++) raw[i] = dtype === 'bool' ? noise[i % 64] & 1 : noise[(i * 7) % 64];
          halfOf(dtype)?.roundAll(data as Float32Array, 0, data.length);
          const t = new Tensor(storageOf(dtype, data), shape, contiguousStrides(shape), 0);
          const writer = new CborWriter().list().string(name);
          writer.map().key('t').tensor(t).key('b').tensor(t, 'base64').end().end();
          const slot = { items: { fields: { t: 'tensor', b: 'tensor' } } } as const;
          const [said, { t: typed, b: bytes }] = readCbor(writer.finish(), slot) as [
            string,
            Record<string, TensorLiteral>,
          ];
          expect(said).toBe(name);
          for (const again of [typed, bytes]) {
            expect([again.shape, again.dtype]).toEqual([shape, dtype]);
            expect(bytesOf(write(again))).toEqual(raw);
          }
        },
      ),
    );
  });

  test('no more elements than are allowed', () => {
    const t = tensor(new Float32Array(10), 'float32');
    expect(() => new CborWriter({ maxElements: 19 }).list().tensor(t).tensor(t)).toThrow('too many elements');
    expect(() => new CborWriter({ maxElements: 20 }).list().tensor(t).tensor(t, 'base64').end().finish()).not.toThrow();
  });

  test('each large tensor, and each 64 KiB of all else, gives a chance to stop', () => {
    const ticks = (write: (writer: CborWriter) => void): number => {
      let count = 0;
      write(new CborWriter({ onFlush: () => count++ }));
      return count;
    };
    const large = tensor(new Float32Array(1000), 'float32');
    expect(ticks((writer) => writer.list().tensor(large).data(large).end().finish())).toBe(2);
    expect(
      ticks((writer) =>
        writer
          .list()
          .tensor(tensor(new Float32Array(10), 'float32'))
          .end()
          .finish(),
      ),
    ).toBe(0);
    const numbers = Array.from({ length: 100_000 }, (_, i) => i + 0.1);
    expect(ticks((writer) => writer.value(numbers).finish())).toBeGreaterThanOrEqual(9e5 / 65536 - 1);
  });

  test('the tag is one that any reader of RFC 8746 knows', () => {
    const unknown: number[] = [];
    for (const dtype of DTYPES) {
      const { data } = heapAllocator.alloc(dtype, 1);
      const value = decode(new CborWriter().data(tensor(data, dtype)).finish());
      // The half floats of RFC 8746 are none that JavaScript's arrays long had.
      if (value instanceof Tag && value.tag !== 84) unknown.push(Number(value.tag));
      else if (value instanceof Tag) expect(dtype).toBe('float16');
      else expect(ArrayBuffer.isView(value)).toBe(true);
    }
    expect(unknown).toEqual([]);
  });
});
