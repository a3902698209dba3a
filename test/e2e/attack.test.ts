/** What a client should not send, and what becomes of it. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { buildApp } from '../../src/http/app.ts';
import { type Service, startService } from './service.ts';
import { head, RawClient } from './socket.ts';

const RELU = '/v1/activations/relu';
const JSON_TYPE = { 'content-type': 'application/json' };

let service: Service;
beforeAll(async () => {
  service = await startService({ BODY_LIMIT: '5000000' });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

const alive = async (): Promise<number> => {
  const { statusCode, body } = await request(`${service.url}/livez`);
  await body.dump();
  return statusCode;
};

/** Sends bytes, and gives all that was answered once it is closed, or after the first answer. */
async function exchange(bytes: string, closes = true): Promise<string> {
  const client = await RawClient.open(service.url);
  client.send(bytes);
  if (closes) await expect.poll(() => client.ended || client.closed, { timeout: 10_000 }).toBe(true);
  else await client.status();
  client.destroy();
  return client.text;
}

describe('requests that are none', () => {
  it.each([
    [
      'two lengths',
      400,
      head('POST', RELU, { ...JSON_TYPE, 'content-length': 5 }).replace('\r\n\r\n', '\r\nContent-Length: 6\r\n\r\n'),
    ],
    [
      'a length beside chunks',
      400,
      head('POST', RELU, { ...JSON_TYPE, 'content-length': 5, 'transfer-encoding': 'chunked' }),
    ],
    ['a length that is no number', 400, head('POST', RELU, { ...JSON_TYPE, 'content-length': '5x' })],
    ['a length below nothing', 400, head('POST', RELU, { ...JSON_TYPE, 'content-length': -5 })],
    ['chunks that are not', 400, `${head('POST', RELU, { ...JSON_TYPE, 'transfer-encoding': 'chunked' })}zz\r\n`],
    ['a coding of transfer that is not known', 400, head('POST', RELU, { ...JSON_TYPE, 'transfer-encoding': 'x' })],
    ['heads without an end', 431, `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}`],
    ['too many heads', 431, `GET /livez HTTP/1.1\r\nHost: x\r\n${'x: y\r\n'.repeat(20_000)}\r\n`],
    ['a path without an end', 431, `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['no host', 400, 'GET /livez HTTP/1.1\r\n\r\n'],
    ['a line fold', 400, 'GET /livez HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n'],
  ])('%s is answered by %d, and the connection closed', async (_, status, bytes) => {
    expect(await exchange(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(await alive()).toBe(200);
  });

  it('what follows a shorter body than was announced is a request of its own', async () => {
    const text = await exchange(
      `${head('POST', RELU, { ...JSON_TYPE, 'content-length': 13 })}{"input":[1]}GARBAGE\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 [\s\S]*"output"/);
  });

  it('garbage behind a request is not its answer', async () => {
    const body = JSON.stringify({
      code: 'import time\nt = time.time()\nwhile time.time() - t < 1:\n    pass\nx = torch.ones(1)',
    });
    const client = await RawClient.open(service.url);
    client.send(
      `${head('POST', '/v1/evaluate', { ...JSON_TYPE, 'content-length': body.length })}${body}GARBAGE\r\n\r\n`,
    );
    await expect.poll(() => client.ended || client.closed, { timeout: 10_000 }).toBe(true);
    expect(client.text).toMatch(/^HTTP\/1\.1 200 [\s\S]*"outputs"/);
    expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    client.destroy();
  });
});

describe('requests that are too many, too long or never end', () => {
  it('a hundred at once on one connection are answered in order', async () => {
    const client = await RawClient.open(service.url);
    const ids = Array.from({ length: 100 }, (_, i) => `id-${i}`);
    client.send(
      ids
        .map((id) => `${head('POST', RELU, { ...JSON_TYPE, 'content-length': 13, 'x-request-id': id })}{"input":[1]}`)
        .join(''),
    );
    await expect.poll(() => client.text.match(/HTTP\/1\.1 200 OK/g)?.length, { timeout: 10_000 }).toBe(100);
    expect([...client.text.matchAll(/x-request-id: (\S+)/g)].map(([, id]) => id)).toEqual(ids);
    client.destroy();
  });

  it('chunks without an end are refused at the limit', async () => {
    const client = await RawClient.open(service.url);
    client.send(head('POST', RELU, { ...JSON_TYPE, 'transfer-encoding': 'chunked' }));
    const piece = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const push = setInterval(() => client.send(piece), 1);
    expect(await client.status()).toBe(413);
    clearInterval(push);
    expect(client.text).toMatch(/\r\nconnection: close\r\n/i);
    client.destroy();
  });

  it('whoever dribbles is not waited for', async () => {
    const app = await buildApp(loadConfig({ LOG_LEVEL: 'silent' }));
    const { headersTimeout, requestTimeout, keepAliveTimeout } = app.server;
    expect([headersTimeout, requestTimeout]).toEqual([20_000, 120_000]);
    expect(keepAliveTimeout).toBeLessThanOrEqual(120_000);
    await app.close();
  });

  it('bodies that unpack to much, many at a time, are turned away while they grow', { timeout: 60_000 }, async () => {
    const tight = await startService({ BODY_LIMIT: '40000000', MEMORY_LIMIT: '400000000', WORKERS: '1' });
    const hwm = (): number =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${tight.process.pid}/status`, 'utf8'))?.[1]) * 1024;
    const body = gzipSync(Buffer.from('{"input":[1]}'.padEnd(39_000_000, ' ')));
    expect(body.length).toBeLessThan(100_000);
    const before = hwm();
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const reply = await request(tight.url + RELU, {
          method: 'POST',
          headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
          body,
        });
        await reply.body.dump();
        return reply.statusCode;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    // All of them together are 2.3 GB.
    expect(hwm() - before).toBeLessThan(900e6);
    expect(await tight.stop()).toBe(0);
  });
});

describe('names with a meaning in JavaScript', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s has none here', async (name) => {
    const { id } = (await (await request(`${service.url}/v1/sessions`, { method: 'POST' })).body.json()) as {
      id: string;
    };
    const post = (path: string, body: string) =>
      request(service.url + path, { method: 'POST', headers: JSON_TYPE, body });
    const get = (path: string) => request(service.url + path);
    const expected: [Promise<{ statusCode: number; body: { dump(): Promise<void> } }>, number][] = [
      [get(`/v1/ops/${name}`), 404],
      [get(`/${name}`), 404],
      [get(`/livez?${name}=1`), 200],
      [get(`/v1/sessions/${name}`), 404],
      [get(`/v1/sessions/${id}/tensors/${name}`), 404],
      [get(`/v1/sessions/${id}/graph?of=${name}`), 404],
      [get(`/v1/sessions/${id}/graph?${name}=x`), 400],
      [post(`/v1/activations/${name}`, '{}'), 404],
      [post('/v1/sessions', `{"${name}":{}}`), 400],
      [post(`/v1/sessions/${id}/cells`, `{"code":"1","${name}":1}`), 400],
      [post(RELU, `{"input":[1],"${name}":1}`), 400],
      [
        post(
          '/v1/evaluate',
          `{"inputs":{"${name}":[1]},"graph":{"inputs":["${name}"],"nodes":[],"outputs":["${name}"]}}`,
        ),
        200,
      ],
      [post('/v1/evaluate', `{"graph":{"nodes":[{"op":"${name}","outputs":["y"]}]}}`), 422],
      [
        post('/v1/evaluate', `{"graph":{"nodes":[{"op":"zeros","attrs":{"size":[1],"${name}":1},"outputs":["y"]}]}}`),
        422,
      ],
    ];
    const found: number[] = [];
    for (const [reply] of expected) {
      const { statusCode, body } = await reply;
      await body.dump();
      found.push(statusCode);
    }
    expect(found).toEqual(expected.map(([, status]) => status));
  });
});

describe('paths', () => {
  it.each([
    '/docs/../v1/ops',
    '//v1/ops',
    '/docs/..%2fv1/ops',
    '/docs/static/..%2f..%2fpackage.json',
    '/LIVEZ',
    '/livez/',
    '/%00',
    '/v1/ops/%2e%2e',
  ])('%s leads nowhere else', async (path) => {
    const text = await exchange(head('GET', path), false);
    expect(text).toMatch(/^HTTP\/1\.1 (404|400|403) /);
  });
});
