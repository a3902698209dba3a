import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith({ BODY_LIMIT: '2000' });
  post = sender(app);
});
afterAll(() => app.close());

const sigmoid = '/v1/activations/sigmoid';

describe('a body that is not what the schema says is a 400 that names the place', () => {
  it.each([
    ['ragged', '{"input": [[1, 2], [3]]}', '/input/1'],
    ['mixed depth', '{"input": [1, [2]]}', '/input/1'],
    ['mixed kinds', '{"input": [1, true]}', '/input/1'],
    ['null', '{"input": [1, null]}', '/input/1'],
    ['a numeric string', '{"input": ["1"]}', '/input/0'],
    ['bare NaN', '{"input": [NaN]}', '/input/0'],
    ['a duplicate field', '{"input": [1], "input": [2]}', '/input'],
    ['an unknown field', '{"input": [1], "inptu": 1}', '/inptu'],
    ['an unknown field of a tensor', '{"input": {"data": [1], "size": [1]}}', '/input/size'],
    ['a wrong length', '{"input": {"data": [1, 2], "shape": [3]}}', '/input/data'],
    ['a fraction in an integer tensor', '{"input": {"data": [[1, 1.5]], "dtype": "int64"}}', '/input/data/0/1'],
    ['an unknown dtype', '{"input": {"data": [1], "dtype": "complex64"}}', '/input/dtype'],
    ['a missing tensor', '{}', '/input'],
    ['an unknown scope', '{"input": 1, "graph_scope": "all"}', '/graph_scope'],
    ['__proto__', '{"input": 1, "__proto__": {"x": 1}}', '/__proto__'],
    ['no object', '[1]', ''],
  ])('%s', async (_, body, pointer) => {
    const { status, json, headers } = await post(sigmoid, body);
    expect(status).toBe(400);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(json).toMatchObject({
      status: 400,
      title: expect.any(String),
      detail: expect.any(String),
      instance: expect.any(String),
    });
    expect(json.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
  });

  it.each([
    ['a string', 'dim', '"0"', 'an integer'],
    ['a float', 'dim', '0.0', 'an integer'],
    ['a bool', 'dim', 'true', 'an integer'],
  ])('%s where an integer is wanted', async (_, name, value, expected) => {
    const { status, json } = await post('/v1/activations/softmax', `{"input": [1], "${name}": ${value}}`);
    expect(status).toBe(400);
    expect(json.errors[0]).toMatchObject({ pointer: '/dim', detail: expect.stringContaining(expected) });
  });

  it('bytes that are not UTF-8, no JSON, or nothing', async () => {
    expect((await post(sigmoid, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).status).toBe(400);
    expect((await post(sigmoid, '{"input": [1,]}')).status).toBe(400);
    expect((await post(sigmoid, '')).status).toBe(400);
    expect((await app.inject({ method: 'POST', url: sigmoid })).statusCode).toBe(400);
  });
});

describe('other failures', () => {
  it('404 suggests the nearest op', async () => {
    const { status, json } = await post('/v1/losses/cross_entrpy', '{}');
    expect(status).toBe(404);
    expect(json).toMatchObject({ suggestion: 'cross_entropy', detail: expect.stringContaining('cross_entropy') });
  });

  it('404 for a path that is none', async () => {
    const reply = await app.inject({ url: '/v1/activation' });
    expect(reply.statusCode).toBe(404);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('405 names the methods', async () => {
    for (const [method, url, allow] of [
      ['GET', sigmoid, 'POST'],
      ['DELETE', '/livez', 'GET, HEAD'],
      ['PUT', '/v1/ops/relu', 'GET, HEAD'],
    ] as const) {
      const reply = await app.inject({ method, url });
      expect(reply.statusCode).toBe(405);
      expect(reply.headers.allow).toBe(allow);
      expect(reply.json().status).toBe(405);
    }
  });

  it('413 and 415', async () => {
    expect((await post(sigmoid, { input: Array(1500).fill(1) })).status).toBe(413);
    expect((await post(sigmoid, 'input=1', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await post(sigmoid, '<x/>', { 'content-type': 'text/xml' })).json.status).toBe(415);
  });

  it('paths that cannot be routed are problems, too', async () => {
    for (const [url, status] of [
      ['/v1/activations/%', 400],
      [`/v1/ops/${'x'.repeat(300)}`, 414],
      ['/v1/activations/relu/', 404],
    ] as const) {
      const reply = await app.inject({ method: url.includes('ops') ? 'GET' : 'POST', url });
      expect(reply.statusCode).toBe(status);
      expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
  });

  it('aliases serve as well', async () => {
    expect((await post('/v1/activations/expit', { input: 0 })).json.output.data).toBe(0.5);
  });

  it('echoes the request id, or makes one', async () => {
    const reply = await post(sigmoid, { input: 1 }, { 'x-request-id': 'abc-1' });
    expect(reply.headers['x-request-id']).toBe('abc-1');
    expect((await post(sigmoid, { input: 1 }, { 'x-request-id': 'not\tfit' })).headers['x-request-id']).toMatch(
      /^[\w-]+$/,
    );
  });
});

describe('settings', () => {
  it('API_KEYS asks for a key, but not of probes and documents', async () => {
    const locked = await appWith({ API_KEYS: 'alpha,beta' });
    const call = sender(locked);
    const refused = await call(sigmoid, { input: 1 });
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    expect((await call(sigmoid, { input: 1 }, { authorization: 'Bearer gamma' })).status).toBe(401);
    expect((await call(sigmoid, { input: 1 }, { authorization: 'Bearer beta' })).status).toBe(200);
    expect((await call(sigmoid, { input: 1 }, { 'x-api-key': 'alpha' })).status).toBe(200);
    for (const url of ['/livez', '/readyz', '/openapi.json', '/openapi.yaml'])
      expect((await locked.inject({ url })).statusCode).toBe(200);
    await locked.close();
  });

  it('CORS_ORIGIN lets pages of that origin call', async () => {
    const open = await appWith({ CORS_ORIGIN: 'https://a.example' });
    const preflight = await open.inject({
      method: 'OPTIONS',
      url: sigmoid,
      headers: {
        origin: 'https://a.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe('https://a.example');
    const reply = await open.inject({
      method: 'POST',
      url: sigmoid,
      headers: { origin: 'https://b.example' },
      payload: { input: 1 },
    });
    expect(reply.headers['access-control-allow-origin']).not.toBe('https://b.example');
    expect(
      (await app.inject({ url: '/livez', headers: { origin: 'https://a.example' } })).headers[
        'access-control-allow-origin'
      ],
    ).toBeUndefined();
    await open.close();
  });

  it('RATE_LIMIT answers 429 with Retry-After', async () => {
    const limited = await appWith({ RATE_LIMIT: '2' });
    const call = sender(limited);
    await call(sigmoid, { input: 1 });
    await call(sigmoid, { input: 1 });
    const reply = await call(sigmoid, { input: 1 });
    expect(reply.status).toBe(429);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.headers['retry-after']).toBeDefined();
    await limited.close();
  });
});
