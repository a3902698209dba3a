/** 404 with the nearest path, and 405 where the path is known under other methods. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { sendProblem } from '../problem.ts';
import { RouteTable } from '../route-table.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly routeTable: RouteTable;
  }
}

export default fp(async (app: FastifyInstance) => {
  const table = new RouteTable();
  app.decorate('routeTable', table);
  app.addHook('onRoute', ({ url, method }) => {
    // The wildcard of the CORS plugin is no path of ours.
    if (url !== '*') table.add(url, method);
  });
  app.setNotFoundHandler((request, reply) => {
    const { problem, headers = {} } = table.refusal(request.method, request.url);
    return sendProblem(reply.headers(headers), problem);
  });
});
