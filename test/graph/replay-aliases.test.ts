/**
 * Documents of code that writes to elements through tensors that autograd does not know as windows on each
 * other: replayed, they give what the code gave.
 */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../support/app.ts';
import { workspaceOf } from '../support/workspace.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith();
  post = sender(app);
});
afterAll(() => app.close());

interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

type Values = Record<string, { data?: unknown; requires_grad?: boolean }>;

/** The last version of a variable among a document's values. */
const latest = (name: string, values: Values): string => {
  const versions = Object.keys(values).filter((key) => key === name || key.startsWith(`${name}#`));
  return versions.sort((a, b) => Number(a.split('#')[1] ?? 0) - Number(b.split('#')[1] ?? 0)).at(-1) as string;
};

/** Runs code, replays its document, and compares outputs and all values that both tell. */
async function replays(code: string, values: 'all' | 'small' = 'all', inputs: unknown = {}) {
  const first = await post('/v1/evaluate', { inputs, code, graph_values: values });
  expect(first.status, first.text).toBe(200);
  const { graph, outputs } = first.json;
  const again = await post('/v1/evaluate', { inputs, graph, graph_values: 'all' });
  expect(again.status, `${again.text}\n${code}`).toBe(200);
  for (const [name, { data }] of Object.entries<{ data: unknown }>(outputs)) {
    const version = latest(name, graph.values);
    expect(again.json.outputs[version]?.data, `${name} (${version}) of\n${code}`).toEqual(data);
  }
  const computed = again.json.graph.values as Values;
  for (const [name, { data }] of Object.entries(graph.values as Values)) {
    if (data !== undefined) expect(data, `${name} of\n${code}`).toEqual(computed[name]?.data);
  }
  return graph as { nodes: readonly Node[]; values: Values };
}

const PROGRAMS: readonly (readonly [what: string, code: string])[] = [
  ['data', 'x = torch.ones(3, requires_grad=True)\ny = x * 2\nx.data.mul_(3)\nz = x * 5'],
  ['a detached tensor', 'x = torch.ones(3)\nd = x.detach()\ny = x * 2\nd.mul_(3)\nz = x * 5'],
  ['what was detached', 'x = torch.ones(3)\nd = x.detach()\ny = d * 2\nx.mul_(3)\nz = d * 5'],
  ['many elements', 'x = torch.ones(100)\nd = x.detach()\ny = x * 2\nd.mul_(3)\nz = x * 5\nd[2:5] = 0\nq = x * 1'],
  [
    'a detached row and column',
    'x = torch.ones(4, 4)\nd = x[0].detach()\nc = x[:, 1].detach()\nd.mul_(3)\na = x * 1\nc.add_(7)\nb = x * 2\ne = d * 2\nx.sub_(1)\nf = d + c',
  ],
  [
    'data of what has views',
    'x = torch.arange(6, dtype=torch.float32)\nv = x.view(2, 3)\nx.data.add_(1)\ny = v * 2\nv[0] = 9\nz = x * 2\nx.data.mul_(2)\nw = v * 1\nu = v[1] * 3',
  ],
  [
    'a detached transpose',
    'x = torch.arange(12, dtype=torch.float32).view(3, 4)\nt = x.t().detach()\nt[0] = 5\ny = x * 1\nx[1] = 2\nz = t * 1\nx.t_()\nw = x + t',
  ],
  [
    'a parameter made of a tensor',
    'w = torch.ones(3)\np = torch.nn.Parameter(w)\ny = w * 2\nwith torch.no_grad():\n    p.mul_(4)\nz = w * 5\nw.zero_()\nq = p + 1',
  ],
  ['bytes', 'x = torch.ones(3)\nb = x.view(torch.int32)\ny = x * 2\nb.add_(1)\nz = x * 5\nx.add_(1)\nc = b + 0'],
  [
    'many overlapping parts',
    'x = torch.ones(40)\nfor d in [x[i:i + 2].detach() for i in range(38)]:\n    d.add_(1)\ny = x * 1',
  ],
  [
    'data that is replaced',
    'x = torch.ones(3, requires_grad=True)\ny = x * 2\nd = x.detach()\nx.data = torch.tensor([5., 6., 7.])\nz = x * 5\nd.add_(1)\nw = d * 2\nx.data = x.data * 2\nu = x * 1',
  ],
  [
    'data of another shape',
    'x = torch.ones(3)\nv = x.view(3, 1)\nx.data = torch.zeros(2, 2)\nv.add_(1)\nq = x + 1\nw = v * 2',
  ],
  [
    'parameters in training',
    'm = torch.nn.Linear(2, 2)\nopt = torch.optim.SGD(m.parameters(), lr=0.1)\nsd = m.state_dict()\nfor i in range(3):\n    loss = m(torch.ones(1, 2)).sum()\n    loss.backward()\n    for p in m.parameters():\n        p.data -= 0.1 * p.grad.data\n    opt.step()\n    for p in m.parameters():\n        p.grad.data.zero_()\ny = m(torch.ones(1, 2))\ns = sd["weight"] * 2',
  ],
];

describe('code that writes through', () => {
  it.each(PROGRAMS)('%s replays', async (_, code) => {
    await replays(code, 'all');
    await replays(code, 'small');
  });

  it('data tells how the elements came about', async () => {
    const x = { data: [1, 2], requires_grad: true };
    const graph = await replays('y = x * 2\nx.data.mul_(3)\nz = x * 5', 'all', { x });
    expect(graph.nodes.map(({ op, inputs, outputs }) => [op, ...inputs, '→', ...outputs].join(' '))).toEqual([
      'mul x → y',
      'detach x → detach_1',
      'mul_ detach_1 → mul__1',
      'with_data x mul__1 → x#1',
      'mul x#1 → z',
    ]);
    const other = await post('/v1/evaluate', { inputs: { x: [10, 20] }, graph: { ...graph, outputs: ['z'] } });
    expect(other.json.outputs.z.data).toEqual([150, 300]);
  });

  it('a constant keeps what it was', async () => {
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    const graph = await replays(
      `w = torch.tensor(${JSON.stringify(numbers)})\ny = w * 2\nw.detach().zero_()\nz = w * 1`,
    );
    expect(graph.values.w.data).toEqual(numbers);
  });
});

describe('a workspace', () => {
  it('tells of writes through what an earlier cell detached', async () => {
    const workspace = await workspaceOf(app);
    await workspace.cell(
      'import torch\nx = torch.ones(3, requires_grad=True)\nd = x.detach()\nw = torch.ones(100)\nv = w.data',
    );
    const { graph } = await workspace.cell('y = x * 2\nd.mul_(3)\nv.add_(1)', { graph_values: 'all' });
    expect(graph.nodes.map(({ op, outputs }: Node) => `${outputs} = ${op}`)).toEqual([
      'y = mul',
      'd#1 = mul_',
      'v#1 = add_',
      'x#1 = with_data',
      'w = detach',
    ]);
    expect([graph.values.x, graph.values['x#1']]).toMatchObject([
      { requires_grad: true, data: [1, 1, 1] },
      { requires_grad: true, data: [3, 3, 3] },
    ]);
    await workspace.cell('z = x * 5 + w[:3]\nx.data.sub_(1)');
    for (const name of ['x', 'd', 'y', 'z', 'w', 'v']) {
      const document = (await workspace.get(`/graph?of=${name}`)).json();
      const again = await post('/v1/evaluate', { inputs: {}, graph: document });
      const { data } = (await workspace.get(`/tensors/${name}`)).json();
      expect(Object.values<{ data: unknown }>(again.json.outputs)[0].data, name).toEqual(data);
    }
  });
});

describe('gradients after a write', () => {
  const PARTS: readonly (readonly [what: string, code: string])[] = [
    ['to a leaf', 'y = x * 2\nx.data.mul_(3)\nout = (x * y).sum()'],
    ['to what was computed', 'y = x * 3\ny.detach().mul_(2)\nout = (y * y).sum()'],
    [
      'to the base of a view',
      'y = x * 3\nv = y.view(3, 2)\ny.data.add_(2)\nv.mul_(2)\ny.data.sub_(1)\nout = (v * v.detach()).sum() + y.sum()',
    ],
    ['to a part', 'y = x * 3\ny[0].data.fill_(4)\nout = (y * y * x).sum()'],
    ['by other data', 'y = x * 3\ny.data = torch.full((2, 3), 7., dtype=torch.float64)\nout = (y * y).sum()'],
  ];
  const X = [
    [1, 2, 3],
    [4, 5, 6],
  ];

  it.each(PARTS)('%s', async (_, code) => {
    const grad = { outputs: ['out'], inputs: ['x'] };
    const inputs = { x: { data: X, requires_grad: true, dtype: 'float64' } };
    const body = { inputs, code, outputs: ['out'], grad };
    const first = await post('/v1/evaluate', { ...body, graph_scope: 'both' });
    expect(first.status, first.text).toBe(200);
    const again = await post('/v1/evaluate', { inputs: { x: { data: X, dtype: 'float64' } }, graph: first.json.graph });
    expect(again.status, again.text).toBe(200);
    expect(Object.values(again.json.grads)).toEqual(Object.values(first.json.grads));
    const forward = await post('/v1/evaluate', { ...body, graph_scope: 'forward' });
    const third = await post('/v1/evaluate', { inputs, graph: forward.json.graph, grad });
    expect(third.status, third.text).toBe(200);
    expect(Object.values(third.json.grads)).toEqual(Object.values(first.json.grads));
  });
});

/** Random programs over tensors of one storage: windows, detached ones, writes through any, reads of any. */
function program(seed: number, size: number): string {
  let state = seed * 2654435761 + 1;
  const below = (n: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const lines =
    below(2) === 0
      ? [`v0 = torch.arange(${size}, dtype=torch.float32)`]
      : [`x = torch.arange(${size}, dtype=torch.float32, requires_grad=True)`, 'v0 = x * 1'];
  const shapes = [[size]];
  let reads = 0;
  for (let step = 0; step < 14; step++) {
    const i = below(shapes.length);
    const [v, shape] = [`v${i}`, shapes[i]];
    const alias = (text: string, size: number[]): void => {
      lines.push(`v${shapes.length} = ${text}`);
      shapes.push(size);
    };
    const part = (): [string, number[]] => {
      const [n, m] = shape;
      if (m === undefined) {
        if (n % 2 === 0 && n > 2 && below(2) === 0) return [`${v}.unflatten(0, (2, ${n / 2}))`, [2, n / 2]];
        const from = below(n);
        return [`${v}[${from}:]`, [n - from]];
      }
      return [
        [`${v}[${below(n)}]`, [m]],
        [`${v}.t()`, [m, n]],
        [`${v}[:, ${below(m)}]`, [n]],
      ][below(3)] as [string, number[]];
    };
    const k = below(5) + 2;
    const kind = below(11);
    if (kind < 2) alias(`${v}.${kind === 0 ? 'detach()' : 'data'}`, shape);
    else if (kind < 4) alias(...part());
    else if (kind === 4) {
      const [text, size] = part();
      alias(`${text}.${below(2) === 0 ? 'detach()' : 'data'}`, size);
    } else if (kind < 8) {
      const to = [v, `${v}.data`, `${v}.detach()`][below(3)];
      lines.push([`${to}.mul_(${k})`, `${to}.add_(${k})`, `${to}[0] = ${k}`][below(3)]);
    } else if (kind < 10) lines.push(`r${reads++} = ${v} * ${k}`);
    else lines.push(`${v}.data = ${below(2) === 0 ? `${v}.data * ${k}` : `torch.full((${shape},), ${k}.)`}`);
  }
  shapes.forEach((_, i) => {
    lines.push(`s${i} = v${i} + 0`);
  });
  return lines.join('\n');
}

it.each([12, 120])('random programs on %i elements replay', async (size) => {
  for (let seed = 0; seed < 40; seed++) await replays(program(seed, size), seed % 2 === 0 ? 'all' : 'small');
});
