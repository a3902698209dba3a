/** Attributes that are read when a node runs, and graphs in attributes. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith({ MAX_NODES: '50' });
  post = sender(app);
});
afterAll(() => app.close());

/** Of `if`; an object with the plain property looks like a promise to a linter. */
const YES = 'then';

const int = (data: unknown) => ({ data, dtype: 'int64' });

async function evaluate(body: Record<string, unknown>): Promise<Record<string, never>> {
  const { json, text, status } = await post('/v1/evaluate', body);
  expect(status, text).toBe(200);
  return json as never;
}

async function refused(graph: unknown, inputs: unknown, message: RegExp): Promise<void> {
  const { json, text, status } = await post('/v1/evaluate', { graph, inputs });
  expect(status, text).toBe(422);
  expect(json).toMatchObject({ type: 'urn:gradwire:problem:invalid_graph' });
  expect(json.detail).toMatch(message);
}

describe('an attribute that names a further input', () => {
  const reshape = (attrs: unknown, inputs = ['x', 's']) => ({
    inputs: ['x', 's'],
    nodes: [{ op: 'reshape', inputs, outputs: ['y'], attrs }],
    outputs: ['y'],
  });
  const x = { data: [1, 2, 3, 4], requires_grad: true };

  it('is read when the node runs', async () => {
    const grad = {
      outputs: ['y'],
      inputs: ['x'],
      grad_outputs: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    };
    const body = { inputs: { x, s: int([2, 2]) }, graph: reshape({ shape: { tensor: 0 } }), grad };
    const { outputs, grads, graph } = (await evaluate(body)) as never as Record<string, Record<string, never>>;
    expect(outputs.y).toMatchObject({ shape: [2, 2] });
    expect(grads.x).toMatchObject({ data: [1, 2, 3, 4] });
    // What was recorded is what was run.
    expect(graph.nodes[0]).toMatchObject({ op: 'reshape', inputs: ['x'], attrs: { shape: [2, 2] } });
  });

  it('may stand within a list, and in the slices of an index', async () => {
    const one = { inputs: { x, s: int([2]) }, graph: reshape({ shape: [{ tensor: 0 }, -1] }) };
    expect((await evaluate(one)).outputs).toMatchObject({ y: { shape: [2, 2] } });
    const graph = {
      inputs: ['x', 'n'],
      nodes: [
        { op: 'getitem', inputs: ['x', 'n'], outputs: ['y'], attrs: { index: [{ slice: [1, { tensor: 0 }, null] }] } },
      ],
      outputs: ['y'],
    };
    expect((await evaluate({ inputs: { x, n: int(3) }, graph })).outputs).toMatchObject({ y: { data: [2, 3] } });
  });

  it('has to fit', async () => {
    const inputs = { x, s: int([2, 2]) };
    await refused(reshape({ shape: { tensor: 1 } }), inputs, /takes at most 1 inputs/);
    await refused(reshape({ shape: { tensor: 0 } }, ['x']), inputs, /further input 0/);
    await refused(reshape({ shape: { tensor: 0 } }), { x, s: [1.5] }, /expected a list of integers/);
    await refused(reshape({ shape: [2, 2] }), inputs, /at most 1 inputs/);
    await refused(reshape({ shape: { tensor: 0 } }, ['x', 'nobody']), inputs, /nothing is called "nobody"/);
  });
});

describe('a condition', () => {
  const graph = {
    inputs: ['x', 'c'],
    nodes: [
      {
        op: 'if',
        inputs: ['c'],
        outputs: ['y'],
        attrs: {
          [YES]: {
            nodes: [{ op: 'mul', inputs: ['x', 'k'], outputs: ['r'] }],
            outputs: ['r'],
            values: { k: { data: 3 } },
          },
          else: { nodes: [], outputs: ['x'] },
        },
      },
    ],
    outputs: ['y'],
  };
  const x = { data: 2, requires_grad: true };

  it.each([
    [true, 6, 3],
    [false, 2, 1],
  ])('that is %s carries out one graph, which replays', async (c, value, slope) => {
    const inputs = { x, c: { data: c, dtype: 'bool' } };
    const grad = { outputs: ['y'], inputs: ['x'] };
    const first = await evaluate({ inputs, graph, grad });
    const again = await evaluate({ inputs, graph: first.graph, grad });
    for (const { outputs, grads } of [first, again]) {
      expect(outputs).toMatchObject({ y: { data: value } });
      expect(grads).toMatchObject({ x: { data: slope } });
    }
  });

  it('needs both graphs, with as many results', async () => {
    const inputs = { x, c: true };
    const [node] = graph.nodes;
    const but = (attrs: unknown) => ({ ...graph, nodes: [{ ...node, attrs }] });
    await refused(but({ [YES]: node.attrs[YES] }), inputs, /attrs\/else: expected a graph/);
    await refused(
      but({ ...node.attrs, else: { nodes: [], outputs: [] } }),
      inputs,
      /outputs of "else": expected 1, got 0/,
    );
    await refused(but({ ...node.attrs, other: 1 }), inputs, /no attribute "other"/);
    await refused(
      but({ ...node.attrs, else: { nodes: [], outputs: ['later'] } }),
      inputs,
      /nothing in the graph is called "later"/,
    );
    await refused(but({ ...node.attrs, else: { nodes: 5, outputs: ['x'] } }), inputs, /attrs\/else\/nodes/);
  });

  it('may be nested, but not without end', async () => {
    let inner: unknown = { nodes: [], outputs: ['x'] };
    for (let i = 0; i < 20; i++)
      inner = {
        nodes: [
          { op: 'if', inputs: ['c'], outputs: ['y'], attrs: { [YES]: inner, else: { nodes: [], outputs: ['x'] } } },
        ],
        outputs: ['y'],
      };
    const deep = { ...(inner as object), inputs: ['x', 'c'] };
    await refused(deep, { x, c: true }, /nested more than/);
  });
});

describe('a loop', () => {
  const loop = (trips: string | null, condition: string | null, cond = 'c') => ({
    inputs: ['x', 'n'],
    nodes: [
      {
        op: 'loop',
        inputs: [trips, condition, 'x'],
        outputs: ['y', 'all'],
        attrs: {
          body: {
            inputs: ['i', 'c', 'v'],
            nodes: [
              { op: 'mul', inputs: ['v', 'x'], outputs: ['w'] },
              { op: 'lt', inputs: ['w'], attrs: { other: 20 }, outputs: ['small'] },
            ],
            outputs: [cond, 'w', 'w'],
          },
        },
      },
    ],
    outputs: ['y', 'all'],
  });
  const x = { data: 2, requires_grad: true };

  it('goes round so many times, or as long as its condition holds', async () => {
    const grad = { outputs: ['y'], inputs: ['x'] };
    const counted = await evaluate({ inputs: { x, n: int(2) }, graph: loop('n', null), grad });
    expect(counted.outputs).toMatchObject({ y: { data: 8 }, all: { data: [4, 8] } });
    expect(counted.grads).toMatchObject({ x: { data: 12 } });
    const held = await evaluate({ inputs: { x, n: int(9) }, graph: loop('n', null, 'small'), grad });
    expect(held.outputs).toMatchObject({ y: { data: 32 } });
    const never = await evaluate({ inputs: { x, n: int(0) }, graph: loop('n', null) });
    expect(never.outputs).toMatchObject({ y: { data: 2 }, all: { shape: [0] } });
  });

  it('ends where there are too many nodes', async () => {
    const { json, status } = await post('/v1/evaluate', { inputs: { x, n: int(1000) }, graph: loop('n', null) });
    expect(status).toBe(422);
    expect(json).toMatchObject({ type: 'urn:gradwire:problem:budget' });
  });
});
