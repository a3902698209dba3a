/** The threads that compute, the workspaces in them, and who is let in to them. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { unpackError } from '../../compute/failures.ts';
import type { Limits } from '../../compute/limits.ts';
import { bytesApart, restServing } from '../../compute/rest.ts';
import type { Config } from '../../config.ts';
import { Admission, memoryThereIs } from '../../threads/admission.ts';
import { Cancelled } from '../../threads/errors.ts';
import { WorkerPool } from '../../threads/pool.ts';
import { Rest } from '../../threads/rest.ts';
import { Sessions } from '../../workspaces/workspaces.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly pool: WorkerPool;
    readonly admission: Admission;
    readonly sessions: Sessions;
  }
}

/**
 * After so long without a request, and at the latest after twice so long, this thread gives back what it does not
 * need. Code that is compiled anew after that makes the first requests slower: short gaps are not worth it.
 */
const REST_MS = 4000;

/** Of each thread, at most. */
const HEAP_MB = 1024;

/** Elements that all workspaces hold together, in units of MAX_ELEMENTS. */
const ALL_WORKSPACES = 2;

/** Aborted when the client goes away before its answer. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

/**
 * Lets a large request in, where its body was not let in already; it is over when its answer is, or when
 * the client goes.
 *
 * @throws Overloaded; Cancelled where the client has gone
 */
export function admit(app: FastifyInstance, reply: FastifyReply): void {
  // Nothing would tell that it is over.
  if (reply.raw.closed) throw new Cancelled();
  if (reply.request.ticket !== null) return;
  const ticket = app.admission.open();
  reply.raw.once('close', () => ticket.close());
}

export default fp(async (app: FastifyInstance, { config, limits }: { config: Config; limits: Limits }) => {
  const entry = new URL('../compute/worker.ts', import.meta.url);
  const memoryLimit = config.memoryLimit === 0 ? memoryThereIs() : config.memoryLimit;
  const pool = new WorkerPool({
    entry,
    setup: limits,
    size: config.workers,
    timeLimitMs: limits.timeLimitMs,
    heapMb: HEAP_MB,
    memoryLimit,
    apart: () => bytesApart() + app.models.store.held,
    onShortage: restServing,
    unpackError,
    onLost: (ids) => sessions.forget(ids),
    report: (message, details) => app.log.error(details, message),
  });
  const sessions = new Sessions(pool, {
    ttlMs: config.sessionTtlS * 1000,
    max: config.maxSessions,
    maxHeld: ALL_WORKSPACES * config.maxElements,
  });
  app.decorate('pool', pool);
  const bodyLimit = Math.max(config.bodyLimit, config.modelLimit);
  app.decorate('admission', new Admission({ memoryLimit, bodyLimit, allocated: () => pool.allocated() }));
  app.decorate('sessions', sessions);
  // This thread computes small requests, and large bodies and answers pass through it.
  const resting = new Rest(REST_MS, restServing);
  app.server.on('request', () => resting.touch());
  app.addHook('onClose', async () => {
    resting.stop();
    sessions.close();
    await pool.close();
  });
});
