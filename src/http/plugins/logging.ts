/** One log line for each request, without its payload; and its id, echoed. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import pino from 'pino';
import { LogStream } from './log-stream.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Elements of the tensors that came in and went out. */
    elements: number;
  }
}

export function createLogger(level: string): FastifyBaseLogger {
  return pino({ level, base: undefined }, new LogStream());
}

const SENT_ID = /^[\w.:-]{1,128}$/;
const PREFIX = randomBytes(6).toString('hex');
let count = 0;

/** The client's `x-request-id` where it is a plain word, else one of our own. */
export function requestId(raw: { headers: IncomingMessage['headers'] }): string {
  const sent = raw.headers['x-request-id'];
  return typeof sent === 'string' && SENT_ID.test(sent) ? sent : `${PREFIX}-${(++count).toString(36)}`;
}

export default fp(async (app: FastifyInstance) => {
  app.decorateReply('elements', 0);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { url, logLevel } = request.routeOptions;
    if (logLevel === 'silent') return done();
    request.log.info(
      {
        id: request.id,
        method: request.method,
        route: url ?? 'unknown',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 1000) / 1000,
        elements: reply.elements,
      },
      'request',
    );
    done();
  });
});
