import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith({ MAX_NODES: '3000' });
  post = sender(app);
});
afterAll(() => app.close());

const graph = {
  inputs: ['x', 'w', 'y'],
  nodes: [
    { op: 'mul', inputs: ['x', 'w'], outputs: ['pred'] },
    { op: 'mse_loss', inputs: ['pred', 'y'], outputs: ['loss'] },
  ],
  outputs: ['loss'],
};
const inputs = { x: [1], w: { data: [2], requires_grad: true }, y: [1] };
const evaluate = (body: unknown) => post('/v1/evaluate', body);

describe('a graph', () => {
  it('is answered as the wire contract writes it', async () => {
    const { status, json } = await evaluate({ inputs, graph, grad: { outputs: ['loss'] } });
    expect(status).toBe(200);
    expect(json.outputs).toEqual({ loss: { dtype: 'float32', shape: [], data: 1 } });
    expect(json.grads).toEqual({ w: { dtype: 'float32', shape: [1], data: [2] } });
    expect(json.graph).toEqual({
      format: 'gradwire/graph@1',
      inputs: ['x', 'w', 'y'],
      nodes: [
        { op: 'mul', inputs: ['x', 'w'], outputs: ['pred'], grad_fn: 'MulBackward0' },
        {
          op: 'mse_loss',
          inputs: ['pred', 'y'],
          outputs: ['loss'],
          attrs: { reduction: 'mean' },
          grad_fn: 'MseLossBackward0',
        },
      ],
      outputs: ['loss'],
      values: {
        x: { dtype: 'float32', shape: [1], requires_grad: false, is_leaf: true, data: [1] },
        w: { dtype: 'float32', shape: [1], requires_grad: true, is_leaf: true, data: [2], grad: [2] },
        y: { dtype: 'float32', shape: [1], requires_grad: false, is_leaf: true, data: [1] },
        pred: { dtype: 'float32', shape: [1], requires_grad: true, is_leaf: false, data: [2] },
        loss: { dtype: 'float32', shape: [], requires_grad: true, is_leaf: false, data: 1 },
      },
    });
  });

  it('replays as it was answered', async () => {
    const first = await evaluate({ inputs, graph, grad: { outputs: ['loss'] } });
    const again = await evaluate({ inputs, graph: first.json.graph, grad: { outputs: ['loss'] } });
    expect(again.json).toEqual(first.json);
  });

  it('with its backward part gives the gradients without autograd', async () => {
    const first = await evaluate({ inputs, graph, grad: { outputs: ['loss'] }, graph_scope: 'both' });
    const { backward } = first.json.graph;
    expect(backward.grads).toEqual({ w: 'd_w' });
    for (const node of backward.nodes) expect([0, 1]).toContain(node.of);
    const plain = { x: [1], w: [5], y: [1] };
    const again = await evaluate({ inputs: plain, graph: first.json.graph });
    expect(again.json.grads.w.data).toEqual([8]);
    expect(again.json.graph.values.w.requires_grad).toBe(false);
    const asOutputs = await evaluate({ inputs: plain, graph: first.json.graph, outputs: ['d_w'] });
    expect(asOutputs.json.outputs.d_w.data).toEqual([8]);
  });

  it('answers any value, and gradients of values in the middle', async () => {
    const { json } = await evaluate({
      inputs,
      graph,
      outputs: ['pred', 'x'],
      grad: { outputs: ['loss'], inputs: ['pred', 'w'] },
    });
    expect(Object.keys(json.outputs)).toEqual(['pred', 'x']);
    expect(json.grads.pred.data).toEqual([2]);
    expect(json.graph.values.pred.grad).toEqual([2]);
  });

  it('weighs outputs by grad_outputs', async () => {
    const { json } = await evaluate({ inputs, graph, grad: { outputs: ['pred', 'loss'], grad_outputs: [[10], null] } });
    expect(json.grads.w.data).toEqual([12]);
  });

  it('takes constants from values, and an attr in the place of a tensor', async () => {
    const { json } = await evaluate({
      inputs: { x: [1, 2] },
      graph: {
        inputs: ['x'],
        nodes: [
          { op: 'mul', inputs: ['x', null], attrs: { other: 2 }, outputs: ['double'] },
          { op: 'add', inputs: ['double', 'c'], outputs: ['out'] },
        ],
        outputs: ['out'],
        values: { c: { data: [10, 20] }, double: { dtype: 'float32', shape: [2] } },
      },
    });
    expect(json.outputs.out.data).toEqual([12, 24]);
    expect(json.graph.values.c.data).toEqual([10, 20]);
  });

  it('promotes Python numbers as numbers: 2 is an integer, 2.0 is not', async () => {
    const run = (other: string) =>
      evaluate(
        `{"inputs": {"x": {"data": [1], "dtype": "int64"}}, "graph": {"inputs": ["x"], "nodes": [{"op": "mul", "inputs": ["x"], "attrs": {"other": ${other}}, "outputs": ["y"]}], "outputs": ["y"]}}`,
      );
    expect((await run('2')).json.outputs.y.dtype).toBe('int64');
    expect((await run('2.0')).json.outputs.y.dtype).toBe('float32');
    expect((await run('2.0')).text).toContain('"other":2.0');
  });

  it('reads a bare array as the dtype that its reader wants', async () => {
    const { json } = await evaluate({
      inputs: { logits: { data: [[1, 2, 3]], requires_grad: true }, classes: [2] },
      graph: {
        inputs: ['logits', 'classes'],
        nodes: [{ op: 'cross_entropy', inputs: ['logits', 'classes'], outputs: ['loss'] }],
        outputs: ['loss'],
      },
      grad: { outputs: ['loss'] },
    });
    expect(json.graph.values.classes.dtype).toBe('int64');
    expect(json.outputs.loss.data).toBeCloseTo(0.407606, 5);
  });

  it('keeps int64 beyond 2^53 exact', async () => {
    const { json } = await evaluate({
      inputs: { n: { data: ['9007199254740993'], dtype: 'int64' } },
      graph: {
        inputs: ['n'],
        nodes: [{ op: 'add', inputs: ['n'], attrs: { other: 1 }, outputs: ['m'] }],
        outputs: ['m'],
      },
    });
    expect(json.outputs.m.data).toEqual(['9007199254740994']);
  });

  it('lists the results of a node that has several', async () => {
    const { json } = await evaluate({
      inputs: {
        x: [
          [1, 3],
          [4, 2],
        ],
      },
      graph: {
        inputs: ['x'],
        nodes: [{ op: 'max', inputs: ['x'], attrs: { dim: 1 }, outputs: ['values', 'indices'] }],
        outputs: ['values', 'indices'],
      },
    });
    expect(json.outputs.values.data).toEqual([3, 4]);
    expect(json.outputs.indices).toEqual({ dtype: 'int64', shape: [2], data: [1, 0] });
  });

  it('trims data above 64 elements unless asked for', async () => {
    const body = {
      inputs: { x: Array(65).fill(1) },
      graph: { inputs: ['x'], nodes: [{ op: 'neg', inputs: ['x'], outputs: ['y'] }], outputs: ['y'] },
    };
    expect((await evaluate(body)).json.graph.values.y.data).toBeUndefined();
    expect((await evaluate({ ...body, graph_values: 'all' })).json.graph.values.y.data).toHaveLength(65);
    expect((await evaluate({ inputs, graph, graph_values: 'none' })).json.graph.values.w.data).toBeUndefined();
  });
});

describe('gradients that do not exist', () => {
  const body = {
    inputs: {
      a: { data: [1], requires_grad: true },
      b: [1],
      n: { data: [1], dtype: 'int64' },
      u: { data: [1], requires_grad: true },
    },
    graph: {
      inputs: ['a', 'b', 'n', 'u'],
      nodes: [
        { op: 'detach', inputs: ['a'], outputs: ['cut'] },
        { op: 'mul', inputs: ['a', 'b'], outputs: ['ab'] },
        { op: 'mul', inputs: ['cut', 'u'], outputs: ['cu'] },
        { op: 'add', inputs: ['cu', 'n'], outputs: ['out'] },
      ],
      outputs: ['out', 'ab'],
    },
  };

  it('carry a reason under allow_unused', async () => {
    const { json } = await evaluate({
      ...body,
      grad: { outputs: ['ab'], inputs: ['a', 'b', 'n', 'u', 'cut'], allow_unused: true },
    });
    expect(json.grads).toMatchObject({
      a: { data: [1] },
      b: { reason: 'requires_grad_false' },
      n: { reason: 'integer_dtype' },
      u: { reason: 'unreachable' },
      cut: { reason: 'detached' },
    });
    const detached = await evaluate({ ...body, grad: { outputs: ['out'], inputs: ['a'], allow_unused: true } });
    expect(detached.json.grads.a).toEqual({ reason: 'detached' });
  });

  it.each([
    [{ outputs: ['ab'], inputs: ['b'] }, 'no_grad_required'],
    [{ outputs: ['ab'], inputs: ['u'] }, 'no_grad_required'],
    [{ outputs: ['cut'], inputs: ['a'] }, 'no_grad_required'],
  ])('are refused otherwise: %j', async (grad, code) => {
    const { status, json } = await evaluate({ ...body, grad });
    expect(status).toBe(422);
    expect(json.type).toMatch(new RegExp(`${code}$`));
  });
});

describe('a graph that is refused', () => {
  const node = { op: 'neg', inputs: ['x'], outputs: ['y'] };
  const run = (nodes: unknown[], more: object = {}) =>
    evaluate({ inputs: { x: [1, 2] }, graph: { inputs: ['x'], nodes, outputs: ['y'], ...more } });

  it.each([
    ['an unknown op', [{ ...node, op: 'negg' }], 'neg'],
    ['a value that nothing makes', [{ ...node, inputs: ['z'] }], 'z'],
    [
      'a value before it is made',
      [
        { ...node, inputs: ['q'] },
        { op: 'neg', inputs: ['x'], outputs: ['q'] },
      ],
      'q',
    ],
    ['a value made twice', [node, node], 'y'],
    ['an input that a node makes', [{ ...node, outputs: ['x'] }, node], 'x'],
    ['too many inputs', [{ ...node, inputs: ['x', 'x'] }], 'neg'],
    ['a missing input', [{ ...node, inputs: [] }], 'input'],
    ['an unknown attr', [{ ...node, attrs: { dim: 1 } }], 'dim'],
    ['an attr called __proto__', [{ ...node, attrs: JSON.parse('{"__proto__": 1}') }], '__proto__'],
    ['an attr of the wrong kind', [{ op: 'sum', inputs: ['x'], attrs: { dim: 'a' }, outputs: ['y'] }], 'dim'],
    ['a wrong number of outputs', [{ ...node, outputs: ['y', 'z'] }], 'outputs'],
  ])('%s', async (_, nodes, word) => {
    const { status, json } = await run(nodes);
    expect(status).toBe(422);
    expect(json.type).toMatch(/invalid_graph$/);
    expect(json.detail).toContain(word);
  });

  it('names the node at fault', async () => {
    const { json } = await evaluate({
      inputs: { x: [1, 2], z: [1, 2, 3] },
      graph: {
        inputs: ['x', 'z'],
        nodes: [
          { op: 'neg', inputs: ['x'], outputs: ['n'] },
          { op: 'add', inputs: ['n', 'z'], outputs: ['sum'] },
        ],
        outputs: ['sum'],
      },
    });
    expect(json).toMatchObject({ status: 422, node: 'sum', op: 'add' });
    expect(json.detail).toMatch(/\[2\].*\[3\]/);
  });

  it.each([
    ['an input without a value', { inputs: {}, graph }, '/inputs/x'],
    [
      'a constant without data',
      {
        inputs: { x: [1] },
        graph: {
          inputs: ['x'],
          nodes: [{ op: 'add', inputs: ['x', 'c'], outputs: ['y'] }],
          outputs: ['y'],
          values: { c: { dtype: 'float32', shape: [1] } },
        },
      },
      '/graph/values/c/data',
    ],
    ['an output that is none', { inputs, graph, outputs: ['lss'] }, '/outputs/0'],
    ['a grad input that is none', { inputs, graph, grad: { outputs: ['loss'], inputs: ['v'] } }, '/grad/inputs/0'],
    ['an input that nothing reads', { inputs: { ...inputs, extra: [1] }, graph }, '/inputs/extra'],
    ['another format', { inputs, graph: { ...graph, format: 'onnx' } }, '/graph/format'],
  ])('%s is a 400', async (_, body, pointer) => {
    const { status, json } = await evaluate(body);
    expect(status).toBe(400);
    expect(json.errors[0].pointer).toBe(pointer);
  });

  it('is too large, and refused at once', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const one = await evaluate({
      graph: { nodes: [{ op: 'zeros', attrs: { size: [1_000_000, 1_000_000] }, outputs: ['z'] }], outputs: ['z'] },
    });
    expect([one.status, one.json.type]).toEqual([422, 'urn:gradwire:problem:budget']);
    const nodes = Array.from({ length: 400 }, (_, i) => ({
      op: 'zeros',
      attrs: { size: [9_000_000] },
      outputs: [`z${i}`],
    }));
    const many = await evaluate({ graph: { nodes, outputs: nodes.flatMap(({ outputs }) => outputs) } });
    expect([many.status, many.json.type]).toEqual([422, 'urn:gradwire:problem:budget']);
    const views = Array.from({ length: 400 }, (_, i) => ({
      op: 'expand',
      inputs: [i === 0 ? 'x' : `v${i - 1}`],
      attrs: { size: [300, 300, 1000] },
      outputs: [`v${i}`],
    }));
    expect(
      (
        await evaluate({
          inputs: { x: 1 },
          graph: { inputs: ['x'], nodes: views, outputs: ['x'] },
          graph_scope: 'none',
        })
      ).status,
    ).toBe(200);
    const long = await evaluate({
      graph: {
        nodes: Array.from({ length: 3001 }, (_, i) => ({ op: 'ones', attrs: { size: [1] }, outputs: [`o${i}`] })),
        outputs: ['o0'],
      },
    });
    expect([long.status, long.json.type]).toEqual([422, 'urn:gradwire:problem:budget']);
    const operands = await evaluate({
      inputs: { x: [1] },
      graph: {
        inputs: ['x'],
        nodes: [{ op: 'cat', inputs: [Array.from({ length: 3001 }, () => 'x')], outputs: ['y'] }],
        outputs: ['y'],
      },
    });
    expect([operands.status, operands.json.detail]).toEqual([422, expect.stringContaining('a list of 3001 nodes')]);
    // Nothing large was allocated on the way to the refusal: one of those tensors alone is 36 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30e6);
  });
});

describe('a backward part', () => {
  const both = async () =>
    (await evaluate({ inputs, graph, grad: { outputs: ['loss'] }, graph_scope: 'both' })).json.graph;

  it('is refused for inputs of other shapes than it was recorded with', async () => {
    const { status, json } = await evaluate({ inputs: { x: [1, 2], w: [2], y: [1] }, graph: await both() });
    expect(status).toBe(422);
    expect(json).toMatchObject({
      type: expect.stringMatching(/shape_mismatch$/),
      detail: expect.stringMatching(/\[2\].*\[1\]/),
    });
  });

  it.each([
    [{ nope: 'd_w' }, 'nope'],
    [{ w: 'nothing' }, 'nothing'],
    [{ w: 'loss' }, 'shape'],
  ])('that says %j is refused', async (grads, word) => {
    const document = await both();
    document.backward.grads = grads;
    const { status, json } = await evaluate({ inputs: { x: [1], w: [2], y: [1] }, graph: document });
    expect(status).toBe(422);
    expect(json.detail).toContain(word);
  });
});

describe('lists without end', () => {
  it.each(['nodes', 'inputs', 'outputs'])('%s are refused before they are looked at', async (field) => {
    const { status, text } = await evaluate({ graph: { nodes: [], [field]: Array(100_000).fill(1) } });
    expect(status).toBe(422);
    expect(text.length).toBeLessThan(2000);
  });
});

describe('TIME_LIMIT_MS', () => {
  it('ends a request between its nodes with a 504', async () => {
    const hasty = await appWith({ TIME_LIMIT_MS: '20' });
    const nodes = Array.from({ length: 300 }, (_, i) => ({
      op: 'sigmoid',
      inputs: [i === 0 ? 'x' : `s${i - 1}`],
      outputs: [`s${i}`],
    }));
    const body = {
      graph: { nodes: [{ op: 'ones', attrs: { size: [200_000] }, outputs: ['x'] }, ...nodes], outputs: [] },
    };
    const { status, json } = await sender(hasty)('/v1/evaluate', body);
    expect(status).toBe(504);
    expect(json.type).toMatch(/time_limit$/);
    await hasty.close();
  });

  it('ends a long matrix product in its middle', async () => {
    const hasty = await appWith({ TIME_LIMIT_MS: '100' });
    const body = {
      graph: {
        nodes: [
          { op: 'ones', attrs: { size: [6000, 6000] }, outputs: ['a'] },
          { op: 'mm', inputs: ['a', 'a'], outputs: ['b'] },
        ],
        outputs: ['b'],
      },
      graph_scope: 'none',
    };
    // Whole, it would take minutes, and this test would time out.
    expect((await sender(hasty)('/v1/evaluate', body)).status).toBe(504);
    await hasty.close();
  });
});
