/** The application as a value: `main.ts` listens, tests inject. */
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Config } from '../config.ts';
import body from './plugins/body.ts';
import compression from './plugins/compression.ts';
import connections from './plugins/connections.ts';
import cors from './plugins/cors.ts';
import guard from './plugins/guard.ts';
import { LogStream } from './plugins/log-stream.ts';
import logging, { createLogger, requestId } from './plugins/logging.ts';
import models from './plugins/models.ts';
import notFound from './plugins/not-found.ts';
import openapi from './plugins/openapi.ts';
import problems, { clientErrorHandler, frameworkErrors } from './plugins/problems.ts';
import workers from './plugins/workers.ts';
import curves from './routes/curves.ts';
import derivatives from './routes/derivatives.ts';
import evaluate from './routes/evaluate.ts';
import explain from './routes/explain.ts';
import graphs from './routes/graphs.ts';
import graphsImport from './routes/graphs-import.ts';
import health from './routes/health.ts';
import inference from './routes/inference.ts';
import modelRoutes from './routes/models.ts';
import operations from './routes/operations.ts';
import ops from './routes/ops.ts';
import schemas from './routes/schemas.ts';
import sessions from './routes/sessions.ts';
import sessionExplain from './routes/sessions-explain.ts';
import sessionPictures from './routes/sessions-pictures.ts';
import sessionTensors from './routes/sessions-tensors.ts';

/** The body plugin brings the compilers; Fastify's own, which it would load otherwise, are a tenth of the start. */
const noCompiler = (): never => {
  throw new Error('a route was added before the body plugin');
};

/** How long a client may take to send a request, and to send the head of one. */
const TIMEOUTS = { requestTimeout: 120_000, headersTimeout: 20_000, connectionsCheckingInterval: 5000 } as const;

/**
 * Builds the service, all routes and plugins registered, not yet listening.
 *
 * @example
 * const app = await buildApp(loadConfig({ LOG_LEVEL: 'silent' }));
 * await app.inject({ method: 'POST', url: '/v1/activations/sigmoid', payload: { input: [0] } });
 */
export async function buildApp(config: Config): Promise<FastifyInstance> {
  const { maxElements, maxNodes, maxExplained, timeLimitMs } = config;
  const limits = { maxElements, maxNodes, maxExplained, timeLimitMs };
  const computing = { limits, bodyLimit: config.bodyLimit };
  const app = createApp(config);

  // How any request goes, from its connection to its answer.
  await app.register(connections);
  await app.register(problems);
  await app.register(logging);
  await app.register(notFound);
  await app.register(cors, { config });
  await app.register(guard, { config });
  await app.register(body);
  await app.register(compression);

  // What is computed, and where.
  await app.register(models, { config });
  await app.register(workers, { config, limits });

  // What can be asked for; the document is of the routes that follow.
  await app.register(openapi);
  await app.register(health);
  await app.register(ops);
  await app.register(operations, computing);
  await app.register(curves, computing);
  await app.register(evaluate, computing);
  await app.register(derivatives, computing);
  await app.register(explain, computing);
  await app.register(graphs, computing);
  await app.register(graphsImport, computing);
  await app.register(modelRoutes, { ...computing, modelLimit: config.modelLimit });
  await app.register(inference, computing);
  await app.register(sessions, computing);
  await app.register(sessionPictures);
  await app.register(sessionTensors, computing);
  await app.register(sessionExplain, computing);
  await app.register(schemas);
  return app;
}

function createApp(config: Config): FastifyInstance {
  return Fastify({
    loggerInstance: createLogger(config.logLevel, new LogStream()),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    clientErrorHandler,
    frameworkErrors,
    http: TIMEOUTS,
    requestTimeout: TIMEOUTS.requestTimeout,
    trustProxy: config.trustProxy === undefined ? false : [...config.trustProxy],
    forceCloseConnections: 'idle',
    // While the service drains it still answers who holds a connection; readiness has said that it goes.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 256 },
    exposeHeadRoutes: true,
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
  });
}
