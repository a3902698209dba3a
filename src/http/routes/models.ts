/** `/v1/models`: graphs with their parameters, kept under a name. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DOCUMENT_TYPES, type DocumentType } from '../../codec/read-body.ts';
import { computeJob, type JobResult } from '../../compute/jobs.ts';
import { graphResultSchema } from '../../graph/schema.ts';
import type { Made } from '../../models/make.ts';
import type { ModelRecord } from '../../models/record.ts';
import { type Condition, MODEL_NAME, PreconditionFailed, type StoredModel } from '../../models/store/store.ts';
import { findOp } from '../../ops/registry.ts';
import { alone } from '../../threads/transfer.ts';
import { type BodySpec, noBody } from '../body.ts';
import type { FileOptions } from '../compute/files.ts';
import { type Computing, inThread, resultOf } from '../compute/handler.ts';
import { documentType, wantedType } from '../negotiate.ts';
import { patchExample, putExample } from '../openapi/model-examples.ts';
import { ProblemError } from '../problem.ts';
import { catalogueProblems, cborSchema, computeProblems, notFoundProblem, problemAnswer } from '../schemas.ts';
import {
  graphQuery,
  modelBody,
  modelParams,
  modelSchema,
  modelsSchema,
  patchBody,
  referenceParams,
} from './models-schemas.ts';
import { sendDocument } from './sessions.ts';

const BYTES = 'application/octet-stream';
const ONNX = 'application/onnx';
const SAFETENSORS = 'application/vnd.safetensors';

interface Posted {
  readonly bytes: Uint8Array;
  /** Undefined for a file. */
  readonly type: DocumentType | undefined;
}

/** Neither read nor looked at on the thread that serves. */
const fileBody = (limit: number, files: readonly string[]): BodySpec => ({
  limit,
  types: [...DOCUMENT_TYPES, ...files],
  read: (bytes, type): Posted => ({ bytes, type: files.includes(type) ? undefined : (type as DocumentType) }),
  kept: true,
});

function checkName(name: string): void {
  const detail = !MODEL_NAME.test(name)
    ? 'the name of a model is 1 to 128 of A-Z a-z 0-9 . _ -, beginning with a letter or digit'
    : findOp(name) === undefined
      ? undefined
      : `"${name}" is the name of an op`;
  if (detail === undefined) return;
  throw new ProblemError({ code: 'invalid_body', title: 'The name cannot be used', status: 400, detail });
}

/** What `If-Match` and `If-None-Match` ask of the newest version. */
function conditionOf({ headers }: FastifyRequest): Condition {
  const { 'if-match': match, 'if-none-match': none } = headers;
  const tags = match?.split(',').map((tag) => /^(?:W\/)?(?:"(\d+)"|(\d+))$/.exec(tag.trim()));
  return {
    match: match?.trim() === '*' ? '*' : tags?.flatMap((tag) => (tag === null ? [] : [Number(tag[1] ?? tag[2])])),
    absent: none?.trim() === '*',
  };
}

/** A condition that does not hold, as its problem. */
async function guarded<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
    throw new ProblemError({
      code: 'precondition_failed',
      title: 'The model is another one',
      status: 412,
      detail: error.message,
    });
  }
}

const told = ({ name, version, info }: StoredModel): object => ({ name, version, ...info });

const tagged = (reply: FastifyReply, { version }: StoredModel): FastifyReply => reply.header('etag', `"${version}"`);

const nameOf = (request: FastifyRequest): string => (request.params as z.output<typeof modelParams>).name;

const { 400: invalid, 413: tooLarge, 415: unknownType, ...lookupProblems } = { ...computeProblems, ...notFoundProblem };
const changeProblems = {
  ...computeProblems,
  412: problemAnswer('`If-Match` names another version than the newest'),
};

const binary = (description: string, type: string): unknown => ({
  schema: z.string().meta({ description, contentMediaType: type }),
});

export default async (app: FastifyInstance, computing: Computing & { readonly modelLimit: number }): Promise<void> => {
  const { models } = app;
  const unread = { validatorCompiler: () => () => true } as const;
  const changing = new Map<string, Promise<unknown>>();

  /** What reads a model and then changes it does so one after the other, for each model. */
  async function inTurn<T>(key: string, change: () => Promise<T>): Promise<T> {
    const next = (changing.get(key) ?? Promise.resolve()).then(change, change);
    changing.set(key, next);
    try {
      return await next;
    } finally {
      if (changing.get(key) === next) changing.delete(key);
    }
  }

  const run = (options: FileOptions, body: Uint8Array, reply: FastifyReply, model?: ModelRecord): Promise<JobResult> =>
    resultOf(app, jobOf(options, 'application/json', body, model), reply);

  const jobOf = (options: FileOptions, answerType: string, body?: Uint8Array, record?: ModelRecord) =>
    computeJob(
      { route: options.key, answerType, model: record && { reference: '', record }, form: { file: options } },
      body && alone(body),
    );

  const postedBy = (request: FastifyRequest): Posted => {
    const posted = request.body as Posted | undefined;
    if (posted === undefined || posted.bytes.length === 0) throw noBody();
    return posted;
  };

  app.put(
    '/v1/models/:name',
    {
      ...unread,
      config: { body: fileBody(computing.modelLimit, [BYTES, ONNX]) },
      schema: {
        operationId: 'putModel',
        tags: ['models'],
        summary: 'Keep a model',
        description:
          'From a graph with every constant in its `values`, or from an ONNX file. Floating constants become its parameters. A name that is there already gets a new version; the last MODEL_VERSIONS are kept. `If-Match` with a version replaces that version alone, `If-None-Match: *` none at all.',
        consumes: [...DOCUMENT_TYPES, BYTES, ONNX],
        params: modelParams,
        body: modelBody,
        response: {
          200: modelSchema.meta({ description: 'A new version' }),
          201: modelSchema.meta({ description: 'The first version' }),
          ...changeProblems,
        },
        'x-examples': () => ({ line: putExample() }),
      },
    },
    async (request, reply) => {
      const answerType = documentType(request, reply);
      const name = nameOf(request);
      checkName(name);
      const owner = models.ownerOf(request);
      const condition = conditionOf(request);
      const { bytes, type } = postedBy(request);
      await guarded(models.store.check(owner, name, condition));
      const { maxBytes } = models;
      const { value } = await run({ key: 'model/put', type, maxBytes }, bytes, reply);
      const { record, warnings } = value as Made;
      const stored = await guarded(models.store.put(owner, name, record, condition));
      models.opened.clear();
      reply.code(stored.version === 1 ? 201 : 200).header('location', `/v1/models/${name}`);
      const answer = { ...told(stored), warnings: warnings.length > 0 ? warnings : undefined };
      return sendDocument(tagged(reply, stored), answer, answerType);
    },
  );

  app.patch(
    '/v1/models/:name',
    {
      ...unread,
      config: { body: fileBody(computing.modelLimit, [BYTES, SAFETENSORS]) },
      schema: {
        operationId: 'patchModel',
        tags: ['models'],
        summary: 'Give a model other parameters',
        description:
          'As JSON or CBOR, or as a safetensors file. Those that are not named stay as they are. `If-Match` with a version changes that version alone.',
        consumes: [...DOCUMENT_TYPES, SAFETENSORS, BYTES],
        params: modelParams,
        body: patchBody,
        response: {
          200: modelSchema.meta({ description: 'The next version' }),
          ...changeProblems,
          ...notFoundProblem,
        },
        'x-examples': () => ({ bias: patchExample() }),
      },
    },
    async (request, reply) => {
      const answerType = documentType(request, reply);
      const name = nameOf(request);
      checkName(name);
      const owner = models.ownerOf(request);
      const { bytes, type } = postedBy(request);
      const condition = conditionOf(request);
      const stored = await inTurn(`${owner}/${name}`, async () => {
        const { record, version } = await models.find(request, name);
        await guarded(models.store.check(owner, name, condition));
        const { value } = await run({ key: 'model/patch', type }, bytes, reply, record);
        // What was put meanwhile is not to be undone.
        const unchanged = { ...condition, match: condition.match === undefined ? [version] : condition.match };
        return guarded(models.store.put(owner, name, value as ModelRecord, unchanged));
      });
      models.opened.clear();
      return sendDocument(tagged(reply, stored), told(stored), answerType);
    },
  );

  app.delete(
    '/v1/models/:name',
    {
      schema: {
        operationId: 'deleteModel',
        tags: ['models'],
        summary: 'Let go of a model',
        description: 'Of all its versions. `If-Match` with a version does so only where that is the newest.',
        params: modelParams,
        response: {
          204: z.null().meta({ description: 'It is gone' }),
          ...catalogueProblems,
          ...notFoundProblem,
          400: invalid,
          412: changeProblems[412],
        },
      },
    },
    async (request, reply) => {
      const name = nameOf(request);
      checkName(name);
      const gone = await guarded(models.store.delete(models.ownerOf(request), name, conditionOf(request)));
      if (!gone) await models.find(request, name);
      models.opened.clear();
      return reply.code(204).send();
    },
  );

  app.get(
    '/v1/models',
    {
      schema: {
        operationId: 'listModels',
        tags: ['models'],
        summary: 'The models that there are',
        response: { 200: modelsSchema, ...lookupProblems },
      },
    },
    async (request, reply) => {
      const type = documentType(request, reply);
      const list = await models.store.list(models.ownerOf(request));
      return sendDocument(reply, { models: list.map(told) }, type);
    },
  );

  app.get(
    '/v1/models/:name',
    {
      schema: {
        operationId: 'getModel',
        tags: ['models'],
        summary: 'What a model takes and gives',
        description: 'Under `Accept: application/onnx` the model itself, as an ONNX file of opset 17.',
        params: referenceParams,
        response: {
          200: {
            description: 'A model',
            content: {
              'application/json': { schema: modelSchema },
              'application/cbor': { schema: cborSchema },
              [ONNX]: binary('An ONNX file', ONNX),
            },
          },
          ...lookupProblems,
        },
      },
    },
    async (request, reply) => {
      const type = wantedType(request, reply, [...DOCUMENT_TYPES, ONNX], 'a model');
      const model = await models.find(request, nameOf(request));
      tagged(reply, model);
      if (type !== ONNX) return sendDocument(reply, told(model), type);
      return inThread(app, jobOf({ key: 'model/onnx' }, type, undefined, model.record), { answerType: type }, reply);
    },
  );

  app.get(
    '/v1/models/:name/graph',
    {
      schema: {
        operationId: 'getModelGraph',
        tags: ['models'],
        summary: 'The graph of a model',
        description: 'For every route that takes a graph; with `?parameters=true` it stands for itself.',
        params: referenceParams,
        querystring: graphQuery,
        response: { 200: graphResultSchema, ...lookupProblems, 400: invalid },
      },
    },
    async (request, reply) => {
      const answerType = documentType(request, reply);
      const { parameters, tensor_format } = request.query as z.output<typeof graphQuery>;
      const model = await models.find(request, nameOf(request));
      const options: FileOptions = {
        key: 'model/graph',
        mediaType: answerType,
        tensorFormat: tensor_format,
        parameters: parameters === 'true',
      };
      return inThread(app, jobOf(options, answerType, undefined, model.record), { answerType }, tagged(reply, model));
    },
  );
};
