/** Cells that are made to run for ever, or to take all that there is, beside somebody who goes on working. */
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE } from '../cells/runtime/hostile-cells.ts';
import { type Service, startService } from './service.ts';

const TIME_LIMIT_MS = 500;
/** How long a cell may take beyond its limit, with all that it waits for. */
const BEYOND_MS = 3500;

/** Of those that are run in process, one of each kind. */
const CHOSEN = [
  'in, again and again',
  'split at whitespace',
  'percent keys',
  'a power to a modulus',
  'digits',
  'keys of one hash',
  'a tensor of lists that are one',
  'a state dict of shared modules',
  'a matrix product',
];

const SEARCHED = 's = "a" * 3_999_000\np = "a" * 1_000_000 + "b" + "a" * 1_000_000\n';

const MORE: readonly (readonly [name: string, code: string])[] = [
  ['a search from the end', `${SEARCHED}while True: s.rfind(p)`],
  ['a count', `${SEARCHED}while True: s.count(p)`],
  ['an empty loop', 'while True: pass'],
  [
    'a loop that catches everything',
    'while True:\n    try: 1 / 0\n    except BaseException: continue\n    finally: pass',
  ],
  ['a generator without an end', 'def g():\n    while True: yield 1\nsum(g())'],
  ['a generator of generators', 'def g(n):\n    yield n\n    yield from g(n + 1)\nfor _ in g(0): pass'],
  [
    'deep recursion',
    'def f(n): return f(n + 1) + f(n + 2)\nwhile True:\n    try: f(0)\n    except RecursionError: pass',
  ],
  ['a hoard of tensors', 'x = []\nwhile True: x.append(torch.ones(200_000) + len(x))'],
  ['a hoard of lists', 'x = []\nwhile True: x.append([len(x)] * 100)'],
  ['a hoard of text', 'x = {}\nwhile True: x[len(x)] = str(len(x)) * 1000'],
  ['backward without an end', 'x = torch.ones(1000, requires_grad=True)\nwhile True: (x * x).sum().backward()'],
];

const CELLS = [...HOSTILE.filter(([name]) => CHOSEN.includes(name)), ...MORE];

let service: Service;
let neighbour: string;

// biome-ignore lint/suspicious/noExplicitAny: an answer of any kind
async function post(path: string, body: unknown): Promise<{ status: number; json: any }> {
  const { statusCode, body: answer } = await request(service.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: statusCode, json: await answer.json() };
}

const workspace = async (): Promise<string> => `/v1/sessions/${(await post('/v1/sessions', {})).json.id}`;
const cell = (at: string, code: string) => post(`${at}/cells`, { code, graph_scope: 'none' });

beforeAll(async () => {
  // Of one thread all workspaces are neighbours.
  service = await startService({ TIME_LIMIT_MS: String(TIME_LIMIT_MS), WORKERS: '1', LOG_LEVEL: 'warn' });
  neighbour = await workspace();
  const { json } = await cell(neighbour, 'import torch\nkept = torch.arange(5)\nvisits = 0');
  expect(json.error).toBeUndefined();
}, 60_000);
afterAll(async () => {
  expect(service.log()).toBe('');
  expect(await service.stop()).toBe(0);
}, 60_000);

it('all that were chosen are there', () => {
  expect(CELLS).toHaveLength(CHOSEN.length + MORE.length);
});

it('a tensor that is put takes no longer than a cell, and nothing from its neighbour', {
  timeout: 60_000,
}, async () => {
  const at = await workspace();
  const body = Buffer.concat([
    Buffer.from([0x9f]),
    Buffer.alloc(60_000_000, Buffer.from([0x81, 0])),
    Buffer.from([0xff]),
  ]);
  const { statusCode, body: answer } = await request(`${service.url}${at}/tensors/x`, {
    method: 'PUT',
    headers: { 'content-type': 'application/cbor' },
    body,
  });
  expect([statusCode, ((await answer.json()) as { detail: string }).detail]).toEqual([
    504,
    expect.stringContaining('time limit'),
  ]);
  expect((await cell(neighbour, 'kept.sum().item()')).json).toMatchObject({ result: { repr: '10' } });
});

describe('a hostile cell ends soon after its limit, and takes nothing from its neighbour', () => {
  let visits = 0;

  it.each(CELLS)('%s', { timeout: 60_000 }, async (_, code) => {
    const at = await workspace();
    const began = performance.now();
    const { status, json } = await cell(at, `import torch, math\nfrom torch import nn\n${code}`);
    const took = performance.now() - began;
    expect([status, json.error?.type]).toEqual([200, expect.stringMatching(/^(Timeout|Memory|Recursion|Value)Error$/)]);
    expect(took).toBeLessThan(TIME_LIMIT_MS + BEYOND_MS);
    const beside = await cell(neighbour, 'visits += 1\n(visits, kept.sum().item())');
    expect(beside.json).toMatchObject({ result: { repr: `(${++visits}, 10)` } });
    const { statusCode, body } = await request(service.url + at, { method: 'DELETE' });
    await body.dump();
    expect(statusCode).toBe(204);
  });
});
