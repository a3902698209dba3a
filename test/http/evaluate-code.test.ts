import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Reply, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let send: Send;
beforeAll(async () => {
  app = await appWith({ WORKERS: '1', TIME_LIMIT_MS: '2000' });
  send = sender(app);
});
afterAll(() => app.close());

const evaluate = (body: unknown): Promise<Reply> => send('/v1/evaluate', body);
const X = { data: [1, 2, 3], requires_grad: true };

describe('code', () => {
  it('computes what a graph would, with its gradients and its graph', async () => {
    const inputs = { x: 1, w: { data: [2], requires_grad: true }, y: [1] };
    const code = 'pred = x * w\nloss = F.mse_loss(pred, y)';
    const { status, json } = await evaluate({ inputs, code, outputs: ['loss'], grad: { outputs: ['loss'] } });
    expect(status).toBe(200);
    expect(json.outputs).toEqual({ loss: { dtype: 'float32', shape: [], data: 1 } });
    expect(json.grads).toEqual({ w: { dtype: 'float32', shape: [1], data: [2] } });
    expect(json.graph).toMatchObject({
      format: 'gradwire/graph@1',
      inputs: ['x', 'w', 'y'],
      nodes: [
        { op: 'mul', inputs: ['x', 'w'], outputs: ['pred'], grad_fn: 'MulBackward0' },
        { op: 'mse_loss', inputs: ['pred', 'y'], outputs: ['loss'], grad_fn: 'MseLossBackward0' },
      ],
      outputs: ['loss'],
      values: { w: { data: [2], grad: [2], is_leaf: true, requires_grad: true } },
    });
    const again = await evaluate({ inputs, graph: json.graph, grad: { outputs: ['loss'] } });
    expect([again.json.outputs, again.json.grads]).toEqual([json.outputs, json.grads]);
  });

  it('names the dtype of what a whole float made, since readers of JSON make an integer of it', async () => {
    const code =
      'a = torch.arange(6.)\nb = torch.full((2,), 3.)\nc = torch.arange(6)\nd = torch.zeros(2)\ny = a.sum() + b.sum()';
    const { json } = await evaluate({ inputs: {}, code, outputs: ['a', 'b', 'c', 'd', 'y'] });
    const attrs = json.graph.nodes.map((node: { attrs?: Record<string, unknown> }) => node.attrs?.dtype);
    expect(attrs.slice(0, 4)).toEqual(['float32', 'float32', undefined, undefined]);
    const again = await evaluate({
      inputs: {},
      graph: JSON.parse(JSON.stringify(json.graph)),
      outputs: ['a', 'b', 'c', 'd', 'y'],
    });
    expect(again.json.outputs).toEqual(json.outputs);
  });

  it('answers all that it assigned, and its last expression, where no outputs are named', async () => {
    const { json } = await evaluate({
      inputs: { x: [1, 2] },
      code: 'a = x + 1\nn = 3\n_b = x\nb, c = a.max(dim=0)\na * 2',
    });
    expect(Object.keys(json.outputs)).toEqual(['a', 'b', 'c', 'output']);
    expect(json.outputs.output.data).toEqual([4, 6]);
    expect(json.outputs.c).toEqual({ dtype: 'int64', shape: [], data: 1 });
  });

  it('answers tuples as arrays, nested ones flattened, and numbers as 0-d tensors', async () => {
    const { json } = await evaluate({
      inputs: { x: [1, 2] },
      code: 'y = (x, (x * 2, [x * 3]))\nn = 3\nf = 0.5\nb = True',
      outputs: ['y', 'n', 'f', 'b'],
    });
    expect(json.outputs.y.map((t: { data: unknown }) => t.data)).toEqual([
      [1, 2],
      [2, 4],
      [3, 6],
    ]);
    expect(json.outputs.n).toEqual({ dtype: 'int64', shape: [], data: 3 });
    expect(json.outputs.f).toEqual({ dtype: 'float32', shape: [], data: 0.5 });
    expect(json.outputs.b).toEqual({ dtype: 'bool', shape: [], data: true });
  });

  it('differentiates tuples: an entry of grad_outputs each, null where there is none', async () => {
    const body = { inputs: { x: X }, code: 'y = torch.max(x * x, dim=0)', outputs: ['y'] };
    const grad = { outputs: ['y'], inputs: ['x'] };
    const { json } = await evaluate({ ...body, grad: { ...grad, grad_outputs: [0.5, null] } });
    expect(json.grads.x.data).toEqual([0, 0, 3]);
    expect((await evaluate({ ...body, grad })).json.grads.x.data).toEqual([0, 0, 6]);
    expect((await evaluate({ ...body, grad: { ...grad, grad_outputs: [1] } })).json).toMatchObject({
      status: 422,
      detail: expect.stringContaining('2 tensors'),
    });
  });

  it('says why a gradient does not exist', async () => {
    const inputs = { x: X, u: X, f: [1], i: { data: [1], dtype: 'int64' } };
    const code = 'd = x.detach()\ny = (x.detach() * d).sum() + x.sum() * 0';
    const { json } = await evaluate({
      inputs,
      code,
      outputs: ['y'],
      grad: { outputs: ['y'], inputs: ['u', 'f', 'i', 'd'], allow_unused: true },
    });
    expect(json.grads).toEqual({
      u: { reason: 'unreachable' },
      f: { reason: 'requires_grad_false' },
      i: { reason: 'integer_dtype' },
      d: { reason: 'detached' },
    });
  });

  it('differentiates with respect to leaves of its own, and to what it made', async () => {
    const code = 'w = torch.ones(2, requires_grad=True)\nh = w * 3\ny = (h * h).sum()';
    const { json } = await evaluate({ code, outputs: ['y'], grad: { outputs: ['y'] } });
    expect(json.grads).toEqual({ w: { dtype: 'float32', shape: [2], data: [18, 18] } });
    const { json: inner } = await evaluate({ code, outputs: ['y'], grad: { outputs: ['y'], inputs: ['h'] } });
    expect(inner.grads.h.data).toEqual([6, 6]);
  });

  it('has the backward part, which replays', async () => {
    const inputs = { x: X };
    const { json } = await evaluate({
      inputs,
      code: 'y = torch.sigmoid(x).prod()',
      grad: { outputs: ['y'] },
      graph_scope: 'both',
    });
    expect(json.graph.backward.grads).toEqual({ x: 'd_x' });
    const replay = await evaluate({ inputs: { x: [1, 2, 3] }, graph: json.graph, outputs: ['d_x'] });
    expect(replay.json.outputs.d_x.data).toEqual(json.grads.x.data);
  });

  it('has each hidden step of the forward part once, and with its own node', async () => {
    const { json } = await evaluate({
      inputs: { x: { data: [[1, 2, 3, 4]], requires_grad: true } },
      code: 'h = torch.cat([x, x], 1)[:, ::2]\ny = (h * h).sum()',
      grad: { outputs: ['y'] },
      graph_scope: 'both',
    });
    const { nodes, backward } = json.graph;
    const made = [...nodes, ...backward.nodes].flatMap(({ outputs }: { outputs: string[] }) => outputs);
    expect(new Set(made).size).toBe(made.length);
    const replay = await evaluate({ inputs: { x: [[1, 2, 3, 4]] }, graph: json.graph, outputs: ['d_x'] });
    expect(replay.json.outputs.d_x.data).toEqual(json.grads.x.data);
  });

  it('has a hidden step apart from what was written over its result', async () => {
    const { json } = await evaluate({
      inputs: {
        x: {
          data: [
            [1, 2],
            [3, 4],
          ],
          requires_grad: true,
        },
      },
      code: 'h = (x * 2)[0]\nh.sigmoid_()\ny = h.sum()',
      grad: { outputs: ['y'] },
      graph_scope: 'both',
    });
    const inputs = {
      x: [
        [1, 2],
        [3, 4],
      ],
    };
    const replay = await evaluate({ inputs, graph: json.graph, outputs: ['d_x'] });
    expect(replay.status).toBe(200);
    expect(replay.json.outputs.d_x.data).toEqual(json.grads.x.data);
  });

  it('differentiates through shapes that were changed in place, and replays them', async () => {
    const { status, json } = await evaluate({
      inputs: { x: X },
      code: 'h = x * x\nh.unsqueeze_(0).squeeze_(0).unsqueeze_(1).t_()\nz = h + torch.ones(2, 1)\ny = (z * h).sum()',
      outputs: ['h', 'y'],
      grad: { outputs: ['y'], inputs: ['x'] },
    });
    expect(status).toBe(200);
    expect(json.outputs.h.shape).toEqual([1, 3]);
    expect(json.grads.x.data).toEqual([12, 72, 228]);
    const replay = await evaluate({
      inputs: { x: X },
      graph: json.graph,
      outputs: ['y'],
      grad: { outputs: ['y'], inputs: ['x'] },
    });
    expect(replay.json.outputs.y).toEqual(json.outputs.y);
    expect(replay.json.grads).toEqual(json.grads);
  });

  it('tells what it printed', async () => {
    expect((await evaluate({ code: 'print("hello", 1)\ny = torch.ones(1)' })).json).toMatchObject({
      stdout: 'hello 1\n',
    });
  });

  it('keeps nothing for the next one', async () => {
    await evaluate({ code: 'torch.set_default_dtype(torch.float64)\nz = torch.ones(1)' });
    expect((await evaluate({ code: 'y = torch.ones(1)' })).json.outputs.y.dtype).toBe('float32');
    expect((await evaluate({ code: 'y = z' })).json.error.type).toBe('NameError');
  });
});

describe('what is wrong with code', () => {
  it('is a 422 with the exception', async () => {
    const { status, json } = await evaluate({ inputs: { x: [1, 2] }, code: 'a = x\ny = a + torch.ones(3)' });
    expect([status, json.type]).toEqual([422, 'urn:gradwire:problem:code']);
    expect(json.error).toMatchObject({ type: 'RuntimeError', line: 2 });
    expect((await evaluate({ code: 'y = (' })).json.error).toMatchObject({ type: 'SyntaxError', line: 1 });
    expect((await evaluate({ code: 'raise ValueError("no")' })).json).toMatchObject({
      status: 422,
      error: { type: 'ValueError', message: 'no', line: 1 },
    });
  });

  it('is a 400 where names are asked for that it does not define', async () => {
    const { status, json } = await evaluate({
      code: 'loss = torch.ones(1)\ns = "x"',
      outputs: ['los', 's'],
      grad: { outputs: ['loss'], inputs: ['q'] },
    });
    expect(status).toBe(400);
    expect(json.errors).toEqual([
      { pointer: '/outputs/0', detail: 'the code defines no "los"; did you mean "loss"?' },
      { pointer: '/outputs/1', detail: '"s" is neither a tensor nor a number, nor a tuple of them' },
      { pointer: '/grad/inputs/0', detail: expect.stringContaining('the code defines no "q"') },
    ]);
  });

  it('is a client error where a list that is asked for holds itself, or more than can be answered', async () => {
    const itself = await evaluate({ code: 'x = []\nx.append(x)', outputs: ['x'] });
    expect([itself.status, itself.json.errors[0].pointer]).toEqual([400, '/outputs/0']);
    const doubled = await evaluate({ code: 'x = [torch.ones(1)]\nfor i in range(40):\n  x = [x, x]', outputs: ['x'] });
    expect([doubled.status, doubled.json.type]).toEqual([422, 'urn:gradwire:problem:budget']);
    const deep = await evaluate({ code: 'x = []\nfor i in range(50000):\n  x = [x]', outputs: ['x'] });
    expect(deep.status).toBe(400);
  });

  it('is a 400 where it stands beside a graph, or neither is there', async () => {
    expect((await evaluate({ code: '1', graph: { nodes: [] } })).json.errors).toMatchObject([{ pointer: '/code' }]);
    expect((await evaluate({ inputs: {} })).json.errors).toMatchObject([{ pointer: '/graph' }]);
    expect((await evaluate({ code: 1 })).json.errors).toMatchObject([{ pointer: '/code' }]);
  });

  it('is a 504 where it takes too long, and others are served meanwhile', async () => {
    const looping = evaluate({ code: 'while True:\n    pass' });
    expect((await send('/v1/activations/relu', { input: [1] })).status).toBe(200);
    expect(await looping).toMatchObject({ status: 504 });
  });

  it('is a 422 of the engine where the gradient is refused', async () => {
    const asked = { grad: { outputs: ['y'], inputs: ['x'] } };
    expect((await evaluate({ inputs: { x: [1] }, code: 'y = x * 2', ...asked })).json).toMatchObject({
      status: 422,
      type: 'urn:gradwire:problem:no_grad_required',
    });
    expect((await evaluate({ inputs: { x: X }, code: 'y = x * 2', ...asked })).json.type).toBe(
      'urn:gradwire:problem:non_scalar_backward',
    );
    expect((await evaluate({ inputs: { x: X }, code: 'y = (x * x).sum()\ny.backward()', ...asked })).json.type).toBe(
      'urn:gradwire:problem:graph_freed',
    );
  });
});
