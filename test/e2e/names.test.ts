/** What clients write as a name is not kept when their request is over. */
import { request } from 'undici';
import { expect, it } from 'vitest';
import { startService } from './service.ts';

const LENGTH = 80_000;
const ROUNDS = 80;

/** Requests in which a long name stands, wherever one may. */
const REQUESTS: Record<string, (name: string) => object> = {
  'an op': (name) => ({ graph: { nodes: [{ op: name, outputs: ['y'] }] } }),
  'an in-place op': (name) => ({ graph: { nodes: [{ op: `${name}_`, outputs: ['y'] }] } }),
  'a double underscore op': (name) => ({ graph: { nodes: [{ op: `__${name}__`, outputs: ['y'] }] } }),
  'an input': (name) => ({ inputs: { [name]: [1] }, graph: { inputs: [name], nodes: [], outputs: [name] } }),
  'a result': (name) => ({
    graph: { nodes: [{ op: 'zeros', attrs: { size: [1] }, outputs: [name] }], outputs: [name] },
  }),
  'an attribute': (name) => ({ graph: { nodes: [{ op: 'zeros', attrs: { size: [1], [name]: 1 }, outputs: ['y'] }] } }),
  'an attribute’s value': (name) => ({
    inputs: { x: [[1]] },
    graph: { inputs: ['x'], nodes: [{ op: 'einsum', inputs: [['x']], attrs: { equation: name }, outputs: ['y'] }] },
  }),
  'a dtype': (name) => ({ inputs: { x: { data: [1], dtype: name } }, graph: { nodes: [] } }),
  'a field': (name) => ({ [name]: 1 }),
};

it('neither by what computes nor by what answers', { timeout: 240_000 }, async () => {
  // All names together take more than this heap.
  const service = await startService({ NODE_OPTIONS: '--max-old-space-size=48', LOG_LEVEL: 'info' });
  const statuses = new Set<number>();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `n${round}`.padEnd(LENGTH, 'x');
      await Promise.all(
        Object.values(REQUESTS).map(async (make) => {
          const reply = await request(`${service.url}/v1/evaluate`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(make(name)),
          });
          await reply.body.dump();
          statuses.add(reply.statusCode);
        }),
      );
      const part = name.slice(0, 8000);
      for (const [path, headers] of [
        [`/v1/ops/${part.slice(0, 250)}`, { 'x-request-id': part.slice(0, 100) }],
        [`/v1/${part}`, { 'content-type': `application/${part.slice(0, 4000)}` }],
        [`/v1/sessions/${part.slice(0, 200)}/tensors/${round}`, { accept: part.slice(0, 4000) }],
      ] as const) {
        const reply = await request(service.url + path, { headers });
        await reply.body.dump();
        statuses.add(reply.statusCode);
      }
    }
    expect(
      service
        .log()
        .split('\n')
        .filter((line) => line.includes('"level":50')),
    ).toEqual([]);
    expect([...statuses].sort()).toEqual([200, 400, 404, 406, 422]);
  } finally {
    expect(await service.stop()).toBe(0);
  }
});
