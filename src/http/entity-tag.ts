/** Answers that a client may have already (RFC 9110, sections 8.8.3 and 13.1.2). */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Weak: the same content may come in several codings. */
export const entityTag = (body: string | Uint8Array): string =>
  `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;

/** Whether the client says that it has the answer of this tag. */
export function isKnown(request: FastifyRequest, tag: string): boolean {
  const { 'if-none-match': known } = request.headers;
  if (known === undefined) return false;
  const opaque = tag.replace(/^W\//, '');
  return known.split(',').some((one) => /^\s*\*\s*$/.test(one) || one.trim().replace(/^W\//, '') === opaque);
}

/** Sends what may be kept for `seconds`, or 304 to who has it. */
export function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  body: string | Buffer,
  { type, seconds }: { readonly type: string; readonly seconds: number },
): FastifyReply {
  const tag = entityTag(body);
  reply.header('etag', tag).header('cache-control', `max-age=${seconds}`);
  if (isKnown(request, tag)) return reply.code(304).send();
  return reply.header('content-type', type).send(body);
}
