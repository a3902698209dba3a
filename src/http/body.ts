/**
 * What a route takes for a body. It stands in the route's `config`; of a route without it no body is read.
 */
import type { FastifyRequest } from 'fastify';
import { MAX_COST } from '../codec/cost.ts';
import { jsonError } from '../codec/json/json-error.ts';
import type { JsonError } from '../codec/json/reader.ts';
import { DOCUMENT_TYPES, type DocumentType, readBody } from '../codec/read-body.ts';
import type { Posted } from './compute/route.ts';
import { layersOf } from './content-encoding.ts';
import { ProblemError, tooLarge } from './problem.ts';
import { ofStatus } from './problem-of.ts';
import type { Refusal } from './route-table.ts';

export interface BodySpec {
  /** The bytes that it may have, as they come and also when they are unpacked. */
  readonly limit: number;
  readonly types: readonly string[];
  /** Whether it may be of any other media type as well, or of none. */
  readonly anyType?: true;
  /** Makes of the bytes what the handler gets. It runs on the thread that serves: what is large stays bytes. */
  readonly read: (bytes: Buffer, type: string) => unknown;
  /** Whether the bytes live on until the answer is given, so that their memory is counted until then. */
  readonly kept: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    body?: BodySpec;
  }
  interface FastifyRequest {
    /** What its route takes for a body, where it takes one. */
    bodySpec: BodySpec | null;
  }
}

export const noBody = (): JsonError => jsonError('', 'expected a body, as JSON or as CBOR');

/** A document whose bytes the handler gets, neither read nor validated. */
export const postedBody = (limit: number): BodySpec => ({
  limit,
  types: DOCUMENT_TYPES,
  read: (bytes, type) => ({ bytes, type: type as DocumentType }) satisfies Posted,
  kept: true,
});

/** What the objects of a small body may cost, as a multiple of its length. */
const SMALL_COST = 8;

/** A small document, read at once. */
export const smallBody = (limit: number): BodySpec => ({
  limit,
  types: DOCUMENT_TYPES,
  read: (bytes, type) =>
    readBody(bytes, type as DocumentType, 'json', { maxCost: Math.min(SMALL_COST * limit, MAX_COST) }),
  kept: false,
});

/** The longest body that says nothing. */
const EMPTY_LIMIT = 1024;

/** A body that may be absent, empty or `{}`. */
export const emptyBody: BodySpec = {
  ...smallBody(EMPTY_LIMIT),
  read(bytes, type) {
    const value = bytes.length === 0 ? {} : smallBody(EMPTY_LIMIT).read(bytes, type);
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0)
      return undefined;
    throw new ProblemError(
      ofStatus(400, 'invalid_body', 'The body is not what the schema says', 'expected no body, or {}'),
    );
  },
};

/** Whether a body follows the head of a request. */
export const hasBody = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const unknownType = (types: readonly string[]): ProblemError =>
  new ProblemError(
    ofStatus(415, 'unsupported_media_type', 'Unknown media type', `the body has to be ${types.join(' or ')}`),
  );

/** The media type of a body, without parameters; most often it stands there as it is. */
export function mediaTypeOf(request: FastifyRequest): string {
  const type = request.headers['content-type'];
  for (const known of DOCUMENT_TYPES) if (type === known) return known;
  return request.mediaType ?? '';
}

/** What is wrong with a body that follows, by what the head says of it. */
export function bodyRefusal(request: FastifyRequest, spec: BodySpec): Refusal | undefined {
  const { headers } = request;
  try {
    if (spec.anyType !== true && !spec.types.includes(mediaTypeOf(request))) throw unknownType(spec.types);
    layersOf(headers['content-encoding']);
    if (Number(headers['content-length'] ?? 0) > spec.limit) throw tooLarge(spec.limit);
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  return undefined;
}
