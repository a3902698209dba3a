/** Who may call: API keys, web origins, and how often. All are off unless the settings say otherwise. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Config } from '../../config.ts';
import { ProblemError, sendProblem } from '../problem.ts';

/** Probes, and the pages that say how to call. */
const OPEN = /^\/(livez|readyz|docs(\/.*)?|openapi\.(json|yaml)|schemas\/.*)$/;

const digest = (key: string): Buffer => createHash('sha256').update(key).digest();

/** The key that a request shows: `Authorization: Bearer …` or `X-API-Key`. */
function keyOf(request: FastifyRequest): string | undefined {
  const sent = request.headers['x-api-key'];
  if (typeof sent === 'string') return sent;
  return /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

export default fp(async (app: FastifyInstance, { config }: { config: Config }) => {
  // Imported where they are needed: most services run without.
  if (config.corsOrigin !== undefined) {
    const { default: cors } = await import('@fastify/cors');
    await app.register(cors, {
      origin: config.corsOrigin === '*' ? '*' : [...config.corsOrigin],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      exposedHeaders: ['x-request-id', 'retry-after', 'server-timing'],
    });
  }
  if (config.rateLimit > 0) {
    const { default: rateLimit } = await import('@fastify/rate-limit');
    await app.register(rateLimit, {
      max: config.rateLimit,
      timeWindow: 60_000,
      allowList: (request) => OPEN.test(request.url.split('?', 1)[0]),
      errorResponseBuilder: (_, { ttl }) =>
        new ProblemError({
          code: 'rate_limited',
          title: 'Too many requests',
          status: 429,
          detail: `at most ${config.rateLimit} requests a minute; try again in ${Math.ceil(ttl / 1000)} s`,
        }),
    });
  }
  if (config.apiKeys.length > 0) {
    const keys = config.apiKeys.map(digest);
    app.addHook('onRequest', async (request, reply) => {
      if (request.method === 'OPTIONS' || OPEN.test(request.url.split('?', 1)[0])) return;
      const key = keyOf(request);
      const sent = key === undefined ? undefined : digest(key);
      if (sent !== undefined && keys.some((k) => timingSafeEqual(k, sent))) return;
      return sendProblem(reply.header('www-authenticate', 'Bearer'), {
        code: 'unauthorized',
        title: 'A key is needed',
        status: 401,
        detail:
          key === undefined
            ? 'send an API key as "Authorization: Bearer KEY" or "X-API-Key: KEY"'
            : 'this API key is not known here',
      });
    });
  }
});
