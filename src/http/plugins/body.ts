/** Reads request bodies: JSON by our own strict reader, which knows where a route has tensors. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { type $ZodIssue, type $ZodType, safeParse } from 'zod/v4/core';
import { pointerStep } from '../../codec/json/json-error.ts';
import { JsonError, readJson, type Slot } from '../../codec/json/reader.ts';
import { closest } from '../../graph/closest.ts';
import { ProblemError } from './problems.ts';

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

const unreadable = (what: string): ProblemError =>
  new ProblemError({
    code: 'unsupported_media_type',
    title: 'Unknown media type',
    status: 415,
    detail: `the body has to be application/json in UTF-8, not compressed; ${what} is not read here`,
  });

export default fp(async (app: FastifyInstance) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') return done(unreadable(`Content-Encoding ${encoding}`));
    try {
      done(null, readJson(body as Buffer, request.routeOptions.config.slot ?? 'json'));
    } catch (error) {
      done(error as Error);
    }
  });
  // Answers are written by the codec, or are small; the schemas of answers are there to be read.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setValidatorCompiler(({ schema, httpPart }) => (data) => {
    if (httpPart === 'body' && data == null)
      return { error: new JsonError([{ pointer: '', detail: 'expected a JSON body' }]) };
    const result = safeParse(schema as $ZodType, data);
    if (result.success) return { value: result.data };
    const found = result.error.issues.slice(0, MAX_COMPLAINTS).flatMap((issue) => complaints(issue, schema));
    return { error: new JsonError(found.slice(0, MAX_COMPLAINTS)) };
  });
});
