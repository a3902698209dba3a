/** What is refused is refused before its body is read, and its client sees the answer. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from './service.ts';
import { head, RawClient } from './socket.ts';

const run = promisify(execFile);

const RELU = '/v1/activations/relu';
const KEY = { 'x-api-key': 'alpha' };

let service: Service;
let folder: string;
let large: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gradwire-refused-'));
  large = join(folder, 'large');
  writeFileSync(large, Buffer.alloc(30_000_000, ' '));
  // Small heaps: objects of more than that would end the process.
  service = await startService({
    API_KEYS: 'alpha',
    BODY_LIMIT: '20000000',
    TIME_LIMIT_MS: '60000',
    NODE_OPTIONS: '--max-old-space-size=256',
  });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  expect(await service.stop()).toBe(0);
});

/** Requests whose body is announced and never sent. */
const REFUSED: [what: string, status: number, method: string, path: string, headers: Record<string, string>][] = [
  ['an unknown path', 404, 'POST', '/v1/nothing', KEY],
  ['an unknown op', 404, 'POST', '/v1/activations/relo', KEY],
  ['a wrong method', 405, 'PUT', RELU, KEY],
  ['a probe that is posted', 405, 'POST', '/livez', {}],
  ['OPTIONS', 405, 'OPTIONS', RELU, KEY],
  ['no key', 401, 'POST', RELU, {}],
  ['a wrong key', 401, 'POST', RELU, { 'x-api-key': 'beta' }],
  ['no key, of a workspace', 401, 'POST', '/v1/sessions', {}],
  ['no media type', 415, 'POST', RELU, KEY],
  ['an unknown media type', 415, 'POST', RELU, { ...KEY, 'content-type': 'text/plain' }],
  ['an unknown coding', 415, 'POST', RELU, { ...KEY, 'content-type': 'application/json', 'content-encoding': 'x' }],
  [
    'too many codings',
    415,
    'POST',
    RELU,
    { ...KEY, 'content-type': 'application/json', 'content-encoding': 'gzip,gzip,gzip,gzip,gzip' },
  ],
  [
    'a body over the limit',
    413,
    'POST',
    RELU,
    { ...KEY, 'content-type': 'application/json', 'content-length': '20000001' },
  ],
  ['more than a workspace takes', 413, 'POST', '/v1/sessions', { ...KEY, 'content-type': 'application/json' }],
  [
    'more than an interrupt takes',
    413,
    'POST',
    '/v1/sessions/x/interrupt',
    { ...KEY, 'content-type': 'application/json' },
  ],
  ['more than a cell takes', 413, 'POST', '/v1/sessions/x/cells', { ...KEY, 'content-type': 'application/json' }],
  ['a path that cannot be read', 400, 'POST', '/v1/activations/%', KEY],
];

describe('before any of its body came, and with the connection', () => {
  it.each(REFUSED)('%s is answered by %d', async (_, status, method, path, headers) => {
    const client = await RawClient.open(service.url);
    client.send(head(method, path, { 'content-length': 1_000_000, ...headers }));
    expect(await client.status()).toBe(status);
    expect(client.text).toMatch(/\r\nconnection: close\r\n/i);
    if (status === 405) expect(client.text).toMatch(/\r\nallow: [A-Z, ]+\r\n/i);
    if (status !== 400) expect(client.text).toContain('application/problem+json');
    client.destroy();
  });

  it('chunks without an end, too', async () => {
    const client = await RawClient.open(service.url);
    client.send(head('POST', '/v1/nothing', { ...KEY, 'transfer-encoding': 'chunked' }));
    expect(await client.status()).toBe(404);
    client.destroy();
  });

  it('a body that nobody asked for is passed over', async () => {
    for (const [method, path, status] of [
      ['GET', '/livez', 200],
      ['HEAD', '/livez', 200],
      ['DELETE', '/v1/sessions/x', 404],
      ['GET', '/v1/ops', 200],
    ] as const) {
      const client = await RawClient.open(service.url);
      client.send(head(method, path, { ...KEY, 'content-length': 1_000_000, 'content-type': 'text/plain' }));
      expect([path, await client.status()]).toEqual([path, status]);
      client.destroy();
    }
  });

  it('who waits for a word to go on gets the refusal instead, and the word where the body is wanted', async () => {
    const headers = { 'content-type': 'application/json', expect: '100-continue', 'content-length': 13 };
    const refused = await RawClient.open(service.url);
    refused.send(head('POST', RELU, headers));
    expect(await refused.status()).toBe(401);
    expect(refused.text).not.toContain('100 Continue');
    refused.destroy();
    const wanted = await RawClient.open(service.url);
    wanted.send(head('POST', RELU, { ...headers, ...KEY }));
    await expect.poll(() => wanted.text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    wanted.send('{"input":[1]}');
    await expect.poll(() => wanted.text).toMatch(/HTTP\/1\.1 200 OK[\s\S]*"output"/);
    wanted.destroy();
  });
});

describe('a body of 30 MB that is refused', () => {
  const CASES: [status: number, path: string, headers: Record<string, string>][] = [
    [404, '/v1/nothing', KEY],
    [405, '/livez', {}],
    [401, RELU, { 'content-type': 'application/json' }],
    [413, RELU, { ...KEY, 'content-type': 'application/json' }],
    [413, '/v1/sessions', { ...KEY, 'content-type': 'application/json' }],
  ];

  it.each(CASES)('is a %d to undici: %s', async (status, path, headers) => {
    const { statusCode, body } = await request(service.url + path, {
      method: 'POST',
      headers,
      body: Buffer.alloc(30_000_000, ' '),
    });
    expect(statusCode).toBe(status);
    expect(await body.json()).toMatchObject({ status });
  });

  it.each(CASES)('is a %d to curl: %s', async (status, path, headers) => {
    const options = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    const base = ['-sS', '-w', '\n%{http_code}', '-X', 'POST', '--data-binary', `@${large}`, ...options];
    for (const more of [[], ['-H', 'Expect:']]) {
      const { stdout } = await run('curl', [...base, ...more, service.url + path]);
      expect(stdout).toMatch(new RegExp(`"status":${status}[\\s\\S]*\\n${status}$`));
    }
  });

  it.each(CASES)('is a %d to urllib: %s', async (status, path, headers) => {
    const program = `
import json, sys, urllib.request, urllib.error
url, headers = sys.argv[1], json.loads(sys.argv[2])
request = urllib.request.Request(url, data=b' ' * 30_000_000, headers=headers, method='POST')
try:
    urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    print(error.code, json.load(error)['status'])
`;
    const { stdout } = await run('python3', ['-c', program, service.url + path, JSON.stringify(headers)]);
    expect(stdout.trim()).toBe(`${status} ${status}`);
  });

  it('is not read without an end', async () => {
    const client = await RawClient.open(service.url);
    client.send(head('POST', '/v1/nothing', { ...KEY, 'content-length': 1e12 }));
    expect(await client.status()).toBe(404);
    const piece = Buffer.alloc(1 << 20);
    const push = (): void => {
      while (!client.closed && client.socket.write(piece));
    };
    client.socket.on('drain', push);
    push();
    await client.untilClosed(20_000);
  });

  it('nor is one waited for that does not come', async () => {
    const client = await RawClient.open(service.url);
    client.send(head('POST', '/v1/nothing', { ...KEY, 'content-length': 1000 }));
    expect(await client.status()).toBe(404);
    // Long after the time of silence the system says that nobody reads this any more.
    const trying = setInterval(() => client.send('x'), 6000);
    await client.untilClosed(20_000);
    clearInterval(trying);
  });
});

describe('a bomb of two gzip layers', () => {
  /** CBOR `[[0],[0],…]` of 60 MB in some hundred bytes. */
  const bomb = gzipSync(
    gzipSync(Buffer.concat([Buffer.from([0x9f]), Buffer.alloc(60_000_000, Buffer.from([0x81, 0]))])),
  );
  const small = gzipSync(
    gzipSync(Buffer.concat([Buffer.from([0x9f]), Buffer.alloc(19_000_000, Buffer.from([0x81, 0]))])),
  );

  const post = async (path: string, body: Buffer, headers: Record<string, string> = KEY) => {
    const reply = await request(service.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor', 'content-encoding': 'gzip, gzip', ...headers },
      body,
    });
    // biome-ignore lint/suspicious/noExplicitAny: an answer of any kind
    return { status: reply.statusCode, json: (await reply.body.json()) as any };
  };

  it('harms no route', async () => {
    expect(bomb.length).toBeLessThan(2000);
    for (const [path, status] of [
      ['/v1/sessions', 413],
      ['/v1/sessions/x/interrupt', 413],
      ['/v1/sessions/x/cells', 413],
      ['/livez', 405],
      ['/nothing', 404],
      [RELU, 413],
      ['/v1/evaluate', 413],
    ] as const) {
      expect([path, (await post(path, bomb)).status]).toEqual([path, status]);
    }
    expect((await post('/v1/sessions', bomb, {})).status).toBe(401);
    expect((await request(`${service.url}/livez`)).statusCode).toBe(200);
  });

  it('that unpacks to what a computing route takes is refused by what it would cost', {
    timeout: 120_000,
  }, async () => {
    for (const path of ['/v1/evaluate', RELU]) {
      const { status, json } = await post(path, small);
      expect([status, json.type]).toEqual([422, 'urn:gradwire:problem:budget']);
    }
    expect(service.log()).not.toContain('"level":50');
  });
});
