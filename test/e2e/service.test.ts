import { once } from 'node:events';
import { connect } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const reply = await request(service.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any kind
  return { status: reply.statusCode, headers: reply.headers, json: (await reply.body.json()) as any };
}

describe('the service over a socket', () => {
  it('computes a loss, its gradient and its graph', async () => {
    const { status, headers, json } = await post('/v1/losses/cross_entropy', { input: [[2, 1, 0.1]], target: [0] });
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(json.output.data).toBeCloseTo(0.417, 3);
    expect(json.graph.nodes[0].grad_fn).toBe('NllLossBackward0');
  });

  it('carries a million numbers both ways', async () => {
    const input = Array.from({ length: 1_000_000 }, (_, i) => (i % 2000) / 100 - 10);
    const { status, json } = await post('/v1/activations/relu', { input, tensor_format: 'flat' });
    expect(status).toBe(200);
    expect(json.output.shape).toEqual([1_000_000]);
    expect(json.output.data[1999]).toBe(9.99);
    expect(json.output.data[0]).toBe(0);
  });

  it('survives 100,000 brackets', async () => {
    expect((await post('/v1/activations/relu', `{"input": ${'['.repeat(100_000)}`)).status).toBe(400);
    expect((await post('/v1/evaluate', '['.repeat(100_000))).status).toBe(400);
    expect((await post('/v1/evaluate', `{"graph": ${'{"values":'.repeat(50_000)}`)).status).toBe(400);
  });

  it('answers bytes that are no HTTP with a problem', async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('HELLO\r\n\r\n');
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('application/problem+json');
  });

  it('writes one log line a request, without payload', async () => {
    await post('/v1/activations/relu', { input: [123456789] }, { 'x-request-id': 'seen-in-log' });
    await expect.poll(() => service.log(), { timeout: 5000 }).toContain('seen-in-log');
    const lines = service
      .log()
      .split('\n')
      .filter((line) => line.includes('seen-in-log'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0])).toMatchObject({
      id: 'seen-in-log',
      method: 'POST',
      route: '/v1/activations/relu',
      status: 200,
      elements: 3,
      ms: expect.any(Number),
    });
    expect(service.log()).not.toContain('123456789');
  });
});

describe('SIGTERM, with an answer under way', () => {
  it('lets a slow reader have all of a large answer', async () => {
    const going = await startService();
    const body = JSON.stringify({
      inputs: { x: 1 },
      graph: {
        inputs: ['x'],
        nodes: [{ op: 'expand', inputs: ['x'], outputs: ['y'], attrs: { size: [5_000_000] } }],
        outputs: ['y'],
      },
      graph_scope: 'none',
    });
    const reply = await request(`${going.url}/v1/evaluate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const ended = going.stop();
    let length = 0;
    for await (const chunk of reply.body) {
      length += chunk.length;
      if (length < 3e6) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(length).toBe(Number(reply.headers['content-length']));
    expect(await ended).toBe(0);
  });

  it('ends an idle service at once, though clients keep their connections', async () => {
    const going = await startService();
    await request(`${going.url}/livez`).then((r) => r.body.dump());
    expect(await going.stop()).toBe(0);
  });
});

it('refuses to start with settings that cannot be used, and names them all', async () => {
  await expect(startService({ BODY_LIMIT: 'much', TIME_LIMIT_MS: '-1' })).rejects.toThrow(
    /BODY_LIMIT[\s\S]*TIME_LIMIT_MS/,
  );
});
