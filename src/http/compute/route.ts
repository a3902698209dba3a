/** A computing request apart from how it is served: the same on the service's own thread and in a worker. */
import type { $ZodType } from 'zod/v4/core';
import type { Answer } from '../../answer/answer.ts';
import type { Slot } from '../../codec/json/reader.ts';
import { withLoans } from '../../codec/loans.ts';
import { type DocumentType, readBody } from '../../codec/read-body.ts';
import type { Limits } from '../../compute/limits.ts';
import type { Run } from '../../compute/scope.ts';
import { validate } from '../validate.ts';

export interface ComputeRoute<B = unknown> {
  /** By which a worker finds it. */
  readonly key: string;
  /** Where the body has tensors. */
  readonly slot: Slot;
  readonly schema: $ZodType<B>;
  /** Refuses, by throwing, what is too much to be validated. */
  readonly screen?: (body: unknown, limits: Limits) => void;
  readonly run: (body: B, answerType: DocumentType, run: Run) => Answer;
}

/** A body as it came, no longer compressed. */
export interface Posted {
  readonly bytes: Uint8Array;
  readonly type: DocumentType;
}

/**
 * From the bytes of a body to those of its answer. Nothing outlives it, so that one which was handed
 * off can be done anew elsewhere.
 *
 * @throws JsonError, EngineError, TimeLimit; HandOff where the run is inline and turns out large
 */
export function carryOut<B>(
  route: ComputeRoute<B>,
  { bytes, type }: Posted,
  answerType: DocumentType,
  run: Run,
): Answer {
  return withLoans(() => {
    const body = readBody(bytes, type, route.slot);
    run.clock.check();
    route.screen?.(body, run.limits);
    return route.run(validate(route.schema, body) as B, answerType, run);
  });
}
