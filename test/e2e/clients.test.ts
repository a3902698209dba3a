/** Limits of a client: what counts, who a client is, and what one can take from another. */
import { Agent, request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { type Service, startService } from './service.ts';

const RELU = '/v1/activations/relu';

const services: Service[] = [];
async function start(env: Record<string, string>): Promise<Service> {
  const service = await startService(env);
  services.push(service);
  return service;
}
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});

/** Calls as from another address of this machine. */
function from(localAddress: string, service: Service, own: Record<string, string> = {}) {
  const dispatcher = new Agent({ localAddress });
  return async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const reply = await request(service.url + path, {
      method,
      body,
      headers: { 'content-type': 'application/json', ...own, ...headers },
      dispatcher,
    });
    const text = await reply.body.text();
    return { status: reply.statusCode, headers: reply.headers, json: text === '' ? undefined : JSON.parse(text) };
  };
}

type Call = ReturnType<typeof from>;

const relu = (call: Call, headers?: Record<string, string>) => call('POST', RELU, headers, '{"input":[1]}');
const statuses = async (count: number, call: () => Promise<{ status: number }>): Promise<number[]> => {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push((await call()).status);
  return all;
};

describe('RATE_LIMIT', () => {
  it('counts what is refused, and nothing of probes', async () => {
    const service = await start({ RATE_LIMIT: '4' });
    const call = from('127.0.0.1', service);
    expect(await statuses(2, () => call('GET', '/nothing'))).toEqual([404, 404]);
    expect(await statuses(1, () => call('PUT', RELU, {}, '{}'))).toEqual([405]);
    expect(await statuses(2, () => relu(call))).toEqual([200, 429]);
    // Past it a client hears of nothing else, but of probes.
    expect(await statuses(1, () => call('GET', '/nothing'))).toEqual([429]);
    expect(await statuses(1, () => call('POST', '/livez', {}, '{}'))).toEqual([429]);
    expect(await statuses(3, () => call('GET', '/livez'))).toEqual([200, 200, 200]);
    const over = await relu(call);
    expect(Number(over.headers['retry-after'])).toBeGreaterThan(0);
    expect(over.headers['x-ratelimit-remaining']).toBe('0');
    expect(over.json).toMatchObject({ status: 429, type: 'urn:gradwire:problem:rate_limited' });
  });

  it('is of an address where there are no keys, whatever its headers say', async () => {
    const service = await start({ RATE_LIMIT: '2' });
    const [one, two] = [from('127.0.0.1', service), from('127.0.0.2', service)];
    let i = 0;
    expect(await statuses(3, () => relu(one, { 'x-forwarded-for': `10.0.0.${i++}`, 'x-api-key': `${i}` }))).toEqual([
      200, 200, 429,
    ]);
    expect(await statuses(1, () => relu(two))).toEqual([200]);
  });

  it('is of a key where there are some, and wrong ones count for the address', async () => {
    const service = await start({ RATE_LIMIT: '2', API_KEYS: 'alpha,beta' });
    const [one, two] = [from('127.0.0.1', service), from('127.0.0.2', service)];
    const alpha = { 'x-api-key': 'alpha' };
    expect((await relu(one, alpha)).status).toBe(200);
    expect((await relu(two, { authorization: 'Bearer alpha' })).status).toBe(200);
    expect((await relu(one, alpha)).status).toBe(429);
    expect((await relu(one, { 'x-api-key': 'beta' })).status).toBe(200);
    let i = 0;
    expect(await statuses(3, () => relu(one, { 'x-api-key': `guess ${i++}` }))).toEqual([401, 401, 429]);
    expect((await relu(one, { 'x-api-key': 'beta' })).status).toBe(200);
    expect((await relu(two, { 'x-api-key': 'guess' })).status).toBe(401);
  });

  it('is of the client that a trusted proxy speaks for', async () => {
    const service = await start({ RATE_LIMIT: '1', TRUST_PROXY: '127.0.0.0/30,10.1.0.0/16' });
    const [proxy, stranger] = [from('127.0.0.2', service), from('127.0.0.9', service)];
    const through = (chain: string) => relu(proxy, { 'x-forwarded-for': chain }).then(({ status }) => status);
    expect(await through('192.0.2.1')).toBe(200);
    expect(await through('192.0.2.1')).toBe(429);
    expect(await through('192.0.2.2')).toBe(200);
    // What a client says of itself stands before what a proxy adds.
    expect(await through('8.8.8.8, 192.0.2.2')).toBe(429);
    expect(await through('192.0.2.3, 10.1.2.3')).toBe(200);
    expect(await through('192.0.2.3')).toBe(429);
    // One client has a network of 64 bits.
    expect(await through('2001:db8:0:1::1')).toBe(200);
    expect(await through('2001:db8:0:1:ffff::2')).toBe(429);
    expect(await through('2001:db8:0:2::1')).toBe(200);
    expect(await through('::ffff:192.0.2.2')).toBe(429);
    expect((await relu(stranger, { 'x-forwarded-for': '198.51.100.1' })).status).toBe(200);
    expect((await relu(stranger, { 'x-forwarded-for': '198.51.100.2' })).status).toBe(429);
  });
});

describe('without a key', () => {
  it('probes and documents are open to GET and HEAD alone', async () => {
    const service = await start({ API_KEYS: 'alpha' });
    const call = from('127.0.0.1', service);
    for (const path of ['/livez', '/readyz', '/openapi.json', '/schemas/graph@1.json', '/docs/static/swagger-ui.css']) {
      const { statusCode } = await request(`${service.url}${path}`, { method: 'HEAD' });
      expect([path, statusCode]).toEqual([path, 200]);
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        expect([path, method, (await call(method, path)).status]).toEqual([path, method, 405]);
      }
    }
    expect((await call('OPTIONS', RELU)).status).toBe(405);
    expect((await call('POST', RELU)).status).toBe(401);
  });

  it('a page may ask whether it may call', async () => {
    const service = await start({ API_KEYS: 'alpha', CORS_ORIGIN: 'https://a.example' });
    const ask = { origin: 'https://a.example', 'access-control-request-method': 'POST' };
    const call = from('127.0.0.1', service);
    const asked = await call('OPTIONS', RELU, ask);
    expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([204, 'https://a.example']);
    expect(asked.headers['access-control-allow-methods']).toContain('POST');
    // What is refused is shown to the page.
    const refused = await relu(call, { origin: 'https://a.example' });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, 'https://a.example']);
    const plain = await call('OPTIONS', RELU);
    expect([plain.status, plain.json.type]).toEqual([405, 'urn:gradwire:problem:method_not_allowed']);
  });
});

describe('past MAX_SESSIONS', () => {
  const make = async (call: Call): Promise<string> => (await call('POST', '/v1/sessions')).json.id;
  const alive = async (call: Call, ids: readonly string[]): Promise<number> => {
    let count = 0;
    for (const id of ids) if ((await call('POST', `/v1/sessions/${id}/interrupt`)).status === 200) count++;
    return count;
  };

  it('a thousand workspaces of one address push out nobody else', async () => {
    const service = await start({ MAX_SESSIONS: '20' });
    const [one, two] = [from('127.0.0.1', service), from('127.0.0.2', service)];
    const mine = [await make(one), await make(one)];
    const many: string[] = [];
    for (let i = 0; i < 1000; i += 20) many.push(...(await Promise.all(Array.from({ length: 20 }, () => make(two)))));
    expect(many).toHaveLength(1000);
    expect(await alive(one, mine)).toBe(2);
    expect(await alive(two, many.slice(-18))).toBe(18);
    expect(await alive(two, many.slice(-30, -18))).toBe(0);
  });

  it('nor do those of one key, from wherever', async () => {
    const service = await start({ MAX_SESSIONS: '4', API_KEYS: 'alpha,beta' });
    const alpha = from('127.0.0.1', service, { 'x-api-key': 'alpha' });
    const mine = await make(alpha);
    for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']) {
      await make(from(address, service, { 'x-api-key': 'beta' }));
    }
    expect(await alive(alpha, [mine])).toBe(1);
  });
});
