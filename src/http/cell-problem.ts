/** What goes wrong around the pool and its cells, as problems. */

import { Cancelled, Overloaded, WorkerLost } from '../threads/errors.ts';
import { NoSuchName } from '../threads/messages.ts';
import { NoSession } from '../workspaces/workspaces.ts';
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
      title: 'The service is overloaded',
      status: 503,
      detail: `${error.message}; try again later`,
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
  if (error instanceof WorkerLost) {
    return error.reason === 'memory'
      ? { code: 'out_of_memory', title: 'The memory did not suffice', status: 503, detail: error.message }
      : { code: 'worker_lost', title: 'The computation was lost', status: 500, detail: error.message };
  }
  return undefined;
}
