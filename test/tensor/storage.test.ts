import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, DTYPES } from '../../src/tensor/dtype.ts';
import { heapAllocator } from '../../src/tensor/storage.ts';

describe('heapAllocator', () => {
  it('gives zeros that no other tensor has', () => {
    const sizes = fc.array(fc.record({ dtype: fc.constantFrom(...DTYPES), numel: fc.nat(40) }), {
      minLength: 1,
      maxLength: 600,
    });
    fc.assert(
      fc.property(sizes, (asked) => {
        const all = asked.map(({ dtype, numel }) => heapAllocator.alloc(dtype, numel).data);
        all.forEach((data, i) => {
          expect(data.length).toBe(asked[i].numel);
          expect(data.byteOffset % bytesOf(asked[i].dtype)).toBe(0);
          expect(data.every((x) => Number(x) === 0)).toBe(true);
          const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
          bytes.fill(1 + (i % 255));
        });
        all.forEach((data, i) => {
          const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
          expect(bytes.every((x) => x === 1 + (i % 255))).toBe(true);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('holds on to little for the sake of a small tensor', () => {
    expect(heapAllocator.alloc('float32', 1).data.buffer.byteLength).toBeLessThanOrEqual(4096);
  });
});
