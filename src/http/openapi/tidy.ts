/** What the generated OpenAPI document still needs: clean names, shared answers, examples. */
import { DOCUMENT_TYPES } from '../../codec/read-body.ts';
import { PROBLEM_TYPE } from '../problem.ts';
import type { RouteExamples } from './examples.ts';
import { problemExample, SHARED_PROBLEMS } from './problems.ts';
import { componentReference, type Json, moveReferences, reachable } from './references.ts';

interface MediaType {
  schema?: Json;
  example?: unknown;
  examples?: Record<string, { summary: string; value: unknown }>;
}

interface Response {
  description: string;
  headers?: Record<string, Json>;
  content?: Record<string, MediaType>;
}

interface Operation {
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, Response | Json>;
  'x-examples'?: RouteExamples;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, unknown>;
    responses?: Record<string, unknown>;
    headers?: Record<string, unknown>;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

const HEADERS = {
  RequestId: {
    description: 'The id of the request, which the client may choose',
    schema: { type: 'string' },
  },
  RetryAfter: { description: 'Seconds after which to try again', schema: { type: 'integer', minimum: 0 } },
};

const header = (name: keyof typeof HEADERS): Json => ({ $ref: `#/components/headers/${name}` });

const [JSON_TYPE, CBOR_TYPE] = DOCUMENT_TYPES;

/**
 * One name for each schema. The type provider gives two to all of them, `X` for answers and `XInput`
 * for requests. What is sent and answered has to be the same in both; unused ones go.
 */
function nameSchemas(document: Document): Document {
  const generated = document.components.schemas;
  const nameOf = (name: string): string => {
    const base = name.replace(/Input$/, '');
    return base in generated ? base : name;
  };
  const rename = <T>(json: T): T => moveReferences(json, (name) => componentReference(nameOf(name)));
  const schemas = new Map<string, unknown>();
  for (const used of reachable(document.paths, generated)) {
    const name = nameOf(used);
    const schema = rename(generated[used]);
    const other = schemas.get(name);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(schema)) {
      throw new Error(`${name} is not the same in requests and in answers: give each its own id`);
    }
    schemas.set(name, schema);
  }
  const sorted = Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...document, paths: rename(document.paths), components: { ...document.components, schemas: sorted } };
}

/** What @fastify/swagger writes where it finds none. */
const NO_DESCRIPTION = 'Default Response';

/** The description of the component that an answer is. */
function describe(content: Response['content'], { components }: Document): string {
  const { schema } = Object.values(content ?? {})[0] ?? {};
  const name = String(schema?.$ref).split('/').pop() as string;
  return String((components.schemas[name] as Json | undefined)?.description ?? 'All is well');
}

/** Moves the error answers to the components, and adds what every answer has. */
function shareResponses(document: Document): void {
  const shared: Record<string, Response> = {};
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    for (const [status, answer] of Object.entries(operation.responses)) {
      const { description, content } = answer as Response;
      const headers: Record<string, Json> = { 'x-request-id': header('RequestId') };
      if (status === '429' || status === '503') headers['retry-after'] = header('RetryAfter');
      const response = {
        description: description === NO_DESCRIPTION ? describe(content, document) : description,
        headers,
        content,
      };
      operation.responses[status] = response;
      const problem = content?.[PROBLEM_TYPE];
      if (problem === undefined) continue;
      problem.example = problemExample(Number(status));
      const { name } = SHARED_PROBLEMS[Number(status)];
      shared[name] ??= response;
      if (JSON.stringify(shared[name]) !== JSON.stringify(response))
        throw new Error(`two kinds of answers have the status ${status}`);
      operation.responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  document.components.responses = Object.fromEntries(
    Object.values(SHARED_PROBLEMS).flatMap(({ name }) => (name in shared ? [[name, shared[name]]] : [])),
  );
  document.components.headers = HEADERS;
}

/** Where JSON is sent and answered by choice, CBOR is as well: those are the routes that may answer 406. */
function addCbor({ requestBody, responses }: Operation): void {
  if (responses['406'] === undefined) return;
  const contents = [requestBody?.content];
  for (const [status, answer] of Object.entries(responses)) {
    if (status.startsWith('2')) contents.push((answer as Response).content);
  }
  for (const content of contents) {
    if (content?.[JSON_TYPE] === undefined) continue;
    content[CBOR_TYPE] = { schema: { $ref: componentReference('CborDocument') } };
  }
}

function addExamples(operation: Operation, examples: ReturnType<RouteExamples>): void {
  const entries = Object.entries(examples);
  const request = operation.requestBody?.content[JSON_TYPE];
  const responses = (operation.responses['200'] as Response).content ?? {};
  for (const [name, { summary, mediaType = JSON_TYPE, ...example }] of entries) {
    if (request !== undefined) (request.examples ??= {})[name] = { summary, value: example.request };
    const response = responses[mediaType];
    if (response !== undefined) (response.examples ??= {})[name] = { summary, value: example.response };
  }
}

/** The finished document. What it was made from stays as it was. */
export function tidy(openapi: unknown): Document {
  const given = openapi as Document;
  const document = nameSchemas(given);
  shareResponses(document);
  for (const [path, operations] of Object.entries(given.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const examples = operation['x-examples'];
      // Bytes have no schema.
      for (const [type, media] of Object.entries(document.paths[path][method].requestBody?.content ?? {})) {
        if (!type.endsWith('json')) delete media.schema;
      }
      addCbor(document.paths[path][method]);
      if (examples !== undefined) addExamples(document.paths[path][method], examples());
    }
  }
  return JSON.parse(JSON.stringify(document)) as Document;
}
