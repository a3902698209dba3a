/** Every golden case whose op is in the registry: value, gradient, second order, shape, dtype, errors. */
import { describe, expect, it } from 'vitest';
import { type Case, loadCases } from './cases.ts';
import { check, opFor } from './execute.ts';
import { SKIPPED } from './skipped.ts';

const cases = loadCases().filter((c) => c.call !== undefined && opFor(c.call.fn) !== undefined);
/** Conversions, which are methods of cells and no ops: `to` is the op. */
const MISSING = ['bool', 'double', 'float', 'int', 'long'];

const byOp = Map.groupBy(cases, (c) => c.op);

describe('golden cases', () => {
  it('lack an op in these few places only', () => {
    const missing = loadCases().filter((c) => c.call !== undefined && opFor(c.call.fn) === undefined);
    expect([...new Set(missing.map((c) => c.op))]).toEqual(MISSING);
    expect(cases.length).toBeGreaterThan(1700);
  });

  for (const [op, group] of byOp) {
    it(op, () => {
      const failures = (group as Case[])
        .filter((c) => !(c.id in SKIPPED))
        .flatMap((c) => {
          const bad = check(c);
          return bad === null ? [] : [`${c.id} ${c.code}: ${bad}`];
        });
      expect(failures).toEqual([]);
    });
  }
});
