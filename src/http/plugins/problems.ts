/** Turns whatever goes wrong into a problem answer. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ThreadLost } from '../../threads/errors.ts';
import { PROBLEM_TYPE, ProblemError, problemBody, sendProblem } from '../problem.ts';
import { ofStatus, problemOf } from '../problem-of.ts';

function handle(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error);
  if (problem?.status === 503) reply.header('retry-after', '1');
  if (error instanceof ProblemError && error.headers !== undefined) reply.headers(error.headers);
  if (error instanceof ThreadLost) request.log.error({ id: request.id, err: error }, 'a thread was lost');
  if (problem !== undefined) return sendProblem(reply, problem);
  request.log.error({ id: request.id, err: error }, 'unexpected error');
  return sendProblem(
    reply,
    ofStatus(
      500,
      'internal',
      'The service failed',
      'this is a defect of the service, not of the request; its log holds the error under the request id',
    ),
  );
}

/** Paths that Fastify cannot route at all. */
export function frameworkErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  handle(error, request, reply);
}

/** Bytes that are no HTTP request never reach a route; the answer is written to the socket by hand. */
export function clientErrorHandler(error: { code?: string }, socket: import('node:net').Socket): void {
  if (!socket.writable) return;
  const [status, text] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout']
        : [400, 'Bad Request'];
  const body = problemBody(
    ofStatus(
      status as number,
      'bad_request',
      text as string,
      'the bytes that came are no HTTP request that this service can read',
    ),
  );
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

export default fp(async (app: FastifyInstance) => {
  app.setErrorHandler(handle);
});
