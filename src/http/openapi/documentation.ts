/**
 * The OpenAPI 3.1 document and Swagger UI: an app of their own, made when one of them is first asked for.
 * Starting the service does not wait for it, and a service that nobody reads about holds none of it.
 */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { stringify } from 'yaml';
import { z } from 'zod';
import { tidy } from './tidy.ts';

/** What the document says of a route. */
export type DocumentedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema'>;

const TAGS = [
  { name: 'activations', description: 'Each activation of `torch.nn.functional`, with its gradient' },
  { name: 'losses', description: 'Each loss of `torch.nn.functional`, with its gradients' },
  { name: 'evaluate', description: 'Whole graphs, with their gradients' },
  { name: 'derivatives', description: 'Jacobians, Hessians, their products with vectors, and gradient checks' },
  { name: 'graphs', description: 'Pictures of graphs, and graphs as files' },
  { name: 'models', description: 'Graphs with their parameters, kept under a name, from graphs and from ONNX files' },
  {
    name: 'inference',
    description: "The Open Inference Protocol, version 2: ops and models for KServe's and Triton's clients",
  },
  { name: 'sessions', description: "Workspaces: cells in PyTorch's own syntax, whose tensors and graph live on" },
  { name: 'ops', description: 'The catalogue: what a graph can be made of' },
  { name: 'health', description: 'Probes' },
];

const DESCRIPTION = `PyTorch-style automatic differentiation as an HTTP compute service.

Send tensors as JSON, or as CBOR with typed arrays; get values, gradients and the computation graph: what was computed, from what, with which gradient rule. Names, defaults and results are PyTorch's own.

Bodies may be compressed (\`Content-Encoding\`: gzip, deflate, br, zstd), and answers are where \`Accept-Encoding\` asks for it.

Errors are RFC 9457 \`application/problem+json\`; their \`type\` ends in a stable code. Keys are needed only where the service was started with \`API_KEYS\`.`;

/** What zod leaves out, or says too strictly or at too great length for a reader. */
function override({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: Record<string, unknown>;
}): void {
  const { def } = zodSchema._zod;
  // A default of what is transformed belongs to the result, thinks zod; here it is written as it is sent.
  const meta = z.globalRegistry.get(zodSchema);
  if (meta?.default !== undefined) jsonSchema.default = meta.default;
  // Answers may gain fields; only what is declared strict is closed.
  if (def.type === 'object' && (def as z.core.$ZodObjectDef).catchall === undefined)
    delete jsonSchema.additionalProperties;
  if (def.type === 'record' && JSON.stringify(jsonSchema.additionalProperties) === '{}')
    jsonSchema.additionalProperties = true;
  delete jsonSchema.propertyNames;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

const zodToJsonConfig = { override } as never;

export interface Documentation {
  readonly json: string;
  readonly yaml: string;
  readonly document: ReturnType<FastifyInstance['swagger']>;
  /** Answers what stands under `/docs`. */
  readonly app: FastifyInstance;
}

/** The documentation of these routes. None of them runs here: it is their schemas that count. */
export async function documentationOf(routes: readonly DocumentedRoute[]): Promise<Documentation> {
  const app = Fastify({ exposeHeadRoutes: true });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  const finish = createJsonSchemaTransformObject({ zodToJsonConfig });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Gradwire',
        version: '1.0.0',
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'Where this document was found' }],
      tags: TAGS,
      security: [{}, { bearer: [] }, { apiKey: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'One of `API_KEYS`, where the service has them' },
          apiKey: {
            type: 'apiKey',
            in: 'header',
            name: 'x-api-key',
            description: 'The same key in a header of its own',
          },
        },
      },
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig }) as never,
    transformObject: ((document: never) => tidy(finish(document))) as never,
    convertConstToEnum: false,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: {
      // Without the bar that offers to load other documents.
      layout: 'BaseLayout',
      deepLinking: true,
      tryItOutEnabled: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      validatorUrl: null,
    },
    theme: { title: 'Gradwire' },
  });
  for (const { method, url, schema } of routes) app.route({ method, url, schema, handler: () => undefined });
  await app.ready();
  const document = app.swagger();
  return { json: JSON.stringify(document), yaml: stringify(document), document, app };
}
