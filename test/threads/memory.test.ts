import { describe, expect, it } from 'vitest';
import { allocatedBytes, MemoryTable, SERVING } from '../../src/threads/memory.ts';
import { MemoryWatch } from '../../src/threads/memory-watch.ts';

const GB = 2 ** 30;
const MB = 2 ** 20;

describe('the table', () => {
  it('sums what all threads have, and what the process takes apart from them', () => {
    const table = MemoryTable.of(2, GB, 10 * MB);
    const before = table.total();
    expect(before).toBeGreaterThan(process.memoryUsage.rss() / 2);
    table.publish(2, 100 * MB);
    expect(table.total() - before).toBeGreaterThanOrEqual(100 * MB);
    expect(new MemoryTable(table.cells, GB).total()).toBe(table.total());
    table.clear(2);
    expect(table.total()).toBe(before);
  });

  it('knows which job has added most', () => {
    const table = MemoryTable.of(3, GB, 0);
    for (const [place, before, now] of [
      [1, 500 * MB, 600 * MB],
      [2, 0, 300 * MB],
    ]) {
      table.publish(place, before);
      table.busy(place);
      table.publish(place, now);
    }
    table.publish(3, 900 * MB);
    expect([1, 2, 3].map((place) => table.growthOf(place) / MB)).toEqual([100, 300, 0]);
    expect([1, 2].map((place) => table.hasGrownMost(place))).toEqual([false, true]);
    expect(table.restingBytes(1) / MB).toBe(900);
    table.idle(2);
    expect(table.hasGrownMost(1)).toBe(true);
  });

  it('counts buffers of this thread, and what it is told of', () => {
    const before = allocatedBytes(0);
    const buffer = new ArrayBuffer(64 * MB);
    expect(allocatedBytes(0) - before).toBeGreaterThan(63 * MB);
    expect(allocatedBytes(GB) - before).toBeGreaterThan(GB);
    expect(buffer.byteLength).toBe(64 * MB);
  });
});

describe('the watch over a job', () => {
  function setUp(limit = 4 * GB) {
    const table = MemoryTable.of(2, limit, 0);
    const state = { bytes: 0, garbage: 0, collections: 0 };
    const watch = new MemoryWatch(table, 1, {
      apart: () => state.bytes + state.garbage,
      collect: () => {
        state.collections++;
        state.garbage = 0;
      },
    });
    watch.begin();
    const later = (): number => performance.now() + 1000;
    return { table, state, watch, mayGoOn: () => watch.mayGoOn(later()) };
  }

  it('lets it go on below the limit, and ends it above', () => {
    const { state, mayGoOn } = setUp();
    state.bytes = GB;
    expect(mayGoOn()).toBe(true);
    expect(state.collections).toBe(0);
    state.bytes = 5 * GB;
    expect(mayGoOn()).toBe(false);
  });

  it('looks now and then only', () => {
    const { state, watch } = setUp();
    state.bytes = 5 * GB;
    expect(watch.mayGoOn(0)).toBe(true);
  });

  it('collects garbage first, and not again before there is more', () => {
    const { state, mayGoOn } = setUp();
    state.garbage = 5 * GB;
    expect(mayGoOn()).toBe(true);
    expect(state.collections).toBe(1);
    expect(mayGoOn()).toBe(true);
    expect(state.collections).toBe(1);
  });

  it('ends who has added most; others only where it is far too much', () => {
    const { table, state, mayGoOn } = setUp();
    table.busy(2);
    table.publish(2, 3 * GB);
    state.bytes = 1.1 * GB;
    expect(mayGoOn()).toBe(true);
    table.publish(2, 4 * GB);
    expect(mayGoOn()).toBe(false);
  });

  it('leaves a small job alone, whoever has filled the memory', () => {
    const { table, state, watch, mayGoOn } = setUp();
    table.publish(2, 4.05 * GB);
    state.bytes = 2 * MB;
    expect(mayGoOn()).toBe(true);
    expect(watch.hasRoom(2 * MB)).toBe(true);
    expect(watch.hasRoom(100 * MB)).toBe(false);
    // Far beyond the limit, small ones have to be smaller.
    table.publish(2, 6 * GB);
    state.bytes = 24 * MB;
    expect(mayGoOn()).toBe(false);
  });

  it('asks threads that rest to give back before it refuses', () => {
    const { table, watch } = setUp();
    table.publish(2, 3.9 * GB);
    expect(watch.hasRoom(GB)).toBe(false);
    expect(table.wanted).toBeGreaterThan(0.5 * GB);
  });

  it('is asked before much is taken at once', () => {
    const { watch } = setUp();
    expect(watch.hasRoom(GB)).toBe(true);
    expect(watch.hasRoom(5 * GB)).toBe(false);
  });
});

it('the serving thread has the first place', () => {
  const table = MemoryTable.of(1, GB, 5);
  expect(table.bytesOf(SERVING)).toBe(5);
});
