import { describe, expect, it } from 'vitest';
import { keptRoom, withLoans } from '../../src/codec/loans.ts';
import { bytesApart, restServing, restThread } from '../../src/compute/rest.ts';
import { memorySize, releaseAll, reserve } from '../../src/tensor/memory.ts';

const MB = 2 ** 20;

describe.each([
  ['a thread', restThread],
  ['the thread that serves', restServing],
])('%s that rests', (_, rest) => {
  it("gives back kernels' memory and scratch buffers", () => {
    reserve(100 * MB);
    releaseAll();
    withLoans(() => keptRoom(4 * MB));
    expect(bytesApart()).toBeGreaterThan(130 * MB);
    rest();
    expect(bytesApart()).toBe(0);
  });

  it('keeps memory that somebody uses', () => {
    reserve(100 * MB);
    rest();
    expect(memorySize()).toBeGreaterThan(100 * MB);
    releaseAll();
    rest();
  });
});
