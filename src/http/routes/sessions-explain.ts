/** `POST /v1/sessions/{id}/explain`: a gradient of values of a workspace, whose graph is still there. */
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { withLoans } from '../../codec/loans.ts';
import { pack } from '../../codec/parcel.ts';
import { Scope } from '../../compute/scope.ts';
import { noBody } from '../body.ts';
import { EXPLAINED_AS, sessionExplain, sessionExplainBody, settingsOf } from '../compute/explain.ts';
import { type Computing, computeOptions } from '../compute/handler.ts';
import { type Posted, read } from '../compute/route.ts';
import { wantedType } from '../negotiate.ts';
import { EXPLAIN_IN_SESSION } from '../openapi/explain-example.ts';
import { admit, goneSignal } from '../plugins/workers.ts';
import { computeProblems, notFoundProblem, optionsOf } from '../schemas.ts';
import { sendResult } from '../send.ts';
import { explainContent } from './explain.ts';
import { sessionParams } from './sessions-schemas.ts';

export default async (app: FastifyInstance, computing: Computing): Promise<void> => {
  app.post(
    '/v1/sessions/:id/explain',
    {
      ...computeOptions(computing),
      schema: {
        operationId: 'explainInSession',
        tags: ['sessions'],
        summary: 'A gradient of a workspace derived step by step',
        description:
          'Of values whose graph is still there: a `backward()` without `retain_graph=True` frees it. Nothing of the workspace changes; a leaf that has a `.grad` gets a step that says what backward() would add.',
        params: sessionParams,
        body: sessionExplainBody,
        response: { 200: explainContent, ...computeProblems, ...notFoundProblem },
        'x-examples': () => ({ explain: EXPLAIN_IN_SESSION }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as z.output<typeof sessionParams>;
      app.sessions.use(id);
      const posted = request.body as Posted | undefined;
      if (posted === undefined) throw noBody();
      const form = wantedType(request, reply, EXPLAINED_AS, 'an answer');
      const job = withLoans(() => {
        const body = read(sessionExplain, posted, new Scope(computing.limits));
        const { of, wrt, v } = body;
        const settings = settingsOf(body, computing.limits);
        const parcel = pack({ of, wrt, v });
        return { kind: 'explain', parcel, settings, options: optionsOf(body, form), form } as const;
      });
      admit(app, reply);
      return sendResult(reply, await app.sessions.run(id, job, goneSignal(reply)), form);
    },
  );
};
