/**
 * Thousands of mutated requests, in structure and in bytes: none is answered with a 5xx, and the
 * service computes as before when they are through. The seed is fixed, so that a failure comes again.
 */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateExample } from '../../src/graph/example.ts';
import { ops, opsOf } from '../../src/ops/registry.ts';
import { appWith, sender } from '../support/app.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith({ MAX_ELEMENTS: '1000000', TIME_LIMIT_MS: '60000' });
});
afterAll(() => app.close());

/** mulberry32: small, seeded, good enough to choose mutations. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2,
  0.5,
  -0.5,
  1e308,
  -1e308,
  5e-324,
  2 ** 31,
  2 ** 53,
  1e15,
  '',
  'NaN',
  'Infinity',
  '-Infinity',
  'x',
  '1',
  'mean',
  'float64',
  'int64',
  'bool',
  [],
  {},
  [[]],
  [[], []],
  [1, [2]],
  [null],
  [true],
  ['NaN'],
  [1, 2, 3],
  [
    [1, 2],
    [3, 4],
  ],
  [[[1]]],
  { data: [] },
  { data: [1, 2], dtype: 'int64' },
  { data: [1.5], dtype: 'float64', requires_grad: true },
  { data: [true], dtype: 'bool' },
  { data: [], shape: [0, 3] },
  { data: [1], shape: [] },
  { data: [300], dtype: 'uint8' },
  { base64: 'AAAA' },
  { slice: [null, null, 2] },
  { slice: [null, null, 0] },
  { tensor: 0 },
  '...',
  [1e9, 1e9],
  [-1],
  [-1, -1],
  [2, -1],
  Array(70).fill(1),
];

type Json = unknown;

/** A copy with one place changed: replaced, dropped, doubled, renamed or swapped. */
function mutate(value: Json, next: () => number): Json {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  if (typeof value !== 'object' || value === null || next() < 0.15) return pick(ODD);
  if (Array.isArray(value)) {
    if (value.length === 0) return [pick(ODD)];
    const i = Math.floor(next() * value.length);
    const copy = [...value];
    const kind = next();
    if (kind < 0.6) copy[i] = mutate(copy[i], next);
    else if (kind < 0.75) copy.splice(i, 1);
    else if (kind < 0.9) copy.push(copy[i]);
    else copy.reverse();
    return copy;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return { [pick(['data', 'input', 'dim', '__proto__', 'constructor'])]: pick(ODD) };
  const i = Math.floor(next() * entries.length);
  const kind = next();
  if (kind < 0.7) entries[i] = [entries[i][0], mutate(entries[i][1], next)];
  else if (kind < 0.8) entries.splice(i, 1);
  else if (kind < 0.9)
    entries.push([
      pick(['weight', 'dim', 'reduction', 'shape', 'grad_output', 'graph_scope', 'x', 'toString']),
      pick(ODD),
    ]);
  else entries[i] = [pick(entries)[0], entries[i][1]];
  return Object.fromEntries(entries);
}

/** A copy with a few bytes changed. */
function scramble(text: string, next: () => number): Buffer {
  const bytes = Buffer.from(text);
  for (let n = 1 + Math.floor(next() * 3); n > 0; n--) {
    const at = Math.floor(next() * bytes.length);
    bytes[at] = next() < 0.5 ? Math.floor(next() * 256) : Buffer.from('[]{},:"-0.e')[Math.floor(next() * 11)];
  }
  return next() < 0.1 ? bytes.subarray(0, Math.floor(next() * bytes.length)) : bytes;
}

const bases: { url: string; body: Json }[] = [
  ...(['activation', 'loss'] as const).flatMap((category) =>
    opsOf(category).map((op) => ({
      url: `/v1/${category === 'loss' ? 'losses' : 'activations'}/${op.name}`,
      body: op.examples[0],
    })),
  ),
  ...ops.map((op) => {
    const { path, body } = evaluateExample(op);
    const inputs = Object.fromEntries(
      Object.entries(body.inputs as object).map(([k, v]) => [
        k,
        Array.isArray(v) ? { data: v, requires_grad: true } : v,
      ]),
    );
    return {
      url: path,
      body: {
        ...body,
        inputs,
        grad: { outputs: (body.graph as { outputs: string[] }).outputs, allow_unused: true },
        graph_scope: 'both',
      },
    };
  }),
];

describe('mutated requests', () => {
  it.each([1, 2, 3, 4])('never end in a 5xx (seed %i)', { timeout: 120_000 }, async (seed) => {
    const next = random(seed);
    const post = sender(app);
    const statuses = new Map<number, number>();
    for (let i = 0; i < 2500; i++) {
      const base = bases[Math.floor(next() * bases.length)];
      let body: Json = base.body;
      for (let n = 1 + Math.floor(next() * 3); n > 0; n--) body = mutate(body, next);
      const text = JSON.stringify(body);
      const payload = next() < 0.3 ? scramble(text, next) : text;
      const { status, text: answer } = await post(base.url, payload);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(status, `${base.url} ${payload.toString()} → ${answer.slice(0, 300)}`).toBeLessThan(500);
    }
    // The mutations reach all layers: some pass, some are no schema's, some the engine refuses.
    for (const status of [200, 400, 422]) expect(statuses.get(status) ?? 0).toBeGreaterThan(30);
    expect((await post('/v1/activations/sigmoid', { input: 0 })).json.output.data).toBe(0.5);
  });
});
