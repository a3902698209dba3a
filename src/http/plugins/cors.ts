/** Which web pages may call: none but the service's own, unless CORS_ORIGIN says otherwise. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Config } from '../../config.ts';

/** Whether a browser asks what a page may send: it shows no key then, and has no body. */
export const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;

export default fp(async (app: FastifyInstance, { config: { corsOrigin } }: { config: Config }) => {
  if (corsOrigin === undefined) return;
  // Imported where it is needed: most services run without.
  const { default: cors } = await import('@fastify/cors');
  await app.register(cors, {
    origin: corsOrigin === '*' ? '*' : [...corsOrigin],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['x-request-id', 'retry-after', 'server-timing', 'inference-header-content-length'],
    // The guard answers: it tells preflights from other requests under OPTIONS.
    preflightContinue: true,
    strictPreflight: false,
  });
});
