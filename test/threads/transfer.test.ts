import { describe, expect, it } from 'vitest';
import { alone, free, movable } from '../../src/threads/transfer.ts';

describe('bytes', () => {
  it('move where they fill most of their buffer', () => {
    const whole = new Uint8Array(100);
    expect(movable(whole)).toEqual([whole.buffer]);
    expect(movable(whole.subarray(0, 80))).toEqual([whole.buffer]);
    expect(movable(whole.subarray(0, 50))).toEqual([]);
    expect(movable(new Uint8Array(new SharedArrayBuffer(10)))).toEqual([]);
    expect(movable('text')).toEqual([]);
  });

  it('never take a pool of Node along', () => {
    for (let size = 1; size < Buffer.poolSize; size += 97) {
      const bytes = Buffer.from('x'.repeat(size));
      const [buffer] = movable(bytes);
      if (buffer !== undefined) expect(buffer.byteLength).toBe(size);
      expect(Buffer.from(alone(bytes))).toEqual(bytes);
      expect(movable(alone(bytes))).toHaveLength(1);
    }
  });

  it('are given back, and others left alone', () => {
    const [whole, part] = [new Uint8Array(100), new Uint8Array(100)];
    free(whole);
    free(part.subarray(0, 10));
    expect([whole.length, part.length]).toEqual([0, 100]);
  });
});
