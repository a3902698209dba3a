import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Reply, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let send: Send;
beforeAll(async () => {
  app = await appWith({ WORKERS: '1' });
  send = sender(app);
});
afterAll(() => app.close());

const FORWARD = {
  inputs: ['x', 'w'],
  nodes: [
    { op: 'mul', inputs: ['x', 'w'], outputs: ['h'] },
    { op: 'sum', inputs: ['h'], outputs: ['loss'] },
  ],
  outputs: ['loss'],
};

/** The graph that the service answers, with its backward part. */
const recorded = async (): Promise<Record<string, unknown>> => {
  const inputs = { x: [1, 2], w: { data: [0.5, -1.5], requires_grad: true } };
  const grad = { outputs: ['loss'] };
  return (await send('/v1/evaluate', { inputs, graph: FORWARD, grad, graph_scope: 'both' })).json.graph;
};

const render = async (body: object, headers?: Record<string, string>): Promise<Reply> =>
  send('/v1/graphs/render', body, headers);

describe('POST /v1/graphs/render', () => {
  it.each([
    ['svg', 'image/svg+xml'],
    ['dot', 'text/vnd.graphviz'],
    ['mermaid', 'text/vnd.mermaid'],
    ['text', 'text/plain'],
  ])('answers %s as %s', async (format, type) => {
    const graph = await recorded();
    for (const scope of ['forward', 'backward', 'both']) {
      const { status, text, headers } = await render({ graph, format, scope });
      const whole = type.startsWith('text/') ? `${type}; charset=utf-8` : type;
      expect([status, headers['content-type']]).toEqual([200, whole]);
      if (scope !== 'backward') for (const name of ['x', 'w', 'h', 'loss']) expect(text).toContain(name);
      expect(text.includes('d_w')).toBe(scope !== 'forward');
    }
  });

  it('takes the format from Accept where the body names none', async () => {
    const { headers } = await render({ graph: FORWARD }, { accept: 'text/vnd.mermaid' });
    expect([headers['content-type'], headers.vary]).toEqual(['text/vnd.mermaid; charset=utf-8', 'Accept']);
    const named = await render({ graph: FORWARD, format: 'dot' }, { accept: 'application/json' });
    expect([named.status, named.headers['content-type']]).toEqual([200, 'text/vnd.graphviz; charset=utf-8']);
    expect((await render({ graph: FORWARD }, { accept: 'video/mp4' })).status).toBe(406);
  });

  it('refuses what evaluate refuses, and names the place', async () => {
    const [first, second] = FORWARD.nodes;
    const refused = async (graph: object, options = {}) => {
      const { status, json } = await render({ graph, format: 'text', ...options });
      return [status, json.type.split(':').at(-1), json.detail, json.node];
    };
    const kind = async (graph: object, options = {}) => (await refused(graph, options)).slice(0, 2);
    const dangling = { ...FORWARD, nodes: [first, { ...second, inputs: ['nobody'] }] };
    expect(await refused(dangling)).toEqual([
      422,
      'invalid_graph',
      '/graph/nodes/1: nothing is called "nobody"',
      'loss',
    ]);
    const circle = { ...FORWARD, nodes: [{ ...first, inputs: ['x', 'loss'] }, second] };
    expect(await refused(circle)).toEqual([
      422,
      'invalid_graph',
      '/graph/nodes/0: "loss" is used before the node that makes it',
      'h',
    ]);
    expect(await kind({ ...FORWARD, outputs: ['nobody'] })).toEqual([422, 'invalid_graph']);
    const unknown = { ...FORWARD, nodes: [{ ...first, op: 'multiply_all' }] };
    expect(await kind(unknown)).toEqual([422, 'invalid_graph']);
    for (const scope of ['backward', 'both']) expect(await kind(FORWARD, { scope })).toEqual([422, 'invalid_graph']);
  });

  it.each([
    [{ format: 'gif' }, '/format'],
    [{ scope: 'sideways' }, '/scope'],
    [{ theme: 'neon' }, '/theme'],
    [{ collapse: 'yes' }, '/collapse'],
    [{ opset: 12 }, '/opset'],
    [{ opset: 18 }, '/opset'],
    [{ style: 'bold' }, '/style'],
  ])('refuses %j', async (options, pointer) => {
    const { status, json } = await render({ graph: FORWARD, ...options });
    expect([status, json.errors[0].pointer]).toEqual([400, pointer]);
  });

  it('needs a graph', async () => {
    const { status, json } = await render({ format: 'dot' });
    expect([status, json.errors[0].pointer]).toEqual([400, '/graph']);
  });

  it('reads CBOR', async () => {
    const { encode } = await import('cbor2');
    const body = Buffer.from(encode({ graph: FORWARD, format: 'text' }));
    const { status, text } = await render(body, { 'content-type': 'application/cbor' });
    expect(status).toBe(200);
    expect(text).toContain('h = mul(x, w)');
  });
});
