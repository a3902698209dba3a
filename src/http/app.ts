/** The application as a value: `main.ts` listens, tests inject. */
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Config } from '../config.ts';
import access from './plugins/access.ts';
import body from './plugins/body.ts';
import compression from './plugins/compression.ts';
import drain from './plugins/drain.ts';
import { LogStream } from './plugins/log-stream.ts';
import logging, { createLogger, requestId } from './plugins/logging.ts';
import notFound from './plugins/not-found.ts';
import openapi from './plugins/openapi.ts';
import problems, { clientErrorHandler, frameworkErrors } from './plugins/problems.ts';
import workers from './plugins/workers.ts';
import evaluate from './routes/evaluate.ts';
import health from './routes/health.ts';
import operations from './routes/operations.ts';
import ops from './routes/ops.ts';
import schemas from './routes/schemas.ts';
import sessions from './routes/sessions.ts';
import sessionTensors from './routes/sessions-tensors.ts';

/** The body plugin brings the compilers; Fastify's own, which it would load otherwise, are a tenth of the start. */
const noCompiler = (): never => {
  throw new Error('a route was added before the body plugin');
};

/** How long a client may take to send a request. */
const REQUEST_TIMEOUT_MS = 120_000;

/**
 * Builds the service, all routes and plugins registered, not yet listening.
 *
 * @example
 * const app = await buildApp(loadConfig({ LOG_LEVEL: 'silent' }));
 * await app.inject({ method: 'POST', url: '/v1/activations/sigmoid', payload: { input: [0] } });
 */
export async function buildApp(config: Config): Promise<FastifyInstance> {
  const lines = new LogStream();
  const logger = createLogger(config.logLevel, lines);
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // A child for each request would cost more than its line: lines carry the id themselves.
    childLoggerFactory: (parent) => parent,
    bodyLimit: config.bodyLimit,
    genReqId: requestId,
    clientErrorHandler,
    frameworkErrors,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // While the service drains it still answers who holds a connection; readiness has said that it goes.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 256 },
    exposeHeadRoutes: true,
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
  });
  await app.register(drain);
  await app.register(problems);
  await app.register(logging);
  await app.register(access, { config });
  await app.register(body);
  await app.register(compression);
  await app.register(notFound);
  await app.register(openapi);
  const limits = { maxElements: config.maxElements, maxNodes: config.maxNodes, timeLimitMs: config.timeLimitMs };
  await app.register(workers, { config, limits });
  await app.register(health);
  await app.register(ops);
  await app.register(operations, { limits });
  await app.register(evaluate, { limits });
  await app.register(sessions);
  await app.register(sessionTensors);
  await app.register(schemas);
  return app;
}
