/** `POST /v1/graphs/import`: an ONNX file becomes a graph of our ops. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { TENSOR_FORMATS } from '../../answer/answer.ts';
import { jsonError } from '../../codec/json/json-error.ts';
import { computeJob } from '../../compute/jobs.ts';
import { graphResultSchema } from '../../graph/schema.ts';
import { alone } from '../../threads/transfer.ts';
import type { BodySpec } from '../body.ts';
import type { FileOptions } from '../compute/files.ts';
import { type Computing, inThread } from '../compute/handler.ts';
import { documentType } from '../negotiate.ts';
import { computeProblems, userWarningSchema } from '../schemas.ts';
import { validate } from '../validate.ts';

const ONNX_TYPES = ['application/octet-stream', 'application/onnx'] as const;

/** Neither read nor looked at on the thread that serves. */
const onnxBody = (limit: number): BodySpec => ({
  limit,
  types: ONNX_TYPES,
  read: (bytes) => bytes,
  kept: true,
});

const query = z.strictObject({
  tensor_format: z
    .enum(TENSOR_FORMATS)
    .default('nested')
    .meta({ description: 'How the constants are written: base64 is the shortest' }),
});

const answerSchema = z
  .object({
    graph: graphResultSchema,
    warnings: z.array(userWarningSchema).meta({ description: 'What was read otherwise than the file may mean it' }),
  })
  .meta({ id: 'ImportResult', description: 'The graph that a file became' });

export default async (app: FastifyInstance, computing: Computing): Promise<void> => {
  app.post(
    '/v1/graphs/import',
    {
      config: { body: onnxBody(computing.bodyLimit) },
      validatorCompiler: () => () => true,
      schema: {
        operationId: 'importGraph',
        tags: ['graphs'],
        summary: 'Read an ONNX file',
        description:
          "An ONNX file, of opset 6 or later, as a graph of this service's own ops, for every route that takes a graph. Its floating constants require their gradients; sizes, axes and conditions that are known are folded, others are read when the graph runs. What is not supported is told all at once, in `unsupported` of a 422. A file that keeps elements in other files is refused.",
        consumes: [...ONNX_TYPES],
        querystring: query,
        body: z.unknown().meta({ description: 'The bytes of the file', contentMediaType: ONNX_TYPES[0] }),
        response: { 200: answerSchema, ...computeProblems },
      },
    },
    async (request, reply) => {
      const bytes = request.body as Uint8Array | undefined;
      if (bytes === undefined || bytes.length === 0) throw jsonError('', 'expected an ONNX file');
      const { tensor_format } = validate(query, request.query) as z.output<typeof query>;
      const answerType = documentType(request, reply);
      const options: FileOptions = { key: 'import', mediaType: answerType, tensorFormat: tensor_format };
      const job = computeJob({ route: options.key, answerType, form: { file: options } }, alone(bytes));
      return inThread(app, job, { answerType }, reply);
    },
  );
};
