/** Bodies as they come over a socket: in pieces, without a length, too long, never to the end. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith } from '../support/app.ts';

const RELU = '/v1/activations/relu';
const BODY_LIMIT = 400_000;

let app: FastifyInstance;
let origin: string;
let port: number;
beforeAll(async () => {
  app = await appWith({ WORKERS: '1', BODY_LIMIT: String(BODY_LIMIT), MEMORY_LIMIT: '1' });
  origin = await app.listen({ port: 0, host: '127.0.0.1' });
  port = (app.server.address() as { port: number }).port;
});
afterAll(() => app.close());

const bodyOf = (bytes: number): string => '{"input": [-1, 2]}'.padEnd(bytes, ' ');

/** Without a length, in pieces. */
async function chunked(body: string, piece: number) {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += piece) pieces.push(Buffer.from(body.slice(at, at + piece)));
  const reply = await request(origin + RELU, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Readable.from(pieces),
  });
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any kind
  return { status: reply.statusCode, json: (await reply.body.json()) as any };
}

/** Announces a body and sends the beginning of it. */
async function begin(announced: number, sent: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = `POST ${RELU} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${announced}\r\n\r\n`;
  socket.write(head + bodyOf(announced).slice(0, sent));
  return socket;
}

async function answerOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  await expect.poll(() => text, { timeout: 10_000 }).toMatch(/\r\n\r\n.+/s);
  socket.destroy();
  return text;
}

describe('a body without a length', () => {
  it.each([
    ['small, in one piece', 50, 1000],
    ['small, in many', 5000, 7],
    ['large, in one piece', 300_000, 300_000],
    ['large, in many', 300_000, 10_001],
  ])('%s', async (_, length, piece) => {
    const { status, json } = await chunked(bodyOf(length), piece);
    expect([status, json.output?.data]).toEqual([200, [0, 2]]);
    expect(app.admission.size).toBe(0);
  });

  it('is refused where it grows too long', async () => {
    const { status, json } = await chunked(bodyOf(BODY_LIMIT + 1), 50_000);
    expect([status, json.type]).toEqual([413, 'urn:gradwire:problem:body_too_large']);
    expect(app.admission.size).toBe(0);
  });
});

it('a body that is announced too long is refused at once', async () => {
  expect(await answerOf(await begin(BODY_LIMIT + 1, 10))).toMatch(/^HTTP\/1\.1 413 /);
});

it('a client that goes in the middle of its body leaves nothing behind', async () => {
  const socket = await begin(200_000, 150_000);
  await expect.poll(() => app.admission.size).toBe(1);
  socket.destroy();
  await expect.poll(() => app.admission.size).toBe(0);
});

it('bodies that are too much together are turned away, and may come again', async () => {
  const first = await begin(300_000, 250_000);
  await expect.poll(() => app.admission.size).toBe(1);
  const second = await answerOf(await begin(300_000, 300_000));
  expect(second).toMatch(/^HTTP\/1\.1 503 /);
  expect(second).toMatch(/^retry-after: \d+\r$/im);
  expect(second).toContain('urn:gradwire:problem:overloaded');
  first.write(bodyOf(300_000).slice(250_000));
  expect(await answerOf(first)).toMatch(/^HTTP\/1\.1 200 /);
  await expect.poll(() => app.admission.size).toBe(0);
  expect(await answerOf(await begin(300_000, 300_000))).toMatch(/^HTTP\/1\.1 200 /);
});

describe('a large body that no worker gets', () => {
  /** gzip members without content, and one with it: many bytes that unpack to few. */
  const packed = Buffer.concat([...Array.from({ length: 6000 }, () => gzipSync('')), gzipSync(bodyOf(50))]);

  it.each([
    ['whose answer nobody could read', { accept: 'image/png' }, bodyOf(200_000), 406],
    ['which unpacks to a small one', { 'content-encoding': 'gzip' }, packed, 200],
    ['which does not unpack', { 'content-encoding': 'gzip' }, bodyOf(200_000), 400],
  ])('%s', async (_, headers, body, status) => {
    const sent = { ...headers, 'content-type': 'application/json' };
    const reply = await request(origin + RELU, { method: 'POST', headers: sent, body });
    await reply.body.dump();
    expect(body.length).toBeGreaterThan(100_000);
    expect(reply.statusCode).toBe(status);
    await expect.poll(() => app.admission.size).toBe(0);
  });

  it('since its client has gone while it was unpacked', async () => {
    const noise = Buffer.from(JSON.stringify({ input: Array.from({ length: 30_000 }, (_, i) => Math.sin(i)) }));
    const body = brotliCompressSync(noise.subarray(0, BODY_LIMIT), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    expect(body.length).toBeGreaterThan(100_000);
    const head = `POST ${RELU} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: br\r\nContent-Length: ${body.length}\r\n\r\n`;
    for (let i = 0; i < 10; i++) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(head);
      socket.write(body, () => socket.destroy());
      await once(socket, 'close');
    }
    await expect.poll(() => app.admission.size, { timeout: 5000 }).toBe(0);
  });
});
