import { encode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCbor } from '../../../src/codec/cbor/reader.ts';
import { JsonError, readJson } from '../../../src/codec/json/reader.ts';
import { Float } from '../../../src/tensor/scalar.ts';
import { complaint, hex } from './support.ts';

const read = (digits: string): unknown => readCbor(hex(digits), 'json');

describe('ordinary values', () => {
  test.each<[string, unknown]>([
    // RFC 8949, appendix A.
    ['00', 0],
    ['17', 23],
    ['18 18', 24],
    ['18 64', 100],
    ['19 03e8', 1000],
    ['1a 000f4240', 1000000],
    ['1b 000000e8d4a51000', 1000000000000],
    ['1b ffffffffffffffff', 18446744073709551615n],
    ['c2 49 010000000000000000', 18446744073709551616n],
    ['3b ffffffffffffffff', -18446744073709551616n],
    ['c3 49 010000000000000000', -18446744073709551617n],
    ['20', -1],
    ['38 63', -100],
    ['39 03e7', -1000],
    ['f9 0000', new Float(0)],
    ['f9 8000', -0],
    ['f9 3c00', new Float(1)],
    ['fb 3ff199999999999a', 1.1],
    ['f9 3e00', 1.5],
    ['f9 7bff', new Float(65504)],
    ['fa 47c35000', new Float(100000)],
    ['fa 7f7fffff', new Float(3.4028234663852886e38)],
    ['fb 7e37e43c8800759c', new Float(1e300)],
    ['f9 0001', 2 ** -24],
    ['f9 0400', 0.00006103515625],
    ['f9 c400', new Float(-4)],
    ['fb c010666666666666', -4.1],
    ['f9 7c00', Infinity],
    ['f9 7e00', Number.NaN],
    ['f9 fc00', -Infinity],
    ['fa 7f800000', Infinity],
    ['fa 7fc00000', Number.NaN],
    ['fb fff0000000000000', -Infinity],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['60', ''],
    ['61 61', 'a'],
    ['64 49455446', 'IETF'],
    ['62 225c', '"\\'],
    ['62 c3bc', 'ü'],
    ['63 e6b0b4', '水'],
    ['64 f0908591', '\ud800\udd51'],
    ['80', []],
    ['83 010203', [1, 2, 3]],
    ['83 01 820203 820405', [1, [2, 3], [4, 5]]],
    ['98 19 0102030405060708090a0b0c0d0e0f101112131415161718181819', Array.from({ length: 25 }, (_, i) => i + 1)],
    ['a0', {}],
    ['a2 6161 01 6162 820203', { a: 1, b: [2, 3] }],
    ['82 6161 a1 6162 6163', ['a', { b: 'c' }]],
    ['7f 657374726561 646d696e67 ff', 'streaming'],
    ['9f ff', []],
    ['9f 01 820203 9f0405ff ff', [1, [2, 3], [4, 5]]],
    ['83 01 820203 9f0405ff', [1, [2, 3], [4, 5]]],
    ['bf 6161 01 6162 9f0203ff ff', { a: 1, b: [2, 3] }],
    // Lengths and integers that are longer than they need to be, and what says that it is CBOR.
    ['1b 0000000000000001', 1],
    ['7b 0000000000000001 61', 'a'],
    ['9a 00000001 01', [1]],
    ['d9 d9f7 01', 1],
    // Integers about 2^53, and big ones that are small.
    ['1b 001fffffffffffff', 2 ** 53 - 1],
    ['1b 0020000000000000', 2 ** 53],
    ['1b 0020000000000001', 2n ** 53n + 1n],
    ['3b 001fffffffffffff', -(2 ** 53)],
    ['3b 0020000000000000', -(2n ** 53n) - 1n],
    ['c2 41 05', 5],
    ['c2 40', 0],
    ['c3 40', -1],
  ])('%s', (digits, wanted) => {
    expect(read(digits)).toStrictEqual(wanted);
  });

  test('the name __proto__ is a name', () => {
    expect(Object.getOwnPropertyNames(readCbor(encode(new Map([['__proto__', 1]])), 'json'))).toEqual(['__proto__']);
  });

  test('documents read as from JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const json = readJson(Buffer.from(JSON.stringify(value)), 'json');
        // A float without a fraction is an integer in the text that JSON.stringify gives.
        const plain = (v: unknown): unknown =>
          v instanceof Float
            ? v.value
            : Array.isArray(v)
              ? v.map(plain)
              : typeof v === 'bigint'
                ? Number(v)
                : typeof v === 'object' && v !== null
                  ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k, plain(w)]))
                  : v === 0
                    ? 0
                    : v;
        expect(plain(readCbor(encode(new Wrap(value).map()), 'json'))).toEqual(plain(json));
      }),
    );
  });
});

/** Objects as maps, so that the other encoder takes any name. */
class Wrap {
  private readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
  map(): unknown {
    const { value } = this;
    if (Array.isArray(value)) return value.map((v) => new Wrap(v).map());
    if (typeof value !== 'object' || value === null) return value;
    return new Map(Object.entries(value).map(([k, v]) => [k, new Wrap(v).map()]));
  }
}

describe('refused', () => {
  test.each([
    ['', '', 'the body is empty'],
    ['01 01', '', 'expected the end of the body at byte 1, got an integer'],
    ['83 0102', '', '3 items announced at byte 0, the body has room for 2'],
    ['9b 0000010000000000 01', '', '1099511627776 items announced'],
    ['bb 0000010000000000 01', '', '1099511627776 items announced'],
    ['9b ffffffffffffffff', '', 'items announced'],
    ['82 01 9a ffffffff 00', '/1', '4294967295 items announced at byte 2, the body has room for 1'],
    ['7b 0000010000000000 61', '', '1099511627776 bytes announced'],
    ['a1 6161 7a ffffffff 61', '/a', '4294967295 bytes announced'],
    ['62 61', '', '2 bytes announced at byte 1, of which the body has 1'],
    ['19 01', '', '3 bytes announced at byte 0'],
    ['fb 00', '', '9 bytes announced'],
    ['9f 01', '', 'the body ends at byte 2'],
    ['bf 6161', '/a', 'the body ends at byte 3'],
    ['7f 6161', '', 'the body ends at byte 3'],
    ['7f 7f 6161 ff ff', '', 'has no length'],
    ['7f 4161 ff', '', 'expected a piece of a text string at byte 1, got a byte string'],
    ['ff', '', 'a break where nothing is open'],
    ['82 01 ff', '/1', 'a break where nothing is open'],
    ['1c', '', '0x1c at byte 0 is reserved'],
    ['5e', '', 'only "base64" of a tensor'],
    ['1f', '', 'expected a CBOR item'],
    ['df 01', '', 'expected a CBOR item'],
    ['f7', '', 'got undefined'],
    ['a1 6161 f7', '/a', 'got undefined'],
    ['f0', '', 'got a simple value'],
    ['f8 ff', '', 'got a simple value'],
    ['f8 14', '', 'got a simple value'],
    ['a1 01 02', '', 'expected a member name, which is a text string, at byte 1, got an integer'],
    ['a1 4161 02', '', 'got a byte string'],
    ['a2 6161 01 6161 02', '/a', 'member "a" occurs twice'],
    ['bf 6161 01 7f6161ff 02 ff', '/a', 'member "a" occurs twice'],
    ['bf 6161 ff', '/a', 'a break where nothing is open'],
    ['41 00', '', 'a byte string at byte 0'],
    ['a1 6161 82 01 4100', '/a/1', 'a byte string'],
    ['c0 6161', '', 'the tag 0 at byte 0 is not read at this place'],
    ['d8 55 44 00000000', '', 'the tag 85 at byte 0 is not read at this place'],
    ['d9d9f7 d9d9f7 01', '', 'the tag 55799'],
    ['c2 01', '', 'expected the byte string of a big integer at byte 1, got an integer'],
    [`c2 59 06fa ${'01'.repeat(1786)}`, '', 'an integer of more than 1785 bytes'],
    ['61 ff', '', 'not valid UTF-8'],
    ['63 eda080', '', 'not valid UTF-8'],
    ['a1 61ff 01', '', 'not valid UTF-8'],
    [`78 28 ${'61'.repeat(39)}ff`, '', 'not valid UTF-8'],
    ['7f 61e6 62b0b4 ff', '', 'not valid UTF-8'],
    ['a1 63612f7e a1 6161 f7', '/a~1~0/a', 'got undefined'],
  ])('%s', (digits, pointer, detail) => {
    const [at, why] = complaint(() => read(digits));
    expect(at).toBe(pointer);
    expect(why).toContain(detail);
  });

  test('nested deeper than 128 levels, in any way', () => {
    const deep = (open: string, levels: number, close = ''): string =>
      `${open.repeat(levels)}01${close.repeat(levels)}`;
    expect(read(deep('81', 128))).toBeDefined();
    for (const [open, close] of [
      ['81', ''],
      ['9f', 'ff'],
      ['a16161', ''],
      ['bf6161', 'ff'],
    ]) {
      expect(complaint(() => read(deep(open, 129, close)))[1]).toContain('nested deeper than 128 levels');
      expect(complaint(() => read(deep(open, 100_000, close)))[1]).toContain('nested deeper than 128 levels');
    }
    expect(complaint(() => readCbor(hex('818101'), 'json', { maxDepth: 1 }))[0]).toBe('/0');
  });

  test('whatever comes: a value or a complaint, and nothing else', () => {
    const slots = ['json', 'tensor', { fields: { x: 'tensor', v: { entries: 'value' } } }] as const;
    const item = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(fc.jsonValue(), fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
        const bytes = Uint8Array.from(encode({ x: value, v: { y: value } }));
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
      fc
        .tuple(fc.constantFrom(0xd8, 0xd9), fc.uint8Array({ maxLength: 20 }))
        .map(([tag, rest]) => Uint8Array.from([tag, ...rest])),
    );
    fc.assert(
      fc.property(item, fc.constantFrom(...slots), (bytes, slot) => {
        try {
          readCbor(bytes, slot);
        } catch (error) {
          if (!(error instanceof JsonError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
