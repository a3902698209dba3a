/** The OpenAPI 3.1 document, made when it is first asked for, and Swagger UI. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';

const TAGS = [
  { name: 'activations', description: 'Each activation of torch.nn.functional with its gradient' },
  { name: 'losses', description: 'Each loss of torch.nn.functional with its gradients' },
  { name: 'evaluate', description: 'Whole graphs' },
  { name: 'ops', description: 'The catalogue of ops' },
  { name: 'health', description: 'Probes' },
];

const DESCRIPTION = `PyTorch-style automatic differentiation as an HTTP compute service.

Send tensors as JSON, get values, gradients and the serialized computation graph: what was computed, from what, with which gradient rule. Names are PyTorch's own.`;

export default fp(async (app: FastifyInstance) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Gradwire', version: '1.0.0', description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/' }],
      tags: TAGS,
      security: [{}, { bearer: [] }, { apiKey: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'One of API_KEYS, where the service has them' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        },
      },
    },
    transform: createJsonSchemaTransform({}) as never,
    transformObject: createJsonSchemaTransformObject({}) as never,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { deepLinking: true, tryItOutEnabled: true, docExpansion: 'list', defaultModelsExpandDepth: 0, displayRequestDuration: true },
    logLevel: 'warn',
  });
  let json: string | undefined;
  let yaml: string | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, (_, reply) => {
    json ??= JSON.stringify(app.swagger());
    return reply.header('content-type', 'application/json; charset=utf-8').send(json);
  });
  app.get('/openapi.yaml', { schema: { hide: true } }, (_, reply) => {
    yaml ??= app.swagger({ yaml: true });
    return reply.header('content-type', 'application/yaml; charset=utf-8').send(yaml);
  });
});
