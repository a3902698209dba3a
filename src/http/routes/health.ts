/** Probes: liveness hangs on nothing, readiness ends when the service begins to drain. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { sendProblem } from '../problem.ts';
import { unavailableProblem } from '../schemas.ts';

const statusSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Status', description: 'All is well' });

export default async (app: FastifyInstance): Promise<void> => {
  app.get(
    '/livez',
    {
      config: { open: true },
      // A probe every few seconds is no news.
      logLevel: 'silent',
      schema: {
        operationId: 'livez',
        tags: ['health'],
        summary: 'Whether the process answers',
        response: { 200: statusSchema },
      },
    },
    (_, reply) => reply.send({ status: 'ok' }),
  );
  app.get(
    '/readyz',
    {
      config: { open: true },
      logLevel: 'silent',
      schema: {
        operationId: 'readyz',
        tags: ['health'],
        summary: 'Whether the service takes requests',
        response: { 200: statusSchema, ...unavailableProblem },
      },
    },
    (_, reply) =>
      app.draining.value
        ? sendProblem(reply.header('retry-after', '5'), {
            code: 'draining',
            title: 'The service is draining',
            status: 503,
            detail: 'this instance is going away',
          })
        : reply.send({ status: 'ok' }),
  );
};
