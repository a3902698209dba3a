/** How often a client may call: so many requests in a minute, counted apart for each client. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from '../route-table.ts';

const WINDOW_MS = 60_000;
/** Clients that are counted at a time; the one that was longest not seen makes room. */
const MAX_CLIENTS = 10_000;

/** Counts one request; gives what is answered where it is one too many. */
export type RateLimit = (request: FastifyRequest, reply: FastifyReply) => Promise<Refusal | undefined>;

export async function rateLimit(
  app: FastifyInstance,
  max: number,
  clientOf: (request: FastifyRequest) => string,
): Promise<RateLimit> {
  // Imported where it is needed: most services run without.
  const { default: plugin } = await import('@fastify/rate-limit');
  await app.register(plugin, {
    global: false,
    max,
    timeWindow: WINDOW_MS,
    cache: MAX_CLIENTS,
    keyGenerator: clientOf,
  });
  const count = app.createRateLimit();
  return async (request, reply) => {
    const counted = await count(request);
    if (counted.isAllowed) return undefined;
    const { remaining, ttlInSeconds, isExceeded } = counted;
    reply.headers({
      'x-ratelimit-limit': max,
      'x-ratelimit-remaining': remaining,
      'x-ratelimit-reset': ttlInSeconds,
    });
    if (!isExceeded) return undefined;
    return {
      problem: {
        code: 'rate_limited',
        title: 'Too many requests',
        status: 429,
        detail: `at most ${max} requests a minute; try again in ${ttlInSeconds} s`,
      },
      headers: { 'retry-after': String(ttlInSeconds) },
    };
  };
}
