import { decode, encode } from 'cbor2';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32Text } from '../../src/codec/json/number-text.ts';
import { appWith } from '../support/app.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith();
});
afterAll(() => app.close());

const CBOR = 'application/cbor';

// biome-ignore lint/suspicious/noExplicitAny: an answer of any kind
type Any = any;

interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly value: Any;
  readonly bytes: Buffer;
}

async function call(method: 'GET' | 'POST' | 'PUT', url: string, body?: unknown, headers: object = {}): Promise<Reply> {
  const reply = await app.inject({
    method,
    url,
    payload: body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(encode(body)),
    headers: { ...(body === undefined ? {} : { 'content-type': CBOR }), accept: CBOR, ...headers },
  });
  const type = String(reply.headers['content-type']);
  const bytes = reply.rawPayload;
  return {
    status: reply.statusCode,
    headers: reply.headers,
    bytes,
    value: type.startsWith(CBOR)
      ? decode(new Uint8Array(bytes))
      : bytes.length > 0 && type.includes('json')
        ? reply.json()
        : undefined,
  };
}

/** What a JSON answer says in CBOR: tensors as typed arrays, non-finite numbers as themselves. */
async function asJson(url: string, body: unknown): Promise<Any> {
  const reply = await app.inject({ method: 'POST', url, payload: body as object });
  return reply.json();
}

/** Typed arrays as flat arrays of what JSON writes, so that both answers can be compared. */
const plain = (value: Any): Any => {
  if (value instanceof Float32Array) return Array.from(value, (x) => JSON.parse(float32Text(x)));
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, (x) => plain(Number(x)));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'number') return Number.isFinite(value) ? value : `${value}`;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'base64' ? Buffer.from(item as Uint8Array).toString('base64') : plain(item),
    ]),
  );
};

/** Nested data flat, as a typed array is. */
const flatData = (value: Any, key = ''): Any => {
  if (key === 'data' || key === 'grad') {
    if (Array.isArray(value) || typeof value !== 'object')
      return [value].flat(64).map((x) => (typeof x === 'boolean' ? Number(x) : x));
  }
  if (Array.isArray(value)) return value.map((item) => flatData(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, flatData(item, name)]));
};

const sigmoid = '/v1/activations/sigmoid';

describe('a request in CBOR', () => {
  it.each([
    ['typed array', { input: new Float32Array([0, 1]) }],
    ['typed array with a shape', { input: { data: new Float32Array([0, 1]), shape: [2] } }],
    ['bytes', { input: { base64: new Uint8Array(new Float32Array([0, 1]).buffer), dtype: 'float32' } }],
    ['numbers', { input: [0, 1] }],
  ])('holds a tensor as %s', async (_, body) => {
    const { status, value } = await call('POST', sigmoid, body);
    expect(status).toBe(200);
    expect(value.output).toEqual({
      dtype: 'float32',
      shape: [2],
      data: new Float32Array([0.5, 1 / (1 + Math.exp(-1))]),
    });
  });

  it('is answered in JSON where that is wanted, and JSON in CBOR', async () => {
    const json = await call('POST', sigmoid, { input: new Float32Array(1) }, { accept: 'application/json' });
    expect(json.value.output.data).toEqual([0.5]);
    const cbor = await call('POST', sigmoid, Buffer.from('{"input":[0]}'), { 'content-type': 'application/json' });
    expect(cbor.value.output.data).toEqual(new Float32Array([0.5]));
  });

  it('says class indices as int64', async () => {
    const { value } = await call('POST', '/v1/losses/cross_entropy', {
      input: { data: new Float32Array([2, 1, 0.1, 0.5, 2.5, 0.3]), shape: [2, 3] },
      target: new BigInt64Array([0n, 1n]),
    });
    expect(value.output.data[0]).toBeCloseTo(0.3185, 3);
    expect(value.grad.input.data).toBeInstanceOf(Float32Array);
    expect(value.graph.values.target.data).toEqual(new BigInt64Array([0n, 1n]));
  });

  it('knows floats from integers, and takes what is not finite as it is', async () => {
    expect((await call('POST', '/v1/activations/softmax', { input: [1], dim: 0 })).status).toBe(200);
    const bytes = Buffer.concat([Buffer.from('a265696e70757481016364696d', 'hex'), Buffer.from('f90000', 'hex')]);
    const refused = await call('POST', '/v1/activations/softmax', bytes);
    expect(refused.status).toBe(400);
    expect(refused.value.errors[0].pointer).toBe('/dim');
    const { value } = await call('POST', '/v1/activations/hardtanh', {
      input: [Number.NaN, 3, -Infinity],
      min_val: -Infinity,
      max_val: 2,
    });
    expect([...value.output.data]).toEqual([Number.NaN, 2, -Infinity]);
    expect(value.graph.nodes[0].attrs.min_val).toBe(-Infinity);
  });

  it.each([
    ['an unknown field', { input: [1], inptu: 1 }, '/inptu'],
    ['a wrong length', { input: { data: new Float32Array(3), shape: [2, 2] } }, '/input/data'],
    ['a value of the wrong kind', { input: [1], graph_scope: 7 }, '/graph_scope'],
    ['no tensor', {}, '/input'],
    ['a ragged array', { input: [[1, 2], [3]] }, '/input/1'],
    ['no object', [1], ''],
  ])('with %s is a 400 in JSON that names the place', async (_, body, pointer) => {
    const { status, headers, value } = await call('POST', sigmoid, body);
    expect(status).toBe(400);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(value.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
  });

  it.each([
    ['nothing', ''],
    ['JSON', '7b7d'],
    ['a name that occurs twice', 'a265696e707574016569 6e70757401'],
    ['more than announced', 'a165696e7075740100'],
    ['less than announced', 'a265696e70757401'],
    ['2^40 elements', 'a165696e7075749b0000010000000000'],
    ['2^40 bytes', 'a165696e707574d8555b0000010000000000'],
    ['2^63 bytes', 'a165696e707574d8555b8000000000000000'],
    ['a shape of 2^52 elements', 'a165696e707574a26464617461d85540657368617065811b0010000000000000'],
    ['128 levels and more', `a165696e707574${'81'.repeat(200)}01`],
  ])('of %s is a 400', async (_, digits) => {
    const { status, value } = await call('POST', sigmoid, Buffer.from(digits.replaceAll(' ', ''), 'hex'));
    expect(status).toBe(400);
    expect(value.type).toBe('urn:gradwire:problem:invalid_body');
  });
});

describe('an answer in CBOR', () => {
  const requests: [string, string, object][] = [
    ['an activation', '/v1/activations/gelu', { input: [[-1, 0, 2]], approximate: 'tanh', graph_scope: 'both' }],
    [
      'a loss with an infinite gradient',
      '/v1/losses/binary_cross_entropy',
      { input: [0, 1], target: [1, 1], anomaly: true },
    ],
    [
      'a graph',
      '/v1/evaluate',
      {
        inputs: { x: { data: [1, 2, 3], requires_grad: true }, 'é"\\': true },
        graph: {
          inputs: ['x', 'é"\\'],
          nodes: [
            { op: 'getitem', inputs: ['x'], outputs: ['head'], attrs: { index: [{ slice: [null, 2, null] }] } },
            { op: 'mul', inputs: ['head'], outputs: ['y'], attrs: { other: 2.5 } },
            { op: 'argmax', inputs: ['x'], outputs: ['i'] },
          ],
          outputs: ['y', 'i'],
        },
        outputs: ['y', 'i', 'é"\\'],
        grad: { outputs: ['y'], grad_outputs: [[1, 0.5]] },
        graph_scope: 'both',
      },
    ],
    [
      'large values, all of them, that are computed as they are written',
      '/v1/evaluate',
      {
        inputs: { x: { data: Array.from({ length: 3000 }, (_, i) => Math.sin(i)), requires_grad: true } },
        code: 'y = x\nfor i in range(12):\n    y = torch.tanh(y * 1.01 + x)\nz = (y * y).sum()',
        grad: { outputs: ['z'] },
        outputs: ['z', 'y'],
        graph_values: 'all',
        graph_scope: 'both',
      },
    ],
    ...(['nested', 'base64'] as const).map((tensor_format): [string, string, object] => [
      `the same of a graph, ${tensor_format}`,
      '/v1/evaluate',
      {
        inputs: { y0: { data: Array.from({ length: 3000 }, (_, i) => Math.sin(i)), requires_grad: true } },
        graph: {
          inputs: ['y0'],
          nodes: [
            ...Array.from({ length: 12 }, (_, i) => [
              { op: 'mul', inputs: [`y${i}`], outputs: [`m${i}`], attrs: { other: 1.01 } },
              { op: 'tanh', inputs: [`m${i}`], outputs: [`y${i + 1}`] },
            ]).flat(),
            { op: 'sum', inputs: ['y12'], outputs: ['z'] },
          ],
          outputs: ['y12', 'y3', 'z'],
        },
        grad: { outputs: ['z'], inputs: ['y0', 'y5'] },
        outputs: ['y12', 'y3', 'm7', 'z'],
        graph_values: 'all',
        graph_scope: 'both',
        tensor_format,
      },
    ]),
    [
      'code',
      '/v1/evaluate',
      {
        inputs: { x: { data: [1, 2], requires_grad: true } },
        code: 'print("hi")\nparts = x.split(1)\ny = x.exp().sum()',
        grad: { outputs: ['y'] },
      },
    ],
  ];
  it.each(requests)('is the document of JSON: %s', async (_, url, body) => {
    const { status, headers, value } = await call('POST', url, body);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(CBOR);
    expect(flatData(plain(value))).toEqual(flatData(await asJson(url, body)));
  });

  it('has bytes where base64 is asked for, and a typed array for flat and nested', async () => {
    const input = new Float32Array([0, 0]);
    const base64 = await call('POST', sigmoid, { input, tensor_format: 'base64' });
    expect(base64.value.output).toEqual({
      dtype: 'float32',
      shape: [2],
      base64: new Uint8Array(new Float32Array([0.5, 0.5]).buffer),
    });
    for (const tensor_format of ['flat', 'nested']) {
      const { value } = await call('POST', sigmoid, { input, tensor_format });
      expect(value.output.data).toEqual(new Float32Array([0.5, 0.5]));
    }
  });

  it('holds a graph that replays as it stands', async () => {
    const inputs = { x: { data: new Float64Array([0.1, 1e300]), requires_grad: true } };
    const code = 'y = (x * 2.0).tanh().sum()';
    const grad = { outputs: ['y'], inputs: ['x'] };
    const first = await call('POST', '/v1/evaluate', { inputs, code, grad, outputs: ['y'] });
    expect(first.status).toBe(200);
    const { graph } = first.value;
    const again = await call('POST', '/v1/evaluate', { inputs, graph, grad });
    expect([again.status, again.value.outputs, again.value.grads]).toEqual([
      200,
      first.value.outputs,
      first.value.grads,
    ]);
  });

  it('tells bools apart by their dtype', async () => {
    const { value } = await call('POST', '/v1/evaluate', { inputs: { x: [1, -1] }, code: 'y = x > 0' });
    expect(value.outputs.y.dtype).toBe('bool');
    expect([...value.outputs.y.data]).toEqual([1, 0]);
    const sent = await call('POST', '/v1/evaluate', {
      inputs: { m: { data: new Uint8ClampedArray([1, 0]), dtype: 'bool' } },
      code: 'y = ~m',
    });
    expect([sent.value.outputs.y.dtype, ...sent.value.outputs.y.data]).toEqual(['bool', 0, 1]);
  });

  it('of a million elements is as long as they are, and a little', async () => {
    const input = Float32Array.from({ length: 1e6 }, (_, i) => Math.sin(i));
    const { value, bytes } = await call('POST', sigmoid, { input });
    expect(bytes.length).toBeLessThan(8.002e6);
    expect(value.output.data[7]).toBe(Math.fround(1 / (1 + Math.exp(-Math.fround(Math.sin(7))))));
    expect(value.grad.input.data).toHaveLength(1e6);
  });
});

describe('negotiation', () => {
  it.each([
    [undefined, 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
    ['application/*', 'application/json; charset=utf-8'],
    ['application/cbor', CBOR],
    ['application/json;q=0.5, application/cbor', CBOR],
    ['application/json, application/cbor;q=0.9', 'application/json; charset=utf-8'],
    ['text/html, */*;q=0.1', 'application/json; charset=utf-8'],
    ['application/json;q=0, */*', CBOR],
  ])('Accept: %s is answered as %s', async (accept, type) => {
    const headers = accept === undefined ? {} : { accept };
    const reply = await app.inject({ method: 'POST', url: sigmoid, payload: { input: [0] }, headers });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toBe(type);
    expect(String(reply.headers.vary).toLowerCase()).toContain('accept');
  });

  it('406 where nothing fits, in words', async () => {
    for (const [url, payload] of [
      [sigmoid, { input: [0] }],
      ['/v1/evaluate', { inputs: { x: 1 }, code: 'y = x' }],
      ['/v1/sessions', {}],
    ] as const) {
      const reply = await app.inject({ method: 'POST', url, payload, headers: { accept: 'text/html' } });
      expect(reply.statusCode).toBe(406);
      expect(reply.json()).toMatchObject({ type: 'urn:gradwire:problem:not_acceptable', status: 406 });
      expect(reply.json().detail).toContain('application/cbor');
      expect(String(reply.headers.vary)).toMatch(/\baccept\b/i);
    }
  });

  it('415 for another media type', async () => {
    const reply = await call('POST', sigmoid, { input: [0] }, { 'content-type': 'application/msgpack' });
    expect([reply.status, reply.value.detail]).toEqual([
      415,
      'the body has to be application/json or application/cbor',
    ]);
  });
});

describe('workspaces', () => {
  it('speak CBOR on every route', async () => {
    const made = await call('POST', '/v1/sessions', {});
    expect([made.status, typeof made.value.expires_at]).toEqual([201, 'string']);
    expect((await call('POST', '/v1/sessions', Buffer.alloc(0))).status).toBe(201);
    expect((await call('POST', '/v1/sessions', { x: 1 })).status).toBe(400);
    const url = `/v1/sessions/${made.value.id}`;

    const put = await call('PUT', `${url}/tensors/w`, { data: new Float64Array([1, 2]), requires_grad: true });
    expect([put.status, put.value]).toEqual([200, { name: 'w', dtype: 'float64', shape: [2], requires_grad: true }]);

    const cell = await call('POST', `${url}/cells`, { code: 'loss = (w * w).sum()\nloss.backward()\nw.grad' });
    expect(cell.status).toBe(200);
    expect(cell.value).toMatchObject({ execution_count: 1, stdout: '' });
    expect(cell.value.result.tensor.data).toEqual(new Float64Array([2, 4]));
    expect(cell.value.graph.nodes.length).toBeGreaterThan(0);

    const raised = await call('POST', `${url}/cells`, { code: '1/0' });
    expect(raised.value.error.type).toBe('ZeroDivisionError');

    const tensor = await call('GET', `${url}/tensors/w`);
    expect(tensor.value).toMatchObject({ dtype: 'float64', shape: [2], requires_grad: true, is_leaf: true });
    expect([tensor.value.data, tensor.value.grad.data]).toEqual([new Float64Array([1, 2]), new Float64Array([2, 4])]);
    const bytes = await call('GET', `${url}/tensors/w?tensor_format=base64`);
    expect(bytes.value.base64).toEqual(new Uint8Array(new Float64Array([1, 2]).buffer));

    expect((await call('GET', `${url}/tensors`)).value.tensors.w).toMatchObject({ has_grad: true });
    expect((await call('GET', `${url}/graph?of=loss`)).value.outputs).toEqual(['loss']);
    expect((await call('GET', url)).value).toMatchObject({ id: made.value.id, execution_count: 2 });
    expect((await call('POST', `${url}/interrupt`)).value).toEqual({ interrupted: false });
    expect(
      (await call('GET', `${url}/tensors/w`, undefined, { accept: 'application/x-npy' })).bytes.toString(
        'latin1',
        1,
        6,
      ),
    ).toBe('NUMPY');
    expect((await call('GET', `${url}/tensors/w`, undefined, { accept: 'image/png' })).status).toBe(406);
  });
});
