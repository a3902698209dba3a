/** The threads that run cells, and the workspaces in them. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import type { Config } from '../../config.ts';
import { CellPool } from '../../engine/cell-pool.ts';
import type { Limits } from '../../engine/limits.ts';
import { Sessions } from '../../sessions/sessions.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly cells: CellPool;
    readonly sessions: Sessions;
  }
}

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

export default fp(async (app: FastifyInstance, { config, limits }: { config: Config; limits: Limits }) => {
  const pool = new CellPool({ limits, size: config.workers, onLost: (ids) => sessions.forget(ids) });
  const sessions = new Sessions(pool, {
    ttlMs: config.sessionTtlS * 1000,
    max: config.maxSessions,
    maxHeld: ALL_WORKSPACES * config.maxElements,
  });
  app.decorate('cells', pool);
  app.decorate('sessions', sessions);
  app.addHook('onClose', async () => {
    sessions.close();
    await pool.close();
  });
});
