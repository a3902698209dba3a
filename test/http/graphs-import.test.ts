/** `POST /v1/graphs/import`: the graph that an ONNX file becomes, sent back to be evaluated; what is refused. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { file, floats, info, node } from '../models/onnx/in/model.ts';
import { appWith } from '../support/app.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith({ BODY_LIMIT: '4096' });
});
afterAll(() => app.close());

const model = file({
  input: [info('x', ['n', 2])],
  output: [info('y', ['n', 1])],
  initializer: [floats('w', [1, 2], [2, -1])],
  node: [node('Gemm', ['x', 'w'], ['h'], { transB: 1 }), node('Sigmoid', ['h'], ['y'])],
});

const send = (payload: Uint8Array, type = 'application/onnx', url = '/v1/graphs/import') =>
  app.inject({ method: 'POST', url, payload: Buffer.from(payload), headers: { 'content-type': type } });

it.each(['application/onnx', 'application/octet-stream'])('reads %s', async (type) => {
  const response = await send(model, type);
  expect(response.statusCode, response.body).toBe(200);
  expect(response.json()).toEqual({
    graph: {
      format: 'gradwire/graph@1',
      inputs: ['x'],
      nodes: [
        { op: 'linear', inputs: ['x', 'w'], outputs: ['h'] },
        { op: 'sigmoid', inputs: ['h'], outputs: ['y'] },
      ],
      outputs: ['y'],
      values: {
        x: { dtype: 'float32', requires_grad: false, is_leaf: true },
        w: { dtype: 'float32', shape: [1, 2], requires_grad: true, is_leaf: true, data: [[2, -1]] },
      },
    },
    warnings: [],
  });
});

it('gives a graph that evaluates and differentiates', async () => {
  const { graph } = (await send(model, 'application/onnx', '/v1/graphs/import?tensor_format=base64')).json();
  const payload = { graph, inputs: { x: [[1, 2]] }, grad: { outputs: ['y'], inputs: ['w'] } };
  const response = await app.inject({ method: 'POST', url: '/v1/evaluate', payload });
  expect(response.statusCode, response.body).toBe(200);
  expect(response.json()).toMatchObject({ outputs: { y: { data: [[0.5]] } }, grads: { w: { data: [[0.25, 0.5]] } } });
});

it('refuses what is no file of that kind', async () => {
  const odd = file({ input: [info('x', [1])], output: [info('y', null)], node: [node('Mystery', ['x'], ['y'])] });
  const refused = await send(odd);
  expect(refused.statusCode).toBe(422);
  expect(refused.json()).toMatchObject({
    type: 'urn:gradwire:problem:invalid_graph',
    unsupported: [{ op: 'Mystery', domain: '', opset: 17, count: 1 }],
  });
  expect((await send(new Uint8Array([8, 200]))).statusCode).toBe(422);
  expect((await send(new Uint8Array())).statusCode).toBe(400);
  expect((await send(model, 'application/json')).statusCode).toBe(415);
  expect((await send(model, 'application/onnx', '/v1/graphs/import?tensor_format=odd')).statusCode).toBe(400);
  expect((await send(new Uint8Array(5000))).statusCode).toBe(413);
});
