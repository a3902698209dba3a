import { describe, expect, it } from 'vitest';
import { MAX_COST } from '../../src/codec/cost.ts';
import { type DocumentType, readBody } from '../../src/codec/read-body.ts';
import { EngineError } from '../../src/tensor/errors.ts';
import { heapUsed } from '../support/heap.ts';

const JSON_TYPE: DocumentType = 'application/json';
const CBOR: DocumentType = 'application/cbor';

/** An array of indefinite length that holds a pattern many times. */
const many = (pattern: number[], times: number): Buffer =>
  Buffer.concat([Buffer.from([0x9f]), Buffer.alloc(pattern.length * times, Buffer.from(pattern)), Buffer.from([0xff])]);

/** The heap that what is read takes, in bytes. */
function heapOf(read: () => unknown): number {
  const before = heapUsed();
  const value = read();
  const after = heapUsed();
  expect(value).toBeDefined();
  return after - before;
}

describe('what the values of a body cost is counted, not the bytes that name them', () => {
  it.each([
    ['arrays in CBOR', CBOR, many([0x81, 0x00], 200_000)],
    ['empty arrays', CBOR, many([0x80], 200_000)],
    ['empty maps', CBOR, many([0xa0], 300_000)],
    ['numbers', CBOR, many([0x00], 900_000)],
    ['arrays in JSON', JSON_TYPE, Buffer.from(`[${'[0],'.repeat(200_000)}0]`)],
    ['pieces of text', CBOR, Buffer.concat([Buffer.from([0x7f]), Buffer.alloc(600_000, Buffer.from([0x61, 0x61]))])],
  ])('%s', (_, type, body) => {
    const read = (): unknown => readBody(body, type, 'json', { maxCost: 2 ** 24 });
    expect(read).toThrow(EngineError);
    expect(read).toThrow(/more than 16777216 bytes of memory/);
  });

  it.each([
    ['tensors in a dictionary', { entries: 'tensor' } as const],
    ['tensors in a list', { items: 'tensor' } as const],
  ])('%s have a price apart from their elements', (_, slot) => {
    const text =
      'entries' in slot
        ? `{${Array.from({ length: 1000 }, (_, i) => `"${i}":[0]`).join(',')}}`
        : `[${'[0],'.repeat(999)}[0]]`;
    expect(() => readBody(Buffer.from(text), JSON_TYPE, slot, { maxCost: 500_000 })).toThrow(EngineError);
    expect(readBody(Buffer.from(text), JSON_TYPE, slot, { maxCost: 2_000_000 })).toBeDefined();
  });

  it('elements of tensors are free: they land in typed arrays', () => {
    const rows = Buffer.from(`[${'[0,1],'.repeat(300_000)}[0,1]]`);
    expect(readBody(rows, JSON_TYPE, 'tensor', { maxCost: 1000 })).toMatchObject({ shape: [300_001, 2] });
    expect(readBody(many([0x81, 0x00], 300_000), CBOR, 'tensor', { maxCost: 1000 })).toMatchObject({
      shape: [300_000, 1],
    });
  });

  it('what is let through takes no more than was counted', () => {
    const limit = 20_000_000;
    for (const body of [many([0x81, 0x00], 70_000), many([0xa1, 0x61, 0x61, 0x00], 60_000), many([0x80], 80_000)]) {
      const heap = heapOf(() => readBody(body, CBOR, 'json', { maxCost: limit }));
      expect(heap).toBeLessThan(limit);
    }
  });
});

it('the clock is looked at on the way', () => {
  let looks = 0;
  const check = (): void => {
    if (++looks === 3) throw new Error('late');
  };
  for (const [type, body] of [
    [CBOR, many([0x81, 0x00], 200_000)],
    [JSON_TYPE, Buffer.from(`[${'[0],'.repeat(200_000)}0]`)],
  ] as const) {
    looks = 0;
    expect(() => readBody(body, type, 'json', { check })).toThrow('late');
  }
});

it('has a limit for every body', () => {
  expect(() => readBody(many([0x81, 0x00], 1_100_000), CBOR, 'json')).toThrow(`${MAX_COST} bytes`);
});

describe('a string with many escapes', () => {
  it('is put together without a string for each of them', () => {
    const body = Buffer.from(`"${'\\n'.repeat(1_000_000)}"`);
    let text: unknown;
    const heap = heapOf(() => {
      text = readBody(body, JSON_TYPE, 'json');
      return text;
    });
    expect(text).toBe('\n'.repeat(1_000_000));
    expect(heap).toBeLessThan(10_000_000);
  });

  it.each([
    ['"\\u00e9\\uD83D\\uDE00 \\/\\"é"', 'é😀 /"é'],
    ['"\\ud7ff\\ue000\\uFFFF\\u0000"', '\ud7ff\ue000\uffff\u0000'],
    ['"\\\\\\\\"', '\\\\'],
  ])('%s', (body, text) => {
    expect(readBody(Buffer.from(body), JSON_TYPE, 'json')).toBe(text);
  });

  it.each(['"\\ud800"', '"\\udc00\\ud800"', '"\\u12g4"', '"\\u12', '"\\', '"\\x"', '"\\\n"', '"\\u 123"'])(
    '%s is none',
    (body) => {
      expect(() => readBody(Buffer.from(body), JSON_TYPE, 'json')).toThrow(/byte/);
    },
  );
});

describe('the clock is looked at while the elements of a tensor are read, in whatever form', () => {
  const slot = { fields: { input: 'tensor' } } as const;
  const count = 1_000_000;
  const looks = (read: (check: () => void) => unknown): number => {
    let seen = 0;
    read(() => seen++);
    return seen;
  };

  it.each(['1', '1.5', '[1]', '[]', '"NaN"', 'true', '[[1,2]]'])('JSON of %s', (item) => {
    const body = Buffer.from(`{"input":[${`${item},`.repeat(count)}${item}]}`);
    expect(looks((check) => readBody(body, JSON_TYPE, slot, { check }))).toBeGreaterThan(5);
  });

  it.each([
    ['small numbers', '01'],
    ['floats', 'fa3fc00000'],
    ['arrays', '8101'],
    ['empty arrays', '80'],
    ['strings', '634e614e'],
    ['bools', 'f5'],
  ])('CBOR of %s', (_, item) => {
    const head = Buffer.concat([Buffer.from([0xa1, 0x65]), Buffer.from('input')]);
    const items = Buffer.alloc((count * item.length) / 2, Buffer.from(item, 'hex'));
    const sized = Buffer.from([0x9a, 0, 0, 0, 0]);
    sized.writeUInt32BE(count, 1);
    for (const body of [
      [head, sized, items],
      [head, Buffer.from([0x9f]), items, Buffer.from([0xff])],
    ]) {
      expect(looks((check) => readBody(Buffer.concat(body), CBOR, slot, { check }))).toBeGreaterThan(5);
    }
  });
});
