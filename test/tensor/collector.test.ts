import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { collectGarbage, compactHeap } from '../../src/tensor/collector.ts';

const MB = 2 ** 20;
const committed = (): number => getHeapStatistics().total_heap_size;

it('a heap that little is left of is given back to the system', () => {
  const kept: unknown[] = [];
  let many: unknown[] = [];
  // A few objects stay on every page.
  for (let i = 0; i < 2_000_000; i++) {
    const object = { i, text: [i] };
    if (i % 1000 === 0) kept.push(object);
    else many.push(object);
  }
  const full = committed();
  many = [];
  collectGarbage();
  compactHeap(16 * MB);
  expect(many).toHaveLength(0);
  expect(kept).toHaveLength(2000);
  expect(full - committed()).toBeGreaterThan(100 * MB);
});

it('so are pages that a collection has emptied, which V8 would keep for a while', () => {
  let lists: number[][] = [];
  for (let i = 0; i < 3_000_000; i++) {
    lists.push([i]);
    if (lists.length === 500_000) lists = [];
  }
  lists = [];
  const emptied = committed();
  // Of a heap that is full of them nothing is left to compact.
  collectGarbage();
  expect(emptied - committed()).toBeGreaterThan(30 * MB);
  const resident = process.memoryUsage.rss();
  compactHeap(16 * MB);
  expect(lists).toEqual([]);
  expect(resident - process.memoryUsage.rss()).toBeGreaterThan(30 * MB);
});
