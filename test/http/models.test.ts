/** `/v1/models`, and requests that name a model. */
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../src/codec/safetensors/safetensors.ts';
import { storageOf } from '../../src/tensor/storage.ts';
import { fromStorage } from '../../src/tensor/tensor.ts';
import { file, floats, info, int64s, node } from '../models/onnx/in/model.ts';
import { appWith } from '../support/app.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith({ WORKERS: '1', MAX_MODELS: '3', BODY_LIMIT: '300000', MODEL_LIMIT: '2000000' });
});
afterAll(() => app.close());
afterEach(async () => {
  for (const { name } of (await app.inject('/v1/models')).json().models)
    await app.inject({ method: 'DELETE', url: `/v1/models/${name}` });
});

type Method = NonNullable<InjectOptions['method']>;

async function send(method: Method, url: string, payload?: object | Buffer, headers: Record<string, string> = {}) {
  const type = Buffer.isBuffer(payload) ? { 'content-type': 'application/octet-stream' } : {};
  const answer = await app.inject({ method, url, payload, headers: { ...type, ...headers } });
  const isJson = /json/.test(String(answer.headers['content-type']));
  return { status: answer.statusCode, headers: answer.headers, body: isJson ? answer.json() : answer.rawPayload };
}

const GRAPH = {
  inputs: ['x'],
  nodes: [
    { op: 'linear', inputs: ['x', 'w', 'b'], outputs: ['h'] },
    { op: 'relu', inputs: ['h'], outputs: ['y'] },
    { op: 'sum', inputs: ['y'], outputs: ['s'] },
  ],
  outputs: ['y'],
  values: {
    x: { dtype: 'float32', shape: [1, 2] },
    w: {
      data: [
        [1, 2],
        [3, -4],
      ],
    },
    b: { data: [0.5, 0.25] },
  },
};
const put = (name = 'net', graph: object = GRAPH, headers = {}) =>
  send('PUT', `/v1/models/${name}`, { graph }, headers);
const evaluate = (body: object) => send('POST', '/v1/evaluate', { graph_scope: 'none', ...body });
const y = async (model = 'net') => (await evaluate({ model, inputs: { x: [[1, 1]] } })).body.outputs.y.data;

describe('PUT', () => {
  it('keeps a graph, and tells what it takes', async () => {
    const { status, headers, body } = await put();
    expect([status, headers.location, headers.etag]).toEqual([201, '/v1/models/net', '"1"']);
    expect(body).toEqual({
      name: 'net',
      version: 1,
      inputs: [{ name: 'x', dtype: 'float32', shape: [1, 2] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: null }],
      parameters: [
        { name: 'w', dtype: 'float32', shape: [2, 2] },
        { name: 'b', dtype: 'float32', shape: [2] },
      ],
      ops: { linear: 1, relu: 1, sum: 1 },
      nodes: 3,
      bytes: 24,
      source: 'graph',
    });
    expect((await send('GET', '/v1/models')).body).toEqual({ models: [body] });
    expect((await send('GET', '/v1/models/net@1')).body).toEqual(body);
  });

  it('keeps an ONNX file, sizes that vary and constants that are no parameters', async () => {
    const bytes = file({
      input: [info('x', ['n', 2])],
      output: [info('y', ['n', 1])],
      initializer: [floats('w', [1, 2], [2, -1]), int64s('rows', [2], [1, 0])],
      node: [node('Gather', ['x', 'rows'], ['g']), node('Gemm', ['g', 'w'], ['y'], { transB: 1 })],
    });
    const { status, body } = await send('PUT', '/v1/models/file', Buffer.from(bytes));
    expect([status, body.source, body.inputs]).toEqual([
      201,
      'onnx',
      [{ name: 'x', dtype: 'float32', shape: [-1, 2] }],
    ]);
    expect(body.parameters).toEqual([{ name: 'w', dtype: 'float32', shape: [1, 2] }]);
    const answer = await evaluate({
      model: 'file',
      inputs: {
        x: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      },
      grad: { outputs: ['y'], grad_outputs: [[[1], [10]]] },
    });
    expect(answer.body.outputs.y.data).toEqual([[2], [0]]);
    expect(answer.body.grads.w.data).toEqual([[13, 24]]);
    for (const answer of [
      await send('GET', '/v1/models/file', undefined, { accept: 'application/onnx' }),
      await send('POST', '/v1/graphs/render', { model: 'file', format: 'onnx' }),
    ])
      expect([answer.status, answer.body.detail]).toEqual([422, expect.stringContaining('"x" has no shape')]);
    const graph = (await send('GET', '/v1/models/file/graph')).body;
    expect(graph.values.w).not.toHaveProperty('data');
    expect(graph.values.rows.data).toEqual([1, 0]);
  });

  it.each(['', '-x', 'a b', 'x'.repeat(129), 'a@2', '%C3%A4', 'relu', 'mse_loss', '..%2Fx'])(
    'refuses the name %j',
    async (name) => {
      expect([400, 404]).toContain((await put(name)).status);
      expect((await send('GET', '/v1/models')).body.models).toEqual([]);
    },
  );

  it('makes versions, and keeps the last two', async () => {
    for (const bias of [1, 2, 3]) {
      const { status, body } = await put('net', { ...GRAPH, values: { ...GRAPH.values, b: { data: [bias, bias] } } });
      expect([status, body.version]).toEqual([bias === 1 ? 201 : 200, bias]);
    }
    expect([await y(), await y('net@3'), await y('net@2')]).toEqual([[[6, 2]], [[6, 2]], [[5, 1]]]);
    const gone = await evaluate({ model: 'net@1', inputs: { x: [[1, 1]] } });
    expect([gone.status, gone.body.detail]).toEqual([404, 'version 1 of "net" is not kept; the newest is 3']);
  });

  it('names constants that lack their elements', async () => {
    const { status, body } = await put('net', { ...GRAPH, values: { ...GRAPH.values, w: { shape: [2, 2] } } });
    expect([status, body.errors[0].pointer]).toEqual([400, '/graph/values/w/data']);
  });

  it.each([
    ['an unknown op', { ...GRAPH, nodes: [{ op: 'nope', outputs: ['y'] }] }, 422],
    ['no outputs', { ...GRAPH, outputs: [] }, 422],
    ['an unknown name', { ...GRAPH, values: {} }, 422],
    ['no graph', 7, 400],
    [
      'a name that files keep for themselves',
      { ...GRAPH, values: { ...GRAPH.values, __metadata__: { data: 1 } } },
      422,
    ],
  ])('refuses %s', async (_, graph, status) => {
    expect((await put('net', graph as object)).status).toBe(status);
  });

  it('refuses what is no file, and what is too large', async () => {
    for (const bytes of [Buffer.from('no model'), Buffer.alloc(1000)])
      expect([400, 422]).toContain((await send('PUT', '/v1/models/net', bytes)).status);
    expect((await send('PUT', '/v1/models/net', Buffer.alloc(0))).status).toBe(400);
    expect((await send('PUT', '/v1/models/net', Buffer.alloc(2_000_001))).status).toBe(413);
    expect((await send('PUT', '/v1/models/net', Buffer.from('x'), { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('takes more than BODY_LIMIT, and refuses a name past MAX_MODELS', async () => {
    const w = Buffer.from(new Float32Array(300_000).fill(1).buffer).toString('base64');
    const graph = {
      inputs: ['x'],
      nodes: [{ op: 'mul', inputs: ['x', 'w'], outputs: ['y'] }],
      outputs: ['y'],
      values: { w: { base64: w, shape: [300_000] } },
    };
    expect((await put('a', graph)).status).toBe(201);
    const answer = await evaluate({ model: 'a', inputs: { x: 2 }, outputs: ['y'], tensor_format: 'base64' });
    expect(answer.body.outputs.y.shape).toEqual([300_000]);
    for (const name of ['b', 'c']) expect((await put(name)).status).toBe(201);
    const { status, body } = await put('d');
    expect([status, body.type]).toEqual([422, 'urn:gradwire:problem:budget']);
    expect((await put('c')).status).toBe(200);
  });

  it('looks at If-Match and If-None-Match', async () => {
    expect((await put('net', GRAPH, { 'if-match': '"1"' })).status).toBe(412);
    expect((await put('net', GRAPH, { 'if-none-match': '*' })).status).toBe(201);
    expect((await put('net', GRAPH, { 'if-none-match': '*' })).status).toBe(412);
    expect((await put('net', GRAPH, { 'if-match': '"1"' })).status).toBe(200);
    expect((await put('net', GRAPH, { 'if-match': '"1"' })).status).toBe(412);
    expect((await put('net', GRAPH, { 'if-match': '"7", "2"' })).status).toBe(200);
    expect((await put('net', GRAPH, { 'if-match': 'nonsense' })).status).toBe(412);
    expect((await send('DELETE', '/v1/models/net', undefined, { 'if-match': '"1"' })).status).toBe(412);
    expect((await send('DELETE', '/v1/models/net', undefined, { 'if-match': '"3"' })).status).toBe(204);
    expect((await send('DELETE', '/v1/models/net')).status).toBe(404);
  });

  it('gives versions that come at once different numbers', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => put()));
    expect(answers.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const guarded = await Promise.all(Array.from({ length: 4 }, () => put('net', GRAPH, { 'if-match': '"8"' })));
    expect(guarded.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });
});

describe('PATCH', () => {
  it('replaces parameters by JSON', async () => {
    await put();
    const { status, body } = await send('PATCH', '/v1/models/net', { parameters: { b: ['NaN', 10] } });
    expect([status, body.version]).toEqual([200, 2]);
    expect(await y()).toEqual([['NaN', 9]]);
    expect(await y('net@1')).toEqual([[3.5, 0]]);
  });

  it('replaces parameters by a safetensors file', async () => {
    await put();
    const bias = fromStorage(storageOf('float32', Float32Array.of(10, 20)), [2]);
    const { status } = await send('PATCH', '/v1/models/net', writeSafetensors([['b', bias]]));
    expect([status, await y()]).toEqual([200, [[13, 19]]]);
  });

  it.each([
    [{ b: [1, 2, 3] }, 422, 'shape_mismatch'],
    [{ b: { data: [1, 2], dtype: 'float64' } }, 422, 'dtype'],
    [{ b: [true, false] }, 422, 'dtype'],
    [{ nope: [1] }, 400, 'invalid_body'],
    [{ h: [[1, 2]] }, 400, 'invalid_body'],
  ])('refuses %j', async (parameters, status, code) => {
    await put();
    const answer = await send('PATCH', '/v1/models/net', { parameters });
    expect([answer.status, answer.body.type]).toEqual([status, `urn:gradwire:problem:${code}`]);
    expect((await send('GET', '/v1/models/net')).body.version).toBe(1);
  });

  it('refuses what is no file, another version and no model', async () => {
    await put();
    expect((await send('PATCH', '/v1/models/net', Buffer.from('nonsense'))).status).toBe(400);
    const patch = { parameters: { b: [1, 1] } };
    expect((await send('PATCH', '/v1/models/net', patch, { 'if-match': '"2"' })).status).toBe(412);
    expect((await send('PATCH', '/v1/models/none', patch)).status).toBe(404);
  });

  it('loses none of those that come at once', async () => {
    await put();
    const sent = [
      { b: [7, 7] },
      {
        w: [
          [0, 0],
          [0, 0],
        ],
      },
    ];
    const answers = await Promise.all(sent.map((parameters) => send('PATCH', '/v1/models/net', { parameters })));
    expect(answers.map(({ body }) => body.version).sort()).toEqual([2, 3]);
    expect(await y()).toEqual([[7, 7]]);
  });
});

describe('a model in the place of a graph', () => {
  it('is differentiated with respect to inputs, parameters and inner values', async () => {
    await put();
    const grad = { outputs: ['s'], inputs: ['x', 'w', 'h'] };
    const { body } = await evaluate({ model: 'net', inputs: { x: [[1, 1]] }, grad });
    expect(Object.entries(body.grads as Record<string, { data: unknown }>).map(([k, { data }]) => [k, data])).toEqual([
      ['x', [[1, 2]]],
      [
        'w',
        [
          [1, 1],
          [0, 0],
        ],
      ],
      ['h', [[1, 0]]],
    ]);
    const all = await evaluate({ model: 'net', inputs: { x: [[1, 1]] }, grad: { outputs: ['s'] } });
    expect(Object.keys(all.body.grads).sort()).toEqual(['b', 'w']);
  });

  it('leaves out what no output hangs on, unless it is asked for', async () => {
    await put('bn', {
      inputs: ['x'],
      nodes: [
        { op: 'batch_norm', inputs: ['x', 'mean', 'var', 'w', 'b'], attrs: { training: true }, outputs: ['y'] },
        { op: 'sum', inputs: ['y'], outputs: ['s'] },
      ],
      outputs: ['s'],
      values: { mean: { data: [0, 0] }, var: { data: [1, 1] }, w: { data: [1, 1] }, b: { data: [0, 0] } },
    });
    const ask = async (grad: object) =>
      evaluate({
        model: 'bn',
        inputs: {
          x: [
            [1, 2],
            [3, 4],
          ],
        },
        outputs: ['mean'],
        grad: { outputs: ['s'], ...grad },
      });
    for (let i = 0; i < 2; i++) {
      const { body } = await ask({});
      expect(Object.keys(body.grads).sort()).toEqual(['b', 'w']);
      // Training writes over the statistics of the request, not over those of the model.
      expect(body.outputs.mean.data[0]).toBeCloseTo(0.2);
    }
    expect((await ask({ allow_unused: true })).body.grads.mean).toEqual({ reason: expect.any(String) });
    expect((await ask({ inputs: ['mean'] })).status).toBe(422);
  });

  it('takes other parameters for one request', async () => {
    await put();
    const inputs = { x: [[1, 1]], b: [0, 10] };
    const { body } = await evaluate({ model: 'net', inputs, grad: { outputs: ['s'] } });
    expect([body.outputs.y.data, body.grads.b.data]).toEqual([[[3, 9]], [1, 1]]);
    expect(await y()).toEqual([[3.5, 0]]);
    const wrong = await evaluate({ model: 'net', inputs: { x: [[1, 1]], b: [0, 1, 2] } });
    expect([wrong.status, wrong.body.type]).toEqual([422, 'urn:gradwire:problem:shape_mismatch']);
  });

  it('leaves the data of parameters out of the graph', async () => {
    await put();
    const body = { model: 'net', inputs: { x: [[1, 1]] } };
    const small = (await send('POST', '/v1/evaluate', body)).body.graph;
    expect([small.values.w.data, small.values.h.data]).toEqual([undefined, [[3.5, -0.75]]]);
    const all = (await send('POST', '/v1/evaluate', { ...body, graph_values: 'all' })).body.graph;
    expect(all.values.w.data).toEqual([
      [1, 2],
      [3, -4],
    ]);
  });

  it('is taken by derivatives, explain and render', async () => {
    await put();
    const body = { model: 'net', inputs: { x: [[1, 1]] }, graph_scope: 'none' };
    const jacobian = await send('POST', '/v1/jacobian', { ...body, of: 'y', wrt: 'b' });
    expect(jacobian.body.jacobian.data).toEqual([
      [
        [1, 0],
        [0, 0],
      ],
    ]);
    const explained = await send('POST', '/v1/explain', { ...body, of: 's', wrt: 'h' });
    expect(explained.body.result.h.data).toEqual([[1, 0]]);
    expect((await send('POST', '/v1/gradcheck', { ...body, of: 's', wrt: 'x' })).body.ok).toBe(true);
    const text = await send('POST', '/v1/graphs/render', { model: 'net', format: 'text' });
    expect(String(text.body)).toContain('h = linear(x, w, b)');
  });

  it('is found where the body is large', async () => {
    await put('wide', { ...GRAPH, values: { w: GRAPH.values.w, b: GRAPH.values.b } });
    const x = Array.from({ length: 20_000 }, () => [1, 1.5]);
    const { status, body } = await evaluate({ model: 'wide', inputs: { x }, outputs: ['s'] });
    expect([status, body.outputs?.s.data]).toEqual([200, 20_000 * 4.5]);
    const none = await evaluate({ model: 'none', inputs: { x } });
    expect([none.status, none.body.type]).toEqual([404, 'urn:gradwire:problem:not_found']);
  });

  it('gives bare arrays the dtypes of its inputs', async () => {
    await put('sums', {
      inputs: ['x'],
      nodes: [{ op: 'add', inputs: ['x', 'c'], outputs: ['y'] }],
      outputs: ['y'],
      values: { x: { dtype: 'int64', shape: [2] }, c: { data: [1, 2], dtype: 'int64' } },
    });
    const { body } = await evaluate({ model: 'sums', inputs: { x: [1, 2] } });
    expect(body.outputs.y).toEqual({ dtype: 'int64', shape: [2], data: [2, 4] });
    expect((await evaluate({ model: 'sums', inputs: { x: [1.5, 2] } })).body.errors[0].pointer).toBe('/inputs/x/0');
  });

  it('is not changed by ops that write over what they read', async () => {
    await put('writes', {
      inputs: ['x'],
      nodes: [{ op: 'add_', inputs: ['c', 'x'], outputs: ['c#1'] }],
      outputs: ['c#1'],
      values: { c: { data: [1, 2], dtype: 'int64' } },
    });
    for (let i = 0; i < 2; i++) {
      const { status, body } = await evaluate({ model: 'writes', inputs: { x: { data: [5, 5], dtype: 'int64' } } });
      expect([status, body.outputs?.['c#1'].data]).toEqual([200, [6, 7]]);
    }
  });

  it.each([
    [{ model: 'none' }, 404, undefined],
    [{ model: '../x' }, 404, undefined],
    [{ model: 'net', inputs: {} }, 400, '/inputs/x'],
    [{ model: 'net', graph: GRAPH }, 400, '/model'],
    [{ model: 'net', inputs: { x: [[1, 1]], q: [1] } }, 400, '/inputs/q'],
    [{ model: 7 }, 400, '/model'],
  ])('refuses %j', async (body, status, pointer) => {
    await put();
    const answer = await evaluate(body);
    expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([status, pointer]);
  });
});

describe('GET', () => {
  it('gives the graph, which stands for itself with its parameters', async () => {
    await put();
    const graph = (await send('GET', '/v1/models/net/graph?parameters=true')).body;
    const { body } = await evaluate({ graph, inputs: { x: [[1, 1]] } });
    expect(body.outputs.y.data).toEqual([[3.5, 0]]);
    const bare = (await send('GET', '/v1/models/net/graph')).body;
    expect(bare.values.w).toEqual({ dtype: 'float32', shape: [2, 2], requires_grad: true, is_leaf: true });
    expect((await send('GET', '/v1/models/net/graph?parameters=maybe')).status).toBe(400);
    expect((await send('GET', '/v1/models/none/graph')).status).toBe(404);
  });

  it('gives an ONNX file, which is a model again', async () => {
    await put();
    const onnx = await send('GET', '/v1/models/net', undefined, { accept: 'application/onnx' });
    expect([onnx.status, onnx.headers['content-type']]).toEqual([200, 'application/onnx']);
    expect((await send('PUT', '/v1/models/again', onnx.body as Buffer)).status).toBe(201);
    expect(await y('again')).toEqual([[3.5, 0]]);
  });

  it('keeps what half floats and integers are', async () => {
    await put('types', {
      inputs: [],
      nodes: [{ op: 'add', inputs: ['a', 'b'], outputs: ['y'] }],
      outputs: ['y', 'c'],
      values: {
        a: { data: [1.5], dtype: 'float16' },
        b: { data: [2.5], dtype: 'float16' },
        c: { data: ['9007199254740993'], dtype: 'int64' },
      },
    });
    const { body } = await evaluate({ model: 'types' });
    expect([body.outputs.y, body.outputs.c.data]).toEqual([
      { dtype: 'float16', shape: [1], data: [4] },
      ['9007199254740993'],
    ]);
  });
});

it('keeps the models of each key apart', async () => {
  const keyed = await appWith({ WORKERS: '1', API_KEYS: 'one,two' });
  const by = (key: string, method: Method, url: string, payload?: object) =>
    keyed.inject({ method, url, payload, headers: { 'x-api-key': key } });
  try {
    expect((await by('one', 'PUT', '/v1/models/net', { graph: GRAPH })).statusCode).toBe(201);
    expect((await by('two', 'GET', '/v1/models')).json()).toEqual({ models: [] });
    const request = { model: 'net', inputs: { x: [[1, 1]] } };
    expect((await by('one', 'POST', '/v1/evaluate', request)).statusCode).toBe(200);
    expect((await by('two', 'POST', '/v1/evaluate', request)).statusCode).toBe(404);
    expect((await by('two', 'DELETE', '/v1/models/net')).statusCode).toBe(404);
    expect((await by('two', 'PUT', '/v1/models/net', { graph: GRAPH })).json().version).toBe(1);
    expect((await by('one', 'GET', '/v1/models/net')).json().version).toBe(1);
  } finally {
    await keyed.close();
  }
});
