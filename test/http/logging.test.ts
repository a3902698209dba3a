import Fastify, { LogController } from 'fastify';
import { describe, expect, it } from 'vitest';
import { LogStream } from '../../src/http/plugins/log-stream.ts';
import logging, { createLogger, requestId } from '../../src/http/plugins/logging.ts';

/** The lines of a few requests at a level, and the app's own line of the same kind. */
async function linesAt(level: string): Promise<Record<string, unknown>[]> {
  const out: string[] = [];
  const lines = new LogStream((text) => out.push(text));
  const app = Fastify({
    loggerInstance: createLogger(level, lines),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
  });
  await app.register(logging);
  app.get('/things/:name', (_, reply) => {
    reply.elements = 7;
    app.log.info("the app's own");
    return reply.code(202).send('');
  });
  app.get('/probe', { logLevel: 'silent' }, (_, reply) => reply.send(''));
  await app.inject({ url: '/things/a?b', headers: { 'x-request-id': 'sent-1' } });
  await app.inject('/probe');
  await app.inject('/nowhere');
  await app.close();
  lines.flush();
  return out
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('the line of a request', () => {
  it('says what was asked, by route, and how it went', async () => {
    const began = Date.now();
    const [, line, unknown, ...rest] = await linesAt('info');
    expect(rest).toEqual([]);
    expect(line).toEqual({
      level: 30,
      time: expect.any(Number),
      id: 'sent-1',
      method: 'GET',
      route: '/things/:name',
      status: 202,
      ms: expect.any(Number),
      elements: 7,
      msg: 'request',
    });
    expect(line.time).toBeGreaterThanOrEqual(began);
    expect(line.ms).toBeGreaterThan(0);
    expect(unknown).toMatchObject({ route: 'unknown', status: 404 });
  });

  it.each(['warn', 'silent'])('is left out at %s', async (level) => {
    expect(await linesAt(level)).toEqual([]);
  });
});
