/** One log line for each request, without its payload; and its id, echoed. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { type Logger, pino } from 'pino';
import type { LogStream } from './log-stream.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Elements of the tensors that came in and went out. */
    elements: number;
  }
}

export function createLogger(level: string, lines: LogStream): FastifyBaseLogger {
  const logger = pino({ level, base: undefined }, lines);
  // Fastify makes a child for each request, which would cost more than its line: lines carry the id themselves.
  const child: unknown = () => logger;
  return Object.assign(logger, { child: child as typeof logger.child });
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
  if (!(app.log as Logger).isLevelEnabled('info')) return;
  app.addHook('onResponse', (request, reply, done) => {
    const { url, logLevel } = request.routeOptions;
    if (logLevel === 'silent') return done();
    const ms = Math.round(reply.elapsedTime * 1000) / 1000;
    const { id, method } = request;
    app.log.info(
      { id, method, route: url ?? 'unknown', status: reply.statusCode, ms, elements: reply.elements },
      'request',
    );
    done();
  });
});
