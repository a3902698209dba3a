/** A workspace of a service in this process. */
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

export interface CellReply {
  readonly execution_count: number;
  readonly stdout: string;
  readonly result?: { readonly repr: string; readonly tensor?: { dtype: string; shape: number[]; data: unknown } };
  readonly error?: { readonly type: string; readonly message: string; readonly line?: number };
  // biome-ignore lint/suspicious/noExplicitAny: a graph document
  readonly graph: any;
  readonly warnings?: unknown[];
}

export interface Workspace {
  readonly id: string;
  readonly url: string;
  cell(code: string, options?: object): Promise<CellReply>;
  get(path: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
}

export async function workspaceOf(app: FastifyInstance): Promise<Workspace> {
  const created = await app.inject({ method: 'POST', url: '/v1/sessions' });
  const { id } = created.json() as { id: string };
  const url = `/v1/sessions/${id}`;
  return {
    id,
    url,
    async cell(code, options = {}) {
      const reply = await app.inject({ method: 'POST', url: `${url}/cells`, payload: { code, ...options } });
      if (reply.statusCode !== 200) throw new Error(`${reply.statusCode}: ${reply.body}`);
      return reply.json() as CellReply;
    },
    get: (path, headers = {}) => app.inject({ method: 'GET', url: `${url}${path}`, headers }),
  };
}
