import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Rest } from '../../src/threads/rest.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what rests', () => {
  it('is noticed once, after a while without anything done', () => {
    const rest = vi.fn();
    const watch = new Rest(100, rest);
    watch.touch();
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(50);
      watch.touch();
    }
    expect(rest).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(rest).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10_000);
    expect(rest).toHaveBeenCalledTimes(1);
    watch.touch();
    vi.advanceTimersByTime(200);
    expect(rest).toHaveBeenCalledTimes(2);
  });

  it('is not noticed any more when nobody looks', () => {
    const rest = vi.fn();
    const watch = new Rest(100, rest);
    watch.touch();
    watch.stop();
    vi.advanceTimersByTime(1000);
    expect(rest).not.toHaveBeenCalled();
  });
});
