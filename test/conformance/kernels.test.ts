/**
 * The golden cases once more, as a request computes many elements: pointwise ops by kernels, put off until
 * their results are read, with tensors in an arena. However few elements a case has.
 */
import { describe, expect, it } from 'vitest';
import { deferring, withKernelsFrom } from '../../src/kernels/deferred.ts';
import { withArena } from '../../src/tensor/arena.ts';
import { withAllocator } from '../../src/tensor/storage.ts';
import { type Case, loadCases } from './cases.ts';
import { check, opFor } from './execute.ts';
import { SKIPPED } from './skipped.ts';

const cases = loadCases().filter((c) => c.call !== undefined && opFor(c.call.fn) !== undefined && !(c.id in SKIPPED));

const checkByKernels = (c: Case, smallBytes: number): string | null =>
  withKernelsFrom(1, () => withArena((arena) => withAllocator(arena, () => deferring(() => check(c))), smallBytes));

describe('golden cases by kernels', () => {
  for (const [op, group] of Map.groupBy(cases, (c) => c.op)) {
    it.each([
      ['in the arena', 0],
      ['on the heap', 2 ** 30],
    ])(`${op} %s`, (_, smallBytes) => {
      const failures = (group as Case[]).flatMap((c) => {
        const bad = checkByKernels(c, smallBytes);
        return bad === null ? [] : [`${c.id} ${c.code}: ${bad}`];
      });
      expect(failures).toEqual([]);
    });
  }
});
