/** Turns whatever goes wrong into a problem answer. */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ThreadLost } from '../../threads/errors.ts';
import { closeLingering } from '../connections.ts';
import { PROBLEM_TYPE, ProblemError, problemBody, sendProblem } from '../problem.ts';
import { ofStatus, problemOf } from '../problem-of.ts';
import { closeIfUnread } from './connections.ts';

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
  closeIfUnread(request, reply);
  handle(error, request, reply);
}

/** What is answered to bytes that never reach a route. */
const CLIENT_ERRORS: ReadonlyMap<string | undefined, readonly [status: number, text: string]> = new Map([
  ['HPE_HEADER_OVERFLOW', [431, 'Request Header Fields Too Large']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'Request Timeout']],
]);

/** Bytes that are no HTTP request; the answer is written to the socket by hand. */
export function clientErrorHandler(this: FastifyInstance, error: { code?: string }, socket: Socket): void {
  // What comes behind its last answer is only read so that the client gets that.
  if (!socket.writable || this.connections.closeBehindAnswer(socket)) return;
  const [status, text] = CLIENT_ERRORS.get(error.code) ?? [400, 'Bad Request'];
  const detail = 'the bytes that came are no HTTP request that this service can read';
  const body = problemBody(ofStatus(status, 'bad_request', text, detail));
  socket.write(
    `HTTP/1.1 ${status} ${text}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  closeLingering(socket);
}

export default fp(async (app: FastifyInstance) => {
  app.setErrorHandler(handle);
});
