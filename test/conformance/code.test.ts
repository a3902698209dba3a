/** Every spelling of every golden case, as a cell would have it. */
import { describe, expect, it } from 'vitest';
import { loadCases } from './cases.ts';
import { type CodeCase, checkCode, spellings } from './code.ts';
import { SKIPPED } from './skipped.ts';

const cases = loadCases().filter((c) => !(c.id in SKIPPED)) as CodeCase[];

describe('code of the golden cases', () => {
  for (const [op, group] of Map.groupBy(cases, (c) => c.op)) {
    it(op, () => {
      const failures = group.flatMap((c) =>
        spellings(c).flatMap((code) => {
          const bad = checkCode(c, code);
          return bad === null ? [] : [`${c.id} ${code}: ${bad}`];
        }),
      );
      expect(failures).toEqual([]);
    });
  }
});
