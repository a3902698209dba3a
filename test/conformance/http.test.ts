/** Every golden case through `POST /v1/evaluate`, as a client would send it. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith } from '../support/app.ts';
import type { Case, TensorCase } from './cases.ts';
import { compare, toTensor } from './execute.ts';
import { SKIPPED } from './skipped.ts';

const lines = gunzipSync(readFileSync(new URL('./data/opinfo.jsonl.gz', import.meta.url)))
  .toString('utf8')
  .trimEnd()
  .split('\n');
const cases = lines.map((line) => JSON.parse(line) as Case).filter(({ id }) => !(id in SKIPPED));

/** JSON that keeps the sign of a zero. */
function text(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0.0' : String(value);
  if (Array.isArray(value)) return `[${value.map(text).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${text(item)}`).join()}}`;
}

interface Answered {
  readonly dtype: TensorCase['dtype'];
  readonly shape: number[];
  readonly data: unknown;
}

const flatten = ({ dtype, shape, data }: Answered): TensorCase => ({
  dtype,
  shape,
  data: [data].flat(Number.POSITIVE_INFINITY as 64) as TensorCase['data'],
});

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith({ WORKERS: '1' });
});
afterAll(() => app.close());

/** What is wrong with the answer to a case, or null. */
async function check(c: Case): Promise<string | null> {
  const { code, inputs, grads, cotangents } = c;
  const grad =
    grads === undefined || (cotangents ?? []).every((v) => v === null)
      ? undefined
      : { outputs: ['y'], inputs: Object.keys(grads), grad_outputs: cotangents, allow_unused: true };
  const payload = text({ inputs, code, outputs: ['y'], grad });
  const reply = await app.inject({
    method: 'POST',
    url: '/v1/evaluate',
    payload,
    headers: { 'content-type': 'application/json' },
  });
  if (c.expect_error !== undefined) {
    return reply.statusCode >= 400 && reply.statusCode < 500
      ? null
      : `answered ${reply.statusCode}, want ${c.expect_error.type}: ${c.expect_error.message}`;
  }
  if (reply.statusCode !== 200) return `answered ${reply.statusCode}: ${(reply.json() as { detail: string }).detail}`;
  const answer = reply.json() as {
    outputs: { y: Answered | Answered[] };
    grads: Record<string, Answered | { reason: string }>;
  };
  const outs = [answer.outputs.y].flat();
  if (outs.length !== c.outputs.length) return `${outs.length} outputs, want ${c.outputs.length}`;
  for (let i = 0; i < outs.length; i++) {
    const bad = compare(`output ${i}`, toTensor(flatten(outs[i])), c.outputs[i], c.tol);
    if (bad !== null) return bad;
  }
  if (grad === undefined) return null;
  for (const [name, want] of Object.entries(grads ?? {})) {
    const got = answer.grads[name];
    const bad = compare(
      `grad ${name}`,
      got === undefined || 'reason' in got ? null : toTensor(flatten(got)),
      want,
      c.grad_tol ?? c.tol,
    );
    if (bad !== null) return bad;
  }
  return null;
}

describe('golden cases over HTTP', () => {
  for (const [op, group] of Map.groupBy(cases, (c) => c.op)) {
    it(op, async () => {
      const failures: string[] = [];
      for (const c of group) {
        const bad = await check(c);
        if (bad !== null) failures.push(`${c.id} ${c.code}: ${bad}`);
      }
      expect(failures).toEqual([]);
    });
  }
});
