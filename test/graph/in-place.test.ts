import { expect, it } from 'vitest';
import { findInPlace } from '../../src/graph/in-place.ts';
import { heapUsed } from '../support/heap.ts';

it('finds what an in-place name calls', () => {
  expect(findInPlace('add_')?.name).toBe('add_');
  expect(findInPlace('add_')).toBe(findInPlace('add_'));
  expect(findInPlace('__and__')?.name ?? 'none').toMatch(/__and__|none/);
  for (const name of ['add', '_', '__', '___', 'nothing_', '__nothing__', '__proto__', 'constructor_']) {
    expect(findInPlace(name)).toBeUndefined();
  }
});

it('keeps no names that do not exist', () => {
  const before = heapUsed();
  // 100 MB of names, in one-byte strings of their own.
  for (let i = 0; i < 1000; i++) findInPlace(Buffer.alloc(100_000, `${i}`).toString('latin1').concat('_'));
  expect(heapUsed() - before).toBeLessThan(20e6);
});
