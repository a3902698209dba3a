/** What a service is sent on a busy day: requests of all sizes and forms, wrong ones, and the cells of workspaces. */
import { JSON_TYPE, jsonBody, post } from '../client.ts';
import { numbers, SMALL_INPUT } from '../numbers.ts';
import type { Server } from '../processes/servers.ts';
import { KERNELS } from '../work.ts';
import { evaluateBody } from './evaluate.ts';
import { CBOR_TYPE, cborBody } from './formats.ts';

interface Kind {
  readonly path: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** What it is answered by. */
  readonly status: number;
  /** Every so many requests, one of these. */
  readonly every: number;
}

const SIGMOID = '/v1/activations/sigmoid';
const EVALUATE = '/v1/evaluate';

const json = (path: string, every: number, body: unknown, status = 200): Kind => ({
  path,
  body: typeof body === 'string' ? Buffer.from(body) : jsonBody(body),
  headers: JSON_TYPE,
  status,
  every,
});

function sized(
  count: number,
  every: { readonly json: number; readonly base64: number; readonly cbor: number },
): Kind[] {
  const values = numbers(count);
  const floats = Float32Array.from(values);
  const tensor = { base64: Buffer.from(floats.buffer).toString('base64'), shape: [count] };
  return [
    json(SIGMOID, every.json, { input: values }),
    json(SIGMOID, every.base64, { input: tensor, tensor_format: 'base64' }),
    { path: SIGMOID, body: cborBody(floats), headers: CBOR_TYPE, status: 200, every: every.cbor },
  ];
}

function evaluation(kind: string, form: 'graph' | 'code', every: number): Kind {
  const work = KERNELS.find((kernel) => kernel.kind === kind);
  if (work === undefined) throw new Error(`there is no kernel ${kind}`);
  return { path: EVALUATE, body: evaluateBody(work, form), headers: JSON_TYPE, status: 200, every };
}

/** Primes, so that each kind comes beside every other. */
function kinds(): Kind[] {
  const step = { inputs: { x: [[0.5, 1.5]], w: { data: [0.1, -0.2], requires_grad: true } } };
  return [
    ...sized(1_000_000, { json: 401, base64: 397, cbor: 389 }),
    evaluation('gelu_sum', 'graph', 151),
    evaluation('mlp', 'graph', 127),
    evaluation('gelu_sum', 'code', 149),
    ...sized(100_000, { json: 61, base64: 113, cbor: 109 }),
    json(EVALUATE, 29, { ...step, code: 'loss = F.softplus(x @ w).mean()', grad: { outputs: ['loss'] } }),
    json(EVALUATE, 37, { ...step, code: 'x @ w.t() @ nothing' }, 422),
    json(EVALUATE, 41, { code: 'def f(' }, 422),
    json(SIGMOID, 31, '{"input": [1, 2', 400),
    json(SIGMOID, 43, { input: [1, 'two'] }, 400),
    json('/v1/activations/sigmoidal', 47, { input: [1] }, 404),
    json('/v1/nothing', 53, { input: [1] }, 404),
    json(EVALUATE, 59, { graph: { nodes: [{ op: 'nothing', outputs: ['y'] }] } }, 422),
    json('/v1/losses/mse_loss', 23, { input: [1, 2, 3], target: [1, 2] }, 422),
    json('/v1/losses/cross_entropy', 7, { input: [SMALL_INPUT, SMALL_INPUT], target: [0, 9] }),
    json(EVALUATE, 11, {
      ...step,
      graph: {
        inputs: ['x', 'w'],
        nodes: [
          { op: 'mv', inputs: ['x', 'w'], outputs: ['y'] },
          { op: 'sum', inputs: ['y'], outputs: ['z'] },
        ],
        outputs: ['z'],
      },
      grad: { outputs: ['z'] },
      graph_scope: 'both',
    }),
    json(SIGMOID, 3, { input: numbers(1000) }),
    json(SIGMOID, 1, { input: SMALL_INPUT }),
  ];
}

/** Something that is sent, in its turn. */
export type Sender = (index: number) => Promise<void>;

/** Requests without a workspace. The rarest kinds come first: a request is of the first kind whose turn it is. */
export function requestsTo({ origin }: Server): Sender {
  const all = kinds();
  return async (index) => {
    const kind = all.find(({ every }) => index % every === 0) ?? all[all.length - 1];
    await post(origin + kind.path, kind.body, kind.headers, kind.status);
  };
}

interface Cell {
  readonly code: string;
  /** What it says of itself: the type of its error, or that it ran to its end. */
  readonly ends: string;
}

const DONE = 'done';
const ENDLESS = 'while True: pass';
const cell = (code: string, ends = DONE): Cell => ({ code, ends });

/** The cells of one workspace, in order. The first one makes what others use. */
const CELLS: readonly Cell[] = [
  cell('import torch\nfrom torch import nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\nkept = []'),
  cell('model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))\nmodel'),
  cell(
    'x = torch.randn(128, 64)\ny = torch.randint(0, 10, (128,))\nopt = torch.optim.Adam(model.parameters(), lr=0.01)',
  ),
  cell(
    'for i in range(20):\n    opt.zero_grad()\n    loss = F.cross_entropy(model(x), y)\n    loss.backward()\n    opt.step()\nloss.item()',
  ),
  cell('big = torch.zeros(1000, 300)\nfor i in range(200): big[i] += i\nbig.t().mul_(2)\nbig.sum()'),
  cell('v = big.view(-1)\nfor i in range(10): v += 1\nkept.append(v.clone())\nkept = kept[-2:]'),
  cell('"\\n".join("".join("#" if (i * i + j * j) % 7 < 3 else "." for j in range(60)) for i in range(30))'),
  cell('for row in range(40): print("*" * row + " " * (40 - row), f"{row / 40:.3f}")'),
  cell('x @ nothing', 'NameError'),
  cell('x @ torch.randn(3, 3)', 'RuntimeError'),
  cell('def f(n): return f(n + 1)\nf(0)', 'RecursionError'),
  cell('def broken(:', 'SyntaxError'),
  cell('s = "abc" * 100_000\nd = {i: s[i:i + 10] for i in range(20_000)}\nsorted(d.values())[:3]'),
  cell(
    'def squares():\n    i = 0\n    while True:\n        yield i * i\n        i += 1\ng = squares()\n[next(g) for _ in range(100)][-1]',
  ),
  cell(
    'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(64, 64)\n    def forward(self, x):\n        return self.a(x).tanh()\nNet()(x).sum().backward()',
  ),
  cell('state = model.state_dict()\nmodel.load_state_dict(state)\n[(k, v.shape) for k, v in state.items()]'),
  cell(
    'from torch.utils.data import DataLoader, TensorDataset\nfor a, b in DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True): pass\na.shape',
  ),
  cell('z = torch.randn(500_000)\nz.sort()\nz.cumsum(0)[-1]'),
  cell('torch.set_printoptions(precision=3)\nprint(x[:20])\ntorch.linspace(0, 1, 1000)'),
  cell('del big, v, kept, z\nx = x * 0 + 1\nx.mean()'),
];

/** How many cells a workspace has before it goes. */
export const CELLS_EACH = CELLS.length;
/** Of so many workspaces one has a cell whose time runs out, and one has a cell that its client ends. */
const TIMED_OUT_EVERY = 13;
const INTERRUPTED_EVERY = 5;
/** Until a cell runs that is to be interrupted. */
const TRY_AGAIN_MS = 20;

/** One workspace from its beginning to its end. The service's TIME_LIMIT_MS is waited for now and then. */
export function workspacesOn({ origin }: Server): Sender {
  const made = jsonBody({});
  return async (index) => {
    const { body } = await post(`${origin}/v1/sessions`, made, JSON_TYPE, 201);
    const at = `${origin}/v1/sessions/${JSON.parse(body.toString()).id}`;
    const run = async ({ code, ends }: Cell): Promise<void> => {
      const answer = JSON.parse((await post(`${at}/cells`, jsonBody({ code }))).body.toString());
      const end = answer.error?.type ?? DONE;
      if (end !== ends) throw new Error(`a cell ended with ${end}, not ${ends}: ${answer.error?.message}`);
    };
    for (const one of CELLS.slice(0, -1)) await run(one);
    if (index % TIMED_OUT_EVERY === 0) await run(cell(ENDLESS, 'TimeoutError'));
    else if (index % INTERRUPTED_EVERY === 0) await interrupt(at, run(cell(ENDLESS, 'KeyboardInterrupt')));
    else await run(CELLS[CELLS_EACH - 1]);
    const { ok, status } = await fetch(at, { method: 'DELETE' });
    if (!ok) throw new Error(`a workspace could not be deleted: ${status}`);
  };
}

async function interrupt(at: string, ended: Promise<void>): Promise<void> {
  let over = false;
  const running = ended.finally(() => {
    over = true;
  });
  while (!over) {
    await post(`${at}/interrupt`, jsonBody({}));
    await Promise.race([running, new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))]);
  }
  await running;
}
