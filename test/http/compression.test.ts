import zlib from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wantedEncoding } from '../../src/http/content-encoding.ts';
import { appWith } from '../support/app.ts';

const LIMIT = 200_000;

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith({ BODY_LIMIT: String(LIMIT) });
});
afterAll(() => app.close());

const PACK = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
} as const;
const UNPACK = {
  gzip: zlib.gunzipSync,
  deflate: zlib.inflateSync,
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync,
} as const;
type Coding = keyof typeof PACK;
const CODINGS = Object.keys(PACK) as Coding[];

const sigmoid = '/v1/activations/sigmoid';
const BODY = Buffer.from('{"input":[0,0,0],"graph_scope":"none"}');

async function send(payload: Buffer, coding: string, headers: Record<string, string> = {}) {
  const reply = await app.inject({
    method: 'POST',
    url: sigmoid,
    payload,
    headers: { 'content-type': 'application/json', 'content-encoding': coding, ...headers },
  });
  return { status: reply.statusCode, headers: reply.headers, json: reply.json() };
}

describe('compressed bodies', () => {
  it.each(CODINGS)('%s is unpacked', async (coding) => {
    const { status, json } = await send(PACK[coding](BODY), coding);
    expect([status, json.output?.data]).toEqual([200, [0.5, 0.5, 0.5]]);
  });

  it('several codings are taken off in their order; names are in any case, identity is none', async () => {
    const twice = zlib.brotliCompressSync(zlib.gzipSync(BODY));
    expect((await send(twice, 'gzip, br')).status).toBe(200);
    expect((await send(twice, 'br, gzip')).status).toBe(400);
    expect((await send(zlib.zstdCompressSync(twice), 'GZIP,BR , zstd')).status).toBe(200);
    expect((await send(zlib.gzipSync(BODY), 'x-gzip')).status).toBe(200);
    expect((await send(BODY, 'identity')).status).toBe(200);
    expect((await send(zlib.gzipSync(BODY), 'identity, gzip')).status).toBe(200);
  });

  it('streams of several members or frames are one body', async () => {
    const [head, tail] = [BODY.subarray(0, 9), BODY.subarray(9)];
    for (const coding of ['gzip', 'zstd'] as const) {
      expect((await send(Buffer.concat([PACK[coding](head), PACK[coding](tail)]), coding)).status).toBe(200);
    }
    const frame = zlib.zstdCompressSync('');
    const many = Buffer.concat([...Array(2000).fill(frame), zlib.zstdCompressSync(BODY)]);
    expect((await send(many, 'zstd')).json.detail).toContain('more than 1000 frames');
  });

  it.each(['compress', 'gzip, compress', 'snappy'])('%s is a 415 that says what is read', async (coding) => {
    const { status, headers, json } = await send(zlib.deflateSync(BODY), coding);
    expect(status).toBe(415);
    expect(headers['accept-encoding']).toBe('zstd, br, gzip, deflate');
    expect(json).toMatchObject({ type: 'urn:gradwire:problem:unsupported_media_type', status: 415 });
  });

  it('more layers than anyone needs are not unpacked', async () => {
    let bytes: Buffer = BODY;
    for (let i = 0; i < 5; i++) bytes = zlib.gzipSync(bytes);
    expect((await send(bytes, 'gzip,gzip,gzip,gzip,gzip')).status).toBe(415);
  });

  describe.each(CODINGS)('%s', (coding) => {
    it('cut short, with bytes after its end, or of something else is a 400', async () => {
      const packed = PACK[coding](BODY);
      const bad = [
        packed.subarray(0, -1),
        packed.subarray(0, 5),
        Buffer.alloc(0),
        Buffer.concat([packed, Buffer.from('xyz')]),
        BODY,
        PACK[coding === 'gzip' ? 'br' : 'gzip'](BODY),
      ];
      for (const bytes of bad) {
        const { status, json } = await send(bytes, coding);
        expect([status, json.type]).toEqual([400, 'urn:gradwire:problem:invalid_body']);
      }
    });

    it('that unpacks to more than BODY_LIMIT is a 413, and is not unpacked to its end', async () => {
      const fits = Buffer.from(`{"input":[0]${' '.repeat(LIMIT - 13)}}`);
      expect(fits.length).toBe(LIMIT);
      expect((await send(PACK[coding](fits), coding)).status).toBe(200);
      const over = Buffer.from(`{"input":[0]${' '.repeat(LIMIT - 12)}}`);
      const { status, json } = await send(PACK[coding](over), coding);
      expect([status, json.type]).toEqual([413, 'urn:gradwire:problem:body_too_large']);
      // Megabytes of nothing in a few bytes; its end, which is cut off, is never looked for.
      const bomb = PACK[coding](Buffer.alloc(2 ** 24));
      expect(bomb.length).toBeLessThan(LIMIT / 4);
      expect((await send(bomb.subarray(0, -4), coding)).status).toBe(413);
    });
  });

  it('a zstd frame that asks for a window of more than 8 MiB is refused', async () => {
    const wide = zlib.zstdCompressSync(Buffer.alloc(1000), {
      params: { [zlib.constants.ZSTD_c_windowLog]: 27, [zlib.constants.ZSTD_c_contentSizeFlag]: 0 },
    });
    expect((await send(wide, 'zstd')).status).toBe(400);
  });

  it('files are unpacked as well', async () => {
    const { id } = (await app.inject({ method: 'POST', url: '/v1/sessions' })).json();
    const url = `/v1/sessions/${id}/tensors/w`;
    const made = await app.inject({ method: 'PUT', url, payload: { data: [1, 2] } });
    expect(made.statusCode).toBe(200);
    const npy = (await app.inject({ url: `${url}.npy` })).rawPayload;
    const put = (payload: Buffer) =>
      app.inject({
        method: 'PUT',
        url: `/v1/sessions/${id}/tensors/v`,
        payload,
        headers: { 'content-type': 'application/x-npy', 'content-encoding': 'gzip' },
      });
    expect((await put(zlib.gzipSync(npy))).json()).toMatchObject({ name: 'v', shape: [2] });
    expect((await put(npy)).statusCode).toBe(400);
  });
});

describe('compressed answers', () => {
  const large = { input: Array.from({ length: 2000 }, (_, i) => i / 7) };
  const get = (headers: Record<string, string>, payload: object = large) =>
    app.inject({ method: 'POST', url: sigmoid, payload, headers });

  it.each(CODINGS)('%s is put on where it is asked for', async (coding) => {
    const plain = await get({});
    const reply = await get({ 'accept-encoding': coding });
    expect(reply.headers['content-encoding']).toBe(coding);
    expect(Number(reply.headers['content-length'])).toBe(reply.rawPayload.length);
    expect(reply.rawPayload.length).toBeLessThan(plain.rawPayload.length);
    expect(JSON.parse(UNPACK[coding](reply.rawPayload).toString())).toEqual(plain.json());
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(String(reply.headers.vary).toLowerCase().split(/, */).sort()).toEqual(['accept', 'accept-encoding']);
  });

  it('not where nobody asks, where it is small, or where it is refused', async () => {
    expect((await get({})).headers['content-encoding']).toBeUndefined();
    expect((await get({})).headers.vary).toMatch(/accept-encoding/i);
    const small = await get({ 'accept-encoding': 'gzip' }, { input: 0, graph_scope: 'none' });
    expect([small.headers['content-encoding'], small.json().output.data]).toEqual([undefined, 0.5]);
    for (const accept of ['identity', 'gzip;q=0', 'compress', '', 'gzip;q=0.5, identity;q=0.8']) {
      expect((await get({ 'accept-encoding': accept })).headers['content-encoding']).toBeUndefined();
    }
  });

  it('CBOR and documents are packed, too; HEAD has no body', async () => {
    const cbor = await get({ 'accept-encoding': 'zstd', accept: 'application/cbor' });
    expect([cbor.headers['content-type'], cbor.headers['content-encoding']]).toEqual(['application/cbor', 'zstd']);
    const openapi = await app.inject({ url: '/openapi.json', headers: { 'accept-encoding': 'gzip, deflate, br' } });
    expect(openapi.headers['content-encoding']).toBe('br');
    expect(JSON.parse(zlib.brotliDecompressSync(openapi.rawPayload).toString()).openapi).toBe('3.1.0');
    const head = await app.inject({ method: 'HEAD', url: '/openapi.json', headers: { 'accept-encoding': 'gzip' } });
    expect([head.statusCode, head.rawPayload.length, head.headers['content-encoding']]).toEqual([200, 0, undefined]);
  });

  it('a small answer is packed where no other will do', async () => {
    const reply = await get({ 'accept-encoding': 'gzip, identity;q=0' }, { input: 0, graph_scope: 'none' });
    expect(reply.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(zlib.gunzipSync(reply.rawPayload).toString()).output.data).toBe(0.5);
  });
});

it.each([
  ['gzip', 'gzip', true],
  ['gzip, br', 'br', true],
  ['gzip, deflate, br, zstd', 'zstd', true],
  ['gzip;q=1, zstd;q=0.5', 'gzip', true],
  ['*', 'zstd', true],
  ['*;q=0.5, br', 'br', true],
  ['zstd;q=0, *', 'br', true],
  ['*;q=0', undefined, false],
  ['gzip;q=0', undefined, true],
  ['identity;q=0, gzip', 'gzip', false],
  ['x-gzip', 'gzip', true],
  ['', undefined, true],
  ['GZIP ; Q=0.3', 'gzip', true],
])('Accept-Encoding: %s wants %s', (header, encoding, identity) => {
  expect(wantedEncoding(header)).toEqual({ encoding, identity });
});
