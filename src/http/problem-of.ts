/** What goes wrong, as the problem that is answered: the same wherever it went wrong. */
import type { FastifyError } from 'fastify';
import { JsonError } from '../codec/json/reader.ts';
import { DOCUMENT_TYPES } from '../codec/read-body.ts';
import { TimeLimit } from '../compute/clock.ts';
import { CodeError } from '../compute/failures.ts';
import { EngineError } from '../tensor/errors.ts';
import { cellProblem } from './cell-problem.ts';
import { type Problem, ProblemError } from './problem.ts';

const TITLES: Record<string, string> = {
  shape_mismatch: 'Shapes do not fit',
  no_grad_required: 'No gradient is required',
  graph_freed: 'The graph was freed',
  modified_in_place: 'A value was modified in place',
  index_out_of_range: 'Index out of range',
  dtype: 'The dtype does not fit',
  value_range: 'A value is out of range',
  invalid_graph: 'The graph is not valid',
  non_scalar_backward: 'The output is no scalar',
  budget: 'The request is too large to compute',
  code: 'The code raised an exception',
};

export const ofStatus = (status: number, code: string, title: string, detail: string): Problem => ({
  code,
  title,
  status,
  detail,
});

/** What Fastify itself refuses. */
function fastifyProblem(error: FastifyError): Problem | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return ofStatus(
        413,
        'body_too_large',
        'The body is too large',
        'the body is larger than the BODY_LIMIT of this service',
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return ofStatus(
        415,
        'unsupported_media_type',
        'Unknown media type',
        `the body has to be ${DOCUMENT_TYPES.join(' or ')}`,
      );
    case 'FST_ERR_BAD_URL':
      return ofStatus(400, 'bad_request', 'The path is not valid', error.message);
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return ofStatus(
        414,
        'uri_too_long',
        'The path is too long',
        'a name in the path is longer than any that there is',
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return ofStatus(400, 'invalid_body', 'The body is not what was announced', error.message);
    default:
      return error.statusCode !== undefined && error.statusCode < 500
        ? ofStatus(error.statusCode, 'bad_request', 'The request is not valid', error.message)
        : undefined;
  }
}

/** Undefined where the error is a defect of the service. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof JsonError) {
    return {
      code: 'invalid_body',
      title: 'The body is not what the schema says',
      status: 400,
      detail: error.message,
      errors: error.errors,
    };
  }
  if (error instanceof EngineError) {
    const { code, op, node, unsupported } = error;
    return {
      code,
      title: TITLES[code],
      status: 422,
      detail: op === undefined || error.message.startsWith(op) ? error.message : `${op}: ${error.message}`,
      op,
      node,
      unsupported,
      error: error instanceof CodeError ? error.error : undefined,
    };
  }
  const cell = cellProblem(error);
  if (cell !== undefined) return cell;
  if (error instanceof TimeLimit) return ofStatus(504, 'time_limit', 'The time limit has passed', error.message);
  if (error instanceof Error && 'code' in error) return fastifyProblem(error as FastifyError);
  return undefined;
}
