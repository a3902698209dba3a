/**
 * Compresses answers for clients that ask for it by `Accept-Encoding`.
 *
 * Request bodies are unpacked where they are read. @fastify/compress would do part of both: it reads one
 * coding alone, and takes what unpacks to too much, or to nothing, for an error of its own.
 */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { packBody, wantedEncoding } from '../content-encoding.ts';
import { vary } from '../negotiate.ts';

/** Below this a packet holds the answer either way. */
const MIN_BYTES = 1024;

export default fp(async (app: FastifyInstance) => {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return done(null, payload);
    const accept = request.headers['accept-encoding'];
    const small = payload.length < MIN_BYTES;
    if (small && (accept === undefined || payload.length === 0 || !accept.includes('=0'))) return done(null, payload);
    if (reply.hasHeader('content-encoding')) return done(null, payload);
    vary(reply, 'Accept-Encoding');
    if (accept === undefined || request.method === 'HEAD') return done(null, payload);
    const { encoding, identity } = wantedEncoding(String(accept));
    if (encoding === undefined || (small && identity)) return done(null, payload);
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    packBody(bytes, encoding).then((packed) => {
      if (identity && packed.length >= bytes.length) return done(null, payload);
      reply.header('content-encoding', encoding).removeHeader('content-length');
      done(null, packed);
    }, done);
  });
});
