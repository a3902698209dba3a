/** What goes wrong around the pool and its cells, as problems. */

import { MemoryFull, NoSuchName } from '../compute/failures.ts';
import { Cancelled, type EndReason, Overloaded, ThreadLost } from '../threads/errors.ts';
import { NoSession, WorkspaceLost } from '../workspaces/workspaces.ts';
import type { Problem } from './problem.ts';

/** By what a thread was brought down. */
const LOST: Readonly<Record<EndReason, (detail: string) => Problem>> = {
  time: (detail) => ({ code: 'time_limit', title: 'The time limit has passed', status: 504, detail }),
  memory: (detail) => ({ code: 'out_of_memory', title: 'The memory did not suffice', status: 503, detail }),
  defect: (detail) => ({ code: 'worker_lost', title: 'The computation was lost', status: 500, detail }),
};

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
  if (error instanceof Overloaded || error instanceof MemoryFull) {
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
  if (error instanceof ThreadLost || error instanceof WorkspaceLost) return LOST[error.reason](error.message);
  return undefined;
}
