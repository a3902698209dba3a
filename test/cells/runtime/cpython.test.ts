/** Cells with what CPython 3.11 makes of them: stdout, the last expression's repr, type and words of the error. */
import { expect, test } from 'vitest';
import language from './cpython/language.json' with { type: 'json' };
import operations from './cpython/operations-and-errors.json' with { type: 'json' };
import { session, unhinted } from './support.ts';

interface Row {
  readonly code: string;
  readonly stdout: string;
  readonly result?: string;
  readonly error?: readonly string[];
}

// The cells of a corpus share a session: names live on.
for (const [name, rows] of Object.entries({ language, operations }) as [string, Row[]][]) {
  const cells = session({ maxItems: 1_000_000 });
  test.each(rows.map((row) => [row.code.slice(0, 60), row] as const))(`${name}: %s`, (_, row) => {
    const { stdout, result, error } = cells.run(row.code);
    expect({ stdout, result: result?.repr, error: error && [error.type, unhinted(error.message)] }).toEqual({
      stdout: row.stdout,
      result: row.result,
      error: row.error,
    });
  });
}
