/** What a workspace takes back without asking V8 is dead to V8, too. */
import { describe, expect, test } from 'vitest';
import { Deadline } from '#src/compute/clock.ts';
import { Scope } from '#src/compute/scope.ts';
import { Workspace } from '#src/compute/workspace.ts';
import { WorkspaceMemory } from '#src/compute/workspace-memory.ts';
import { withKernelsFrom } from '#src/kernels/deferred.ts';
import { ones } from '#src/ops/creation/index.ts';
import { CollectedArena, type Holder } from '#src/tensor/arena.ts';
import { CheckedArena } from '../support/checked-arena.ts';
import { PRELUDE, SIZE, WAYS } from '../support/ways-to-hold.ts';

const LIMITS = { maxElements: 1e8, maxNodes: 10_000, timeLimitMs: 20_000 };

/** Runs the cells, the whole of them so many times, and gives what was taken back on the way. */
function run(cells: readonly string[], { graphScope = 'forward', arena = new CheckedArena(), times = 2 } = {}): number {
  const memory = new WorkspaceMemory(LIMITS.maxElements, { arena, reclaimFrom: 0 });
  const workspace = new Workspace(LIMITS as ConstructorParameters<typeof Workspace>[0], memory);
  const options = { graphScope, graphValues: 'small', tensorFormat: 'nested', anomaly: false };
  for (let time = 0; time < times; time++) {
    for (const code of cells) {
      const job = { kind: 'cell', code, options } as unknown as Parameters<Workspace['do']>[0];
      const { body } = withKernelsFrom(1, () => workspace.do(job, new Scope(LIMITS as never, new Deadline(20_000))));
      expect(JSON.parse(String(body)).error, code).toBeUndefined();
    }
    expect(arena.wrong()).toEqual([]);
  }
  return arena.reclaimed;
}

/** What is made and dropped, put off and never read, written over, and kept in odd places. */
const PROGRAMS: readonly (readonly [string, readonly string[]])[] = [
  [
    'a loss and its gradient',
    ['import torch', 'x = torch.randn(8, requires_grad=True)\n(x.sin() * x).sum().backward()', 'x.grad'],
  ],
  [
    'what is put off',
    ['import torch\nx = torch.arange(6.)', 'y = (x * 2).exp() + 1\nz = y * 3\ndel y', 'x.mul_(2)\nz.sum()'],
  ],
  ['what is put off and dropped', ['import torch\nx = torch.arange(6.)', '(x * 2).exp()\nNone', 'x += 1\nx.sum()']],
  [
    'windows',
    ['import torch', 'a = torch.zeros(4, 4)\nr = a[1]\nv = a.t()\ndel a', 'r += 1\nv.sum()', 'r.mul_(v[0])\nr'],
  ],
  [
    'windows with a history',
    [
      'import torch',
      'w = torch.ones(4, requires_grad=True)\nb = w * 2\nb[:2] *= 3\nb[1:].exp_()',
      'b.sum().backward(retain_graph=True)\nw.grad',
    ],
  ],
  [
    'elements without a history',
    [
      'import torch',
      'w = torch.ones(4, requires_grad=True)\nd = w.detach()\nw.data.mul_(3)',
      'd += 1\nw.sum()',
      'w.data = torch.ones(2)\nd',
    ],
  ],
  [
    'another shape and dtype',
    [
      'import torch',
      'x = torch.ones(4, requires_grad=True)\ny = (x * x).sum()\nx.data = torch.ones(2, 2)',
      'y + x.sum()',
    ],
  ],
  [
    'the bytes of another dtype',
    ['import torch', 'x = torch.ones(8)\ni = x.view(torch.int32)\ndel x', 'i += 1\ni.sum()'],
  ],
  [
    'second derivatives',
    [
      'import torch',
      'x = torch.randn(3, requires_grad=True)\ng, = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)',
      'g.sum().backward()\nx.grad',
      'g',
    ],
  ],
  [
    'a function with its own rule',
    [
      'import torch\nclass Cube(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        ctx.save_for_backward(x * x)\n        ctx.more = x + 1\n        return x ** 3\n    @staticmethod\n    def backward(ctx, g):\n        s, = ctx.saved_tensors\n        return g * s * 3 + 0 * ctx.more',
      'x = torch.randn(3, requires_grad=True)\ny = Cube.apply(x)',
      'y.sum().backward(retain_graph=True)\nx.grad',
    ],
  ],
  [
    'hooks',
    [
      'import torch',
      'x = torch.ones(3, requires_grad=True)\nk = torch.randn(3)\nx.register_hook(lambda g, k=k: g * k)\ny = x * 2\ny.retain_grad()\ndel k',
      'y.sum().backward(retain_graph=True)\ny.grad + x.grad',
    ],
  ],
  [
    'hooks on nodes, and notes on them',
    [
      'import torch',
      'x = torch.ones(3, requires_grad=True)\nk = torch.randn(3)\ny = x * 2\ny.grad_fn.register_hook(lambda i, o, k=k: (i[0] * k, None))\nacc = y.grad_fn.next_functions[0][0]\nacc.register_prehook(lambda g, k=k + 1: (g[0] * k,))\ny.grad_fn.metadata["k"] = k * 3\ndel k, acc',
      'y.sum().backward(retain_graph=True)\ny.grad_fn.metadata["k"] + x.grad',
    ],
  ],
  [
    'what hooks keep of saved tensors',
    [
      'import torch\nfrom torch.autograd.graph import saved_tensors_hooks',
      'x = torch.ones(3, requires_grad=True)\nk = torch.randn(3)\nwith saved_tensors_hooks(lambda t, k=k: (t * k, k), lambda p: p[0] / p[1]):\n    y = (x * x).exp()\ndel k',
      'h = saved_tensors_hooks(lambda t: t + 0, lambda t: t)\nh.__enter__()\nz = x.exp()',
      'h.__exit__()\n(y + z).sum().backward()\nx.grad',
    ],
  ],
  [
    'checkpoints',
    [
      'import torch\nfrom torch.utils.checkpoint import checkpoint',
      'x = torch.ones(3, requires_grad=True)\nk = torch.randn(3)\nys = [checkpoint(lambda t, k=k: (t * k).exp(), x, use_reentrant=r) for r in (True, False)]\ndel k',
      'sum(ys).sum().backward()\nx.grad',
    ],
  ],
  [
    'directions',
    [
      'import torch\nimport torch.autograd.forward_ad as fw',
      'fw.enter_dual_level()\nd = fw.make_dual(torch.ones(3), torch.randn(3))\ny = d.exp()\nw = y[1:]\nd.mul_(2)',
      'w.add_(1)\nt = fw.unpack_dual(y).tangent',
      'fw.exit_dual_level()\nt + d',
    ],
  ],
  [
    'inference mode',
    ['import torch', 'with torch.inference_mode():\n    x = torch.ones(3) * 2\n    v = x[1:]', 'v.clone() + x[:2]'],
  ],
  [
    'training',
    [
      'import torch\nfrom torch import nn\ntorch.manual_seed(0)\nm = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1))\no = torch.optim.Adam(m.parameters(), lr=0.01)\nX = torch.randn(16, 4)\nlosses = []',
      'for _ in range(5):\n    loss = ((m(X) - 1) ** 2).mean()\n    o.zero_grad()\n    loss.backward()\n    o.step()\n    losses.append(loss.detach())',
      'sd = m.state_dict()\nm.load_state_dict({k: v + 0 for k, v in sd.items()})\nsum(losses)',
      'm.eval()\nm(X).sum()',
    ],
  ],
  [
    'a recurrent net',
    [
      'import torch\nfrom torch import nn',
      'r = nn.LSTM(3, 4, 2)\nout, (h, c) = r(torch.randn(5, 2, 3))',
      'out.sum().backward()\nh.sum() + c.sum()',
    ],
  ],
  [
    'a convolution',
    [
      'import torch\nfrom torch import nn',
      'n = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2))\ny = n(torch.randn(1, 1, 8, 8))',
      'y.sum().backward()\nn[0].weight.grad.sum()',
    ],
  ],
  [
    'batches',
    [
      'import torch\nfrom torch.utils.data import DataLoader, TensorDataset',
      'it = iter(DataLoader(TensorDataset(torch.arange(6.), torch.arange(6) * 10), batch_size=2, shuffle=True))\nnext(it)',
      'b = next(it)\nb[0].sum()',
    ],
  ],
  [
    'derivatives of functions',
    [
      'import torch\nfrom torch.autograd.functional import jacobian, hessian',
      'jacobian(lambda v: v ** 2, torch.arange(3.))',
      'h = hessian(lambda v: (v ** 3).sum(), torch.arange(2.))',
    ],
  ],
  [
    'a loop that keeps its history',
    ['import torch', 'x = torch.ones(3, requires_grad=True)\nfor i in range(50): x = x * 1.1', 'x.sum()'],
  ],
];

describe.each(['forward', 'both', 'none'])('with graph_scope %s', (graphScope) => {
  test.each(PROGRAMS)('%s', (_, cells) => {
    const reclaimed = run(cells, { graphScope });
    // All of a cell is kept where both passes are shown.
    if (graphScope !== 'both') expect(reclaimed).toBeGreaterThan(0);
  });
});

describe('whatever holds a tensor', () => {
  const prelude = PRELUDE.replace(String(SIZE), '1000');
  test.each(WAYS)('%s', (_, code) => {
    const small = code.replaceAll('100000', '100').replaceAll('1000, 1000', '30, 30');
    run([prelude, `${small}\nNone`, 'y = torch.ones(10) * 2\ny = None'], { times: 1 });
  });
});

test('a workspace keeps nothing of what another one gives other elements', () => {
  const other = new Workspace(LIMITS as ConstructorParameters<typeof Workspace>[0]);
  const code = 'import torch\nx = torch.ones(3, requires_grad=True)\ny = (x * x).sum()';
  other.do({ kind: 'cell', code, options: {} } as never, new Scope(LIMITS as never, new Deadline(20_000)));
  const changes = 'x = torch.ones(4)\nfor i in range(5): x.data = torch.ones(5 + i)';
  expect(run([`import torch\n${changes}`, 'del x'])).toBeGreaterThan(5);
  expect(other).toBeDefined();
});

describe('what is taken back though it is not dead', () => {
  class Hasty extends CheckedArena {
    override reclaim(holder: Holder): void {
      super.reclaim(holder, new Set());
    }
  }

  test('is found by these tests', () => {
    expect(() => run(['import torch\nx = torch.ones(3)'], { arena: new Hasty() })).toThrow(/Float32Array of 3: 1,1,1/);
  });

  test('cannot be read by who held it', () => {
    const arena = new CollectedArena(0);
    const memory = new WorkspaceMemory(1e6, { arena, reclaimFrom: 0 });
    const made = memory.within(
      () => ones([3]),
      () => {},
    );
    memory.reclaim([made]);
    expect(made.storage.data).toEqual(Float32Array.of(1, 1, 1));
    memory.reclaim([]);
    expect(() => made.storage.data).toThrow(/taken back/);
    expect(() => made.storage.ptr).toThrow(/taken back/);
  });
});
