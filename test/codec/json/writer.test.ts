import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TensorFormat } from '../../../src/codec/document-writer.ts';
import { readJson } from '../../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../../src/codec/json/tensor-literal.ts';
import { JsonWriter } from '../../../src/codec/json/writer.ts';
import { DTYPES, type DType, halfOf, type TypedArray } from '../../../src/tensor/dtype.ts';
import { Float, type Scalar } from '../../../src/tensor/scalar.ts';
import { numelOf } from '../../../src/tensor/shape.ts';
import { heapAllocator, storageOf } from '../../../src/tensor/storage.ts';
import { fromStorage, Tensor } from '../../../src/tensor/tensor.ts';

const tensor = (data: TypedArray, dtype: DType, shape: number[] = [data.length]): Tensor =>
  fromStorage(storageOf(dtype, data), shape);
const f32 = (data: number[], shape?: number[]): Tensor => tensor(Float32Array.from(data), 'float32', shape);
const text = (t: Tensor, format: TensorFormat = 'nested'): string =>
  String(new JsonWriter().tensor(t, format).finish());
const data = (t: Tensor, format: 'nested' | 'flat' = 'nested'): string =>
  String(new JsonWriter().data(t, format).finish());

describe('pieces', () => {
  test('strings', () => {
    for (const s of ['', 'abc', 'é😀', '"', '\\', '\n', '\u0000', '\u007f', '\ud800', 'a\u2028']) {
      expect(new JsonWriter().string(s).finish()).toBe(JSON.stringify(s));
    }
  });

  test('scalars are read back as the same Python number', () => {
    const scalars: [Scalar, string][] = [
      [2, '2'],
      [new Float(2), '2.0'],
      [new Float(-3), '-3.0'],
      [2.5, '2.5'],
      [-0, '-0.0'],
      [new Float(1e21), '1e+21'],
      [2n ** 60n, '1152921504606846976'],
      [2 ** 60, '1152921504606846976'],
      [true, 'true'],
      [Number.NaN, '"NaN"'],
      [-Infinity, '"-Infinity"'],
    ];
    for (const [scalar, wanted] of scalars) {
      const written = new JsonWriter().scalar(scalar).finish();
      expect(written).toBe(wanted);
      if (!wanted.startsWith('"') && scalar !== 2 ** 60)
        expect(readJson(Buffer.from(written), 'json')).toStrictEqual(scalar);
    }
  });

  test('numbers', () => {
    expect(new JsonWriter().list().number(-0).number(0.1).number(Infinity).end().finish()).toBe('[-0,0.1,"Infinity"]');
  });
});

describe('tensors', () => {
  test.each<[Tensor, string]>([
    [f32([0.26894143, 0.5]), '{"dtype":"float32","shape":[2],"data":[0.26894143,0.5]}'],
    [f32([1, 2, 3, 4], [2, 2]), '{"dtype":"float32","shape":[2,2],"data":[[1,2],[3,4]]}'],
    [f32([7], []), '{"dtype":"float32","shape":[],"data":7}'],
    [f32([], [0]), '{"dtype":"float32","shape":[0],"data":[]}'],
    [f32([], [2, 0, 3]), '{"dtype":"float32","shape":[2,0,3],"data":[[],[]]}'],
    [f32([], [0, 3]), '{"dtype":"float32","shape":[0,3],"data":[]}'],
    [f32([Number.NaN, -Infinity, -0]), '{"dtype":"float32","shape":[3],"data":["NaN","-Infinity",-0]}'],
    [
      tensor(Float64Array.of(0.1, -0, Infinity, 3), 'float64'),
      '{"dtype":"float64","shape":[4],"data":[0.1,-0,"Infinity",3]}',
    ],
    [
      tensor(BigInt64Array.of(1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n)), 'int64'),
      '{"dtype":"int64","shape":[4],"data":[1,9007199254740992,"9007199254740993","-9223372036854775808"]}',
    ],
    [tensor(Int32Array.of(-5, 2147483647), 'int32'), '{"dtype":"int32","shape":[2],"data":[-5,2147483647]}'],
    [tensor(Uint8Array.of(0, 255), 'uint8'), '{"dtype":"uint8","shape":[2],"data":[0,255]}'],
    [tensor(Uint8Array.of(1, 0), 'bool'), '{"dtype":"bool","shape":[2],"data":[true,false]}'],
  ])('%#', (t, wanted) => {
    expect(text(t)).toBe(wanted);
  });

  test('flat and base64', () => {
    expect(data(f32([1, 2, 3, 4], [2, 2]), 'flat')).toBe('[1,2,3,4]');
    expect(data(f32([1], []), 'flat')).toBe('[1]');
    expect(data(f32([], [2, 0]), 'flat')).toBe('[]');
    expect(text(f32([1, 2]), 'base64')).toBe('{"dtype":"float32","shape":[2],"base64":"AACAPwAAAEA="}');
    expect(text(f32([], [0, 2]), 'base64')).toBe('{"dtype":"float32","shape":[0,2],"base64":""}');
  });

  test('an empty tensor of countless rows costs nothing', () => {
    expect(data(f32([], [1e12, 0]))).toBe('[]');
    expect(data(f32([], [100, 2, 0]))).toBe(`[${Array(100).fill('[[],[]]').join()}]`);
  });

  test('views: transposed, expanded, stepped, shifted', () => {
    const storage = storageOf(
      'float32',
      Float32Array.from({ length: 12 }, (_, i) => i),
    );
    const views: [Tensor, unknown][] = [
      [
        new Tensor(storage, [3, 2], [1, 3], 0),
        [
          [0, 3],
          [1, 4],
          [2, 5],
        ],
      ],
      [
        new Tensor(storage, [2, 3], [0, 1], 4),
        [
          [4, 5, 6],
          [4, 5, 6],
        ],
      ],
      [new Tensor(storage, [3], [-2], 11), [11, 9, 7]],
      [new Tensor(storage, [2, 1, 2], [6, 99, 2], 1), [[[1, 3]], [[7, 9]]]],
      [new Tensor(storage, [], [], 5), 5],
    ];
    for (const [t, wanted] of views) {
      expect(JSON.parse(data(t))).toEqual(wanted);
      expect(JSON.parse(data(t, 'flat'))).toEqual([wanted].flat(9));
      const bytes = Buffer.from(JSON.parse(text(t, 'base64')).base64, 'base64');
      expect(Array.from({ length: t.numel }, (_, i) => bytes.readFloatLE(4 * i))).toEqual([wanted].flat(9));
    }
  });

  test('64 dimensions', () => {
    const shape = Array(64).fill(1);
    shape[63] = 2;
    shape[0] = 32;
    expect(JSON.parse(data(f32(Array(64).fill(0.12345678), shape))).flat(64)).toHaveLength(64);
    shape[0] = 500;
    expect(JSON.parse(data(f32(Array(1000).fill(0.12345678), shape))).flat(64)).toHaveLength(1000);
  });

  test('what is written reads back to the same bits, in every dtype, shape, view and format', () => {
    const view = fc.record({
      dtype: fc.constantFrom(...DTYPES),
      shape: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
      transposed: fc.boolean(),
      bytes: fc.uint8Array({ minLength: 8, maxLength: 64 }),
      format: fc.constantFrom<TensorFormat>('nested', 'flat', 'base64'),
    });
    fc.assert(
      fc.property(view, ({ dtype, shape, transposed, bytes, format }) => {
        const storage = heapAllocator.alloc(dtype, numelOf(shape));
        const raw = new Uint8Array(storage.data.buffer);
        for (let i = 0; i < raw.length; i++)
          raw[i] = dtype === 'bool' ? bytes[i % bytes.length] & 1 : bytes[(i * 7) % bytes.length];
        halfOf(dtype)?.roundAll(storage.data as Float32Array, 0, storage.numel);
        let t = fromStorage(storage, shape);
        if (transposed) t = t.alias(t.shape.toReversed(), t.strides.toReversed());

        const literal = readJson(Buffer.from(new JsonWriter().tensor(t, format).finish()), 'tensor') as TensorLiteral;
        expect(literal.shape).toEqual(t.shape);
        expect(literal.dtype).toBe(dtype);
        const back = heapAllocator.alloc(dtype, literal.numel).data;
        literal.writeInto(back, dtype);

        const wanted: unknown[] = [];
        const walk = (dim: number, at: number): void => {
          if (dim === t.ndim) wanted.push(storage.data[at]);
          else for (let i = 0; i < t.shape[dim]; i++) walk(dim + 1, at + i * t.strides[dim]);
        };
        walk(0, 0);
        expect(Array.from<unknown>(back)).toEqual(wanted);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('large answers', () => {
  const large = f32(
    Array.from({ length: 50_000 }, (_, i) => Math.fround(i / 7)),
    [500, 100],
  );

  test('small ones stay strings, large ones become bytes, in order', () => {
    const small = f32([1, 2]);
    expect(typeof new JsonWriter().tensor(small, 'nested').finish()).toBe('string');
    const writer = new JsonWriter();
    writer.map().key('é').data(large, 'nested').key('a').data(small, 'nested').key('b').data(large, 'flat');
    writer.key('c').tensor(large, 'base64').key('s').string('x'.repeat(200_000)).end();
    const out = writer.finish();
    expect(Buffer.isBuffer(out)).toBe(true);
    const parsed = JSON.parse(String(out));
    const values = Array.from(large.storage.data, Number);
    expect(parsed.é.flat().map(Math.fround)).toEqual(values);
    expect(parsed.é).toHaveLength(500);
    expect(parsed.a).toEqual([1, 2]);
    expect(parsed.b.map(Math.fround)).toEqual(values);
    expect(Buffer.from(parsed.c.base64, 'base64')).toEqual(Buffer.from(large.storage.data.buffer));
    expect(parsed.s).toHaveLength(200_000);
  });

  test('each chunk is told, and giving up there gives up', () => {
    let flushes = 0;
    const out = new JsonWriter({ onFlush: () => flushes++ }).tensor(large, 'nested').finish();
    expect(flushes).toBeGreaterThanOrEqual(Math.floor(out.length / 65536));
    const stop = new JsonWriter({
      onFlush: () => {
        throw new Error('too late');
      },
    });
    expect(() => stop.tensor(large, 'nested')).toThrow('too late');
  });

  test('a repeated small tensor is made once, nested and flat apart', () => {
    const t = f32([1, 2], [1, 2]);
    const writer = new JsonWriter();
    writer.list().data(t, 'nested').data(t, 'flat');
    (t.storage.data as Float32Array)[0] = 9; // seen only if it were made again
    expect(writer.data(t, 'nested').data(t, 'flat').end().finish()).toBe('[[[1,2]],[1,2],[[1,2]],[1,2]]');
  });
});
