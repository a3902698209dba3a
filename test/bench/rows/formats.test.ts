import { expect, it } from 'vitest';
import { cborBody } from './formats.ts';

it('CBOR is a map of one typed array', () => {
  const body = cborBody(Float32Array.of(1, -2));
  // RFC 8949: a1 map(1), 65 text(5), d8 55 tag(85), 5a bytes with a four-byte count; 1.0 and -2.0 little-endian.
  expect(body.toString('hex')).toBe('a1' + '65696e707574' + 'd855' + '5a00000008' + '0000803f' + '000000c0');
});
