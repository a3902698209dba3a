/** `/v2`: what KServe's and Triton's clients send, and what they read. */
import zlib from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith } from '../support/app.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith({});
});
afterAll(() => app.close());

const HEAD = 'inference-header-content-length';

const f32 = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const input = (shape: number[], data: unknown, name = 'input', datatype = 'FP32') => ({ name, shape, datatype, data });
const packed = (shape: number[], bytes: number, name = 'input', datatype = 'FP32') => ({
  name,
  shape,
  datatype,
  parameters: { binary_data_size: bytes },
});

const post = (url: string, payload: Buffer | string | undefined, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, payload, headers });

async function infer(model: string, body: object | string, headers: Record<string, string> = {}) {
  const reply = await post(
    `/v2/models/${model}/infer`,
    typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  );
  return { status: reply.statusCode, headers: reply.headers, json: () => reply.json(), body: reply.body };
}

/** An answer in binary form, taken apart. */
function parts(reply: Awaited<ReturnType<typeof post>>) {
  const length = Number(reply.headers[HEAD]);
  const head = JSON.parse(reply.rawPayload.subarray(0, length).toString());
  return { head, tail: reply.rawPayload.subarray(length) };
}

describe('the server', () => {
  it.each([
    [
      '/v2',
      { name: 'gradwire', version: expect.any(String), extensions: expect.arrayContaining(['binary_tensor_data']) },
    ],
    ['/v2/', { name: 'gradwire', version: expect.any(String), extensions: expect.any(Array) }],
    ['/v2/health/live', { live: true }],
    ['/v2/health/ready', { ready: true }],
    ['/v2/models/sigmoid/ready', { name: 'sigmoid', ready: true }],
    ['/v2/models/sigmoid/versions/1/ready?unknown=1', { name: 'sigmoid', ready: true }],
  ])('%s', async (url, expected) => {
    const reply = await app.inject(url);
    expect([reply.statusCode, reply.headers['content-type'], reply.json()]).toEqual([
      200,
      'application/json',
      expected,
    ]);
  });

  it('lists all models, with a body or without one', async () => {
    for (const body of [undefined, '', '{}', '{"ready": true}']) {
      const reply = await post('/v2/repository/index', body);
      expect(reply.statusCode).toBe(200);
      expect(reply.json()).toContainEqual({ name: 'cross_entropy', version: '1', state: 'READY', reason: '' });
      expect(reply.json().map(({ name }: { name: string }) => name)).not.toContain('zeros');
    }
    expect((await post('/v2/repository/models/gelu/load', '{}')).statusCode).toBe(200);
    expect((await post('/v2/repository/models/none/load', '{}')).statusCode).toBe(404);
    expect((await post('/v2/repository/models/gelu/unload', '{}')).json().error).toContain('stays');
  });
});

describe('models', () => {
  it('tell their tensors, and which gradients there are', async () => {
    const tensor = (name: string, datatype = 'FP32') => ({ name, datatype, shape: [-1] });
    expect((await app.inject('/v2/models/cross_entropy')).json()).toEqual({
      name: 'cross_entropy',
      versions: ['1'],
      platform: 'gradwire_op',
      inputs: [tensor('input'), tensor('target', 'INT64'), tensor('weight')],
      outputs: [tensor('output'), tensor('grad.input'), tensor('grad.weight')],
    });
    const { outputs } = (await app.inject('/v2/models/topk/versions/1')).json();
    expect(outputs).toEqual([tensor('output0'), tensor('output1', 'INT64'), tensor('grad.input')]);
    expect((await app.inject('/v2/models/softplus/config')).json()).toMatchObject({
      name: 'softplus',
      max_batch_size: 0,
      input: [{ name: 'input', data_type: 'TYPE_FP32', dims: [-1] }],
      parameters: { beta: { string_value: '1' } },
    });
  });

  it('all have metadata and a configuration', async () => {
    for (const { name } of (await post('/v2/repository/index', undefined)).json()) {
      for (const ending of ['', '/config'])
        expect([name, (await app.inject(`/v2/models/${name}${ending}`)).statusCode]).toEqual([name, 200]);
    }
  });

  it('count what they were asked', async () => {
    const { inference_count: before } = (await app.inject('/v2/models/elu/stats')).json().model_stats[0];
    await infer('elu', { inputs: [input([1], [1])] });
    await infer('elu', { inputs: [] });
    const [stats] = (await app.inject('/v2/models/elu/versions/1/stats')).json().model_stats;
    expect(stats).toMatchObject({ name: 'elu', version: '1', inference_count: before + 1 });
    expect(stats.inference_stats.fail.count).toBe(1);
    expect((await app.inject('/v2/models/stats')).json().model_stats.length).toBeGreaterThan(100);
  });
});

describe('infer', () => {
  it.each([undefined, 'application/json', 'application/octet-stream', 'text/plain'])(
    'under the type %s',
    async (type) => {
      const { status, headers, json } = await infer(
        'sigmoid',
        { id: 'one', model_name: 'm', inputs: [input([2, 1], [[0], [0]])] },
        type === undefined ? {} : { 'content-type': type },
      );
      expect([status, headers['content-type']]).toEqual([200, 'application/json']);
      expect(json()).toEqual({
        model_name: 'sigmoid',
        model_version: '1',
        id: 'one',
        outputs: [{ name: 'output', datatype: 'FP32', shape: [2, 1], data: [0.5, 0.5] }],
      });
    },
  );

  it('gives gradients of a sum, of another output, and seeded', async () => {
    const x = input([2], [1, 2]);
    const both = await infer('square', { inputs: [x], outputs: [{ name: 'grad.input' }, { name: 'output' }] });
    expect(both.json().outputs.map((o: { data: unknown }) => o.data)).toEqual([
      [2, 4],
      [1, 4],
    ]);
    const seeded = { inputs: [x, input([2], [10, 1], 'grad_output')], outputs: [{ name: 'grad.input' }] };
    expect((await infer('square', seeded)).json().outputs[0].data).toEqual([20, 4]);
    const split = { inputs: [x], parameters: { chunks: 2, grad_of: 'output1' }, outputs: [{ name: 'grad.input' }] };
    expect((await infer('chunk', split)).json().outputs[0].data).toEqual([0, 1]);
  });

  it('takes lists of tensors, lists as text, and integers of any width for class indices', async () => {
    const cat = { inputs: [input([1], [1], 'tensors0'), input([2], [2, 3], 'tensors1')], parameters: { dim: 0 } };
    expect((await infer('cat', cat)).json().outputs[0].data).toEqual([1, 2, 3]);
    const sum = { inputs: [input([1, 2], [1, 2])], parameters: { dim: '[0, 1]', timeout: 5, sequence_id: 7 } };
    expect((await infer('sum', sum)).json().outputs[0]).toMatchObject({ shape: [], data: [3] });
    for (const datatype of ['INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'UINT64']) {
      const loss = { inputs: [input([1, 2], [100, 0]), input([1], [1], 'target', datatype)] };
      expect((await infer('cross_entropy', loss)).json().outputs[0].data, datatype).toEqual([100]);
    }
  });

  it('reads and writes bare words', async () => {
    const text = '{"inputs":[{"name":"input","shape":[3],"datatype":"FP64","data":[NaN,Infinity,-Infinity]}]}';
    const { status, body } = await infer('neg', text);
    expect([status, body]).toEqual([200, expect.stringContaining('"data":[NaN,-Infinity,Infinity]')]);
    const many = Array.from({ length: 200 }, () => 'NaN');
    const long = `{"inputs":[{"name":"input","shape":[200],"datatype":"FP32","data":[${many}]}]}`;
    expect((await infer('neg', long)).body).toContain(`"data":[${many}]`);
  });

  it('answers in binary form as asked: on the request, or on an output, which wins', async () => {
    const inputs = [packed([2], 8), input([], 2, 'other')];
    const send = (rest: object) => {
      const head = Buffer.from(JSON.stringify({ inputs, ...rest }));
      return post('/v2/models/mul/infer', Buffer.concat([head, f32(1, 2)]), { [HEAD]: String(head.length) });
    };
    const whole = await send({ parameters: { binary_data_output: true } });
    expect(whole.headers['content-type']).toBe('application/octet-stream');
    const { head, tail } = parts(whole);
    expect(head.outputs).toEqual([
      { name: 'output', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } },
    ]);
    expect(tail).toEqual(f32(2, 4));
    const mixed = await send({
      parameters: { binary_data_output: true },
      outputs: [{ name: 'output', parameters: { binary_data: false } }, { name: 'grad.other' }, { name: 'grad.input' }],
    });
    const both = parts(mixed);
    expect(both.head.outputs[0].data).toEqual([2, 4]);
    expect(both.tail).toEqual(f32(3, 2, 2));
    const plain = await send({ outputs: [{ name: 'output' }] });
    expect([plain.headers['content-type'], plain.json().outputs[0].data]).toEqual(['application/json', [2, 4]]);
  });

  it('keeps 16 bits, bools and tensors without elements', async () => {
    const half = Buffer.from(new Uint16Array([0x3c00]).buffer);
    for (const [datatype, bits] of [
      ['FP16', half],
      ['BF16', Buffer.from(new Uint16Array([0x3f80]).buffer)],
    ] as const) {
      const head = Buffer.from(
        JSON.stringify({ inputs: [packed([1], 2, 'input', datatype)], parameters: { binary_data_output: true } }),
      );
      const reply = await post('/v2/models/abs/infer', Buffer.concat([head, bits]), { [HEAD]: String(head.length) });
      expect(parts(reply)).toMatchObject({ head: { outputs: [{ datatype }] }, tail: bits });
    }
    expect((await infer('abs', { inputs: [input([1], [-1.5], 'input', 'FP16')] })).json().outputs[0]).toMatchObject({
      datatype: 'FP16',
      data: [1.5],
    });
    expect((await infer('gt', { inputs: [input([2], [1, 3]), input([], [2], 'other')] })).json().outputs[0]).toEqual({
      name: 'output',
      datatype: 'BOOL',
      shape: [2],
      data: [false, true],
    });
    expect((await infer('relu', { inputs: [input([0, 3], [])] })).json().outputs[0]).toMatchObject({
      shape: [0, 3],
      data: [],
    });
  });

  it.each(['gzip', 'deflate'] as const)('%s in both directions', async (coding) => {
    const pack = { gzip: zlib.gzipSync, deflate: zlib.deflateSync }[coding];
    const unpack = { gzip: zlib.gunzipSync, deflate: zlib.inflateSync }[coding];
    const head = Buffer.from(
      JSON.stringify({ inputs: [packed([3000], 12_000)], parameters: { binary_data_output: true } }),
    );
    const reply = await post('/v2/models/relu/infer', pack(Buffer.concat([head, Buffer.alloc(12_000)])), {
      [HEAD]: String(head.length),
      'content-encoding': coding,
      'accept-encoding': coding,
    });
    expect([reply.statusCode, reply.headers['content-encoding']]).toEqual([200, coding]);
    expect(unpack(reply.rawPayload).length - Number(reply.headers[HEAD])).toBe(12_000);
  });

  it('in a worker thread as well, with its errors', async () => {
    const head = Buffer.from(
      JSON.stringify({ inputs: [packed([100, 1000], 400_000)], parameters: { binary_data_output: true } }),
    );
    const body = Buffer.concat([head, Buffer.alloc(400_000)]);
    const reply = await post('/v2/models/sigmoid/infer', body, { [HEAD]: String(head.length) });
    const { tail } = parts(reply);
    expect([reply.statusCode, tail.length, tail.readFloatLE(399_996)]).toEqual([200, 400_000, 0.5]);
    const bad = await post('/v2/models/sigmoid/infer', body, { [HEAD]: String(head.length + 1) });
    expect([bad.statusCode, bad.headers['content-type'], Object.keys(bad.json())]).toEqual([
      400,
      'application/json',
      ['error'],
    ]);
  });
});

describe('what is refused', () => {
  const x = input([2], [1, 2]);
  it.each<[string, string, unknown, string]>([
    ['no inputs', 'sigmoid', {}, 'inputs'],
    ['no body', 'sigmoid', '', 'body'],
    ['no JSON', 'sigmoid', '{', 'end of the body'],
    ['a missing input', 'cross_entropy', { inputs: [x] }, 'needs the input "target"'],
    ['an unknown input', 'sigmoid', { inputs: [{ ...x, name: 'inptu' }] }, 'did you mean "input"'],
    ['an unknown output', 'sigmoid', { inputs: [x], outputs: [{ name: 'outptu' }] }, 'did you mean "output"'],
    ['a misspelt parameter', 'softplus', { inputs: [x], parameters: { bta: 1 } }, 'did you mean "beta"'],
    ['a parameter of another type', 'softplus', { inputs: [x], parameters: { beta: 'two' } }, 'expected a number'],
    ['too few elements', 'sigmoid', { inputs: [input([3], [1, 2])] }, 'expected 3 elements'],
    ['a size below zero', 'sigmoid', { inputs: [input([-1], [1])] }, 'expected a size'],
    ['an unknown datatype', 'sigmoid', { inputs: [input([1], [1], 'input', 'FP8')] }, 'there is no datatype "FP8"'],
    ['strings', 'sigmoid', { inputs: [input([1], ['a'], 'input', 'BYTES')] }, 'BYTES'],
    ['shapes that do not fit', 'add', { inputs: [x, input([3], [1, 2, 3], 'other')] }, 'cannot be broadcast'],
    [
      'a gradient of integers',
      'sum',
      { inputs: [input([1], [1], 'input', 'INT64')], outputs: [{ name: 'grad.input' }] },
      'INT64',
    ],
    [
      'a gradient that there is none of',
      'gt',
      { inputs: [x, input([], [1], 'other')], outputs: [{ name: 'grad.input' }] },
      'grad.input',
    ],
    ['a gradient of nothing', 'relu', { inputs: [x], outputs: [{ name: 'grad.output' }] }, 'there is no output'],
    [
      'an output that is none to differentiate',
      'relu',
      { inputs: [x], outputs: [{ name: 'grad.input' }], parameters: { grad_of: 'y' } },
      'grad_of',
    ],
    [
      'shared memory',
      'relu',
      { inputs: [{ ...x, data: undefined, parameters: { shared_memory_region: 'r' } }] },
      'shared memory',
    ],
  ])('%s', async (_, model, body, why) => {
    const { status, headers, json } = await infer(model, body as object);
    expect([status, headers['content-type'], json()]).toEqual([
      400,
      'application/json',
      { error: expect.stringContaining(why) },
    ]);
  });

  it.each(['-1', 'x', '1e3', '99999', ''])('a length of JSON that is "%s"', async (length) => {
    const { status, json } = await infer('sigmoid', { inputs: [x] }, { [HEAD]: length });
    expect([status, Object.keys(json())]).toEqual([400, ['error']]);
  });

  it.each([
    ['GET', '/v2/models/none', 404],
    ['GET', '/v2/models/zeros', 404],
    ['GET', '/v2/models/sigmoid/versions/2', 404],
    ['POST', '/v2/models/none/infer', 404],
    ['POST', '/v2/models/sigmoid', 405],
    ['GET', '/v2/nothing', 404],
    ['GET', '/v2/systemsharedmemory/status', 400],
    ['POST', '/v2/cudasharedmemory/region/a/register', 400],
    ['GET', '/v2/trace/setting', 400],
    ['POST', '/v2/models/sigmoid/trace/setting', 400],
    ['GET', '/v2/logging', 400],
  ] as const)('%s %s', async (method, url, status) => {
    const reply = await app.inject({ method, url });
    expect([reply.statusCode, reply.headers['content-type'], reply.json()]).toEqual([
      status,
      'application/json',
      { error: expect.any(String) },
    ]);
  });

  it('what is wrong with the head of a request, in the same form', async () => {
    const { status, headers, json } = await infer('sigmoid', { inputs: [x] }, { 'content-encoding': 'snappy' });
    expect([status, headers['content-type'], json()]).toEqual([415, 'application/json', { error: expect.any(String) }]);
  });
});

describe('a model that was put', () => {
  const line = (w: number) => ({
    graph: {
      inputs: ['x'],
      nodes: [
        { op: 'mul', inputs: ['x', 'w'], outputs: ['y'] },
        { op: 'add', inputs: ['y', 'k'], outputs: ['z'] },
      ],
      outputs: ['y', 'z'],
      values: { x: { dtype: 'float32', shape: [2] }, w: [w, w], k: { data: [1, 2], dtype: 'int64' } },
    },
  });
  const put = (w: number) => app.inject({ method: 'PUT', url: '/v1/models/line', payload: line(w) });
  beforeAll(async () => {
    for (const w of [3, 5]) expect((await put(w)).json()).toMatchObject({ name: 'line' });
  });
  const x = input([2], [1, 2], 'x');
  const data = (reply: { json: () => { outputs?: { data: unknown }[] } }) => reply.json().outputs?.map((o) => o.data);

  it('is told with its versions, and is in the index', async () => {
    const tensor = { datatype: 'FP32', shape: [2] };
    expect((await app.inject('/v2/models/line')).json()).toMatchObject({
      name: 'line',
      versions: ['1', '2'],
      platform: 'gradwire_graph',
      inputs: [{ name: 'x', ...tensor }],
      outputs: [
        { name: 'y', datatype: 'FP32' },
        { name: 'z', datatype: 'FP32' },
        { name: 'grad.x', ...tensor },
        { name: 'grad.w', ...tensor },
      ],
    });
    const index = (await post('/v2/repository/index', undefined)).json();
    expect(index).toContainEqual({ name: 'line', version: '2', state: 'READY', reason: '' });
    for (const ending of ['/ready', '/config', '/stats', '/versions/1', '/versions/1/config'])
      expect((await app.inject(`/v2/models/line${ending}`)).statusCode).toBe(200);
    expect((await app.inject('/v2/models/line/versions/9')).json().error).toContain('it has 1, 2');
  });

  it('gives its outputs, by version, and gradients of inputs and parameters', async () => {
    expect(data(await infer('line', { inputs: [x] }))).toEqual([
      [5, 10],
      [6, 12],
    ]);
    expect(data(await infer('line/versions/1', { inputs: [x] }))).toEqual([
      [3, 6],
      [4, 8],
    ]);
    const asked = { inputs: [x], outputs: [{ name: 'grad.w' }, { name: 'grad.x' }] };
    expect(data(await infer('line', asked))).toEqual([
      [1, 2],
      [5, 5],
    ]);
    const seeded = {
      inputs: [x, input([2], [10, 1], 'grad_output')],
      parameters: { grad_of: 'z' },
      outputs: [{ name: 'grad.w' }],
    };
    expect(data(await infer('line', seeded))).toEqual([[10, 2]]);
  });

  it('takes a parameter in the place of its own, and refuses what does not fit', async () => {
    expect(data(await infer('line', { inputs: [x, input([2], [0, 1], 'w')], outputs: [{ name: 'y' }] }))).toEqual([
      [0, 2],
    ]);
    for (const [inputs, why] of [
      [[], 'needs the input "x"'],
      [[x, input([3], [0, 1, 2], 'w')], 'shape'],
      [[x, input([1], [0], 'ww')], 'did you mean'],
    ] as const) {
      const reply = await infer('line', { inputs });
      expect([reply.status, reply.json().error]).toEqual([400, expect.stringContaining(why)]);
    }
    const none = await infer('line', { inputs: [x], outputs: [{ name: 'grad.k' }] });
    expect([none.status, Object.keys(none.json())]).toEqual([400, ['error']]);
  });

  it('runs in a worker thread', async () => {
    const many = {
      inputs: [input([60_000, 2], Array(120_000).fill(1), 'x')],
      outputs: [{ name: 'y' }, { name: 'grad.w' }],
    };
    const reply = await infer('line', many);
    expect([reply.status, reply.json().outputs?.[1].data]).toEqual([200, [60_000, 60_000]]);
  });
});
