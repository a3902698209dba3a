import { describe, expect, it } from 'vitest';
import { releaseAll, reserve } from '../../src/tensor/memory.ts';
import { withRoomAsked } from '../../src/tensor/room.ts';
import { heapAllocator } from '../../src/tensor/storage.ts';

const MB = 2 ** 20;

describe('memory that is taken at once', () => {
  it('is asked for before it is, on the heap and in the memory of kernels', () => {
    const asked: number[] = [];
    withRoomAsked(
      (bytes) => asked.push(bytes),
      () => {
        heapAllocator.alloc('float64', MB);
        heapAllocator.alloc('float64', 1000);
        reserve(40 * MB);
      },
    );
    releaseAll();
    expect(asked[0]).toBe(8 * MB);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toBeGreaterThan(32 * MB);
  });

  it('is not taken where there is none', () => {
    const refuse = (): never => {
      throw new Error('full');
    };
    expect(() => withRoomAsked(refuse, () => heapAllocator.alloc('float64', MB))).toThrow('full');
    expect(() => withRoomAsked(refuse, () => reserve(2000 * MB))).toThrow('full');
    // Nothing is left of what was refused, and who asks nobody is refused nothing.
    expect(reserve(64)).toBeLessThan(100 * MB);
    releaseAll();
    expect(heapAllocator.alloc('float64', MB).numel).toBe(MB);
  });
});
