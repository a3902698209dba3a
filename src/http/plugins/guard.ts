/**
 * Decides whether a request goes on: here alone, and before any of its body is read. The order is
 *
 *   route → method → key → rate → media type and coding → length,
 *
 * and the first that refuses is what is answered, but that past its rate a client hears of nothing else:
 * wrong paths and wrong keys count, too.
 */
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Config } from '../../config.ts';
import { networkOf } from '../access/address.ts';
import { ApiKeys, shownKey } from '../access/api-keys.ts';
import { rateLimit } from '../access/rate-limit.ts';
import { bodyRefusal, hasBody } from '../body.ts';
import { sendProblem } from '../problem.ts';
import type { Refusal } from '../route-table.ts';
import { awaitBody } from './body.ts';
import { closeIfUnread } from './connections.ts';
import { isPreflight } from './cors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A probe, or a page that says how to call: it asks for no key, and is not counted. */
    open?: true;
  }
  interface FastifyRequest {
    /** Which of the API keys it showed; -1 where none is asked for. */
    apiKey: number;
  }
}

/** Whether anybody may ask for it, as often as he likes: a route that only gives, and says so. */
const isOpen = ({ method }: FastifyRequest, { open }: FastifyContextConfig): boolean =>
  open === true && (method === 'GET' || method === 'HEAD');

/** Whoever sent a request, as far as limits are concerned: a key where keys are used, else an address. */
export const clientOf = (request: FastifyRequest): string =>
  request.apiKey >= 0 ? `key ${request.apiKey}` : `address ${networkOf(request.ip)}`;

export default fp(async (app: FastifyInstance, { config }: { config: Config }) => {
  const keys = new ApiKeys(config.apiKeys);
  const rate = config.rateLimit > 0 ? await rateLimit(app, config.rateLimit, clientOf) : undefined;
  const cors = config.corsOrigin !== undefined;

  function routeRefusal(request: FastifyRequest): Refusal | undefined {
    if (!request.is404 && request.method !== 'OPTIONS') return undefined;
    return app.routeTable.refusal(request.method, request.url);
  }

  function keyRefusal(request: FastifyRequest): Refusal | undefined {
    const key = shownKey(request.headers);
    if (key !== undefined) request.apiKey = keys.find(key);
    if (request.apiKey >= 0) return undefined;
    return {
      problem: {
        code: 'unauthorized',
        title: 'A key is needed',
        status: 401,
        detail:
          key === undefined
            ? 'send an API key as "Authorization: Bearer KEY" or "X-API-Key: KEY"'
            : 'this API key is not known here',
      },
      headers: { 'www-authenticate': 'Bearer' },
    };
  }

  const refuse = (reply: FastifyReply, { problem, headers = {} }: Refusal): void => {
    sendProblem(reply.headers(headers), problem);
  };

  app.decorateRequest('apiKey', -1);
  app.decorateRequest('bodySpec', null);
  app.addHook('onRequest', (request, reply, done) => {
    if (cors && isPreflight(request)) {
      closeIfUnread(request, reply);
      reply.code(204).send();
      return;
    }
    // Fastify makes this object anew whenever it is asked for it.
    const { config: route } = request.routeOptions;
    const spec = route.body ?? null;
    request.bodySpec = spec;
    const hasOne = spec !== null && hasBody(request);
    const open = isOpen(request, route);
    const key = keys.used && !open ? keyRefusal(request) : undefined;
    const refusal = routeRefusal(request) ?? key;
    const ofBody = (): Refusal | undefined => (hasOne ? bodyRefusal(request, spec) : undefined);
    const decide = (first: Refusal | undefined): void => {
      if (first !== undefined) {
        closeIfUnread(request, reply);
        refuse(reply, first);
        return;
      }
      // A route that takes no body leaves it unread.
      if (spec === null) closeIfUnread(request, reply);
      else if (hasOne) awaitBody(request, reply);
      done();
    };
    if (rate === undefined || open) {
      decide(refusal ?? ofBody());
      return;
    }
    rate(request, reply).then((over) => {
      decide(over ?? refusal ?? ofBody());
    }, done);
  });
});
