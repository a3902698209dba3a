/**
 * A way out that loses no answer. Node counts a connection as idle as soon as its answer was handed
 * over, though a slow reader may not have all of it: closing it then would cut the answer short.
 */
import { Server as NetServer, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the service is on its way out. */
    readonly draining: { value: boolean };
    /** Stops listening, lets all that is under way be answered in full, and closes. */
    drain(): Promise<void>;
  }
}

const LOOK_MS = 50;

export default fp(async (app: FastifyInstance) => {
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const flushed = (): boolean => [...sockets].every((socket) => socket.writableLength === 0);
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

  app.decorate('draining', { value: false });
  app.decorate('drain', async () => {
    app.draining.value = true;
    // Of net, not of http: that one would close connections, too.
    NetServer.prototype.close.call(app.server);
    while (sockets.size > 0) {
      if (flushed()) app.server.closeIdleConnections();
      await pause();
    }
    await app.close();
  });
});
