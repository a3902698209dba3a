import { encode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCbor } from '../../../src/codec/cbor/reader.ts';
import { complaint, elements, hex, literal, write } from './support.ts';

const swapped = (bytes: Buffer, width: number): Buffer => {
  const copy = Buffer.from(bytes);
  return width === 2 ? copy.swap16() : width === 4 ? copy.swap32() : copy.swap64();
};

const tagged = (tag: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([hex(`d8 ${tag.toString(16)}`), encode(new Uint8Array(bytes))]);

describe('typed arrays', () => {
  const numbers = {
    small: [0, 1, 100],
    signed: [0, -1, 100],
    float: [1.5, -0, Number.NaN, -Infinity],
  };
  test.each([
    [64, 'uint8', new Uint8Array([0, 1, 255])],
    [68, 'uint8', new Uint8Array([0, 1, 255])],
    [69, 'int32', new Uint16Array([0, 1, 65535])],
    [70, 'int64', new Uint32Array([0, 1, 2 ** 32 - 1])],
    [71, 'int64', new BigUint64Array([0n, 1n, 2n ** 63n - 1n])],
    [72, 'int8', new Int8Array([0, -128, 127])],
    [77, 'int16', new Int16Array([0, -32768, 32767])],
    [78, 'int32', new Int32Array([0, -(2 ** 31), 2 ** 31 - 1])],
    [79, 'int64', new BigInt64Array([0n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n])],
    [85, 'float32', new Float32Array(numbers.float)],
    [86, 'float64', new Float64Array([...numbers.float, 1e300, 5e-324])],
  ] as const)('tag %i is %s, and so is its big-endian twin', (tag, dtype, array) => {
    const bytes = Buffer.from(array.buffer);
    const width: number = array.BYTES_PER_ELEMENT;
    const twin = width === 1 ? undefined : tagged(tag & ~4, swapped(bytes, width));
    for (const item of [tagged(tag, bytes), twin]) {
      if (item === undefined) continue;
      const read = literal(item);
      expect(read.shape).toEqual([array.length]);
      expect(read.resolveDtype('float64')).toBe(dtype);
      expect(Array.from<number | bigint>(write(read)).map(Number)).toEqual(
        Array.from<number | bigint>(array).map(Number),
      );
      expect([...write(read)].map(String)).toEqual([...array].map(String));
    }
  });

  test('float16 in both byte orders is float32, every value of it', () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const little = Buffer.from(bits.buffer);
    const wanted = Array.from(bits, (b) => (((b >> 10) & 31) === 31 && (b & 1023) !== 0 ? Number.NaN : half(b)));
    expect(literal(tagged(84, little)).resolveDtype('int64')).toBe('float32');
    expect(elements(tagged(84, little))).toEqual(wanted);
    expect(elements(tagged(80, swapped(little, 2)))).toEqual(wanted);
  });

  test('elements that stand at any address', () => {
    for (let pad = 0; pad < 9; pad++) {
      const body = encode(
        new Map<string, unknown>([
          ['p'.repeat(pad), 1],
          ['x', new Float64Array([1.5, 2.5])],
        ]),
      );
      const { x } = readCbor(body, { fields: { x: 'tensor' } }) as { x: ReturnType<typeof literal> };
      expect(Array.from(write(x) as Float64Array)).toEqual([1.5, 2.5]);
    }
  });

  test('a byte string of indefinite length', () => {
    expect(elements(hex('d855 5f 420000 42803f 40 440000 0040 ff'))).toEqual([1, 2]);
  });

  test('with a shape, a dtype and requires_grad beside it', () => {
    const read = literal(encode({ data: new Float32Array([1, 2, 3, 4]), shape: [2, 2], requires_grad: true }));
    expect([read.shape, read.dtype, read.requiresGrad]).toEqual([[2, 2], 'float32', true]);
    expect(literal(encode({ data: new Float32Array(0), shape: [0, 3] })).shape).toEqual([0, 3]);
    expect(literal(encode({ data: new Float32Array(1), shape: [] })).shape).toEqual([]);
    expect(elements(encode({ data: new Float64Array([0.1]), dtype: 'float32' }))).toEqual([Math.fround(0.1)]);
    expect(elements(encode({ data: new Int32Array([-1, 7]), dtype: 'int64' }))).toEqual([-1n, 7n]);
    expect(elements(encode({ data: new BigInt64Array([2n ** 62n + 1n]), dtype: 'int64' }))).toEqual([2n ** 62n + 1n]);
    expect(elements(encode({ data: new BigUint64Array([2n ** 62n + 1n]) }))).toEqual([2n ** 62n + 1n]);
    expect(elements(encode({ data: new Float64Array([3, -4]), dtype: 'int32' }))).toEqual([3, -4]);
    expect(elements(encode({ data: new Uint16Array([3, 255]), dtype: 'uint8' }))).toEqual([3, 255]);
  });

  test('a bool is a byte, and the dtype says so', () => {
    const item = Buffer.concat([
      hex('a2 6464617461'),
      tagged(64, new Uint8Array([0, 1])),
      hex('656474797065 64626f6f6c'),
    ]);
    expect(literal(item).resolveDtype('float32')).toBe('bool');
    expect(elements(item)).toEqual([0, 1]);
    expect(literal(tagged(64, new Uint8Array([0, 1]))).resolveDtype('bool')).toBe('uint8');
  });

  test.each([
    ['d8 57 50 00000000000000000000000000000000', '/x', 'tag 87 has elements of 128 bits'],
    ['d8 53 40', '/x', 'tag 83 has elements of 128 bits'],
    ['d8 4c 40', '/x', 'tag 76 is reserved'],
    ['d8 55 43 000000', '/x', 'expected a multiple of 4 bytes for float32 elements, got 3'],
    ['d8 55 83 010203', '/x', 'expected the byte string of a float32 array at byte 5, got an array'],
    ['d8 55 5b 0000010000000000 00', '/x', '1099511627776 bytes announced'],
    ['44 00000000', '/x', 'a byte string without a tag'],
    ['82 d8 55 44 00000000 01', '/x/0', 'a typed array among other elements'],
    ['d8 58 44 00000000', '/x', 'got the tag 88'],
  ])('refused: %s', (digits, pointer, detail) => {
    const [at, why] = complaint(() => write(literal(hex(digits))));
    expect(at.startsWith(pointer)).toBe(true);
    expect(why).toContain(detail);
  });

  test.each([
    [{ data: new Float32Array(3), shape: [2, 2] }, '/x/data', 'expected the 4 elements of the shape [2, 2]'],
    [{ data: new Float32Array(3), shape: [2 ** 40] }, '/x/data', 'expected the 1099511627776 elements'],
    [{ data: new Float64Array([1, 1.5]), dtype: 'int64' }, '/x/data/1', 'int64 elements are whole numbers, got 1.5'],
    [{ data: new Int32Array([1, 256]), dtype: 'uint8' }, '/x/data/1', 'uint8 elements go from 0 to 255, got 256'],
    [{ data: new BigUint64Array([2n ** 63n]) }, '/x/data/0', 'int64 elements go from'],
    [{ data: new BigUint64Array([2n ** 64n - 1n]) }, '/x/data/0', 'int64 elements go from'],
    [{ data: new Int8Array([0, 2]), dtype: 'bool' }, '/x/data/1', 'bool elements are true, false, 0 or 1, got 2'],
    [{ data: new Float32Array(1), dtype: 'complex64' }, '/x/dtype', 'got "complex64"'],
    [{ data: new Float32Array(1), base64: 'AACAPw==' }, '/x', 'both "data" and "base64"'],
    [{ data: new Float32Array(1), size: 1 }, '/x/size', 'unknown member'],
    [{ data: new Float32Array(1), requires_grad: 1 }, '/x/requires_grad', 'expected true or false'],
    [{ shape: [1] }, '/x', 'neither "data" nor "base64"'],
  ])('refused: %o', (item, pointer, detail) => {
    const [at, why] = complaint(() => write(literal(encode(item))));
    expect(at).toBe(pointer);
    expect(why).toContain(detail);
  });
});

/** RFC 8949, appendix D, another way. */
function half(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  const [sign, exponent, mantissa] = [bits >> 15, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return (sign === 1 ? -1 : 1) * (mantissa / 2 ** 24);
  view.setUint32(0, (sign << 31) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (mantissa << 13));
  return view.getFloat32(0);
}

describe('arrays of several dimensions (RFC 8746, section 3.1)', () => {
  const wanted = [2, 4, 8, 4, 16, 256];
  test.each([
    ['row-major, of numbers', 'd828 82 820203 86 02 04 08 04 10 190100', 'float32'],
    ['row-major, typed', 'd828 82 820203 d841 4c 0002 0004 0008 0004 0010 0100', 'int32'],
    ['column-major, of numbers', 'd90410 82 820203 86 02 04 04 10 08 190100', 'float32'],
    ['column-major, typed', 'd90410 82 820203 d841 4c 0002 0004 0004 0010 0008 0100', 'int32'],
    ['of numbers that are all alike', 'd828 82 820203 d829 86 02 04 08 04 10 190100', 'float32'],
    ['of indefinite length', 'd828 9f 9f0203ff 9f 02 04 08 04 10 190100 ff ff', 'float32'],
  ])('%s', (_, digits, dtype) => {
    const read = literal(hex(digits));
    expect(read.shape).toEqual([2, 3]);
    expect(read.resolveDtype('float32')).toBe(dtype);
    expect(elements(hex(digits))).toEqual(wanted);
  });

  test('as the data of an object, whose shape then is the same', () => {
    const data = hex('d828 82 820203 86 02 04 08 04 10 190100');
    const object = (shape: number[]): Buffer =>
      Buffer.concat([hex('a2 6464617461'), data, hex('657368617065'), encode(shape)]);
    expect(literal(object([2, 3])).shape).toEqual([2, 3]);
    expect(complaint(() => literal(object([3, 2])))).toEqual([
      '/x/data',
      "expected the shape [3, 2], the array's own is [2, 3]",
    ]);
  });

  test('column-major int64 beyond 2^53, and three dimensions', () => {
    const big = 2n ** 60n + 1n;
    expect(elements(hex('d90410 82 820202 84 01 1b1000000000000001 03 04'), 'int64')).toEqual([1n, 3n, big, 4n]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }), (shape) => {
        const count = shape.reduce((a, b) => a * b, 1);
        // An element is its own indices, read as digits.
        const digitsAt = (i: number, order: readonly number[]): number => {
          let rest = i;
          let value = 0;
          for (const dim of order) {
            value += (rest % shape[dim]) * 10 ** dim;
            rest = Math.floor(rest / shape[dim]);
          }
          return value;
        };
        const dims = shape.map((_, dim) => dim);
        const columns = Float32Array.from({ length: count }, (_, i) => digitsAt(i, dims));
        const rows = Array.from({ length: count }, (_, i) => digitsAt(i, dims.toReversed()));
        const item = Buffer.concat([hex('d90410 82'), encode(shape), encode(columns)]);
        expect(elements(item)).toEqual(rows);
        const plain = Buffer.concat([hex('d90410 82'), encode(shape), encode([...columns])]);
        expect(elements(plain)).toEqual(rows);
      }),
    );
  });

  test.each([
    ['d828 81 820203', '/x', 'expected an array of sizes and elements, got 1 of the two'],
    ['d828 83 8101 8101 01', '/x/2', 'got more'],
    ['d828 01', '/x', 'expected an array of sizes and elements'],
    ['d828 82 820203 83 010203', '/x', 'expected the 6 elements of the shape [2, 3], got 3'],
    ['d828 82 8120 80', '/x/0/0', 'sizes are whole numbers from 0 up, got -1'],
    ['d828 82 82 1b001fffffffffffff 02 80', '/x/0', 'more than 2^53 elements'],
    ['d828 82 81 1b0000010000000000 80', '/x', 'expected the 1099511627776 elements'],
    ['d90410 82 82 1a00010000 1a00010000 80', '/x', 'expected the 4294967296 elements'],
    ['d828 82 820102 82 8101 8102', '/x/1', 'one flat array'],
    ['d828 82 8101 d828 82 8101 8101', '/x/1', 'one flat array'],
    [`d828 82 98 41 ${'01'.repeat(65)} 8101`, '/x/0', 'at most 64 dimensions'],
  ])('refused: %s', (digits, pointer, detail) => {
    const [at, why] = complaint(() => literal(hex(digits)));
    expect(at).toBe(pointer);
    expect(why).toContain(detail);
  });
});

describe('nested numbers', () => {
  test.each<[string, number[], unknown[]]>([
    ['f9 3800', [], [0.5]],
    ['82 820102 820304', [2, 2], [1, 2, 3, 4]],
    ['9f 9f0102ff 9f0304ff ff', [2, 2], [1, 2, 3, 4]],
    ['84 f97e00 f97c00 f9fc00 f98000', [4], [Number.NaN, Infinity, -Infinity, -0]],
    ['83 634e614e 68496e66696e697479 692d496e66696e697479', [3], [Number.NaN, Infinity, -Infinity]],
    ['82 f5 f4', [2], [1, 0]],
    ['80', [0], []],
    ['82 80 80', [2, 0], []],
    ['d829 83 010203', [3], [1, 2, 3]],
    ['82 c24105 20', [2], [5, -1]],
    ['a1 6464617461 05', [], [5]],
  ])('%s', (digits, shape, wanted) => {
    expect(literal(hex(digits)).shape).toEqual(shape);
    expect(elements(hex(digits))).toEqual(wanted);
  });

  test('take the dtype that is wanted; integers stay exact', () => {
    expect(elements(hex('82 01 1b7fffffffffffffff'), 'int64')).toEqual([1n, 2n ** 63n - 1n]);
    expect(elements(hex('81 3b7fffffffffffffff'), 'int64')).toEqual([-(2n ** 63n)]);
    expect(elements(hex('81 c248 7fffffffffffffff'), 'int64')).toEqual([2n ** 63n - 1n]);
    expect(elements(hex('81 73 39323233333732303336383534373735383037'), 'int64')).toEqual([2n ** 63n - 1n]);
    expect(literal(hex('81 f5')).resolveDtype('int64')).toBe('bool');
  });

  test.each([
    ['82 820102 8103', '/x/1', 'expected 2 elements as in the first row, got 1'],
    ['82 01 8102', '/x/1', 'expected a number, got an array'],
    ['82 8101 02', '/x/1', 'expected an array, got a number'],
    ['82 80 8101', '/x/1', 'expected 0 elements as in the first row, got 1'],
    ['82 80 8180', '/x/1/0', 'expected no elements as in the first row, got an array'],
    ['82 01 f5', '/x/1', 'a boolean among numbers'],
    ['82 8201f6 820304', '/x/0/1', 'expected a number, got null'],
    ['81 f7', '/x/0', 'expected a number, got undefined'],
    ['81 a0', '/x/0', 'expected a number, got an object'],
    ['81 4100', '/x/0', 'expected a number, got a byte string'],
    ['81 c001', '/x/0', 'expected a number, got the tag 0'],
    ['81 d82901', '/x/0', 'the tag 41 stands before an array'],
    ['81 63312e35', '/x/0', 'numeric string "1.5"'],
    ['9f 01', '/x', 'the body ends'],
    [`${'81'.repeat(65)}01`, '/x', 'nested deeper than the 64 dimensions'],
  ])('refused: %s', (digits, pointer, detail) => {
    const [at, why] = complaint(() => literal(hex(digits)));
    expect(at).toBe(pointer);
    expect(why).toContain(detail);
  });

  test('refused by the dtype, at the element', () => {
    expect(complaint(() => elements(hex('82 8101 81f93800'), 'int64'))).toEqual([
      '/x/1/0',
      'int64 elements are whole numbers, got 0.5',
    ]);
    expect(complaint(() => elements(hex('81 1b8000000000000000'), 'int64'))[0]).toBe('/x/0');
    expect(complaint(() => elements(hex('81 6131'), 'float32'))[1]).toContain('numeric string');
  });
});

describe('base64', () => {
  test('is a byte string, or the text that JSON has', () => {
    const bytes = new Uint8Array(Float32Array.from([1, 2]).buffer);
    const item = (base64: unknown): Uint8Array => encode({ base64, shape: [2, 1], dtype: 'float32' });
    for (const value of [bytes, Buffer.from(bytes).toString('base64')]) {
      expect(literal(item(value)).shape).toEqual([2, 1]);
      expect(elements(item(value))).toEqual([1, 2]);
    }
    expect(literal(encode({ base64: bytes })).dtype).toBe('float32');
    expect(complaint(() => literal(item(bytes.subarray(1))))[0]).toBe('/x/base64');
    expect(complaint(() => literal(item('AACAPw=')))).toEqual(['/x/base64', expect.stringContaining('not canonical')]);
    expect(complaint(() => literal(item(1)))).toEqual(['/x/base64', expect.stringContaining('expected a byte string')]);
  });
});

test('a value of a graph may lack data, and null is null anywhere', () => {
  const read = literal(encode({ dtype: 'float64', shape: [2], is_leaf: true, grad: new Float32Array(2) }), 'value');
  expect([read.hasData, read.shape, read.dtype]).toEqual([false, [2], 'float64']);
  expect(literal(hex('f6'))).toBeNull();
});
