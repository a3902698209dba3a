import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith();
  post = sender(app);
});
afterAll(() => app.close());

describe('POST /v1/activations/{op}', () => {
  it('answers output, gradient and graph', async () => {
    const { status, json } = await post('/v1/activations/sigmoid', { input: [-1, 0] });
    expect(status).toBe(200);
    expect(json).toEqual({
      output: { dtype: 'float32', shape: [2], data: [0.26894143, 0.5] },
      grad: { input: { dtype: 'float32', shape: [2], data: [0.19661194, 0.25] } },
      graph: {
        format: 'gradwire/graph@1',
        inputs: ['input'],
        nodes: [{ op: 'sigmoid', inputs: ['input'], outputs: ['output'], grad_fn: 'SigmoidBackward0' }],
        outputs: ['output'],
        values: {
          input: {
            dtype: 'float32',
            shape: [2],
            requires_grad: true,
            is_leaf: true,
            data: [-1, 0],
            grad: [0.19661194, 0.25],
          },
          output: { dtype: 'float32', shape: [2], requires_grad: true, is_leaf: false, data: [0.26894143, 0.5] },
        },
      },
    });
  });

  it("gives the notebook's tail of sigmoid in float32", async () => {
    // linspace(-100, 100, 10) holds -77.7778, not -77.8.
    const { json } = await post('/v1/activations/sigmoid', { input: [-77.77777862548828, -100] });
    expect(json.output.data[0].toExponential(4)).toBe('1.6655e-34');
    // As the notebook prints it: e^100 is no float32.
    expect(json.output.data[1]).toBe(0);
  });

  it.each([
    [
      [1, 0, 0],
      [0.2397, -0.1273, -0.1124],
    ],
    [
      [0, 1, 0],
      [-0.1273, 0.2173, -0.09],
    ],
    [
      [0, 0, 1],
      [-0.1124, -0.09, 0.2025],
    ],
  ])("gives the rows of softmax's Jacobian: %j", async (row, want) => {
    const { json } = await post('/v1/activations/softmax', {
      input: [0.7066, 0.4845, 0.3603],
      dim: 0,
      grad_output: row,
    });
    expect(json.output.data.map((x: number) => x.toFixed(4))).toEqual(['0.3987', '0.3193', '0.2820']);
    for (const [i, x] of (json.grad.input.data as number[]).entries()) expect(x).toBeCloseTo(want[i], 4);
  });

  it('keeps −0, infinities and NaN in both directions', async () => {
    const { text, json } = await post(
      '/v1/activations/relu',
      '{"input": [-0.0, "Infinity", "-Infinity", "NaN"], "graph_scope": "none"}',
    );
    expect(json.output.data.slice(1)).toEqual(['Infinity', 0, 'NaN']);
    expect(text).not.toContain('graph');
    const tanh = await post('/v1/activations/tanh', '{"input": [-0.0]}');
    expect(tanh.text).toContain('"output":{"dtype":"float32","shape":[1],"data":[-0]}');
  });

  it('takes each request form of a tensor', async () => {
    const bytes = Buffer.from(new Float64Array([1, -2]).buffer).toString('base64');
    const forms = [
      [{ data: [1, -2], dtype: 'float64' }, [2]],
      [{ data: [[1], [-2]], shape: [2, 1], dtype: 'float64' }, [2, 1]],
      [{ data: [1, -2], shape: [1, 2], dtype: 'float64' }, [1, 2]],
      [{ base64: bytes, shape: [2], dtype: 'float64' }, [2]],
    ];
    for (const [input, shape] of forms) {
      const { json } = await post('/v1/activations/relu', { input, tensor_format: 'flat' });
      expect(json.output).toEqual({ dtype: 'float64', shape, data: [1, 0] });
    }
    const { json } = await post('/v1/activations/relu', {
      input: { base64: bytes, dtype: 'float64' },
      tensor_format: 'base64',
    });
    expect([...new Float64Array(new Uint8Array(Buffer.from(json.output.base64, 'base64')).buffer)]).toEqual([1, 0]);
    expect((await post('/v1/activations/relu', { input: -3 })).json.output).toEqual({
      dtype: 'float32',
      shape: [],
      data: 0,
    });
    expect((await post('/v1/activations/relu', { input: [] })).json.output).toEqual({
      dtype: 'float32',
      shape: [0],
      data: [],
    });
  });

  it('answers no gradient of an integer input', async () => {
    const { status, json } = await post('/v1/activations/relu', { input: { data: [-1, 2], dtype: 'int64' } });
    expect(status).toBe(200);
    expect(json.output).toEqual({ dtype: 'int64', shape: [2], data: [0, 2] });
    expect(json.grad).toEqual({});
  });

  it("answers prelu's weight gradient, too", async () => {
    const { json } = await post('/v1/activations/prelu', { input: [-2, 3], weight: [0.25] });
    expect(json.grad).toMatchObject({ input: { data: [0.25, 1] }, weight: { data: [-2] } });
  });

  it('names what is not finite under anomaly', async () => {
    const { json } = await post('/v1/activations/relu', { input: ['Infinity'], anomaly: true });
    expect(json.warnings[0]).toMatchObject({ code: 'non_finite_output', node: 'output', op: 'relu' });
    expect((await post('/v1/activations/relu', { input: [1], anomaly: true })).json.warnings).toEqual([]);
  });

  it('warns where PyTorch does, each time', async () => {
    const implicit = { message: expect.stringContaining('Implicit dimension choice'), category: 'UserWarning' };
    for (const input of [
      [1, 2],
      [3, 4],
    ]) {
      expect((await post('/v1/activations/softmax', { input })).json.warnings).toEqual([implicit]);
      expect((await post('/v1/activations/softmax', { input, dim: 0 })).json.warnings).toBeUndefined();
    }
    const code = { inputs: { x: [[1], [2]] }, code: 'y = F.mse_loss(x, torch.ones(2))', outputs: ['y'] };
    expect((await post('/v1/evaluate', code)).json.warnings).toMatchObject([
      { message: expect.stringContaining('torch.Size([2, 1])'), category: 'UserWarning' },
    ]);
  });
});

describe('POST /v1/losses/{op}', () => {
  it('answers the gradient of input, and of what asks for it', async () => {
    const plain = await post('/v1/losses/mse_loss', { input: [2, 0.5], target: [1, 1] });
    expect(plain.json.output).toEqual({ dtype: 'float32', shape: [], data: 0.625 });
    expect(Object.keys(plain.json.grad)).toEqual(['input']);
    const both = await post('/v1/losses/mse_loss', { input: [2, 0.5], target: { data: [1, 1], requires_grad: true } });
    expect(both.json.grad.target.data).toEqual([-1, 0.5]);
  });

  it('takes class indices, or probabilities in the shape of the input', async () => {
    const indices = await post('/v1/losses/cross_entropy', { input: [[1, 2, 3]], target: [2] });
    expect(indices.json.output.data).toBeCloseTo(0.40760598, 6);
    const probabilities = await post('/v1/losses/cross_entropy', { input: [[1, 2, 3]], target: [[0, 0, 1]] });
    expect(probabilities.json.output.data).toBeCloseTo(0.40760598, 6);
    expect(indices.json.graph.values.target).toMatchObject({ dtype: 'int64', requires_grad: false });
  });

  it('refuses, with shapes, what does not fit', async () => {
    const { status, json, headers } = await post('/v1/losses/mse_loss', { input: [1, 2, 3], target: [1, 2] });
    expect(status).toBe(422);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(json.type).toMatch(/shape_mismatch$/);
    expect(json.detail).toContain('[3]');
    expect(json.detail).toContain('[2]');
  });

  it.each([
    [{ input: [[1, 2]], target: [2] }, 'index_out_of_range'],
    [{ input: [[1, 2]], target: { data: [0.5], dtype: 'float32' } }, /dtype|shape_mismatch/],
  ])('refuses %j', async (body, code) => {
    const { status, json } = await post('/v1/losses/cross_entropy', body);
    expect(status).toBe(422);
    expect(json.type).toMatch(code);
  });

  it('knows every reduction', async () => {
    for (const [reduction, data] of [
      ['none', [1, 4]],
      ['sum', 5],
      ['mean', 2.5],
    ] as const) {
      const { json } = await post('/v1/losses/mse_loss', { input: [1, 2], target: [0, 0], reduction });
      expect(json.output.data).toEqual(data);
    }
  });
});
