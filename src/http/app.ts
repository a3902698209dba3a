/** The application as a value: `main.ts` listens, tests inject. */
import Fastify, { type FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import access from './plugins/access.ts';
import body from './plugins/body.ts';
import logging, { requestId } from './plugins/logging.ts';
import notFound from './plugins/not-found.ts';
import openapi from './plugins/openapi.ts';
import problems, { clientErrorHandler } from './plugins/problems.ts';
import evaluate from './routes/evaluate.ts';
import health from './routes/health.ts';
import operations from './routes/operations.ts';
import ops from './routes/ops.ts';

/**
 * Builds the service, all routes and plugins registered, not yet listening.
 *
 * @example
 * const app = await buildApp(loadConfig({ LOG_LEVEL: 'silent' }));
 * await app.inject({ method: 'POST', url: '/v1/activations/sigmoid', payload: { input: [0] } });
 */
export async function buildApp(config: Config): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: config.logLevel },
    disableRequestLogging: true,
    bodyLimit: config.bodyLimit,
    genReqId: requestId,
    requestIdLogLabel: 'id',
    clientErrorHandler,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 256 },
    exposeHeadRoutes: true,
  });
  app.decorate('draining', { value: false });
  await app.register(problems);
  await app.register(logging);
  await app.register(access, { config });
  await app.register(body);
  await app.register(notFound);
  await app.register(openapi);
  const limits = { maxElements: config.maxElements, maxNodes: config.maxNodes, timeLimitMs: config.timeLimitMs };
  await app.register(health);
  await app.register(ops);
  await app.register(operations, { limits });
  await app.register(evaluate, { limits });
  return app;
}
