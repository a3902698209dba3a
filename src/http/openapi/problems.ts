/** The error answers that many routes share: their component names, and one example each. */
import { type Problem, problemBody } from '../problem.ts';

interface Shared {
  readonly name: string;
  readonly example: Omit<Problem, 'status'>;
}

export const SHARED_PROBLEMS: Readonly<Record<number, Shared>> = {
  400: {
    name: 'InvalidBody',
    example: {
      code: 'invalid_body',
      title: 'The body is not what the schema says',
      detail: '/input/1: expected 2 elements as in the first row, got 1',
      errors: [{ pointer: '/input/1', detail: 'expected 2 elements as in the first row, got 1' }],
    },
  },
  401: {
    name: 'Unauthorized',
    example: {
      code: 'unauthorized',
      title: 'A key is needed',
      detail: 'send an API key as "Authorization: Bearer KEY" or "X-API-Key: KEY"',
    },
  },
  404: {
    name: 'NotFound',
    example: {
      code: 'not_found',
      title: 'There is no such op',
      detail: 'there is no op "softplu"; did you mean "softplus"?',
      suggestion: 'softplus',
    },
  },
  406: {
    name: 'NotAcceptable',
    example: {
      code: 'not_acceptable',
      title: 'No such form',
      detail: 'an answer is given as application/json, application/cbor',
    },
  },
  412: {
    name: 'PreconditionFailed',
    example: {
      code: 'precondition_failed',
      title: 'The model is another one',
      detail: 'the newest version of "line" is 3',
    },
  },
  413: {
    name: 'BodyTooLarge',
    example: {
      code: 'body_too_large',
      title: 'The body is too large',
      detail: 'the body is larger than the BODY_LIMIT of this service',
    },
  },
  415: {
    name: 'UnsupportedMediaType',
    example: {
      code: 'unsupported_media_type',
      title: 'Unknown media type',
      detail: 'the body has to be application/json or application/cbor',
    },
  },
  422: {
    name: 'Refused',
    example: {
      code: 'shape_mismatch',
      title: 'Shapes do not fit',
      detail:
        'add: shapes [2] and [3] cannot be broadcast together: the sizes 2 and 3 at dimension 0 differ and neither is 1',
      op: 'add',
      node: 'sum',
    },
  },
  429: {
    name: 'TooManyRequests',
    example: {
      code: 'rate_limited',
      title: 'Too many requests',
      detail: 'at most 600 requests a minute; try again in 12 s',
    },
  },
  503: {
    name: 'Unavailable',
    example: { code: 'draining', title: 'The service is draining', detail: 'this instance is going away' },
  },
  504: {
    name: 'TimeLimit',
    example: {
      code: 'time_limit',
      title: 'The time limit has passed',
      detail: "the request's time limit of 10000 ms has passed",
    },
  },
};

/** The body of a shared answer's example. */
export const problemExample = (status: number): unknown =>
  JSON.parse(problemBody({ ...SHARED_PROBLEMS[status].example, status }, 'urn:request:5f2c8a1b9d04-1'));
