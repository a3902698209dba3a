/** 404 with the nearest path, and 405 where the path is known under other methods. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { closest } from '../../graph/closest.ts';
import { sendProblem } from '../problem.ts';

interface Known {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

const segmentsOf = (path: string): string[] => path.split('/').slice(1);

const matches = (pattern: readonly string[], path: readonly string[]): boolean =>
  pattern.length === path.length && pattern.every((s, i) => s.startsWith(':') || s === path[i]);

export default fp(async (app: FastifyInstance) => {
  const known = new Map<string, Known>();
  app.addHook('onRoute', ({ url, method }) => {
    const entry = known.get(url) ?? { segments: segmentsOf(url), methods: new Set<string>() };
    for (const m of Array.isArray(method) ? method : [method]) entry.methods.add(m);
    known.set(url, entry);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0];
    const segments = segmentsOf(path);
    const methods = new Set(
      [...known.values()].filter((k) => matches(k.segments, segments)).flatMap((k) => [...k.methods]),
    );
    if (methods.size > 0) {
      const allow = [...methods].sort().join(', ');
      return sendProblem(reply.header('allow', allow), {
        code: 'method_not_allowed',
        title: 'The method is not allowed here',
        status: 405,
        detail: `${path} takes ${allow}, not ${request.method}`,
      });
    }
    const suggestion = closest(
      path,
      [...known.keys()].filter((url) => !/[:*]/.test(url)),
    );
    return sendProblem(reply, {
      code: 'not_found',
      title: 'There is nothing here',
      status: 404,
      detail: `there is no route ${path}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`,
      suggestion,
    });
  });
});
