/** Layers at ties, NaN and infinities, on nothing, in wrong shapes and dtypes: as torch 1.13 has them. */
import { describe, expect, it } from 'vitest';
import { check } from '../../conformance/execute.ts';
import { byOp, torchTable } from '../../support/torch-table.ts';

describe.each(byOp(torchTable(new URL('./torch-edges.jsonl.gz', import.meta.url))))('%s', (_, cases) => {
  it.each(cases.map((c) => [c.id, c.code, c] as const))('%s %s', (_id, _code, c) => {
    expect(check(c)).toBeNull();
  });
});
