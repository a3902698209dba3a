import { afterEach, describe, expect, test } from 'vitest';
import { readJson } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { giveBack, isKept, keptBytes, keptRoom, loan, releaseKept, withLoans } from '../../src/codec/loans.ts';

const MANY = 100_000;

afterEach(() => expect(keptRoom(MANY)).toBeUndefined());

describe('room that is lent', () => {
  test('is gone when the loans end, however they do', () => {
    const rooms: Float64Array[] = [];
    withLoans(() => rooms.push(loan(MANY)));
    expect(() =>
      withLoans(() => {
        rooms.push(loan(MANY));
        throw new Error('refused');
      }),
    ).toThrow('refused');
    expect(rooms.map(({ length }) => length)).toEqual([0, 0]);
  });

  test('is left to the collector where it is small, or nobody ends the loan', () => {
    const small = withLoans(() => loan(8));
    expect(small).toHaveLength(8);
    giveBack(small.buffer);
    expect(small).toHaveLength(8);
    expect(loan(MANY)).toHaveLength(MANY);
  });

  test('is the same again where it is kept, and lent to one at a time', () => {
    const take = (): Float64Array | undefined => keptRoom(MANY);
    const [first, second] = withLoans(() => [take(), take()]);
    expect(first !== undefined && isKept(first)).toBe(true);
    expect(second).toBeUndefined();
    expect(withLoans(take)).toBe(first);
    expect(withLoans(() => keptRoom(2 ** 24))).toBeUndefined();
    expect(withLoans(() => keptRoom(8))).toBeUndefined();
  });

  test('is counted as far as it was used, and given back when nobody has it', () => {
    const first = withLoans(() => {
      const room = keptRoom(MANY);
      releaseKept();
      expect(keptBytes()).toBeGreaterThanOrEqual(8 * MANY);
      return room;
    });
    expect(first !== undefined && isKept(first)).toBe(true);
    releaseKept();
    expect(keptBytes()).toBe(0);
    expect(withLoans(() => keptRoom(MANY))).not.toBe(first);
  });
});

test('several long arrays of one body, and those of the next, do not share room', () => {
  const count = 60_000;
  const body = (first: number): Buffer => {
    const row = (from: number): number[] => Array.from({ length: count }, (_, i) => from + i + 0.5);
    return Buffer.from(JSON.stringify({ a: row(first), b: row(-first), c: row(2 * first) }));
  };
  const slot = { fields: { a: 'tensor', b: 'tensor', c: 'tensor' } } as const;
  for (const first of [1, 1000]) {
    withLoans(() => {
      const read = readJson(body(first), slot) as Record<'a' | 'b' | 'c', TensorLiteral>;
      for (const [name, from] of Object.entries({ a: first, b: -first, c: 2 * first })) {
        const out = new Float64Array(count);
        read[name as 'a'].writeInto(out, 'float64');
        expect(out.every((value, i) => value === from + i + 0.5)).toBe(true);
      }
    });
  }
});
