/** Reads request bodies: JSON and CBOR by our own strict readers, which know where a route has tensors. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type $ZodIssue, type $ZodType, safeParse } from 'zod/v4/core';
import { pointerStep } from '../../codec/json/json-error.ts';
import { JsonError, type Slot } from '../../codec/json/reader.ts';
import { DOCUMENT_TYPES, readBody } from '../../codec/read-body.ts';
import { closest } from '../../graph/closest.ts';
import { unpackBody } from '../content-encoding.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Where the body of this route has tensors. */
    slot?: Slot;
  }
}

const keysOf = (schema: unknown): string[] => Object.keys((schema as { shape?: object } | undefined)?.shape ?? {});

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => pointerStep(step as string | number)).join('');

/** More places than this help nobody. */
const MAX_COMPLAINTS = 20;

/** Every place that the schema refuses. An unknown field is named itself, with the field that may be meant. */
function complaints(issue: $ZodIssue, schema: unknown): { pointer: string; detail: string }[] {
  const at = pointerOf(issue.path);
  if (issue.code !== 'unrecognized_keys') return [{ pointer: at, detail: issue.message }];
  return issue.keys.slice(0, MAX_COMPLAINTS).map((key) => {
    const near = issue.path.length === 0 ? closest(key, keysOf(schema)) : undefined;
    return {
      pointer: at + pointerStep(key),
      detail: `unknown field${near === undefined ? '' : `; did you mean "${near}"?`}`,
    };
  });
}

/**
 * Adds a parser for bodies of these media types: `read` gets the bytes without their `Content-Encoding`,
 * of which BODY_LIMIT holds as it holds of what came.
 */
export function addBodyParser(
  app: FastifyInstance,
  types: string | string[],
  read: (bytes: Buffer, request: FastifyRequest) => unknown,
): void {
  app.addContentTypeParser(types, { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer;
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined) {
      const limit = request.routeOptions.bodyLimit as number;
      unpackBody(bytes, encoding, limit)
        .then((unpacked) => read(unpacked, request))
        .then((value) => done(null, value), done);
      return;
    }
    try {
      done(null, read(bytes, request));
    } catch (error) {
      done(error as Error);
    }
  });
}

export default fp(async (app: FastifyInstance) => {
  app.removeAllContentTypeParsers();
  for (const type of DOCUMENT_TYPES) {
    addBodyParser(app, type, (bytes, request) => readBody(bytes, type, request.routeOptions.config.slot ?? 'json'));
  }
  // Answers are written by the codec, or are small; the schemas of answers are there to be read.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setValidatorCompiler(({ schema, httpPart }) => (data) => {
    if (httpPart === 'body' && data == null)
      return { error: new JsonError([{ pointer: '', detail: 'expected a body, as JSON or as CBOR' }]) };
    const result = safeParse(schema as $ZodType, data);
    if (result.success) return { value: result.data };
    const found = result.error.issues.slice(0, MAX_COMPLAINTS).flatMap((issue) => complaints(issue, schema));
    return { error: new JsonError(found.slice(0, MAX_COMPLAINTS)) };
  });
});
