/** Answers that are documents or files, as bytes or text. */
import type { FastifyReply } from 'fastify';
import type { AnswerType } from '../answer/answer.ts';
import type { Times } from '../compute/timing.ts';
import { SERVER_TIMING, serverTiming } from './server-timing.ts';

export const CONTENT_TYPES: Readonly<Record<AnswerType, string>> = {
  'application/json': 'application/json; charset=utf-8',
  'application/cbor': 'application/cbor',
  'text/markdown': 'text/markdown; charset=utf-8',
  'text/plain': 'text/plain; charset=utf-8',
};

/** Text says how it is encoded; so does XML, in which that is told by the text itself. */
export const contentType = (mediaType: string): string =>
  mediaType.startsWith('text/') ? `${mediaType}; charset=utf-8` : mediaType;

export interface Sendable {
  readonly body: string | Uint8Array;
  /** Of the tensors that came in and go out: for the log. */
  readonly elements: number;
  /** Where its time went. */
  readonly times?: Times;
}

export function sendBytes(reply: FastifyReply, { body, elements, times }: Sendable, contentType: string): FastifyReply {
  reply.elements = elements;
  if (times !== undefined) tellTimes(reply, times);
  const bytes = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return reply.header('content-type', contentType).send(bytes);
}

/** Also on its own, for an answer that is a problem. */
export function tellTimes(reply: FastifyReply, times: Times): void {
  reply.header(SERVER_TIMING, serverTiming(times));
}

/** What was computed, as it came. */
export const sendResult = (reply: FastifyReply, result: Sendable, type: AnswerType): FastifyReply =>
  sendBytes(reply, result, CONTENT_TYPES[type]);
