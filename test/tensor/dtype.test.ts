import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DTYPES, type DType, type Operand, promoteTypes, resultType } from '../../src/tensor/dtype.ts';

type Row = [DType, Operand['priority'], DType, Operand['priority'], DType];
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`./data/${name}`, import.meta.url), 'utf8'));
const rows = read('result-types.json') as Row[];

const promoted = read('promote-types.json') as [DType, DType, DType][];

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
    // Each dtype as a tensor of dimensions and of none, and three kinds of numbers.
    expect(rows.length).toBe((2 * DTYPES.length + 3) ** 2);
  });
});

describe('promoteTypes', () => {
  it('is torch.promote_types for every pair', () => {
    const wrong = promoted.filter(([a, b, want]) => promoteTypes(a, b) !== want);
    expect(wrong).toEqual([]);
    expect(promoted.length).toBe(DTYPES.length ** 2);
  });

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
