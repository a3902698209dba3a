/** Reads request bodies: JSON and CBOR by our own strict readers, which know where a route has tensors. */
import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { $ZodType } from 'zod/v4/core';
import { jsonError } from '../../codec/json/json-error.ts';
import type { JsonError, Slot } from '../../codec/json/reader.ts';
import { DOCUMENT_TYPES, readBody } from '../../codec/read-body.ts';
import type { Ticket } from '../../threads/admission.ts';
import type { Posted } from '../compute/route.ts';
import { unpackBody } from '../content-encoding.ts';
import { LARGE_BODY, receive } from '../receive.ts';
import { validate } from '../validate.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Where the body of this route has tensors. */
    slot?: Slot;
    /** The handler gets the body as {@link Posted}, neither read nor validated. */
    raw?: true;
  }
  interface FastifyRequest {
    /** Of a large body that was let in: it is closed with the request. */
    ticket: Ticket | null;
    /** Whether its answer was given, or its client has gone. */
    over: boolean;
  }
}

export const noBody = (): JsonError => jsonError('', 'expected a body, as JSON or as CBOR');

/**
 * Adds a parser for bodies of these media types: `read` gets the bytes without their `Content-Encoding`,
 * of which BODY_LIMIT holds as it holds of what came.
 */
export function addBodyParser(
  app: FastifyInstance,
  types: string | string[],
  read: (bytes: Buffer, config: FastifyContextConfig) => unknown,
): void {
  const open = (announced: number): Ticket => app.gate.open(announced);
  app.addContentTypeParser(types, (request, payload, done) => {
    const { config, bodyLimit } = request.routeOptions;
    receive(request, payload, bodyLimit as number, open, (error, bytes, ticket) => {
      if (error !== null) return done(error);
      const end = (failure: Error | null, value?: unknown): void => {
        if (ticket !== undefined) {
          if (failure === null && config.raw && !request.over) request.ticket = ticket;
          else ticket.close();
        }
        done(failure, value);
      };
      const encoding = request.headers['content-encoding'];
      if (encoding !== undefined) {
        unpackBody(bytes as Buffer, encoding, bodyLimit as number)
          .then((unpacked) => {
            ticket?.take(unpacked.length);
            return read(unpacked, config);
          })
          .then((value) => end(null, value), end);
        return;
      }
      let value: unknown;
      try {
        value = read(bytes as Buffer, config);
      } catch (failure) {
        end(failure as Error);
        return;
      }
      end(null, value);
    });
  });
}

export default fp(async (app: FastifyInstance) => {
  app.decorateRequest('ticket', null);
  app.decorateRequest('over', false);
  // Here, and not where the work is: a request may end before it gets there, or its client go.
  app.addHook('preParsing', (request, reply, payload, done) => {
    const length = request.headers['content-length'];
    if (length === undefined || Number(length) >= LARGE_BODY) {
      reply.raw.once('close', () => {
        request.over = true;
        request.ticket?.close();
      });
    }
    done(null, payload);
  });
  app.removeAllContentTypeParsers();
  for (const type of DOCUMENT_TYPES) {
    addBodyParser(app, type, (bytes, { raw, slot }) =>
      raw ? ({ bytes, type } satisfies Posted) : readBody(bytes, type, slot ?? 'json'),
    );
  }
  // Answers are written by the codec, or are small; the schemas of answers are there to be read.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setValidatorCompiler(({ schema, httpPart }) => (data) => {
    try {
      if (httpPart === 'body' && data == null) throw noBody();
      return { value: validate(schema as $ZodType, data) };
    } catch (error) {
      return { error: error as Error };
    }
  });
});
