/** Functions with their own gradient rule in graph documents: they replay, and are checked. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith();
  post = sender(app);
  // The thread that runs code takes its time to start.
  await post('/v1/evaluate', { inputs: {}, code: '1' });
}, 120_000);
afterAll(() => app.close());

interface Case {
  readonly title: string;
  readonly code: string;
  readonly grads: readonly unknown[];
  readonly hessian: readonly (readonly unknown[])[];
}

const { x, w, cases } = JSON.parse(readFileSync(new URL('data/own-rules.json', import.meta.url), 'utf8')) as {
  x: number[];
  w: number;
  cases: Case[];
};

function closeTo(got: unknown, want: unknown): void {
  if (Array.isArray(want)) {
    want.forEach((item, i) => {
      closeTo((got as unknown[])[i], item);
    });
    return;
  }
  // Ones are float32 in some of them.
  expect(Math.abs((got as number) - (want as number))).toBeLessThanOrEqual(2e-6 * (1 + Math.abs(want as number)));
}

const inputsOf = (requires_grad: boolean): Record<string, unknown> => ({
  x: { data: x, dtype: 'float64', requires_grad },
  w: { data: w, dtype: 'float64', requires_grad },
});

const grad = { outputs: ['loss'], inputs: ['x', 'w'], allow_unused: true };
const outputs = ['y', 'loss'];
const functionsOf = (graph: { nodes: { op: string }[] }) => graph.nodes.filter((node) => node.op === 'function');

describe.each(cases)('$title', ({ code: rule, grads, hessian }) => {
  const code = `${rule}\nloss = (y * y).sum()`;

  it('has the gradients that PyTorch gives, in code and wherever its graph is replayed', async () => {
    const inputs = inputsOf(true);
    const first = await post('/v1/evaluate', { inputs, code, grad, outputs, graph_scope: 'both' });
    expect(first.status, first.text).toBe(200);
    grads.forEach((want, i) => {
      const got = first.json.grads['xw'[i]];
      if (want === null) expect(got).toEqual({ reason: 'unreachable' });
      else closeTo(got.data, want);
    });
    const again = await post('/v1/evaluate', { inputs, graph: first.json.graph, grad, outputs });
    expect(again.status, again.text).toBe(200);
    expect(again.json.grads).toEqual(first.json.grads);
    const third = await post('/v1/evaluate', { inputs, graph: again.json.graph, grad, outputs });
    expect(third.json.grads).toEqual(first.json.grads);
  });

  it('has a backward part that replays without autograd', async () => {
    const inputs = inputsOf(true);
    const names = grads.flatMap((g, i) => (g === null ? [] : ['xw'[i]]));
    const asked = { outputs: ['loss'], inputs: names };
    const first = await post('/v1/evaluate', { inputs, code, grad: asked, outputs, graph_scope: 'both' });
    const { nodes, backward } = first.json.graph;
    const place = nodes.findIndex((node: { op: string }) => node.op === 'function');
    if (!rule.includes('return g\n'))
      expect(backward.nodes.some((node: { of?: number }) => node.of === place)).toBe(true);
    const replay = await post('/v1/evaluate', { inputs, graph: first.json.graph, outputs });
    expect(replay.json.grads, replay.text).toEqual(first.json.grads);
  });

  it('is differentiated in a graph that was written when no gradient was asked for', async () => {
    const inputs = inputsOf(false);
    const { json } = await post('/v1/evaluate', { inputs, code, outputs });
    const [node] = functionsOf(json.graph) as { attrs?: { name: string } }[];
    expect(rule).toContain(`class ${node.attrs?.name}(`);
    for (const program of [{ code }, { graph: json.graph }]) {
      const answer = await post('/v1/hessian', { inputs, ...program, of: 'loss', wrt: ['x', 'w'] });
      expect(answer.status, answer.text).toBe(200);
      closeTo(
        answer.json.hessian.map((row: { data: unknown }[]) => row.map((block) => block.data)),
        hessian,
      );
    }
  });
});

const SQUARE = `class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t, u):
        ctx.save_for_backward(t)
        return t * t * u
    @staticmethod
    def backward(ctx, g):
        gu = None
        if ctx.needs_input_grad[1]:
            raise RuntimeError('not there')
        return 2 * g * ctx.saved_tensors[0], gu
y = Square.apply(x, w)`;

describe('what a document says of a rule', () => {
  const inputs = { x: { data: [1, 2], requires_grad: true }, w: [3, 4] };
  const written = async () => {
    const answer = await post('/v1/evaluate', { inputs, code: SQUARE, outputs: ['y'] });
    expect(answer.status, answer.text).toBe(200);
    return answer.json.graph;
  };

  it('is its name, what it was asked for, and what it computes', async () => {
    const [node] = functionsOf(await written());
    expect(node).toMatchObject({
      outputs: ['y'],
      attrs: { name: 'Square', needs_input_grad: [true, false], once_differentiable: false },
      grad_fn: 'SquareBackward',
      backward: { inputs: ['d_y', 'x', 'w', 'y'], outputs: [expect.any(String), null] },
    });
  });

  it('is refused where another gradient is asked for, or other shapes come', async () => {
    const graph = await written();
    const seed = { of: 'y', v: [1, 1] };
    const other = await post('/v1/vjp', { inputs, graph, ...seed, wrt: 'w' });
    expect([other.status, other.json.detail]).toEqual([422, expect.stringContaining('"Square"')]);
    const shape = { x: [1, 2, 3], w: [1, 1, 1] };
    const wrong = await post('/v1/vjp', { inputs: shape, graph, of: 'y', wrt: 'x', v: [1, 1, 1] });
    expect([wrong.status, wrong.json.type]).toEqual([422, expect.stringMatching(/shape_mismatch$/)]);
  });

  it('may be absent, until its gradient is asked for', async () => {
    const graph = await written();
    for (const node of functionsOf(graph)) delete (node as { backward?: unknown }).backward;
    expect((await post('/v1/evaluate', { inputs, graph, outputs: ['y'] })).json.outputs.y.data).toEqual([3, 16]);
    const { status, json } = await post('/v1/vjp', { inputs, graph, of: 'y', wrt: 'x', v: [1, 1] });
    expect([status, json.detail]).toEqual([422, expect.stringContaining('was not recorded')]);
  });

  type Rule = { inputs: (string | null)[]; nodes: Record<string, unknown>[]; outputs: (string | null)[] };
  it.each<[string, (rule: Rule, node: Record<string, unknown>) => void]>([
    ['an input too few', ({ inputs }) => inputs.pop()],
    ['an output too many', ({ outputs }) => outputs.push(null)],
    ['an unknown output', (rule) => void (rule.outputs = ['nothing', null])],
    ['an argument that is null', (rule) => void (rule.inputs[1] = null)],
    ['an op that there is not', ({ nodes }) => void (nodes[0].op = 'no_such_op')],
    ['a name from outside', ({ nodes }) => void (nodes[0].inputs = ['w_from_outside'])],
    ['what it was asked for, of another length', (_, node) => void (node.attrs = { name: 'a', needs_input_grad: [] })],
    ['no name', (_, node) => void (node.attrs = { needs_input_grad: [true, false] })],
    ['a rule of another op', (_, node) => void (node.op = 'mul')],
    [
      'rules within rules without end',
      (rule, node) => {
        let inner = rule;
        for (let i = 0; i < 40; i++) {
          const next = structuredClone({ ...rule, nodes: [] });
          inner.nodes = [{ ...node, outputs: [`inner_${i}`], backward: next }];
          inner = next;
        }
      },
    ],
  ])('is refused with %s', async (_, change) => {
    const graph = await written();
    const [node] = functionsOf(graph) as never as [Record<string, unknown> & { backward: Rule }];
    change(node.backward, node);
    const { status, text } = await post('/v1/evaluate', { inputs, graph, outputs: ['y'] });
    expect(status, text).toBeGreaterThanOrEqual(400);
    expect(status, text).toBeLessThan(500);
  });

  it('counts its nodes among those of the graph', async () => {
    const graph = await written();
    const [node] = functionsOf(graph) as never as [{ backward: Rule }];
    const zero = { op: 'zeros', inputs: [], attrs: { size: [1] } };
    node.backward.nodes = Array.from({ length: 60 }, (_, i) => ({ ...zero, outputs: [`z_${i}`] }));
    const small = await appWith({ MAX_NODES: '50' });
    const { status, json } = await sender(small)('/v1/evaluate', { inputs, graph, outputs: ['y'] });
    await small.close();
    expect([status, json.type]).toEqual([422, expect.stringMatching(/budget$/)]);
  });
});

it('writes a gradient over in the place where the rule did', async () => {
  const code = 'z = x * x\nz.register_hook(lambda g: g.clone().mul_(3))\ny = z.sum()';
  const inputs = { x: { data: [1, 2], requires_grad: true } };
  const asked = { outputs: ['y'], inputs: ['x'] };
  const { json } = await post('/v1/evaluate', { inputs, code, grad: asked, outputs: ['y'], graph_scope: 'both' });
  const replay = await post('/v1/evaluate', { inputs, graph: json.graph, outputs: ['y'] });
  expect(replay.json.grads.x.data).toEqual(json.grads.x.data);
  expect(json.grads.x.data).toEqual([6, 12]);
});

it('runs the rules of many calls, and of workspaces', async () => {
  const code = `${SQUARE.replace('u)', 'u=1)').replace('y = Square.apply(x, w)', '')}
z = x
for i in range(300):
    z = Square.apply(z, 1) * 0.5
    x0 = z.detach()
y = z.sum()`;
  const inputs = { x: { data: [1, 1.5], requires_grad: true } };
  const { status, text, json } = await post('/v1/evaluate', { inputs, code, grad: { outputs: ['y'] }, outputs: ['y'] });
  expect(status, text).toBe(200);
  expect(functionsOf(json.graph)).toHaveLength(300);
});
