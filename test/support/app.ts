/** The service in this process, without a socket. */
import type { FastifyInstance } from 'fastify';
import { loadConfig } from '../../src/config.ts';
import { buildApp } from '../../src/http/app.ts';

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any kind
  readonly json: any;
  readonly text: string;
  readonly headers: Record<string, unknown>;
}

export type Send = (url: string, body: unknown, headers?: Record<string, string>) => Promise<Reply>;

export const appWith = (env: Record<string, string> = {}): Promise<FastifyInstance> =>
  buildApp(loadConfig({ LOG_LEVEL: 'silent', ...env }));

/** Posts JSON, or a string or bytes as they stand. */
export const sender =
  (app: FastifyInstance): Send =>
  async (url, body, headers = {}) => {
    const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const reply = await app.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': 'application/json', ...headers },
    });
    const text = reply.body;
    return {
      status: reply.statusCode,
      text,
      json: text.startsWith('{') ? JSON.parse(text) : undefined,
      headers: reply.headers,
    };
  };
