/** `/v1/sessions`: workspaces whose tensors and graph live on from call to call. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { DocumentType } from '../../codec/read-body.ts';
import { documentOf } from '../../codec/write-document.ts';
import { MAX_CODE } from '../../compute/code-size.ts';
import { WorkspaceLost } from '../../workspaces/workspaces.ts';
import { emptyBody, smallBody } from '../body.ts';
import type { Computing } from '../compute/handler.ts';
import { documentType } from '../negotiate.ts';
import { CELL, PICTURE } from '../openapi/cell-examples.ts';
import { clientOf } from '../plugins/guard.ts';
import { admit, goneSignal } from '../plugins/workers.ts';
import { catalogueProblems, computeProblems, notFoundProblem, optionsOf, unavailableProblem } from '../schemas.ts';
import { CONTENT_TYPES, sendResult } from '../send.ts';
import {
  cellAnswer,
  cellRequest,
  graphQuery,
  graphResultSchema,
  interruptSchema,
  sessionDetailSchema,
  sessionParams,
  sessionSchema,
} from './sessions-schemas.ts';

/** A document of plain data. */
export const sendDocument = (reply: FastifyReply, value: unknown, type: DocumentType): FastifyReply =>
  reply.header('content-type', CONTENT_TYPES[type]).send(documentOf(value, type));

/** Bytes of the longest code, each of its characters an escape of six, and of the options beside it. */
const CELL_LIMIT = 6 * MAX_CODE + 4096;

const idOf = (request: { params: unknown }): string => (request.params as z.output<typeof sessionParams>).id;

const { 400: _400, 406: _406, 413: _413, 415: _415, 422: _422, ...rest } = computeProblems;
const lookupProblems = { ...rest, ...notFoundProblem, 406: _406 };
const emptyProblems = { 400: _400, ...catalogueProblems, 406: _406, 413: _413, 415: _415 };
const cellProblems = {
  ...emptyProblems,
  ...notFoundProblem,
  422: _422,
  ...unavailableProblem,
};

export default async (app: FastifyInstance, { bodyLimit }: Pick<Computing, 'bodyLimit'>): Promise<void> => {
  app.post(
    '/v1/sessions',
    {
      config: { body: emptyBody },
      schema: {
        operationId: 'createSession',
        tags: ['sessions'],
        summary: 'A new workspace',
        description:
          'Its tensors and its graph live on from cell to cell. It is reached by its id alone, and goes when it was not used for SESSION_TTL_S.',
        response: { 201: sessionSchema, ...emptyProblems, ...unavailableProblem },
      },
    },
    (request, reply) => {
      const type = documentType(request, reply);
      const { id, expiresAt } = app.sessions.create(clientOf(request));
      reply.code(201).header('location', `/v1/sessions/${id}`);
      return sendDocument(reply, { id, expires_at: new Date(expiresAt).toISOString() }, type);
    },
  );
  app.post(
    '/v1/sessions/:id/interrupt',
    {
      config: { body: emptyBody },
      schema: {
        operationId: 'interruptCell',
        tags: ['sessions'],
        summary: 'End the running cell',
        description: 'The cell answers with a KeyboardInterrupt; what it had done by then stays done.',
        params: sessionParams,
        response: { 200: interruptSchema, ...emptyProblems, ...notFoundProblem },
      },
    },
    (request, reply) => {
      const type = documentType(request, reply);
      return sendDocument(reply, { interrupted: app.sessions.interrupt(idOf(request)) }, type);
    },
  );

  app.get(
    '/v1/sessions/:id',
    {
      schema: {
        operationId: 'getSession',
        tags: ['sessions'],
        summary: 'What a workspace holds',
        params: sessionParams,
        response: { 200: sessionDetailSchema, ...lookupProblems },
      },
    },
    async (request, reply) => {
      const type = documentType(request, reply);
      const result = await app.sessions.run(idOf(request), { kind: 'describe' }, goneSignal(reply));
      const head = { id: result.id, expires_at: new Date(result.expiresAt).toISOString() };
      return sendDocument(reply, { ...head, ...(result.value as object) }, type);
    },
  );

  app.delete(
    '/v1/sessions/:id',
    {
      schema: {
        operationId: 'deleteSession',
        tags: ['sessions'],
        summary: 'Let go of a workspace',
        params: sessionParams,
        response: { 204: z.null().meta({ description: 'It is gone' }), ...catalogueProblems, ...notFoundProblem },
      },
    },
    (request, reply) => {
      app.sessions.delete(idOf(request));
      return reply.code(204).send();
    },
  );

  app.post(
    '/v1/sessions/:id/cells',
    {
      config: { body: smallBody(Math.min(CELL_LIMIT, bodyLimit)) },
      schema: {
        operationId: 'runCell',
        tags: ['sessions'],
        summary: 'Run a cell',
        description:
          'Cells of a workspace run one at a time, in the order in which they came. An exception is an answer like any other: the status is 200 wherever the workspace exists.',
        params: sessionParams,
        body: cellRequest,
        response: { 200: cellAnswer, ...cellProblems },
        'x-examples': () => ({ cell: CELL, picture: PICTURE }),
      },
    },
    async (request, reply) => {
      const body = request.body as z.output<typeof cellRequest>;
      const type = documentType(request, reply);
      const id = idOf(request);
      const { executions } = app.sessions.use(id);
      admit(app, reply);
      try {
        const job = { kind: 'cell', code: body.code, options: optionsOf(body, type) } as const;
        return sendResult(reply, await app.sessions.run(id, job, goneSignal(reply)), type);
      } catch (error) {
        if (!(error instanceof WorkspaceLost)) throw error;
        // The last thing that this workspace has to say.
        const raised = { type: error.reason === 'time' ? 'TimeoutError' : 'MemoryError', message: error.message };
        return sendDocument(reply, { execution_count: executions + 1, stdout: '', error: raised }, type);
      }
    },
  );

  app.get(
    '/v1/sessions/:id/graph',
    {
      schema: {
        operationId: 'getSessionGraph',
        tags: ['sessions'],
        summary: 'The whole graph that a value hangs on',
        description:
          'All that was recorded on the way to it, over all cells. Leaves are values with data, so that it replays as it stands; inputs are values whose history, or whose elements, are no longer known.',
        params: sessionParams,
        querystring: graphQuery,
        response: { 200: graphResultSchema, 400: _400, ...lookupProblems },
      },
    },
    async (request, reply) => {
      const { of, graph_values } = request.query as z.output<typeof graphQuery>;
      const options = {
        tensorFormat: 'nested',
        graphValues: graph_values,
        graphScope: 'forward',
        anomaly: false,
        mediaType: documentType(request, reply),
      } as const;
      const result = await app.sessions.run(idOf(request), { kind: 'graph', of, options }, goneSignal(reply));
      return sendResult(reply, result, options.mediaType);
    },
  );
};
