/** Cells on Python's library, with what CPython 3.11 answered (`record.py`), in one session. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { session, shown } from '../runtime/support.ts';

const rows: readonly { readonly code: string; readonly shown: string }[] = JSON.parse(
  readFileSync(new URL('./data/cells.json', import.meta.url), 'utf8'),
);

describe("Python's library", () => {
  const cells = session({ maxSteps: 10_000_000, maxStringLength: 10_000_000 });
  test.each(rows.map((row) => [row.code.split('\n').find((line) => line !== '') ?? '', row] as const))(
    '%s',
    (_, row) => {
      expect(shown(cells.run(row.code))).toBe(row.shown);
    },
  );
});
