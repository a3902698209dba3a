/** What the service takes of the machine's memory, as the machine sees it. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { type Service, startService } from './service.ts';

const MB = 2 ** 20;

let service: Service;
afterEach(() => service.stop());

const residentBytes = (): number => {
  // Of a process that has ended, nothing.
  if (service.process.exitCode !== null) return 0;
  const status = readFileSync(`/proc/${service.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
};

/** The most that was seen until `stop` is called. */
function watchMemory(): { stop(): number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes());
  }, 20);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(most, residentBytes());
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of any kind
async function send(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<{ status: number; json: any }> {
  const reply = await request(service.url + path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    headersTimeout: 200_000,
    bodyTimeout: 200_000,
  });
  const text = await reply.body.text();
  return { status: reply.statusCode, json: text.startsWith('{') && text.length < 1e6 ? JSON.parse(text) : undefined };
}

const workspace = async (): Promise<string> => `/v1/sessions/${(await send('POST', '/v1/sessions')).json.id}`;
const cell = (at: string, code: string) => send('POST', `${at}/cells`, { code, graph_scope: 'none' });

/** Each takes memory without an end, and holds on to it in a way of its own. */
const HOARDERS = {
  tensors: 'import torch\nkept = []\nwhile True:\n    t = torch.ones(500_000)\n    t[0] = 2\n    kept.append(t)',
  generator:
    'import torch\ndef g():\n    held = []\n    while True:\n        t = torch.ones(500_000)\n        t[0] = 2\n        held.append(t)\n        yield len(held)\nit = g()\nfor _ in it:\n    pass',
  strings: 'kept = {}\nfor i in range(10**9):\n    kept[i] = ["x" * 1000 + str(i) for _ in range(1000)]',
  one: 'import torch\nx = torch.ones(80_000_000)\ny = x + 1\nz = y * 2\nw = z.exp()\nv = torch.cat([x, y, z, w])',
};

describe('resident memory', { timeout: 240_000 }, () => {
  it('stays near MEMORY_LIMIT, whatever cells hold on to; they are refused, and others go on', async () => {
    const limit = 1e9;
    service = await startService({
      MEMORY_LIMIT: String(limit),
      WORKERS: '2',
      TIME_LIMIT_MS: '60000',
      LOG_LEVEL: 'warn',
    });
    const memory = watchMemory();
    const small = await workspace();
    await cell(small, 'x = 41');
    const rooms = await Promise.all(Object.keys(HOARDERS).map(workspace));
    const errors: string[] = [];
    for (let round = 0; round < 2; round++) {
      const replies = await Promise.all(Object.values(HOARDERS).map((code, i) => cell(rooms[i], code)));
      for (const { status, json } of replies)
        errors.push(status === 200 ? (json.error?.type ?? 'none') : String(status));
    }
    expect(memory.stop()).toBeLessThan(1.25 * limit);
    expect(errors.filter((error) => /^(MemoryError|503)$/.test(error)).length).toBeGreaterThanOrEqual(4);
    expect(errors.filter((error) => !/^(MemoryError|none|503|404|TimeoutError)$/.test(error))).toEqual([]);
    expect((await send('POST', '/v1/activations/relu', { input: [1] })).status).toBe(200);
  });

  it('falls within seconds when a workspace is deleted', async () => {
    service = await startService({ WORKERS: '1', LOG_LEVEL: 'warn' });
    const room = await workspace();
    await cell(room, 'import torch\nx = torch.ones(2)');
    await pause(3000);
    const before = residentBytes();
    await cell(room, 'a = torch.ones(60_000_000)\na[0] = 2\nb = [str(i) for i in range(300_000)]');
    expect(residentBytes()).toBeGreaterThan(before + 200 * MB);
    await send('DELETE', room);
    await expect.poll(residentBytes, { timeout: 15_000 }).toBeLessThan(before + 80 * MB);
  });

  it('is small again some seconds after the largest of requests', async () => {
    service = await startService({ WORKERS: '2', LOG_LEVEL: 'warn', TIME_LIMIT_MS: '120000' });
    const numbers = Array.from({ length: 1_500_000 }, (_, i) => ((i % 1000) / 7).toFixed(6)).join();
    const body = `{"input":[${numbers}],"tensor_format":"flat"}`;
    const graph = {
      nodes: [
        { op: 'linspace', attrs: { start: 0, end: 1, steps: 15_000_000 }, outputs: ['x'] },
        { op: 'exp', inputs: ['x'], outputs: ['y'] },
        { op: 'cumsum', inputs: ['y'], attrs: { dim: 0 }, outputs: ['z'] },
      ],
      outputs: ['z'],
    };
    const code = 'x = torch.ones(20_000_000) * 2\nl = [[i] for i in range(300_000)]\ny = x.sum()';
    const room = await workspace();
    const large = watchMemory();
    const replies = await Promise.all([
      send('POST', '/v1/activations/sigmoid', body),
      send('POST', '/v1/evaluate', { graph, outputs: [], graph_scope: 'none' }),
      send('POST', '/v1/evaluate', { code, outputs: ['y'], graph_scope: 'none' }),
      cell(room, `import torch\n${code}`),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(large.stop()).toBeGreaterThan(350 * MB);
    await send('DELETE', room);
    // On a machine that has nothing else to do it takes less than ten seconds.
    await expect.poll(residentBytes, { timeout: 30_000, interval: 500 }).toBeLessThan(300 * MB);
  });
});
