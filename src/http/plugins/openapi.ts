/** Where the OpenAPI document and Swagger UI are found. Both are made when they are first asked for. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Documentation, DocumentedRoute } from '../openapi/documentation.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The documentation of all routes. */
    documentation(): Promise<Documentation>;
  }
}

/** Of a page that is shown to anybody, and needs no words in the document. */
const OPTIONS = { config: { open: true }, schema: { hide: true } } as const;

const UI = ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/index.html', '/docs/static/*'];

/** Of the answer that another app gave: these belong to its connection, not to ours. */
const CONNECTION_HEADERS = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);

export default fp(async (app: FastifyInstance) => {
  const routes: DocumentedRoute[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    // A route that answers HEAD is there for each that answers GET, and needs no words.
    if (method !== 'HEAD' && schema?.hide !== true) routes.push({ method, url, schema });
  });
  let made: Promise<Documentation> | undefined;
  const documentation = (): Promise<Documentation> => {
    made ??= import('../openapi/documentation.ts').then(({ documentationOf }) => documentationOf(routes));
    return made;
  };
  app.decorate('documentation', documentation);

  app.get('/openapi.json', OPTIONS, async (_, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send((await documentation()).json),
  );
  app.get('/openapi.yaml', OPTIONS, async (_, reply) =>
    reply.header('content-type', 'application/yaml; charset=utf-8').send((await documentation()).yaml),
  );

  async function answerFromUi(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const ui = (await documentation()).app;
    // HEAD, too, needs the length of what GET would give.
    const answer = await ui.inject({ method: 'GET', url: request.url, headers: request.headers });
    if (answer.statusCode === 404) {
      reply.callNotFound();
      return reply;
    }
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !CONNECTION_HEADERS.has(name)) reply.header(name, value);
    }
    return reply.code(answer.statusCode).send(answer.rawPayload.length === 0 ? undefined : answer.rawPayload);
  }
  for (const url of UI) app.get(url, OPTIONS, answerFromUi);
});
