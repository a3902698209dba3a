import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { JsonError } from '../../src/codec/json/json-error.ts';
import { dictionary } from '../../src/graph/schema.ts';
import { validate } from '../../src/http/validate.ts';
import { heapUsed } from '../support/heap.ts';

const schema = z.object({
  names: z.array(z.union([z.string(), z.null(), z.array(z.string())])).optional(),
  counts: dictionary(z.number(), {}).optional(),
});

function complaintsOf(data: unknown): readonly { pointer: string }[] {
  try {
    validate(schema, data);
  } catch (error) {
    if (error instanceof JsonError) return error.errors;
    throw error;
  }
  return [];
}

describe('what is wrong with a body', () => {
  it('is named, place by place', () => {
    expect(complaintsOf({ names: ['a', 1, null, 2], counts: { a: 1, b: 'x' } }).map(({ pointer }) => pointer)).toEqual([
      '/names/1',
      '/names/3',
      '/counts/b',
    ]);
  });

  it('is not looked for in all of a large one: each place would cost more than what it names', () => {
    const names = new Array(1_000_000).fill(1);
    const before = heapUsed();
    const complaints = complaintsOf({ names });
    expect(heapUsed() - before).toBeLessThan(10e6);
    expect(complaints.map(({ pointer }) => pointer)).toEqual(['/names/0']);
    const counts = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`n${i}`, 'x']));
    expect(complaintsOf({ counts })).toHaveLength(20);
  });
});
