/** `/v1/sessions/{id}/tensors`: a workspace's tensors as JSON, .npy and .safetensors, in and out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PutJob, TensorForm } from '../../compute/jobs.ts';
import { tensorSchema } from '../../graph/schema.ts';
import { alone } from '../../threads/transfer.ts';
import { type BodySpec, noBody } from '../body.ts';
import { type Computing, computeOptions } from '../compute/handler.ts';
import { documentType, wantedType } from '../negotiate.ts';
import { admit, goneSignal } from '../plugins/workers.ts';
import { ProblemError } from '../problem.ts';
import { catalogueProblems, cborSchema, computeProblems, notFoundProblem } from '../schemas.ts';
import { sendBytes } from '../send.ts';
import { sendDocument } from './sessions.ts';
import {
  putSchema,
  sessionParams,
  tensorDetailSchema,
  tensorParams,
  tensorQuery,
  tensorsSchema,
} from './sessions-schemas.ts';

export const MEDIA_TYPES = {
  json: 'application/json',
  cbor: 'application/cbor',
  npy: 'application/x-npy',
  safetensors: 'application/vnd.safetensors',
} as const;
/** Bytes of a kind that the content tells. */
const BYTES = 'application/octet-stream';

const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

const {
  406: notAcceptable,
  422: refused,
  413: tooLarge,
  415: unknownType,
  400: invalid,
  504: timeout,
  503: unavailable,
} = computeProblems;
const getProblems = { ...catalogueProblems, ...notFoundProblem, 406: notAcceptable, 503: unavailable, 504: timeout };

const binary = (description: string): unknown => ({
  schema: z.string().meta({ description, contentMediaType: BYTES }),
});

type Form = keyof typeof MEDIA_TYPES;

/** Bytes that name no kind are a safetensors file. */
const formOf = (type: string): Form =>
  (Object.keys(MEDIA_TYPES) as Form[]).find((form) => MEDIA_TYPES[form] === type) ?? 'safetensors';

/** The form that the path's ending names, or else the one that is wanted most. */
function wantedForm(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string | undefined,
  forms: readonly Form[],
): { name: string; form: Form } {
  const ending = /^(.*)\.(npy|safetensors)$/.exec(name ?? '');
  if (ending !== null) return { name: ending[1], form: ending[2] as TensorForm };
  const offers = [...forms.map((form) => MEDIA_TYPES[form]), BYTES];
  return { name: name ?? '', form: formOf(wantedType(request, reply, offers, 'a tensor')) };
}

function checkName(name: string): void {
  if (NAME.test(name) && !KEYWORDS.has(name)) return;
  throw new ProblemError({
    code: 'invalid_body',
    title: 'The name cannot be used',
    status: 400,
    detail: `"${name}" is no name that a variable of Python can have`,
  });
}

const FILE_TYPES: readonly string[] = [MEDIA_TYPES.npy, MEDIA_TYPES.safetensors, BYTES];

export default async (app: FastifyInstance, computing: Computing): Promise<void> => {
  const options = computeOptions(computing);
  const { body } = options.config;
  const tensorBody: BodySpec = {
    ...body,
    types: [...body.types, ...FILE_TYPES],
    // Files tell themselves what they are.
    read: (bytes, type) => (FILE_TYPES.includes(type) ? { bytes, type: null } : body.read(bytes, type)),
  };

  app.get(
    '/v1/sessions/:id/tensors',
    {
      schema: {
        operationId: 'listTensors',
        tags: ['sessions'],
        summary: 'The tensors of a workspace',
        description:
          'Their names, dtypes and shapes; under `Accept: application/vnd.safetensors` the tensors themselves, in one file.',
        params: sessionParams,
        response: {
          200: {
            description: 'The tensors of a workspace',
            content: {
              [MEDIA_TYPES.json]: { schema: tensorsSchema },
              [MEDIA_TYPES.cbor]: { schema: cborSchema },
              [MEDIA_TYPES.safetensors]: binary('A safetensors file'),
            },
          },
          ...getProblems,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params as z.output<typeof sessionParams>;
      const { form } = wantedForm(request, reply, undefined, ['json', 'cbor', 'safetensors']);
      const file = form === 'safetensors';
      const result = await app.sessions.run(id, { kind: 'tensors', form: file ? form : 'json' }, goneSignal(reply));
      if (file) return sendBytes(reply, result, MEDIA_TYPES[form]);
      return sendDocument(reply, result.value, MEDIA_TYPES[form as 'json' | 'cbor']);
    },
  );

  app.get(
    '/v1/sessions/:id/tensors/:name',
    {
      schema: {
        operationId: 'getTensor',
        tags: ['sessions'],
        summary: 'One tensor, with its gradient',
        description:
          'As JSON or CBOR, as .npy (`Accept: application/x-npy`, or the name with the ending `.npy`) or as .safetensors (`application/vnd.safetensors`, `application/octet-stream`, `.safetensors`), where the gradient stands beside it as `{name}.grad`.',
        params: tensorParams,
        querystring: tensorQuery,
        response: {
          200: {
            description: 'A tensor of a workspace with its gradient',
            content: {
              [MEDIA_TYPES.json]: { schema: tensorDetailSchema },
              [MEDIA_TYPES.cbor]: { schema: cborSchema },
              [MEDIA_TYPES.npy]: binary('A .npy file'),
              [MEDIA_TYPES.safetensors]: binary('A safetensors file'),
            },
          },
          ...getProblems,
        },
      },
    },
    async (request, reply) => {
      const params = request.params as z.output<typeof tensorParams>;
      const { tensor_format } = request.query as z.output<typeof tensorQuery>;
      const { name, form } = wantedForm(request, reply, params.name, ['json', 'cbor', 'npy', 'safetensors']);
      const options = {
        tensorFormat: tensor_format,
        graphValues: 'none',
        graphScope: 'none',
        anomaly: false,
        mediaType: form === 'cbor' ? MEDIA_TYPES.cbor : undefined,
      } as const;
      const job = { kind: 'get', name, form: form === 'cbor' ? 'json' : form, options } as const;
      const result = await app.sessions.run(params.id, job, goneSignal(reply));
      return sendBytes(reply, result, MEDIA_TYPES[form]);
    },
  );

  app.put(
    '/v1/sessions/:id/tensors/:name',
    {
      ...options,
      config: { body: tensorBody },
      schema: {
        operationId: 'putTensor',
        tags: ['sessions'],
        summary: 'Define a tensor',
        description:
          'From JSON or CBOR in any form of a tensor, or from the bytes of a .npy or .safetensors file; of a file with several tensors, the one of this name.',
        consumes: [MEDIA_TYPES.json, MEDIA_TYPES.cbor, MEDIA_TYPES.npy, MEDIA_TYPES.safetensors, BYTES],
        params: tensorParams,
        body: tensorSchema,
        response: {
          200: putSchema,
          400: invalid,
          ...catalogueProblems,
          ...notFoundProblem,
          406: notAcceptable,
          413: tooLarge,
          415: unknownType,
          422: refused,
          503: unavailable,
        },
      },
    },
    async (request, reply) => {
      const params = request.params as z.output<typeof tensorParams>;
      const name = params.name.replace(/\.(npy|safetensors)$/, '');
      checkName(name);
      app.sessions.use(params.id);
      const answerType = documentType(request, reply);
      const posted = request.body as { bytes: Uint8Array; type: PutJob['type'] } | undefined;
      if (posted === undefined) throw noBody();
      admit(app, reply);
      const job = { kind: 'put', name, body: alone(posted.bytes), type: posted.type } as const;
      const result = await app.sessions.run(params.id, job, goneSignal(reply));
      reply.elements = result.elements;
      return sendDocument(reply, result.value, answerType);
    },
  );
};
