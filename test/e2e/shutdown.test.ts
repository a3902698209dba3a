/** How the service goes: nobody loses an answer, and nobody keeps it from going. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, type Service, startService } from './service.ts';
import { head, RawClient } from './socket.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EVALUATE = '/v1/evaluate';
const JSON_TYPE = { 'content-type': 'application/json' };

const services: Service[] = [];
async function start(env: Record<string, string> = {}): Promise<Service> {
  const service = await startService(env);
  services.push(service);
  return service;
}
afterEach(() => {
  for (const service of services.splice(0)) service.process.kill('SIGKILL');
});

async function timed<T>(what: Promise<T>): Promise<[T, number]> {
  const from = performance.now();
  return [await what, performance.now() - from];
}

/** A program that runs for a while. */
const spin = (seconds: number): string =>
  JSON.stringify({
    code: `import time\nt = time.time()\nwhile time.time() - t < ${seconds}:\n    pass\nx = torch.ones(1)`,
  });

const post = (service: Service, path: string, body: string) =>
  request(service.url + path, { method: 'POST', headers: JSON_TYPE, body });

const refuses = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });

describe('SIGTERM', { timeout: 60_000 }, () => {
  it('does not wait for who is silent, and has not sent a whole request', async () => {
    const service = await start();
    const clients = await Promise.all(Array.from({ length: 5 }, () => RawClient.open(service.url)));
    clients[1].send('POST /v1/activations/relu HTTP/1.1\r\nHost: x\r\nContent-Le');
    clients[2].send(head('POST', '/v1/activations/relu', { ...JSON_TYPE, 'content-length': 16 })).send('{"inp');
    clients[3]
      .send(head('POST', '/v1/activations/relu', { ...JSON_TYPE, 'transfer-encoding': 'chunked' }))
      .send('5\r\n');
    clients[4].send(head('POST', '/nothing', { 'content-length': 1000 }));
    await clients[4].status();
    await request(`${service.url}/livez`).then((r) => r.body.dump());
    const [code, ms] = await timed(service.stop());
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5000);
  });

  it('lets a request in flight be answered, with the end of its connection', async () => {
    const service = await start();
    const body = spin(1.5);
    const client = await RawClient.open(service.url);
    client.send(head('POST', EVALUATE, { ...JSON_TYPE, 'content-length': body.length }) + body);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await service.stop()).toBe(0);
    expect(client.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(client.text).toMatch(/\r\nconnection: close\r\n/i);
    expect(client.text).toContain('"outputs"');
  });

  it('lets a body that is on its way come whole, and answers it', async () => {
    const service = await start();
    const client = await RawClient.open(service.url);
    const body = '{"input":[0]}';
    client.send(head('POST', '/v1/activations/sigmoid', { ...JSON_TYPE, 'content-length': body.length }));
    client.send(body.slice(0, 4));
    await request(`${service.url}/livez`).then((r) => r.body.dump());
    const ended = service.stop();
    await expect.poll(() => service.log()).toContain('draining');
    for (const part of [body.slice(4, 9), body.slice(9)]) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      client.send(part);
    }
    expect(await ended).toBe(0);
    expect(client.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(client.text).toMatch(/\r\nconnection: close\r\n/i);
    expect(client.text).toContain('0.25');
  });

  it('first says on fresh connections that it goes, and goes on to serve', async () => {
    const service = await start({ SHUTDOWN_DELAY_MS: '2000' });
    const ended = service.stop();
    await expect
      .poll(async () => {
        const { statusCode, headers, body } = await request(`${service.url}/readyz`, { reset: true });
        await body.dump();
        return [statusCode, headers.connection];
      })
      .toEqual([503, 'close']);
    const reply = await post(service, '/v1/activations/relu', '{"input":[1]}');
    expect([reply.statusCode, reply.headers.connection]).toEqual([200, 'close']);
    await reply.body.dump();
    expect((await request(`${service.url}/livez`)).statusCode).toBe(200);
    expect(await ended).toBe(0);
    expect(await refuses(service.url)).toBe(true);
  });

  it('closes whatever is left at the end of its time', async () => {
    const service = await start({ SHUTDOWN_TIMEOUT_MS: '1000' });
    const client = await RawClient.open(service.url);
    const body = spin(8);
    client.send(head('POST', EVALUATE, { ...JSON_TYPE, 'content-length': body.length }) + body);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const [code, ms] = await timed(service.stop());
    expect(code).toBe(1);
    expect(ms).toBeLessThan(6000);
    expect(service.log()).toContain('at the end of SHUTDOWN_TIMEOUT_MS');
  });

  it('a second one ends it at once', async () => {
    const service = await start();
    const body = spin(9);
    const client = await RawClient.open(service.url);
    client.send(head('POST', EVALUATE, { ...JSON_TYPE, 'content-length': body.length }) + body);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const ended = service.stop();
    await expect.poll(() => service.log()).toContain('draining');
    service.process.kill('SIGTERM');
    const [code, ms] = await timed(ended);
    expect(code).toBe(143);
    expect(ms).toBeLessThan(4000);
  });

  it('is not kept by a thread that burns', async () => {
    const service = await start({ TIME_LIMIT_MS: '300' });
    // Until native searches look at the clock, this one is deaf to all that a thread can be told.
    const code = "s = 'a' * 4000000\np = 'a' * 1000000 + 'b' + 'a' * 1000000\ns.rfind(p)\nx = torch.ones(1)";
    const reply = await post(service, EVALUATE, JSON.stringify({ code }));
    await reply.body.dump();
    const [exit, ms] = await timed(service.stop());
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(5000);
  });
});

describe('npm start', { timeout: 60_000 }, () => {
  async function npmStart(port: number): Promise<ChildProcess> {
    // As from a shell of its own: npm runs on the machine's Node, the service on the project's.
    const path = process.env.PATH?.split(':').filter((entry) => !entry.includes('node_modules'));
    const npm = spawn('npm', ['start'], {
      cwd: ROOT,
      env: { PATH: path?.join(':'), HOME: process.env.HOME, PORT: String(port) },
      stdio: 'ignore',
      detached: true,
    });
    await expect
      .poll(
        () =>
          request(`http://127.0.0.1:${port}/readyz`).then(
            async (r) => {
              await r.body.dump();
              return r.statusCode;
            },
            () => 0,
          ),
        { timeout: 30_000 },
      )
      .toBe(200);
    return npm;
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('hands %s on: node ends, and the port is free', async (signal) => {
    const port = await freePort();
    const npm = await npmStart(port);
    try {
      const ended = once(npm, 'exit');
      npm.kill(signal);
      const [code] = (await ended) as [number | null];
      expect(code).toBe(0);
      await expect.poll(() => refuses(`http://127.0.0.1:${port}`), { timeout: 5000 }).toBe(true);
    } finally {
      // The whole group: npm, its shell, and node where it was left behind.
      try {
        process.kill(-(npm.pid as number), 'SIGKILL');
      } catch {
        // Nobody is left.
      }
    }
  });
});

it('a port that is taken is one clear line', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, PORT: String(port) },
  });
  let out = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (out += chunk));
  const [code] = (await once(child, 'exit')) as [number];
  other.close();
  expect(code).toBe(1);
  expect(out).toBe(
    `Cannot listen on 127.0.0.1, port ${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
  );
});
