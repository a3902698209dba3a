/** Models in a directory: they are there after a restart, whole or not at all. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Service, startService } from './service.ts';

const directory = await mkdtemp(join(tmpdir(), 'gradwire-models-'));
const started: Service[] = [];
afterAll(async () => {
  await Promise.all(started.map((service) => service.stop()));
  await rm(directory, { recursive: true, force: true });
});

async function start(env: Record<string, string> = {}) {
  const service = await startService({ MODEL_DIR: directory, WORKERS: '1', LOG_LEVEL: 'error', ...env });
  started.push(service);
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(service.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return { service, send };
}

const graph = {
  inputs: ['x'],
  nodes: [{ op: 'linear', inputs: ['x', 'w', 'b'], outputs: ['y'] }],
  outputs: ['y'],
  values: { w: { data: [[2, -1]], dtype: 'float64' }, b: { data: [0.5], dtype: 'float64' } },
};
const request = { model: 'line', inputs: { x: { data: [[1, 3]], dtype: 'float64' } }, graph_scope: 'none' };

it('keeps models over a restart, and shares them with another process', async () => {
  const first = await start();
  expect((await first.send('PUT', '/v1/models/line', { graph })).status).toBe(201);
  expect((await first.send('PATCH', '/v1/models/line', { parameters: { b: [10] } })).body.version).toBe(2);
  expect((await first.send('PUT', '/v1/models/other', { graph })).status).toBe(201);
  expect((await first.send('DELETE', '/v1/models/other')).status).toBe(204);
  const told = (await first.send('GET', '/v1/models/line')).body;
  await first.service.stop();
  expect(await readdir(directory)).toEqual(['line']);
  expect((await readdir(join(directory, 'line', '2'))).sort()).toEqual([
    'graph.json',
    'model.json',
    'parameters.safetensors',
  ]);

  // What a process left that was killed while it wrote is no model.
  await writeFile(join(directory, '.passing-left'), '');
  const [second, third] = [await start(), await start()];
  expect((await second.send('GET', '/v1/models')).body).toEqual({ models: [told] });
  const answers = await Promise.all([1, 2, 3].map(() => second.send('POST', '/v1/evaluate', request)));
  for (const { body } of answers) expect(body.outputs.y.data).toEqual([[9]]);
  const before = await second.send('POST', '/v1/evaluate', { ...request, model: 'line@1' });
  expect(before.body.outputs.y.data).toEqual([[-0.5]]);

  const both = await Promise.all([second, third].map(({ send }) => send('PUT', '/v1/models/line', { graph })));
  expect(both.map(({ status, body }) => [status, body.version]).sort()).toEqual([
    [200, 3],
    [200, 4],
  ]);
  expect((await third.send('GET', '/v1/models/line')).body.version).toBe(4);
  expect((await third.send('DELETE', '/v1/models/line')).status).toBe(204);
  expect((await second.send('POST', '/v1/evaluate', request)).status).toBe(404);
  expect((await readdir(directory)).filter((name) => name !== '.passing-left')).toEqual([]);
}, 60_000);
