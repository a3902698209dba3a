import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { buildApp } from '../../src/http/app.ts';
import { publishedDocuments } from '../../src/http/openapi/generate.ts';
import { definitionsFor, inDefinitions, type Json, reachable } from '../../src/http/openapi/references.ts';
import { opsOf } from '../../src/ops/registry.ts';

interface Examples {
  schema: Json;
  example?: unknown;
  examples?: Record<string, { summary: string; value: unknown }>;
}

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  requestBody?: { required: boolean; content: Record<string, Examples> };
  responses: Record<string, { $ref?: string; description: string; content: Record<string, Examples> }>;
}

interface Document {
  openapi: string;
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; responses: Record<string, { content: Record<string, Examples> }> };
}

const app = await buildApp(loadConfig({ LOG_LEVEL: 'silent' }));
const document = JSON.parse((await app.inject('/openapi.json')).body) as Document;
const { schemas } = document.components;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
afterAll(() => app.close());

const ajv = new Ajv2020({ allowUnionTypes: true, formats: { 'date-time': true } });
const compile = (schema: Json): ValidateFunction =>
  ajv.compile({ ...inDefinitions(schema), $defs: definitionsFor(schema, schemas) });
const faults = (validate: ValidateFunction, value: unknown): unknown => (validate(value) ? [] : validate.errors);

const published = Object.entries(await publishedDocuments());

describe('the published documents', () => {
  it.each(published)('openapi/%s is as it is generated (else: npm run openapi)', (file, text) => {
    expect(readFileSync(new URL(`../../openapi/${file}`, import.meta.url), 'utf8') === text).toBe(true);
  });

  it('says the same in YAML', async () => {
    const { body, headers } = await app.inject('/openapi.yaml');
    expect(headers['content-type']).toBe('application/yaml; charset=utf-8');
    expect(parse(body)).toEqual(document);
  });
});

const TAKES_MODELS = /^\/v1\/(evaluate|vjp|jvp|jacobian|hessian|hvp|vhp|gradcheck|explain|graphs\/render)$/;

describe('the OpenAPI document', () => {
  it('is of version 3.1 and lists every route but documents and HEAD', () => {
    expect(document.openapi).toBe('3.1.0');
    const paths = [
      '/livez',
      '/readyz',
      '/v1/ops',
      '/v1/ops/{op}',
      ...opsOf('activation').map((op) => `/v1/activations/${op.name}`),
      ...opsOf('loss').map((op) => `/v1/losses/${op.name}`),
      ...['activations', 'losses'].flatMap((family) => [`/v1/${family}/{op}/curve`, `/v1/${family}/{op}/curve.svg`]),
      '/v1/evaluate',
      ...['vjp', 'jvp', 'jacobian', 'hessian', 'hvp', 'vhp', 'gradcheck', 'explain'].map((name) => `/v1/${name}`),
      '/v1/graphs/render',
      '/v1/graphs/import',
      '/v1/models',
      '/v1/models/{name}',
      '/v1/models/{name}/graph',
      '/v2',
      '/v2/health/live',
      '/v2/health/ready',
      ...['', '/ready', '/config', '/stats', '/infer'].flatMap((ending) => [
        `/v2/models/{model}${ending}`,
        `/v2/models/{model}/versions/{version}${ending}`,
      ]),
      '/v2/models/stats',
      '/v2/repository/index',
      '/v2/repository/models/{model}/load',
      '/v1/sessions',
      '/v1/sessions/{id}',
      '/v1/sessions/{id}/cells',
      '/v1/sessions/{id}/explain',
      '/v1/sessions/{id}/graph',
      ...['svg', 'dot', 'mmd'].map((ending) => `/v1/sessions/{id}/graph.${ending}`),
      '/v1/sessions/{id}/interrupt',
      '/v1/sessions/{id}/tensors',
      '/v1/sessions/{id}/tensors/{name}',
      '/schemas/graph@1.json',
    ];
    expect(Object.keys(document.paths).sort()).toEqual(paths.sort());
    expect(new Set(operations.map(({ method }) => method))).toEqual(new Set(['get', 'post', 'put', 'patch', 'delete']));
  });

  it('gives each operation an id, a summary and a tag that is explained', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = document.tags.filter((tag) => tag.description !== '').map((tag) => tag.name);
    for (const { operation } of operations) {
      expect(operation.summary).not.toBe('');
      expect(operation.tags).toHaveLength(1);
      expect(tags).toContain(operation.tags[0]);
    }
  });

  it('has no schema that is not used, none twice, and all that is referred to', () => {
    const used = reachable([document.paths, document.components.responses], schemas);
    expect(Object.keys(schemas)).toEqual([...used].sort());
    expect(Object.keys(schemas).filter((name) => /(Input|Output)$/.test(name))).toEqual([]);
    for (const schema of Object.values(schemas)) expect(schema).toBeTypeOf('object');
  });

  it.each(Object.entries(schemas).map(([name]) => name))('%s is JSON Schema 2020-12', (name) => {
    expect(() => compile({ $ref: `#/components/schemas/${name}` })).not.toThrow();
  });

  it.each([...opsOf('activation'), ...opsOf('loss')].map((op) => [op.name, op] as const))(
    '%s has its own parameters, ranges and defaults',
    (name, op) => {
      const path = document.paths[`/v1/${op.category === 'loss' ? 'losses' : 'activations'}/${name}`].post;
      const body = path.requestBody?.content['application/json'].schema as { $ref: string };
      const schema = schemas[body.$ref.split('/').pop() as string] as {
        properties: Record<string, Json>;
        required: string[];
      };
      const options = ['grad_output', 'tensor_format', 'graph_values', 'graph_scope', 'anomaly'];
      expect(Object.keys(schema.properties)).toEqual([...op.params.map((p) => p.name), ...options]);
      expect(schema.required).toEqual(op.params.filter((p) => p.required).map((p) => p.name));
      for (const param of op.params) {
        const json = schema.properties[param.name];
        expect(json.default).toEqual(param.attr?.write === undefined ? param.default : param.attr.write(param.default));
        for (const [key, value] of Object.entries(param.attr?.jsonSchema ?? {})) {
          if (/minimum|maximum/i.test(key)) expect(json[key]).toBe(value);
        }
      }
    },
  );

  it('offers CBOR wherever JSON is sent or answered by choice', () => {
    const cbor = { schema: { $ref: '#/components/schemas/CborDocument' } };
    const json = 'application/json';
    for (const { method, path, operation } of operations) {
      const chosen =
        /^\/v1\/(activations|losses|evaluate|vjp|jvp|jacobian|hessian|hvp|vhp|gradcheck|explain|graphs|models|sessions)/.test(
          path,
        ) &&
        method !== 'delete' &&
        // The path itself says what is answered.
        !/\/graph\.\w+$/.test(path);
      expect([path, operation.responses['406'] !== undefined]).toEqual([path, chosen]);
      const contents = [operation.requestBody?.content, operation.responses['200']?.content];
      for (const content of contents) {
        if (content?.[json] === undefined) continue;
        expect([path, content['application/cbor']]).toEqual([path, chosen ? cbor : undefined]);
      }
    }
  });

  it('has the error answers of every operation that computes', () => {
    const errors = ['400', '401', '406', '413', '415', '422', '429', '503', '504'];
    for (const { path, operation } of operations.filter(
      ({ method, path }) => method === 'post' && !path.startsWith('/v1/sessions') && !path.startsWith('/v2'),
    )) {
      const named = TAKES_MODELS.test(path) ? ['404'] : [];
      expect([path, Object.keys(operation.responses)]).toEqual([path, ['200', ...[...errors, ...named].sort()]]);
      for (const status of errors) {
        const name = operation.responses[status].$ref?.split('/').pop() as string;
        expect(document.components.responses[name].content).toMatchObject({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        });
      }
    }
    expect(document.paths['/v1/ops/{op}'].get.responses['404'].$ref).toBe('#/components/responses/NotFound');
  });
});

describe('examples', () => {
  const cases = operations.flatMap(({ path, method, operation }) => {
    const request = operation.requestBody?.content['application/json'];
    const responses = Object.entries(operation.responses['200']?.content ?? {});
    return Object.entries(request?.examples ?? {}).map(([name, { value }]) => {
      // Of a file or a picture the example stands under its own media type.
      const [type, response] = responses.find(([, { examples }]) => examples?.[name] !== undefined) ?? responses[0];
      return {
        title: `${path} ${name}`,
        path,
        type,
        method,
        request: value,
        response: response.examples?.[name].value,
        requestSchema: request?.schema as Json,
        responseSchema: response.schema,
      };
    });
  });
  const validators = new Map<string, ValidateFunction>();
  const validator = (schema: Json): ValidateFunction => {
    const key = JSON.stringify(schema);
    const validate = validators.get(key) ?? compile(schema);
    validators.set(key, validate);
    return validate;
  };

  it('stand at every operation that takes a body', () => {
    const shown = new Set(cases.map(({ path }) => path));
    const posts = operations.filter(
      // A file's bytes cannot be shown.
      ({ method, operation }) => method === 'post' && operation.requestBody?.content['application/json'] !== undefined,
    );
    expect(posts.filter(({ path }) => !shown.has(path))).toEqual([]);
  });

  /** Of a route without a body, the summary is the request. */
  const gets = operations.flatMap(({ method, operation }) => {
    const { schema, examples = {} } = operation.responses['200']?.content?.['application/json'] ?? {};
    return Object.values(method === 'get' ? examples : {}).flatMap(({ summary, value }) => {
      const url = /^GET (\/\S+)$/.exec(summary)?.[1];
      return url === undefined ? [] : [{ url, value, schema: schema as Json }];
    });
  });

  it.each(gets)('$url is what the service answers, and what the schema says', async ({ url, value, schema }) => {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.json()]).toEqual([200, value]);
    expect(faults(validator(schema), value)).toEqual([]);
  });

  /** Those of models go on from here. */
  beforeAll(async () => {
    const [{ request }] = cases.filter(({ path, method }) => path === '/v1/models/{name}' && method === 'put');
    const answer = await app.inject({ method: 'PUT', url: '/v1/models/line', payload: request as object });
    expect([answer.statusCode, answer.json().version]).toEqual([201, 1]);
  });

  /** The path with a new workspace in the place of its id, or with the model that examples are of. */
  const urlOf = async (given: string): Promise<string> => {
    const path = given.replace('{name}', 'line').replace('{model}', 'softplus').replace('{version}', '1');
    if (!path.includes('{id}')) return path;
    const { id } = (await app.inject({ method: 'POST', url: '/v1/sessions' })).json();
    if (path.endsWith('/explain')) {
      const code = 'import torch\nw = torch.tensor(3.0, requires_grad=True)\nloss = w * w';
      await app.inject({ method: 'POST', url: `/v1/sessions/${id}/cells`, payload: { code } });
    }
    return path.replace('{id}', id);
  };

  it.each(cases)(
    '$title is what the schema says, and runs as it stands',
    async ({ path, method, type, request, response, requestSchema, responseSchema }) => {
      expect(faults(validator(requestSchema), request)).toEqual([]);
      const answer = await app.inject({
        method: method.toUpperCase() as 'POST',
        url: await urlOf(path),
        payload: request as object,
      });
      if (type !== 'application/json') {
        expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, expect.stringContaining(type)]);
        expect(answer.body).toBe(response);
        expect(faults(validator(responseSchema), answer.body)).toEqual([]);
        return;
      }
      expect([answer.statusCode, answer.json()]).toEqual([200, expect.anything()]);
      expect(JSON.stringify(answer.json())).toBe(JSON.stringify(response));
      expect(faults(validator(responseSchema), answer.json())).toEqual([]);
    },
  );

  const documents = cases.filter(({ type, method }) => type === 'application/json' && method === 'post');
  it.each(documents)('$title answers as the schema says in every form', async ({ path, request, responseSchema }) => {
    for (const options of [
      { tensor_format: 'flat', graph_scope: 'both', graph_values: 'all', anomaly: true },
      { tensor_format: 'base64', graph_scope: 'none' },
    ]) {
      const payload = { ...(request as object), ...options };
      const answer = await app.inject({ method: 'POST', url: await urlOf(path), payload });
      expect([answer.statusCode, answer.json()]).toEqual([200, expect.anything()]);
      expect(faults(validator(responseSchema), answer.json())).toEqual([]);
    }
  });
});

describe('error examples', () => {
  const problem = compile({ $ref: '#/components/schemas/Problem' });
  const shown = (name: string): unknown =>
    document.components.responses[name].content['application/problem+json'].example;

  it.each(Object.keys(document.components.responses))('%s is a problem', (name) => {
    expect(faults(problem, shown(name))).toEqual([]);
  });

  const graph = { nodes: [{ op: 'add', inputs: ['a', 'b'], outputs: ['sum'] }] };
  it.each([
    ['InvalidBody', { url: '/v1/activations/relu', payload: { input: [[1, 2], [3]] } }],
    ['NotFound', { method: 'GET', url: '/v1/ops/softplu' }],
    ['UnsupportedMediaType', { url: '/v1/activations/relu', payload: 'x', headers: { 'content-type': 'text/plain' } }],
    ['Refused', { url: '/v1/evaluate', payload: { inputs: { a: [1, 2], b: [1, 2, 3] }, graph } }],
  ] as const)('%s is what the service says', async (name, request) => {
    const { instance, ...rest } = (await app.inject({ method: 'POST', ...request })).json();
    expect(instance).toMatch(/^urn:request:/);
    expect({ ...rest, instance: '' }).toEqual({ ...(shown(name) as object), instance: '' });
  });
});

describe('tensors', () => {
  let tensor: ValidateFunction;
  beforeAll(() => {
    tensor = compile({ $ref: '#/components/schemas/Tensor' });
  });

  it.each([
    [0.5],
    [[]],
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [[true, false]],
    [['NaN', '-Infinity', 1]],
    [{ data: ['9007199254740993'], dtype: 'int64' }],
    [{ data: [1, 2, 3, 4], shape: [2, 2], dtype: 'float64', requires_grad: true }],
    [{ base64: 'AACAPwAAAEA=', shape: [2], dtype: 'float32' }],
  ])('%j is one, and is taken', async (value) => {
    expect(faults(tensor, value)).toEqual([]);
    const payload = { inputs: { x: value }, graph: { nodes: [{ op: 'neg', inputs: ['x'], outputs: ['y'] }] } };
    const { statusCode, json } = await app.inject({ method: 'POST', url: '/v1/evaluate', payload });
    expect([statusCode, json()]).toEqual([Array.isArray(value) && value[0] === true ? 422 : 200, expect.anything()]);
  });

  it.each([
    ['one'],
    [{ value: [1] }],
    [{ data: [1], shape: [-1] }],
    [{ data: [1], dtype: 'complex64' }],
    [{ data: [1], base64: 'AAAAAA==' }],
    [{}],
    [null],
  ])('%j is none, and is refused', async (value) => {
    expect(tensor(value)).toBe(false);
    const { statusCode } = await app.inject({ method: 'POST', url: '/v1/activations/relu', payload: { input: value } });
    expect(statusCode).toBe(400);
  });
});
