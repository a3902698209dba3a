/** The Open Inference Protocol, version 2, as KServe's and Triton's clients speak it: `/v2`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { jsonError } from '../../codec/json/json-error.ts';
import { computeJob } from '../../compute/jobs.ts';
import { Scope } from '../../compute/scope.ts';
import { type InferJob, inferSmall } from '../../models/oip/carry-out.ts';
import { configOf, metadataOf } from '../../models/oip/describe.ts';
import { HEAD_LENGTH } from '../../models/oip/infer.ts';
import { opModel, opModels } from '../../models/oip/op-model.ts';
import type { ServedModel } from '../../models/oip/served.ts';
import { InferenceStats } from '../../models/oip/stats.ts';
import { StoredServed } from '../../models/oip/stored-model.ts';
import { MODEL_NAME } from '../../models/store/store.ts';
import { closest } from '../../ops/closest.ts';
import { alone } from '../../threads/transfer.ts';
import type { BodySpec } from '../body.ts';
import { type Computing, inThread, sendAnswer } from '../compute/handler.ts';
import type { SentModel } from '../compute/models.ts';
import { EXAMPLE_LIMITS, type RouteExample } from '../openapi/examples.ts';
import { ProblemError } from '../problem.ts';
import { ofStatus } from '../problem-of.ts';
import { LARGE_BODY } from '../receive.ts';
import { tellTimes } from '../send.ts';
import {
  accessErrors,
  configSchema,
  indexSchema,
  inferAnswerSchema,
  inferBodySchema,
  inferErrors,
  liveSchema,
  metadataSchema,
  modelErrors,
  modelReadySchema,
  readySchema,
  serverSchema,
  statsSchema,
} from './inference-schemas.ts';

const SERVER = {
  name: 'gradwire',
  version: '1.0.0',
  extensions: ['binary_tensor_data', 'model_configuration', 'model_repository', 'parameters', 'statistics'],
};

const TYPES = ['application/json', 'application/octet-stream'] as const;

/** Clients send their bodies with any media type, and with none. */
const anyBody = (limit: number): BodySpec => ({
  limit,
  types: TYPES,
  anyType: true,
  read: (bytes) => bytes,
  kept: true,
});

/** Of routes that look at nothing in their body. */
const PASSED_OVER = { body: { ...anyBody(2 ** 20), read: () => undefined, kept: false } } as const;

/** As bytes: to a text of JSON Fastify adds a charset. */
const sendJson = (reply: FastifyReply, value: unknown): FastifyReply =>
  reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(value)));

const notFound = (detail: string): ProblemError =>
  new ProblemError(ofStatus(404, 'not_found', 'There is no such model', detail));

interface Params {
  readonly model: string;
  readonly version?: string;
}

/** A model, with the version that was asked for. */
interface Found {
  readonly model: ServedModel;
  readonly version: string;
  /** By which it is counted. */
  readonly key: string;
  /** Of one that was put. */
  readonly sent?: SentModel;
}

/** Versions of one model that are looked for. */
const MOST_VERSIONS = 100;

/** The versions that are kept of a model, the newest last. */
async function versionsOf({ models }: FastifyInstance, owner: string, name: string, newest: number): Promise<string[]> {
  const versions = [String(newest)];
  for (let version = newest - 1; version > 0 && versions.length < MOST_VERSIONS; version--) {
    if ((await models.store.find(owner, name, version)) === undefined) break;
    versions.unshift(String(version));
  }
  return versions;
}

/** @throws ProblemError 404 */
async function modelAt(app: FastifyInstance, request: FastifyRequest): Promise<Found> {
  const { model: name, version } = request.params as Params;
  const { models } = app;
  const op = opModel(name);
  const missing = (versions: readonly string[]): ProblemError =>
    notFound(`the model "${name}" has no version "${version}"; it has ${versions.join(', ')}`);
  if (op !== undefined) {
    if (version !== undefined && !op.versions.includes(version)) throw missing(op.versions);
    return { model: op, version: '1', key: op.name };
  }
  const owner = models.ownerOf(request);
  const newest = MODEL_NAME.test(name) ? await models.store.find(owner, name) : undefined;
  if (newest === undefined) {
    const known = [...opModels(), ...(await models.store.list(owner))];
    const near = closest(
      name,
      known.map((one) => one.name),
    );
    throw notFound(`there is no model "${name.slice(0, 128)}"${near === undefined ? '' : `; did you mean "${near}"?`}`);
  }
  const versions = await versionsOf(app, owner, name, newest.version);
  const asked = version ?? String(newest.version);
  const kept = versions.includes(asked) ? await models.store.find(owner, name, Number(asked)) : undefined;
  if (kept === undefined) throw missing(versions);
  const { record, info } = kept;
  return {
    model: new StoredServed(name, versions, info, () => models.opened.open(record)),
    version: asked,
    key: record.uid,
    sent: { reference: `${name}@${asked}`, record },
  };
}

function headLengthOf({ headers }: FastifyRequest): number | undefined {
  const given = headers[HEAD_LENGTH];
  if (given === undefined) return undefined;
  if (!/^[0-9]{1,15}$/.test(String(given)))
    throw jsonError('', 'Inference-Header-Content-Length has to be the number of bytes that the JSON has');
  return Number(given);
}

const modelParam = z
  .string()
  .meta({ description: 'The name of an op, or of a model that was put', examples: ['softplus'] });
const params = z.object({ model: modelParam });
const versionParams = z.object({ model: modelParam, version: z.string().meta({ examples: ['1'] }) });

/** A request of softplus, with its gradient. */
const EXAMPLE = {
  id: 'first',
  parameters: { beta: 2 },
  inputs: [{ name: 'input', shape: [2, 2], datatype: 'FP32', data: [0, 1, -1, 2] }],
  outputs: [{ name: 'output' }, { name: 'grad.input' }],
};

function inferExamples(): Record<string, RouteExample> {
  const model = opModel('softplus') as ServedModel;
  const options = { version: '1', headLength: undefined };
  const run = (summary: string, request: object): RouteExample => {
    const answer = inferSmall(model, Buffer.from(JSON.stringify(request)), options, new Scope(EXAMPLE_LIMITS));
    return { summary, request, response: JSON.parse(String(answer?.body)) };
  };
  const { inputs } = EXAMPLE;
  return {
    value: run('Its own outputs', { inputs }),
    gradient: run('A parameter, and the gradient', EXAMPLE),
  };
}

/** Of a route that only gives, the request is the summary. */
const getExample = (url: string, response: unknown) => () => ({
  example: { summary: `GET ${url}`, request: undefined, response },
});

type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>;

function refusals(app: FastifyInstance): void {
  const refuse =
    (what: string): Handler =>
    () => {
      throw new ProblemError(ofStatus(400, 'bad_request', 'Not offered', `${what} not offered here`));
    };
  const add = (url: string, what: string): void => {
    app.route({
      method: ['GET', 'POST'],
      url,
      config: PASSED_OVER,
      schema: { hide: true },
      handler: refuse(what),
    });
  };
  for (const kind of ['system', 'cuda']) add(`/v2/${kind}sharedmemory/*`, `${kind} shared memory is`);
  add('/v2/trace/setting', 'trace settings are');
  add('/v2/models/:model/trace/setting', 'trace settings are');
  add('/v2/logging', 'log settings are');
}

export default async (app: FastifyInstance, { limits, bodyLimit }: Computing): Promise<void> => {
  const stats = new InferenceStats();

  for (const url of ['/v2', '/v2/']) {
    app.get(
      url,
      {
        schema: {
          ...(url === '/v2' ? {} : { hide: true }),
          operationId: 'serverMetadata',
          tags: ['inference'],
          summary: 'What this server is, and which extensions it has',
          response: { 200: serverSchema, ...accessErrors },
          'x-examples': getExample(url, SERVER),
        },
      },
      (_, reply) => sendJson(reply, SERVER),
    );
  }

  app.get(
    '/v2/health/live',
    {
      config: { open: true },
      logLevel: 'silent',
      schema: {
        operationId: 'serverLive',
        tags: ['inference'],
        summary: 'Whether the process answers',
        response: { 200: liveSchema },
      },
    },
    (_, reply) => sendJson(reply, { live: true }),
  );
  app.get(
    '/v2/health/ready',
    {
      config: { open: true },
      logLevel: 'silent',
      schema: {
        operationId: 'serverReady',
        tags: ['inference'],
        summary: 'Whether requests are taken',
        response: {
          200: readySchema,
          503: { description: 'It is going away', content: { 'application/json': { schema: readySchema } } },
        },
      },
    },
    (_, reply) => {
      const ready = !app.draining.value;
      return sendJson(ready ? reply : reply.code(503), { ready });
    },
  );

  /** A route of a model, and of one of its versions. */
  function ofModel(
    ending: string,
    schema: object & { operationId: string; response: Record<number, unknown> },
    handler: Handler,
    examples?: (url: string) => ReturnType<typeof getExample>,
  ): void {
    for (const versioned of [false, true]) {
      const url = `/v2/models/:model${versioned ? '/versions/:version' : ''}${ending}`;
      const shown = url.replace(':model', 'softplus').replace(':version', '1');
      app.get(
        url,
        {
          schema: {
            ...schema,
            operationId: `${schema.operationId}${versioned ? 'OfVersion' : ''}`,
            tags: ['inference'],
            params: versioned ? versionParams : params,
            response: { ...schema.response, ...modelErrors },
            ...(examples === undefined ? {} : { 'x-examples': examples(shown) }),
          },
        },
        handler,
      );
    }
  }
  ofModel(
    '',
    {
      operationId: 'modelMetadata',
      summary: 'A model: its inputs, its outputs, and the gradients that may be asked for',
      response: { 200: metadataSchema },
    } as never,
    async (request, reply) => sendJson(reply, metadataOf((await modelAt(app, request)).model)),
    (url) => () => getExample(url, metadataOf(opModel('softplus') as ServedModel))(),
  );
  ofModel(
    '/ready',
    {
      operationId: 'modelReady',
      summary: 'Whether a model takes requests',
      response: { 200: modelReadySchema },
    } as never,
    async (request, reply) => sendJson(reply, { name: (await modelAt(app, request)).model.name, ready: true }),
    (url) => getExample(url, { name: 'softplus', ready: true }),
  );
  ofModel(
    '/config',
    {
      operationId: 'modelConfig',
      summary: "A model's configuration, as Triton's clients read it",
      response: { 200: configSchema },
    } as never,
    async (request, reply) => sendJson(reply, configOf((await modelAt(app, request)).model)),
    (url) => () => getExample(url, configOf(opModel('softplus') as ServedModel))(),
  );
  ofModel(
    '/stats',
    { operationId: 'modelStats', summary: 'How often a model was asked', response: { 200: statsSchema } } as never,
    async (request, reply) => {
      const { model, version, key } = await modelAt(app, request);
      return sendJson(reply, { model_stats: [stats.of(key, model.name, version)] });
    },
  );
  app.get(
    '/v2/models/stats',
    {
      schema: {
        operationId: 'allModelStats',
        tags: ['inference'],
        summary: 'How often each model was asked',
        response: { 200: statsSchema, ...accessErrors },
      },
    },
    async (request, reply) => {
      const { store, ownerOf } = app.models;
      const all = opModels().map(({ name }) => stats.of(name, name, '1'));
      const owner = ownerOf(request);
      for (const { name } of await store.list(owner)) {
        const kept = await store.find(owner, name);
        if (kept !== undefined) all.push(stats.of(kept.record.uid, name, String(kept.version)));
      }
      return sendJson(reply, { model_stats: all });
    },
  );

  async function infer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const found = await modelAt(app, request);
    const { model, version, key } = found;
    const began = performance.now();
    const count = (ok: boolean): void => {
      const total = performance.now() - began;
      stats.add(key, ok, { total, queue: 0, infer: total });
    };
    try {
      const bytes = request.body as Uint8Array | undefined;
      if (bytes === undefined || bytes.length === 0) throw jsonError('', 'expected a body, with the inputs in JSON');
      const job: InferJob = { model: model.name, version, headLength: headLengthOf(request) };
      const sent = await carryOut(bytes, job, found, reply);
      count(true);
      return sent;
    } catch (error) {
      count(false);
      throw error;
    }
  }

  async function carryOut(
    bytes: Uint8Array,
    job: InferJob,
    { model, sent }: Found,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const answerType = 'application/json';
    if (bytes.length < LARGE_BODY && (sent === undefined || sent.record.graph.length < LARGE_BODY)) {
      const scope = new Scope(limits);
      try {
        const answer = inferSmall(model, bytes, job, scope);
        if (answer !== undefined) return sendAnswer(reply, { ...answer, times: scope.timing }, answerType);
      } catch (error) {
        tellTimes(reply, scope.timing);
        throw error;
      }
    }
    const form = { file: { key: 'infer', ...job } };
    return inThread(
      app,
      computeJob({ route: 'infer', answerType, model: sent, form }, alone(bytes)),
      { answerType },
      reply,
    );
  }

  for (const versioned of [false, true]) {
    app.post(
      `/v2/models/:model${versioned ? '/versions/:version' : ''}/infer`,
      {
        config: { body: anyBody(bodyLimit) },
        validatorCompiler: () => () => true,
        schema: {
          operationId: versioned ? 'inferWithVersion' : 'infer',
          tags: ['inference'],
          summary: "A model's outputs, and their gradients",
          description:
            'An op is a model under its own name: its tensors are inputs, its attributes `parameters`, its result is `output`, or `output0` and so on where it gives several. An output `grad.NAME` is the gradient of the sum of the first output, or of the one that the parameter `grad_of` names, with respect to the input NAME, or the parameter of a model that was put; an input `grad_output` stands in the place of the ones that seed it.\n\nTensors with `binary_data_size` stand behind the JSON, little-endian and in order; `Inference-Header-Content-Length` says how long the JSON is. The media type does not matter.',
          consumes: [...TYPES],
          params: versioned ? versionParams : params,
          body: inferBodySchema,
          response: {
            200: {
              description: "The model's outputs, and the gradients that were asked for",
              content: {
                'application/json': { schema: inferAnswerSchema },
                'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) },
              },
            },
            ...inferErrors,
          },
          'x-examples': inferExamples,
        },
      },
      infer,
    );
  }

  app.post(
    '/v2/repository/index',
    {
      config: PASSED_OVER,
      schema: {
        operationId: 'repositoryIndex',
        tags: ['inference'],
        summary: 'All models',
        response: { 200: indexSchema, ...accessErrors },
      },
    },
    async (request, reply) => {
      const { store, ownerOf } = app.models;
      const stored = await store.list(ownerOf(request));
      const all = [
        ...opModels().map(({ name }) => ({ name, version: '1', state: 'READY', reason: '' })),
        ...stored.map(({ name, version }) => ({ name, version: String(version), state: 'READY', reason: '' })),
      ];
      return sendJson(reply, all);
    },
  );
  app.post(
    '/v2/repository/models/:model/load',
    {
      config: PASSED_OVER,
      schema: {
        operationId: 'loadModel',
        tags: ['inference'],
        summary: 'Make sure that a model is there',
        params,
        response: { 200: z.object({}).meta({ id: 'Loaded', description: 'It is there' }), ...modelErrors },
      },
    },
    async (request, reply) => {
      await modelAt(app, request);
      return sendJson(reply, {});
    },
  );
  app.post('/v2/repository/models/:model/unload', { config: PASSED_OVER, schema: { hide: true } }, async (request) => {
    const { model, sent } = await modelAt(app, request);
    const detail =
      sent === undefined
        ? `"${model.name}" is an op of the service itself, and stays loaded`
        : `DELETE /v1/models/${model.name} lets go of the model`;
    throw new ProblemError(ofStatus(400, 'bad_request', 'Not offered', detail));
  });
  refusals(app);
};
