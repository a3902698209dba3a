import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64, decodedLength, encodeBase64, encodedLength } from '../../src/codec/base64.ts';

function decodeLetters(letters: Buffer): Buffer | undefined {
  const size = decodedLength(letters);
  const target = Buffer.alloc(size ?? 0);
  return size !== undefined && decodeBase64(letters, target) ? target : undefined;
}

const decode = (text: string): Buffer | undefined => decodeLetters(Buffer.from(text, 'latin1'));

function encode(bytes: Buffer): Buffer {
  const target = Buffer.alloc(encodedLength(bytes.length) + 2, '!');
  encodeBase64(bytes, target, 1);
  expect([target[0], target.at(-1)]).toEqual([0x21, 0x21]);
  return target.subarray(1, -1);
}

test('bytes of any length, there and back, as Node writes them', () => {
  const piece = 72 * 1024;
  for (const length of [0, 1, 2, 3, 4, 5, 6, piece - 1, piece, piece + 1, 3 * piece + 2]) {
    const bytes = Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 13));
    const letters = encode(bytes);
    expect(letters.toString('latin1')).toBe(bytes.toString('base64'));
    expect(decodeLetters(letters)).toEqual(bytes);
  }
});

test.each([
  'A',
  'AA',
  'AAA',
  'AAAAA',
  'AA=',
  '====',
  'A===',
  'AA=A',
  'A=AA',
  '=AAA',
  'AAAA====',
  'AA==AAAA',
  'AB==',
  'AAB=',
  'AA A',
  'AAA\n',
  'AAAA\nAAA',
  ' AAA',
  'AAA-',
  'AAA_',
  'AA*A',
  'AA\u0000A',
  'AA\u00ffA',
  '/+-_',
])('%j is refused', (text) => {
  expect(decode(text)).toBeUndefined();
});

test('one letter amiss anywhere in several pieces is refused', () => {
  const letters = encode(Buffer.alloc(300_001, 7));
  for (const at of [0, 1, 98_303, 98_304, 98_305, 200_000, letters.length - 4]) {
    for (const letter of ['-', '_', ' ', '=', '\n', '\u0080']) {
      const bad = Buffer.from(letters);
      bad[at] = letter.charCodeAt(0);
      expect(decodeLetters(bad)).toBeUndefined();
    }
  }
});

test('what is taken is exactly what would be written', () => {
  const letter = fc.constantFrom(...'ABCXYZabz059+/=-_ \n*');
  fc.assert(
    fc.property(fc.array(letter, { maxLength: 12 }), (letters) => {
      const text = letters.join('');
      const bytes = decode(text);
      expect(bytes !== undefined).toBe(Buffer.from(text, 'base64').toString('base64') === text);
      if (bytes !== undefined) expect(bytes.toString('base64')).toBe(text);
    }),
    { numRuns: 3000 },
  );
});
