import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { png } from '../../src/draw/png.ts';
import { isPng, NoPicture, readPng } from '../../src/draw/png-reader.ts';

function chunk(kind: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(kind, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

function file(head: number[], rows: number[], extra: Buffer[] = []): Buffer {
  const [width, height, depth, color, interlace = 0] = head;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, color, 0, 0, interlace], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', deflateSync(Uint8Array.from(rows))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

describe('a PNG file', () => {
  it('is read as it was written', () => {
    const pixels = Uint8Array.from({ length: 24 }, (_, i) => i * 10);
    const made = png(3, 2, pixels);
    expect(isPng(made)).toBe(true);
    expect(readPng(made)).toEqual({ width: 3, height: 2, channels: 4, data: pixels });
  });

  it('has a filter for each row', () => {
    // None, left, up, the mean of both, and the nearest of three.
    const rows = [0, 10, 20, 30, 1, 10, 10, 10, 2, 1, 1, 1, 3, 5, 5, 5, 4, 1, 1, 1];
    expect([...readPng(file([3, 5, 8, 0], rows)).data]).toEqual([
      10, 20, 30, 10, 20, 30, 11, 21, 31, 10, 20, 30, 11, 21, 31,
    ]);
  });

  it('may have few bits or many, or a palette', () => {
    expect([...readPng(file([4, 1, 1, 0], [0, 0b10100000])).data]).toEqual([255, 0, 255, 0]);
    expect([...readPng(file([2, 1, 16, 0], [0, 1, 2, 3, 4])).data]).toEqual([1, 3]);
    const palette = chunk('PLTE', Uint8Array.from([1, 2, 3, 4, 5, 6]));
    expect([...readPng(file([2, 1, 8, 3], [0, 1, 0], [palette])).data]).toEqual([4, 5, 6, 1, 2, 3]);
    const clear = chunk('tRNS', Uint8Array.from([7]));
    expect([...readPng(file([2, 1, 2, 3], [0, 0b01000000], [palette, clear])).data]).toEqual([
      4, 5, 6, 255, 1, 2, 3, 7,
    ]);
  });

  it.each([
    ['a header alone', file([2, 2, 8, 0], []).subarray(0, 20)],
    ['rows that are missing', file([2, 2, 8, 0], [0, 1, 2])],
    ['more than it says', file([1, 1, 8, 0], new Array(100_000).fill(0))],
    ['a size that nobody has room for', file([65_000, 65_000, 8, 6], [0])],
    ['no size', file([0, 1, 8, 0], [])],
    ['an unknown filter', file([1, 1, 8, 0], [9, 1])],
    ['an unknown kind', file([1, 1, 8, 5], [0, 1])],
    ['interlacing', file([1, 1, 8, 0, 1], [0, 1])],
    ['an end too early', file([2, 2, 8, 0], [0, 1, 2, 0, 1, 2]).subarray(0, 50)],
  ])('with %s is refused', (_, broken) => {
    expect(() => readPng(broken)).toThrow(NoPicture);
  });
});
