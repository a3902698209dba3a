/** Content negotiation (RFC 9110, section 12.5): media types by `Accept`, codings by `Accept-Encoding`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DOCUMENT_TYPES, type DocumentType } from '../codec/read-body.ts';
import { ProblemError } from './problem.ts';

export interface Range {
  readonly type: string;
  readonly q: number;
}

/** The parts of a list with weights, in lower case. */
export function rangesOf(accept: string): Range[] {
  return accept.split(',').flatMap((part) => {
    const [type, ...params] = part.split(';').map((text) => text.trim().toLowerCase());
    if (type === '') return [];
    const weight = params.find((param) => param.startsWith('q='))?.slice(2);
    const q = weight === undefined ? 1 : Number(weight);
    return [{ type, q: Number.isNaN(q) ? 0 : q }];
  });
}

/** How closely a range fits a media type: 0 not at all, 3 where it names it. */
function fit(range: string, type: string): number {
  if (range === type) return 3;
  if (range === '*/*') return 1;
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1)) ? 2 : 0;
}

/**
 * The one of `offers` that is wanted most, the first of equals; undefined where none is acceptable.
 *
 * @example
 * negotiate('application/x-npy, *\/*;q=0.1', ['application/json', 'application/x-npy']) // 'application/x-npy'
 */
export function negotiate<T extends string>(accept: string | undefined, offers: readonly T[]): T | undefined {
  if (accept === undefined || accept.trim() === '') return offers[0];
  const ranges = rangesOf(accept);
  let best: T | undefined;
  let bestQ = 0;
  for (const offer of offers) {
    let closest: Range | undefined;
    for (const range of ranges) {
      if (fit(range.type, offer) > (closest === undefined ? 0 : fit(closest.type, offer))) closest = range;
    }
    if (closest !== undefined && closest.q > bestQ) {
      best = offer;
      bestQ = closest.q;
    }
  }
  return best;
}

/** Adds to `Vary` what an answer hangs on. */
export function vary(reply: FastifyReply, field: 'Accept' | 'Accept-Encoding'): void {
  const known = reply.getHeader('vary');
  if (known === undefined) reply.header('vary', field);
  // Of most answers.
  else if (known === 'Accept' && field === 'Accept-Encoding') reply.header('vary', 'Accept, Accept-Encoding');
  else if (!String(known).toLowerCase().split(/, */).includes(field.toLowerCase())) {
    reply.header('vary', `${known}, ${field}`);
  }
}

/** What `Accept` wants most among `offers`; `what` is given in these forms, as a 406 then says. */
export function wantedType<T extends string>(
  request: FastifyRequest,
  reply: FastifyReply,
  offers: readonly T[],
  what: string,
): T {
  vary(reply, 'Accept');
  const type = negotiate(request.headers.accept, offers);
  if (type !== undefined) return type;
  throw notAcceptable(offers, what);
}

export const notAcceptable = (offers: readonly string[], what: string): ProblemError =>
  new ProblemError({
    code: 'not_acceptable',
    title: 'No such form',
    status: 406,
    detail: `${what} is given as ${offers.join(', ')}`,
  });

/** The media type of an answer that is a document. */
export const documentType = (request: FastifyRequest, reply: FastifyReply): DocumentType =>
  wantedType(request, reply, DOCUMENT_TYPES, 'an answer');
