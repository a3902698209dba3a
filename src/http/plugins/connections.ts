/**
 * Connections that close without losing an answer: after a body that was not read, and when the service goes.
 */
import type { IncomingMessage } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { hasBody } from '../body.ts';
import { Connections, isUnread, lingerAfterAnswer } from '../connections.ts';

export interface DrainSettings {
  /** How long the service goes on to listen, so that who asks `/readyz` learns that it goes. */
  readonly delayMs: number;
  /** When whatever is left is closed, counted from the beginning. */
  readonly timeoutMs: number;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly connections: Connections;
    /** Whether the service is on its way out. */
    readonly draining: { value: boolean };
    /**
     * Stops listening and lets all that is under way be answered in full. Gives how many requests had to be left
     * unanswered at the end of its time.
     */
    drain(settings: DrainSettings): Promise<number>;
  }
}

const LOOK_MS = 20;

/** To be called before an answer is sent: where a part of the body was not read, it is the connection's last one. */
export function closeIfUnread(
  request: { raw: IncomingMessage; headers: IncomingMessage['headers'] },
  reply: FastifyReply,
): void {
  if (!hasBody(request) || !isUnread(request.raw)) return;
  reply.header('connection', 'close');
  lingerAfterAnswer(request.raw);
}

export default fp(async (app: FastifyInstance) => {
  const connections = new Connections(app.server);
  app.decorate('connections', connections);
  app.decorate('draining', { value: false });
  app.decorate('drain', async ({ delayMs, timeoutMs }: DrainSettings) => {
    const end = performance.now() + timeoutMs;
    app.draining.value = true;
    connections.announceEnd();
    await pause(Math.min(delayMs, timeoutMs));
    // Of net, not of http: that one would close connections, too.
    NetServer.prototype.close.call(app.server);
    for (;;) {
      connections.closeIdle();
      if (connections.size === 0 || performance.now() >= end) break;
      await pause(LOOK_MS);
    }
    return connections.closeAll();
  });
});
