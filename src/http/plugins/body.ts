/** Reads request bodies, as the route's {@link BodySpec} says; of a route without one, none. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { $ZodType } from 'zod/v4/core';
import { JsonError } from '../../codec/json/json-error.ts';
import { DOCUMENT_TYPES } from '../../codec/read-body.ts';
import type { Ticket } from '../../threads/admission.ts';
import { mediaTypeOf, noBody } from '../body.ts';
import { unpackBody } from '../content-encoding.ts';
import { wrongQuery } from '../problem.ts';
import { Intake, LARGE_BODY, receive } from '../receive.ts';
import { validate } from '../validate.ts';

type Parsed = (failure: Error | null, value?: unknown) => void;

const CONTINUE = /^100-continue$/i;

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a large body that was let in: it is closed with the request. */
    ticket: Ticket | null;
    /** Whether its answer was given, or its client has gone. */
    over: boolean;
  }
}

/** To be called before a body that is wanted is read. */
export function awaitBody(request: FastifyRequest, { raw: response }: FastifyReply): void {
  const { headers } = request;
  // The client waits for this word before it sends (RFC 9110, section 10.1.1).
  if (headers.expect !== undefined && CONTINUE.test(headers.expect)) response.writeContinue();
  // Here, and not where the work is: a request may end before it gets there, or its client go.
  if (!(Number(headers['content-length']) < LARGE_BODY) || headers['content-encoding'] !== undefined) {
    response.once('close', () => {
      request.over = true;
      request.ticket?.close();
    });
  }
}

export default fp(async (app: FastifyInstance) => {
  app.decorateRequest('ticket', null);
  app.decorateRequest('over', false);
  const open = (announced: number): Ticket => app.admission.open(announced);
  app.removeAllContentTypeParsers();
  // The guard has looked at the media type. Fastify finds a parser sooner by its name than as the one for all others.
  for (const types of [...DOCUMENT_TYPES, '*']) app.addContentTypeParser(types, parse);
  function parse(request: FastifyRequest, payload: IncomingMessage, done: Parsed): void {
    const { headers, bodySpec: spec } = request;
    if (spec === null) {
      done(null);
      return;
    }
    const mediaType = mediaTypeOf(request);
    const intake = new Intake(open);
    const end = (failure: Error | null, value?: unknown): void => {
      if (intake.ticket !== undefined) {
        if (failure === null && spec.kept && !request.over) request.ticket = intake.ticket;
        else intake.ticket.close();
      }
      done(failure, value);
    };
    receive(headers, payload, spec.limit, intake, (error, bytes) => {
      if (error !== null) return end(error);
      const encoding = headers['content-encoding'];
      if (encoding !== undefined) {
        unpackBody(bytes as Buffer, encoding, spec.limit, (taken) => intake.take(taken))
          .then((unpacked) => spec.read(unpacked, mediaType))
          .then((value) => end(null, value), end);
        return;
      }
      let value: unknown;
      try {
        value = spec.read(bytes as Buffer, mediaType);
      } catch (failure) {
        end(failure as Error);
        return;
      }
      end(null, value);
    });
  }

  // Answers are written by the codec, or are small; the schemas of answers are there to be read.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setValidatorCompiler(({ schema, httpPart }) => (data) => {
    try {
      if (httpPart === 'body' && data == null) throw noBody();
      return { value: validate(schema as $ZodType, data) };
    } catch (error) {
      return { error: httpPart === 'querystring' && error instanceof JsonError ? wrongQuery(error) : (error as Error) };
    }
  });
});
