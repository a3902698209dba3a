/** `GET /schemas/graph@1.json`: the graph document's JSON Schema. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { graphJsonSchema } from '../openapi/graph-schema.ts';

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

export default async (app: FastifyInstance): Promise<void> => {
  let text: string | undefined;
  app.get(
    '/schemas/graph@1.json',
    {
      config: { open: true },
      schema: {
        operationId: 'getGraphSchema',
        tags: ['evaluate'],
        summary: 'The JSON Schema of the graph document',
        description:
          'JSON Schema 2020-12 of `gradwire/graph@1`: what the service reads, and under `$defs/GraphResult` what it writes.',
        produces: ['application/schema+json'],
        response: { 200: z.record(z.string(), z.unknown()).meta({ id: 'JsonSchema', description: 'A JSON Schema' }) },
      },
    },
    async (_, reply) => {
      const { document } = await app.documentation();
      text ??= JSON.stringify(graphJsonSchema((document as unknown as Document).components.schemas));
      return reply.header('content-type', 'application/schema+json').send(text);
    },
  );
};
