import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../src/models/onnx/proto/read.ts';
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
  it('draws large graphs in a thread, with all their nodes', async () => {
    const nodes = Array.from({ length: 3000 }, (_, i) => ({
      op: i % 7 === 0 ? 'add' : 'tanh',
      inputs: i % 7 === 0 ? [i === 0 ? 'x' : `h${i - 1}`, i < 20 ? 'x' : `h${i - 20}`] : [`h${i - 1}`],
      outputs: [`h${i}`],
    }));
    const graph = { inputs: ['x'], nodes, outputs: ['h2999'] };
    const whole = await render({ graph, format: 'svg', collapse: false });
    expect(whole.status).toBe(200);
    expect(String(whole.headers['server-timing'])).not.toContain('queue;dur=0,');
    expect(whole.text.match(/ data-node="/g)).toHaveLength(3000);
    const folded = await render({ graph, format: 'svg' });
    expect(folded.text).toContain('× ');
    expect(folded.text.length).toBeLessThan(whole.text.length / 2);
  }, 60_000);

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

describe('GET /v1/sessions/{id}/graph.svg', () => {
  const get = async (url: string): Promise<[number, string, string]> => {
    const { statusCode, headers, body } = await app.inject({ method: 'GET', url });
    return [statusCode, String(headers['content-type']), body];
  };

  it('draws what a value of a workspace hangs on', async () => {
    const { id } = (await app.inject({ method: 'POST', url: '/v1/sessions' })).json();
    const code =
      'import torch\nw = torch.tensor([2.0, -1.0], requires_grad=True)\nh = torch.relu(w * 3)\nloss = h.sum()\nloss.backward()';
    await send(`/v1/sessions/${id}/cells`, { code });
    const at = `/v1/sessions/${id}/graph`;
    const [status, type, svg] = await get(`${at}.svg?of=loss`);
    expect([status, type]).toEqual([200, 'image/svg+xml']);
    for (const name of ['w', 'h', 'loss']) expect(svg).toContain(`data-value="${name}" id="${name}"`);
    expect(svg).toContain('grad = [3, 0]');
    expect(svg).toContain('prefers-color-scheme');
    const dark = await get(`${at}.svg?of=loss&theme=dark&values=false`);
    expect(dark[2]).not.toContain('grad = ');
    expect(dark[2]).not.toContain('prefers-color-scheme');
    expect((await get(`${at}.dot?of=loss`)).slice(0, 2)).toEqual([200, 'text/vnd.graphviz; charset=utf-8']);
    expect((await get(`${at}.mmd?of=loss`)).slice(0, 2)).toEqual([200, 'text/vnd.mermaid; charset=utf-8']);
    expect((await get(`${at}.svg?of=lost`))[0]).toBe(404);
    expect((await get(`${at}.svg`))[0]).toBe(400);
    for (const wrong of ['collapse=perhaps', 'colapse=true', '__proto__=1', 'of=loss']) {
      const [status, , body] = await get(`${at}.svg?of=loss&${wrong}`);
      expect([wrong, status, JSON.parse(body).type]).toEqual([wrong, 400, 'urn:gradwire:problem:invalid_query']);
    }
    const [refused, , problem] = await get(`${at}.svg?of=loss&scope=both`);
    expect([refused, JSON.parse(problem).type]).toEqual([422, 'urn:gradwire:problem:invalid_graph']);
  }, 60_000);

  it('knows no graph of a workspace that is not there', async () => {
    expect((await get('/v1/sessions/nobody/graph.svg?of=x'))[0]).toBe(404);
  });
});

describe('as ONNX', () => {
  it('is a model, with gradients where they are asked for', async () => {
    const { json } = await send('/v1/evaluate', {
      inputs: { x: [1, 2], w: { data: [3, -1], requires_grad: true } },
      graph: {
        inputs: ['x', 'w'],
        nodes: [
          { op: 'mul', inputs: ['x', 'w'], outputs: ['y'] },
          { op: 'sum', inputs: ['y'], outputs: ['loss'] },
        ],
        outputs: ['loss'],
      },
      grad: { outputs: ['loss'] },
      graph_scope: 'both',
    });
    const response = await app.inject({
      method: 'POST',
      url: '/v1/graphs/render',
      payload: { graph: json.graph, format: 'onnx', scope: 'both' },
    });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/onnx');
    const { graph } = readModel(response.rawPayload);
    expect(graph?.input.map(({ name }) => name)).toEqual(['x', 'w']);
    expect(graph?.output.map(({ name }) => name)).toEqual(['loss', json.graph.backward.grads.w]);
  });

  it('lists all nodes that ONNX has no counterpart for', async () => {
    const graph = {
      inputs: ['x'],
      nodes: [
        { op: 'bessel_j0', inputs: ['x'], outputs: ['a'] },
        { op: 'nextafter', inputs: ['a', 'x'], outputs: ['b'] },
        { op: 'exp', inputs: ['b'], outputs: ['c'] },
      ],
      outputs: ['c'],
      values: { x: { dtype: 'float32', shape: [2] } },
    };
    const { status, json } = await render({ graph, format: 'onnx' });
    expect(status).toBe(422);
    expect(json.type).toBe('urn:gradwire:problem:invalid_graph');
    expect(json.unsupported).toEqual([
      { node: 'a', op: 'bessel_j0', why: expect.any(String) },
      { node: 'b', op: 'nextafter', why: expect.any(String) },
    ]);
    const wild = await render({ graph: { ...graph, values: {} }, format: 'onnx' });
    expect([wild.status, wild.json.detail]).toEqual([422, expect.stringContaining('"x" has no shape')]);
  });

  const one = (node: object, shape: number[], name = 'x') => ({
    format: 'onnx',
    graph: { inputs: [name, name], nodes: [node], outputs: ['y'], values: { [name]: { dtype: 'float32', shape } } },
  });

  it('has an input once that the graph names twice', async () => {
    const payload = one({ op: 'relu', inputs: ['x'], outputs: ['y'] }, [2]);
    const response = await app.inject({ method: 'POST', url: '/v1/graphs/render', payload });
    expect(response.statusCode).toBe(200);
    expect(readModel(response.rawPayload).graph?.input.map(({ name }) => name)).toEqual(['x']);
  });

  it('refuses an empty name, which is none in ONNX', async () => {
    const { status, json } = await render(one({ op: 'relu', inputs: [''], outputs: ['y'] }, [2], ''));
    expect([status, json.detail]).toEqual([422, expect.stringContaining('empty name')]);
  });

  it.each([
    ['combinations', { r: 5 }, [100]],
    ['interpolate', { scale_factor: 1e9 }, [1, 1, 9]],
    ['arange', { end: 1e15 }, [1]],
  ])('refuses %s of very many elements before it makes them', async (op, attrs, shape) => {
    const { status, json } = await render(
      one({ op, inputs: op === 'arange' ? [] : ['x'], outputs: ['y'], attrs }, shape),
    );
    expect(status).toBe(422);
    expect(json.unsupported).toEqual([{ node: 'y', op, why: expect.any(String) }]);
  });
});
