/** Small requests run where they arrive, large ones in a worker: nobody can tell from the answer. */
import { connect } from 'node:net';
import type { Worker } from 'node:worker_threads';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opsOf } from '../../src/ops/registry.ts';
import { appWith, type Reply, type Send, sender } from '../support/app.ts';

interface Thread {
  readonly idle: boolean;
  readonly worker: Worker | null;
}

/** The threads for stateless requests, which no route gives away. */
const threadsOf = (app: FastifyInstance): Thread[] => (app.pool as unknown as { free: Thread[] }).free;

const PHASES = ['queue', 'parse', 'forward', 'backward', 'write'] as const;

function times({ headers }: Pick<Reply, 'headers'>): Record<(typeof PHASES)[number], number> {
  const parts = String(headers['server-timing']).split(', ');
  const pairs = parts.map((part) => /^(\w+);dur=(\d+(?:\.\d{1,3})?)$/.exec(part)?.slice(1) ?? [part, 'NaN']);
  expect(pairs.map(([name]) => name)).toEqual(PHASES);
  return Object.fromEntries(pairs.map(([name, ms]) => [name, Number(ms)])) as ReturnType<typeof times>;
}

/** The same body, but too large to be read inline. */
const padded = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body)) + ' '.repeat(1e5);

/** What two answers have in common. */
const substance = ({ status, text, json }: Reply): unknown =>
  status < 400 ? text : { ...json, instance: 'whichever' };

const LINSPACE = (steps: number) => ({
  graph: { nodes: [{ op: 'linspace', attrs: { start: 0, end: 1, steps }, outputs: ['x'] }], outputs: [] },
});

let app: FastifyInstance;
let send: Send;
beforeAll(async () => {
  app = await appWith({ WORKERS: '2', MAX_ELEMENTS: '50000000', TIME_LIMIT_MS: '3000' });
  send = sender(app);
});
afterAll(() => app.close());

describe('workers', () => {
  it('are not started by small requests', async () => {
    const fresh = await appWith({ WORKERS: '2' });
    const call = sender(fresh);
    expect(times(await call('/v1/activations/relu', { input: [1] })).queue).toBe(0);
    expect(times(await call('/v1/evaluate', LINSPACE(1000))).queue).toBe(0);
    const cbor = { accept: 'application/cbor' };
    expect(times(await call('/v1/losses/mse_loss', { input: [1, 2], target: [0, 0] }, cbor)).queue).toBe(0);
    expect(threadsOf(fresh)).toHaveLength(0);
    expect(times(await call('/v1/activations/relu', padded({ input: [1] }))).queue).toBeGreaterThan(0);
    expect(threadsOf(fresh)).toHaveLength(1);
    await fresh.close();
  });

  it.each([
    ['a body of 100 KB', '/v1/activations/relu', padded({ input: 1 })],
    ['a million elements', '/v1/evaluate', LINSPACE(1_000_000)],
    ['an answer of 50,000 numbers', '/v1/evaluate', { ...LINSPACE(50_000), outputs: ['x'] }],
    ['a large view', '/v1/activations/relu', { input: { data: [1], requires_grad: true } }],
    [
      'a matrix product of 16 MFLOP',
      '/v1/evaluate',
      {
        graph: {
          nodes: [
            { op: 'ones', attrs: { size: [200, 200] }, outputs: ['a'] },
            { op: 'mm', inputs: ['a', 'a'], outputs: ['b'] },
          ],
          outputs: [],
        },
        graph_values: 'none',
      },
    ],
    [
      'three hundred nodes',
      '/v1/evaluate',
      {
        graph: {
          nodes: Array.from({ length: 300 }, (_, i) => ({ op: 'zeros', attrs: { size: [] }, outputs: [`z${i}`] })),
          outputs: ['z0'],
        },
      },
    ],
    ['code', '/v1/evaluate', { code: 'x = torch.ones(2)' }],
  ])('carry out %s', async (name, url, body) => {
    const reply = await send(url, body);
    expect(reply.status).toBe(200);
    const { queue } = times(reply);
    if (name === 'a large view') expect(queue).toBe(0);
    else expect(queue).toBeGreaterThan(0);
  });

  it('answer what would be answered inline, to the byte', async () => {
    const pairs = [...opsOf('activation'), ...opsOf('loss')].flatMap((op) =>
      op.examples.map((example) => [`/v1/${op.category === 'loss' ? 'losses' : 'activations'}/${op.name}`, example]),
    ) as [string, unknown][];
    const graph = {
      inputs: { x: { data: [1, 2, 3], requires_grad: true } },
      graph: {
        inputs: ['x'],
        nodes: [
          { op: 'exp', inputs: ['x'], outputs: ['y'] },
          { op: 'sum', inputs: ['y'], outputs: ['z'] },
        ],
        outputs: ['z'],
      },
      grad: { outputs: ['z'] },
      graph_scope: 'both',
    };
    pairs.push(['/v1/evaluate', graph], ['/v1/evaluate', { ...graph, tensor_format: 'base64', anomaly: true }]);
    expect(pairs.length).toBeGreaterThan(40);
    for (const [url, body] of pairs) {
      // What draws random numbers differs from call to call, wherever it runs.
      if (/dropout|rrelu|gumbel/.test(url)) continue;
      const [inline, worker] = [await send(url, body), await send(url, padded(body))];
      expect([times(inline).queue === 0, times(worker).queue > 0]).toEqual([true, true]);
      expect([url, substance(worker)]).toEqual([url, substance(inline)]);
    }
  });

  it('refuse what would be refused inline, in the same words', async () => {
    const sigmoid = '/v1/activations/sigmoid';
    const cases: [string, unknown, number][] = [
      [sigmoid, '{"input": [[1, 2], [3]]}', 400],
      [sigmoid, '{"input": [1], "inptu": 1}', 400],
      [sigmoid, '{"input": [1,]}', 400],
      [sigmoid, '[1]', 400],
      [sigmoid, '{"input": {"data": [1], "dtype": "complex64"}}', 400],
      ['/v1/activations/softmax', { input: [1], dim: '0' }, 400],
      ['/v1/activations/softmax', { input: [1], dim: 3 }, 422],
      ['/v1/losses/mse_loss', { input: [1, 2, 3], target: [[1], [2]], reduction: 'sum', grad_output: [1] }, 422],
      ['/v1/evaluate', {}, 400],
      ['/v1/evaluate', { graph: { nodes: [], outputs: ['nope'] } }, 422],
      ['/v1/evaluate', { graph: { nodes: [{ op: 'nope', outputs: ['x'] }], outputs: ['x'] } }, 422],
      ['/v1/evaluate', LINSPACE(1e12), 422],
    ];
    for (const [url, body, status] of cases) {
      const [inline, worker] = [await send(url, body), await send(url, padded(body))];
      expect([url, inline.status, substance(inline)]).toEqual([url, status, substance(worker)]);
      expect(worker.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(times(inline).parse).toBeGreaterThanOrEqual(0);
      expect(times(worker).queue).toBeGreaterThan(0);
    }
  });

  it('draw random numbers as anyone does', async () => {
    const draw = async (size: number): Promise<number[]> => {
      const graph = {
        nodes: [
          { op: 'ones', attrs: { size: [size] }, outputs: ['one'] },
          { op: 'dropout', inputs: ['one'], attrs: { p: 0.5 }, outputs: ['x'] },
        ],
        outputs: ['x'],
      };
      return (await send('/v1/evaluate', { graph, tensor_format: 'flat', graph_values: 'none' })).json.outputs.x.data;
    };
    const [few, many, others] = [await draw(1000), await draw(20_000), await draw(20_000)];
    const mean = (xs: number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
    for (const drawn of [few, many, others]) {
      expect(new Set(drawn)).toEqual(new Set([0, 2]));
      expect(mean(drawn)).toBeGreaterThan(0.8);
      expect(mean(drawn)).toBeLessThan(1.2);
    }
    expect(many.slice(0, 100)).not.toEqual(others.slice(0, 100));
    expect(many.slice(0, 100)).not.toEqual(few.slice(0, 100));
  });
});

describe('Server-Timing', () => {
  it('says where the time went, wherever that was', async () => {
    const body = { input: Array.from({ length: 40_000 }, (_, i) => i / 7) };
    const began = performance.now();
    const reply = await send('/v1/activations/gelu', body);
    const took = performance.now() - began;
    const { queue, ...busy } = times(reply);
    for (const phase of Object.values(busy)) expect(phase).toBeGreaterThan(0);
    expect(Object.values(busy).reduce((sum, ms) => sum + ms, queue)).toBeLessThan(took);
  });

  it('stands on answers of code, of cells and on problems', async () => {
    expect(times(await send('/v1/evaluate', { code: 'x = torch.ones(2)' })).forward).toBeGreaterThan(0);
    const failed = await send('/v1/evaluate', { code: 'x = nope' });
    expect(failed.status).toBe(422);
    expect(times(failed).queue).toBeGreaterThan(0);
    const { id } = (await app.inject({ method: 'POST', url: '/v1/sessions' })).json();
    expect(times(await send(`/v1/sessions/${id}/cells`, { code: 'x = 1' })).forward).toBeGreaterThan(0);
  });

  it('may be read by pages of other origins', async () => {
    const shared = await appWith({ CORS_ORIGIN: '*' });
    const reply = await sender(shared)('/v1/activations/relu', { input: 1 }, { origin: 'https://a.example' });
    expect(reply.headers['access-control-expose-headers']).toContain('server-timing');
    await shared.close();
  });
});

/** Products of matrices that take some seconds. */
const LONG = {
  graph: {
    nodes: [
      { op: 'ones', attrs: { size: [1000, 1000] }, outputs: ['m0'] },
      ...Array.from({ length: 40 }, (_, i) => ({ op: 'mm', inputs: ['m0', `m${i}`], outputs: [`m${i + 1}`] })),
    ],
    outputs: [],
  },
  graph_values: 'none',
};

describe('a large request', () => {
  it('ends at its time limit, and small ones are answered meanwhile', async () => {
    const hasty = await appWith({ WORKERS: '1', TIME_LIMIT_MS: '300' });
    const call = sender(hasty);
    const long = call('/v1/evaluate', { code: 'while True:\n    pass' });
    const waits: number[] = [];
    let over = false;
    void long.then(() => {
      over = true;
    });
    while (!over) {
      const began = performance.now();
      expect((await call('/v1/activations/relu', { input: [1] })).status).toBe(200);
      waits.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await long).status).toBe(504);
    expect(waits.length).toBeGreaterThan(10);
    await hasty.close();
  });

  it('stops when its client goes', async () => {
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as { port: number };
    const slow = JSON.stringify({ code: 'while True:\n    pass' });
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${slow.length}\r\n\r\n${slow}`,
    );
    const busy = (): number => threadsOf(app).filter(({ idle }) => !idle).length;
    await expect.poll(busy, { timeout: 5000, interval: 5 }).toBe(1);
    const workers = threadsOf(app).map(({ worker }) => worker);
    const began = performance.now();
    socket.destroy();
    await expect.poll(busy, { timeout: 5000, interval: 5 }).toBe(0);
    // Long before its time limit, and without losing the thread.
    expect(performance.now() - began).toBeLessThan(1500);
    expect(threadsOf(app).map(({ worker }) => worker)).toEqual(workers);
    await expect.poll(() => app.admission.size, { timeout: 5000 }).toBe(0);
  });

  it('whose worker dies is told so, others go on, and the worker is replaced', async () => {
    const calls = [send('/v1/evaluate', LONG), send('/v1/evaluate', padded(LINSPACE(3_000_000)))];
    await expect.poll(() => threadsOf(app).filter(({ idle }) => !idle).length, { interval: 1 }).toBeGreaterThan(0);
    const victim = threadsOf(app).find(({ idle }) => !idle);
    await victim?.worker?.terminate();
    const [lost, other] = await Promise.all(calls);
    expect([lost.status, lost.json.type]).toEqual([500, 'urn:gradwire:problem:worker_lost']);
    expect(lost.json.detail).toContain('replaced');
    expect(other.status).toBe(200);
    expect((await send('/v1/evaluate', LINSPACE(1_000_000))).status).toBe(200);
  });
});

describe('overload', () => {
  it('of memory turns large requests away beside others, not small ones', async () => {
    const full = await appWith({ WORKERS: '1', MEMORY_LIMIT: '1' });
    const call = sender(full);
    const large = padded({ input: [1] });
    const replies = await Promise.all(Array.from({ length: 8 }, () => call('/v1/activations/relu', large)));
    const away = replies.filter(({ status }) => status === 503);
    expect(replies.filter(({ status }) => status === 200).length + away.length).toBe(8);
    expect(away.length).toBeGreaterThan(0);
    for (const { json, headers } of away) {
      expect(json.type).toBe('urn:gradwire:problem:overloaded');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await call('/v1/activations/relu', { input: [1] })).status).toBe(200);
    expect((await call('/v1/activations/relu', large)).status).toBe(200);
    expect(full.admission.size).toBe(0);
    await full.close();
  });
});
