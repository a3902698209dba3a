/** RFC 9457 problem details: the one form of every error answer. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ERROR_CODES } from '../tensor/errors.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Ends in a stable code', examples: ['urn:gradwire:problem:shape_mismatch'] }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What was expected and what came; shapes are written [2, 3]' }),
    instance: z.string().optional().meta({ description: "The request's id" }),
    op: z.string().optional().meta({ description: 'The op that refused' }),
    node: z.string().optional().meta({ description: 'The first output of the graph node at fault' }),
    suggestion: z.string().optional().meta({ description: 'The nearest name that exists' }),
    error: z
      .object({ type: z.string(), message: z.string(), line: z.int().optional() })
      .optional()
      .meta({ description: 'What the code raised, and in which of its lines' }),
    unsupported: z
      .array(z.record(z.string(), z.unknown()))
      .optional()
      .meta({ description: 'Every node of a file or a graph that there is no counterpart for, with the reason' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({ description: 'RFC 6901 JSON Pointer into the body' }),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: `RFC 9457 problem details. Codes of a 422: ${ERROR_CODES.join(', ')}` });

export interface Problem {
  /** The stable end of `type`. */
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly op?: string;
  readonly node?: string;
  readonly suggestion?: string;
  readonly unsupported?: readonly object[];
  readonly error?: { readonly type: string; readonly message: string; readonly line?: number };
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** A request that is refused outside the engine, with the problem to answer. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>> | undefined;
  constructor(problem: Problem, headers?: Readonly<Record<string, string>>) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }
}

/** A body that is too long, as it came or when it was unpacked. */
export const tooLarge = (limit: number, unpacked = false): ProblemError =>
  new ProblemError({
    code: 'body_too_large',
    title: 'The body is too large',
    status: 413,
    detail: `the body${unpacked ? ', unpacked,' : ''} is larger than the ${limit} bytes that are read here`,
  });

/** The text of a problem; keys that are undefined stay out. */
export function problemBody({ code, title, status, detail, ...rest }: Problem, instance?: string): string {
  return JSON.stringify({ type: `urn:gradwire:problem:${code}`, title, status, detail, instance, ...rest });
}

/** Routes of the Open Inference Protocol, whose clients know another form of errors. */
const OTHER_FORM = /^\/v2(?:[/?]|$)/;

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (OTHER_FORM.test(reply.request.url)) {
    // As bytes: to a text of JSON Fastify adds a charset.
    const body = Buffer.from(JSON.stringify({ error: problem.detail }));
    return reply
      .code(problem.status === 422 ? 400 : problem.status)
      .header('content-type', 'application/json')
      .send(body);
  }
  return reply
    .code(problem.status)
    .header('content-type', PROBLEM_TYPE)
    .send(problemBody(problem, `urn:request:${reply.request.id}`));
}

/** A query that is not what the route takes. Its faults are told as those of a body are: by pointers to names. */
export const wrongQuery = ({ message, errors }: { readonly message: string; readonly errors: Problem['errors'] }) =>
  new ProblemError({
    code: 'invalid_query',
    title: 'The query is not what this route takes',
    status: 400,
    detail: message,
    errors,
  });
