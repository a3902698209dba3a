import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DTYPES, type DType, type Operand, promoteTypes, resultType } from '../../src/tensor/dtype.ts';

type Row = [DType, Operand['priority'], DType, Operand['priority'], DType];
const rows = JSON.parse(readFileSync(new URL('./data/result-types.json', import.meta.url), 'utf8')) as Row[];

describe('resultType', () => {
  it('is torch.result_type for every pair of tensors, 0-d tensors and Python numbers', () => {
    const wrong = rows.filter(([a, ap, b, bp, want]) => {
      const got = resultType([
        { dtype: a, priority: ap },
        { dtype: b, priority: bp },
      ]);
      return got !== want;
    });
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThan(200);
  });
});

describe('promoteTypes', () => {
  it('is commutative, associative and idempotent', () => {
    for (const a of DTYPES) {
      expect(promoteTypes(a, a)).toBe(a);
      for (const b of DTYPES) {
        expect(promoteTypes(a, b)).toBe(promoteTypes(b, a));
        for (const c of DTYPES) {
          expect(promoteTypes(promoteTypes(a, b), c)).toBe(promoteTypes(a, promoteTypes(b, c)));
        }
      }
    }
  });
});
