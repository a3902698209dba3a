/** Values, gradients, second gradients and refusals as torch 1.13 gave them: random shapes, dtypes and arguments. */
import { describe, expect, it } from 'vitest';
import { check } from '../../conformance/execute.ts';
import { byOp, torchTable } from '../../support/torch-table.ts';

describe.each(byOp(torchTable(new URL('./torch-cases.jsonl.gz', import.meta.url))))('%s', (_, cases) => {
  it.each(cases.map((c) => [c.id, c] as const))('%s', (_, c) => {
    expect(check(c), c.code).toBeNull();
  });
});
