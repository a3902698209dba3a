import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonError, readJson, type Slot } from '../../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../../src/codec/json/tensor-literal.ts';
import type { DType } from '../../../src/tensor/dtype.ts';
import { DTYPES } from '../../../src/tensor/dtype.ts';
import { heapAllocator } from '../../../src/tensor/storage.ts';

/** Reads a tensor as the member `x` of a body. */
const literal = (text: string, slot: Slot = 'tensor'): TensorLiteral =>
  (readJson(Buffer.from(`{"x":${text}}`), { fields: { x: slot } }) as { x: TensorLiteral }).x;

function elements(text: string, wanted: DType = 'float32'): (number | bigint)[] {
  const read = literal(text);
  const dtype = read.resolveDtype(wanted);
  const target = heapAllocator.alloc(dtype, read.numel).data;
  read.writeInto(target, dtype);
  return Array.from<number | bigint>(target);
}

function complaint(act: () => unknown): [string, string] {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(JsonError);
    return [(error as JsonError).errors[0].pointer, (error as JsonError).errors[0].detail];
  }
  return expect.fail('was accepted');
}

const base64 = (array: { buffer: ArrayBufferLike }): string => Buffer.from(array.buffer).toString('base64');

describe('forms', () => {
  test.each<[string, number[], unknown[]]>([
    ['0.5', [], [0.5]],
    ['-0', [], [-0]],
    ['"NaN"', [], [Number.NaN]],
    ['true', [], [1]],
    ['[]', [0], []],
    ['[[],[]]', [2, 0], []],
    ['[[[]]]', [1, 1, 0], []],
    ['[ [1, 2],\n[3, 4] ]', [2, 2], [1, 2, 3, 4]],
    ['[[[1],[2]],[[3],[4]],[[5],[6]]]', [3, 2, 1], [1, 2, 3, 4, 5, 6]],
    ['["NaN", 1, "Infinity", "-Infinity"]', [4], [Number.NaN, 1, Infinity, -Infinity]],
    ['[true, false]', [2], [1, 0]],
    ['{"data":5}', [], [5]],
    ['{"data":5,"shape":[]}', [], [5]],
    ['{"data":[5],"shape":[]}', [], [5]],
    ['{"data":[1,2,3,4],"shape":[2,2]}', [2, 2], [1, 2, 3, 4]],
    ['{"shape":[2,2],"data":[[1,2],[3,4]]}', [2, 2], [1, 2, 3, 4]],
    ['{"data":[],"shape":[0,3]}', [0, 3], []],
    ['{"data":[[],[]],"shape":[2,0,3]}', [2, 0, 3], []],
    ['{"base64":"AACAPwAAAEA="}', [2], [1, 2]],
    ['{"base64":"AACAPwAAAEA=","shape":[2,1]}', [2, 1], [1, 2]],
    ['{"base64":"AACAPwAAAEA=","dtype":"int32"}', [2], [0x3f800000, 0x40000000]],
    ['{"base64":"","shape":[0,5]}', [0, 5], []],
  ])('%s', (text, shape, wanted) => {
    expect(literal(text).shape).toEqual(shape);
    expect(elements(text)).toEqual(wanted);
  });

  test('an escaped slash inside base64', () => {
    expect(elements(String.raw`{"base64":"\/\/8=","dtype":"uint8"}`)).toEqual([255, 255]);
  });

  test('64 dimensions are read, 65 are not', () => {
    expect(literal(`${'['.repeat(64)}1${']'.repeat(64)}`).shape).toEqual(Array(64).fill(1));
    expect(complaint(() => literal(`${'['.repeat(65)}1${']'.repeat(65)}`))[0]).toBe('/x');
    expect(literal(`{"data":[1],"shape":[${Array(64).fill(1)}]}`).shape).toHaveLength(64);
    expect(complaint(() => literal(`{"data":[1],"shape":[${Array(65).fill(1)}]}`))[0]).toBe('/x/shape');
  });

  test('the dtype: sent, else bool for bools, else the one wanted', () => {
    expect(literal('[1]').resolveDtype('int64')).toBe('int64');
    expect(literal('[true]').resolveDtype('int64')).toBe('bool');
    expect(literal('{"data":[true],"dtype":"float32"}').resolveDtype('int64')).toBe('float32');
    expect(literal('{"base64":"AACAPw=="}').resolveDtype('int64')).toBe('float32');
    expect(literal('[]').resolveDtype('int64')).toBe('int64');
    expect(literal('{"data":[1]}').requiresGrad).toBe(false);
    expect(literal('{"data":[1],"requires_grad":true}').requiresGrad).toBe(true);
  });

  test('a graph value may lack data and carry what the service wrote', () => {
    const value = literal('{"dtype":"float64","shape":[2],"requires_grad":true,"is_leaf":true,"grad":[1,2]}', 'value');
    expect([value.hasData, value.shape, value.dtype, value.requiresGrad]).toEqual([false, [2], 'float64', true]);
    expect(literal('{"data":[1],"grad":2,"is_leaf":false}', 'value').hasData).toBe(true);
    expect(complaint(() => literal('{"grad":["x"]}', 'value'))[0]).toBe('/x/grad/0');
    expect(complaint(() => literal('{"is_leaf":1}', 'value'))[0]).toBe('/x/is_leaf');
    expect(complaint(() => literal('{"data":[1],"is_leaf":true}'))[0]).toBe('/x/is_leaf');
  });

  test('a scan that fails leaves nothing behind for the next', () => {
    expect(() => literal('[[1,2],[3,')).toThrow(JsonError);
    expect(literal('[[1],[2]]').shape).toEqual([2, 1]);
  });

  test('more elements than fit the scratch at first, and more than it keeps', () => {
    for (const count of [1024, 1025, 5000, 2 ** 20 + 1]) {
      const got = literal(`[${Array.from({ length: count }, (_, i) => i).join()}]`);
      const target = new Int32Array(count);
      got.writeInto(target, 'int32');
      expect(target.every((value, i) => value === i)).toBe(true);
    }
  });
});

describe('refused while reading', () => {
  test.each([
    ['[[1,2],[3,4,5]]', '/x/1', 'expected 2 elements as in the first row, got 3'],
    ['[[1,2],[3]]', '/x/1', 'expected 2 elements as in the first row, got 1'],
    ['[[1],[]]', '/x/1', 'expected 1 element as in the first row, got 0'],
    ['[[],[1]]', '/x/1', 'expected 0 elements as in the first row, got 1'],
    ['[[[1],[2]],[[3]]]', '/x/1', 'expected 2 elements as in the first row, got 1'],
    ['[[[1,2]],[[3,4]],[[5]]]', '/x/2/0', 'expected 2 elements as in the first row, got 1'],
    ['[1,[2]]', '/x/1', 'expected a number, got an array'],
    ['[[1,2],[3,[4]]]', '/x/1/1', 'expected a number, got an array'],
    ['[[1],2]', '/x/1', 'expected an array, got a number'],
    ['[[],2]', '/x/1', 'expected an array, got a number'],
    ['[[],[[]]]', '/x/1/0', 'expected no elements as in the first row, got an array'],
    ['[1,true]', '/x/1', 'a boolean among numbers'],
    ['[[true],[0]]', '/x/1/0', 'a number among booleans'],
    ['[[1,2],[null,4]]', '/x/1/0', 'expected a number, got null'],
    ['{"data":[[1,2],[3,null]]}', '/x/data/1/1', 'got null'],
    ['{"data":null}', '/x/data', 'got null'],
    ['[1,{}]', '/x/1', 'got an object'],
    ['[1,"2.5"]', '/x/1', 'numeric string "2.5"'],
    ['["1e5"]', '/x/0', 'numeric string'],
    ['["+1"]', '/x/0', 'numeric string'],
    ['["01"]', '/x/0', 'numeric string'],
    ['[1,"nan"]', '/x/1', 'expected a number, got the string "nan"'],
    ['"abc"', '/x', 'expected a number, got the string "abc"'],
    ['[1,2,]', '/x/2', 'expected a number at byte 10, got "]"'],
    ['[1 2]', '/x', 'expected "," or "]" at byte 8, got "2"'],
    ['[1,NaN]', '/x/1', 'write "NaN" as a string'],
    ['[1,-Infinity]', '/x/1', 'write "-Infinity" as a string'],
    ['[[1],[2,03]]', '/x/1/1', 'starts with a zero'],
    ['{"data":[1],"base64":"AACAPw=="}', '/x', 'both "data" and "base64"'],
    ['{}', '/x', 'neither "data" nor "base64"'],
    ['{"shape":[1]}', '/x', 'neither "data" nor "base64"'],
    [
      '{"data":[1],"value":2}',
      '/x/value',
      "unknown member, a tensor's members are data, base64, shape, dtype, requires_grad",
    ],
    ['{"data":[1],"data":[2]}', '/x/data', 'occurs twice'],
    ['{"data":[1],"requires_grad":1}', '/x/requires_grad', 'expected true or false, got 1'],
    ['{"data":[1],"requires_grad":"true"}', '/x/requires_grad', 'got "true"'],
    ['{"data":[1],"dtype":"complex64"}', '/x/dtype', `expected one of ${DTYPES.join(', ')}, got "complex64"`],
    ['{"data":[1],"dtype":"constructor"}', '/x/dtype', 'expected one of'],
    ['{"data":[1],"shape":2}', '/x/shape', 'expected an array of sizes, got 2'],
    ['{"data":[1],"shape":[1,-1]}', '/x/shape/1', 'sizes are whole numbers from 0 up, got -1'],
    ['{"data":[1],"shape":[1.0]}', '/x/shape/0', 'got 1.0'],
    ['{"data":[1],"shape":["1"]}', '/x/shape/0', 'got "1"'],
    ['{"data":[1],"shape":[9007199254740993]}', '/x/shape/0', 'sizes are whole numbers'],
    ['{"data":[1],"shape":[3037000500,3037000500]}', '/x/shape', 'more than 2^53 elements'],
    ['{"data":[],"shape":[0,3037000500,3037000500]}', '/x/shape', 'more than 2^53 elements'],
    [
      '{"data":[1,2,3],"shape":[2,2]}',
      '/x/data',
      'expected the 4 elements of the shape [2, 2], flat or nested, got 3 elements',
    ],
    ['{"data":[[1,2],[3,4]],"shape":[4]}', '/x/data', 'got data nested as [2, 2]'],
    [
      '{"data":[[1,2,3],[4,5,6]],"shape":[3,2]}',
      '/x/data',
      'of the shape [3, 2], flat or nested, got data nested as [2, 3]',
    ],
    ['{"data":5,"shape":[1]}', '/x/data', 'got data nested as []'],
    ['{"data":[[],[]],"shape":[3,0]}', '/x/data', 'nested as [2, 0]'],
    ['{"base64":"AACAPw==","shape":[2]}', '/x/base64', 'expected 8 bytes for float32 of the shape [2], got 4'],
    ['{"base64":"AAA=","dtype":"int32"}', '/x/base64', 'expected a multiple of 4 bytes for int32, got 2'],
    ['{"base64":[1]}', '/x/base64', 'expected a string of base64, got an array'],
    ['{"base64":"AACAPw"}', '/x/base64', 'not canonical base64'],
    ['{"base64":"AACA Pw=="}', '/x/base64', 'not canonical base64'],
  ])('%s', (text, pointer, detail) => {
    const got = complaint(() => literal(text));
    expect(got[0]).toBe(pointer);
    expect(got[1]).toContain(detail);
  });
});

describe('writing into storage', () => {
  test.each<[string, DType, unknown[]]>([
    ['[1.0, -0, 1e2]', 'int64', [1n, 0n, 100n]],
    [
      '[9007199254740993, -9223372036854775808, 9223372036854775807]',
      'int64',
      [9007199254740993n, -(2n ** 63n), 2n ** 63n - 1n],
    ],
    ['["9007199254740993", "-5", 7, "9223372036854775807"]', 'int64', [9007199254740993n, -5n, 7n, 2n ** 63n - 1n]],
    [
      '[-1, -4294967296, -4294967297, 4294967295, 1e18, -1e18]',
      'int64',
      [-1n, -4294967296n, -4294967297n, 4294967295n, 10n ** 18n, -(10n ** 18n)],
    ],
    ['[2147483647, -2147483648, -0.0]', 'int32', [2147483647, -2147483648, 0]],
    ['[0, 255.0]', 'uint8', [0, 255]],
    ['[0, 1, 1.0, -0]', 'bool', [0, 1, 1, 0]],
    ['[true, false]', 'float32', [1, 0]],
    ['[true, false]', 'int64', [1n, 0n]],
    [
      '[16777217, 9007199254740993, 1e39, -1e39, 1e-46, -0.0]',
      'float32',
      [16777216, 9007199254740992, Infinity, -Infinity, 0, -0],
    ],
    ['[9007199254740993, 1e999, "-Infinity"]', 'float64', [9007199254740992, Infinity, -Infinity]],
  ])('%s as %s', (data, dtype, wanted) => {
    expect(elements(`{"data":${data},"dtype":"${dtype}"}`)).toEqual(wanted);
  });

  test.each<[string, DType, string, string]>([
    ['[[1,2],[1.5,4]]', 'int64', '/1/0', 'int64 elements are whole numbers, got 1.5'],
    ['[1,"NaN"]', 'int64', '/1', 'got NaN'],
    ['[1,"Infinity"]', 'int32', '/1', 'got Infinity'],
    ['[1e999]', 'int64', '/0', 'got Infinity'],
    ['[9223372036854775808]', 'int64', '/0', 'got 9223372036854775808'],
    ['[0,-9223372036854775809]', 'int64', '/1', 'got -9223372036854775809'],
    ['["9223372036854775808"]', 'int64', '/0', 'int64 elements go from -9223372036854775808 to 9223372036854775807'],
    ['["99999999999999999999999999"]', 'int64', '/0', 'int64 elements go from'],
    ['[9223372036854775808.0]', 'int64', '/0', 'int64 elements go from'],
    ['[2147483648]', 'int32', '/0', 'int32 elements go from -2147483648 to 2147483647, got 2147483648'],
    ['[0,256]', 'uint8', '/1', 'uint8 elements go from 0 to 255, got 256'],
    ['[-1]', 'uint8', '/0', 'got -1'],
    ['[0.5]', 'uint8', '/0', 'whole numbers'],
    ['[0,2]', 'bool', '/1', 'bool elements are true, false, 0 or 1, got 2'],
    ['["NaN"]', 'bool', '/0', 'got NaN'],
    ['[1,"5"]', 'float32', '/1', 'numeric string'],
    ['[1,"5"]', 'int32', '/1', 'numeric string'],
    ['"5"', 'float64', '', 'numeric string'],
  ])('%s is no %s', (data, dtype, at, detail) => {
    const inObject = complaint(() => elements(`{"data":${data},"dtype":"${dtype}"}`));
    expect(inObject[0]).toBe(`/x/data${at}`);
    expect(inObject[1]).toContain(detail);
    // Bare, it takes the dtype that is wanted.
    expect(complaint(() => elements(data, dtype))[0]).toBe(`/x${at}`);
  });

  test('flat data is pointed at flat', () => {
    expect(complaint(() => elements('{"data":[1,2,3,0.5],"shape":[2,2],"dtype":"int32"}'))[0]).toBe('/x/data/3');
  });

  test.each(['AACAPx==', '__-_AA==', 'AAC Pw==', 'AA=APw==', 'AACA=w==', 'AACA\u0000w==', 'AAéPw=='])(
    'base64 that is not canonical: %j',
    (text) => {
      expect(complaint(() => elements(`{"base64":"${text}","dtype":"uint8"}`))).toEqual([
        '/x/base64',
        'not canonical base64 with padding (RFC 4648, section 4)',
      ]);
    },
  );

  test('a byte that is no bool', () => {
    expect(complaint(() => elements('{"base64":"AAEC","dtype":"bool"}'))).toEqual([
      '/x/base64',
      'element 2 is the byte 2, bool elements are 0 or 1',
    ]);
  });

  test('a target inside a larger buffer, at an odd place, is written there only', () => {
    const room = new BigInt64Array(4).fill(7n);
    literal('[1,-2]').writeInto(room.subarray(1, 3), 'int64');
    expect(Array.from(room)).toEqual([7n, 1n, -2n, 7n]);
    const bytes = new Uint8Array(4).fill(9);
    literal('{"base64":"AQA=","dtype":"bool"}').writeInto(bytes.subarray(1, 3), 'bool');
    expect(Array.from(bytes)).toEqual([9, 1, 0, 9]);
  });

  test('base64 is what the bytes are, in every dtype', () => {
    fc.assert(
      fc.property(fc.float64Array(), fc.bigInt64Array(), (doubles, bigints) => {
        expect(elements(`{"base64":"${base64(doubles)}","dtype":"float64"}`)).toEqual(Array.from(doubles));
        expect(elements(`{"base64":"${base64(bigints)}","dtype":"int64"}`)).toEqual(Array.from(bigints));
      }),
    );
  });

  test('any int64s, as tokens and as strings', () => {
    fc.assert(
      fc.property(fc.bigInt64Array({ maxLength: 50 }), fc.infiniteStream(fc.boolean()), (values, quoted) => {
        const texts = Array.from(values, (value) => (quoted.next().value ? `"${value}"` : `${value}`));
        expect(elements(`[${texts}]`, 'int64')).toEqual(Array.from(values));
      }),
    );
  });
});
