/** What goes wrong around cells, as problems. */
import { NoSuchName } from '../engine/cell-messages.ts';
import { Cancelled, Overloaded } from '../engine/cell-pool.ts';
import { NoSession } from '../sessions/sessions.ts';
import type { Problem } from './problem.ts';

export function cellProblem(error: unknown): Problem | undefined {
  if (error instanceof NoSession)
    return { code: 'not_found', title: 'There is no such workspace', status: 404, detail: error.message };
  if (error instanceof NoSuchName) {
    return {
      code: 'not_found',
      title: 'There is no such tensor',
      status: 404,
      detail: error.message,
      suggestion: error.suggestion,
    };
  }
  if (error instanceof Overloaded) {
    return {
      code: 'overloaded',
      title: 'Too much is waiting',
      status: 503,
      detail: 'too many cells are waiting for their turn; try again later',
    };
  }
  if (error instanceof Cancelled) {
    return {
      code: 'cancelled',
      title: 'The request was cancelled',
      status: 503,
      detail: "the service or the workspace went away before it was this request's turn",
    };
  }
  return undefined;
}
