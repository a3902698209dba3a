/** The notebook that the service was conceived from, cell by cell through a workspace. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { appWith } from '../support/app.ts';
import { workspaceOf } from '../support/workspace.ts';

interface Cell {
  readonly code: string;
  readonly repr?: string | null;
  readonly expect_error?: { readonly error: string; readonly message?: string; readonly message_contains?: string };
}

const { cells } = JSON.parse(readFileSync(new URL('./data/seed-notebook.json', import.meta.url), 'utf8')) as {
  cells: Cell[];
};
const app = await appWith({ WORKERS: '1' });
const workspace = await workspaceOf(app);
afterAll(() => app.close());

it.each(cells.map((cell, i) => ({ ...cell, number: i + 1 })))(
  'cell $number: $code',
  async ({ code, repr, expect_error, number }) => {
    const answer = await workspace.cell(code);
    expect(answer.execution_count).toBe(number);
    expect(answer.stdout).toBe('');
    if (expect_error === undefined) {
      expect(answer.error).toBeUndefined();
      expect(answer.result?.repr ?? null).toBe(repr ?? null);
    } else {
      expect(answer.error?.type).toBe(expect_error.error);
      expect(answer.error?.message).toContain(expect_error.message ?? expect_error.message_contains);
      expect(answer.error?.line).toBe(1);
    }
  },
);
