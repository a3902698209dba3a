import { against, type Measured } from '../measure.ts';
import { serveGradwire, torchWorker } from '../servers.ts';
import { checkSame, evaluateSide, type GraphNode, gradientOf } from './evaluate.ts';
import type { Context, Row } from './row.ts';

const node = (op: string, inputs: string[], output: string, attrs?: Record<string, unknown>): GraphNode => ({
  op,
  inputs,
  outputs: [output],
  attrs,
});

const linspace = (output: string, start: number, end: number, steps: number): GraphNode =>
  node('linspace', [], output, { start, end, steps });

interface Kernel {
  /** As `peer/work.py` calls it. */
  readonly kind: string;
  readonly what: string;
  readonly nodes: readonly GraphNode[];
}

/** The tensors are made inside, and the gradient goes to the scalar `s`, which every graph takes in. */
const KERNELS: readonly Kernel[] = [
  {
    kind: 'sigmoid_sum',
    what: 'sigmoid + sum, 1e6',
    nodes: [
      linspace('l', -4, 4, 1e6),
      node('add', ['l', 's'], 'x'),
      node('sigmoid', ['x'], 'y'),
      node('sum', ['y'], 'out'),
    ],
  },
  {
    kind: 'matmul',
    what: 'matmul 256 + sum',
    nodes: [
      linspace('l', -1, 1, 256 * 256),
      node('reshape', ['l'], 'lr', { shape: [256, 256] }),
      node('add', ['lr', 's'], 'a'),
      linspace('r', 0, 1, 256 * 256),
      node('reshape', ['r'], 'rr', { shape: [256, 256] }),
      node('add', ['rr', 's'], 'b'),
      node('matmul', ['a', 'b'], 'p'),
      node('sum', ['p'], 'out'),
    ],
  },
  {
    kind: 'cross_entropy',
    what: 'cross_entropy 1000×1000',
    nodes: [
      linspace('l', -4, 4, 1e6),
      node('reshape', ['l'], 'lr', { shape: [1000, 1000] }),
      node('mul', ['lr', 's'], 'x'),
      node('arange', [], 't', { end: 1000 }),
      node('cross_entropy', ['x', 't'], 'out'),
    ],
  },
];

async function kernel({ machine, pace, leaveOut }: Context, { kind, what, nodes }: Kernel): Promise<Measured[]> {
  if (kind === 'matmul' && !machine.openblas) {
    leaveOut(`${what}: PyTorch has no OpenBLAS here, and is many times slower without`);
    return [];
  }
  await using server = await serveGradwire(machine);
  const inputs = { s: { data: 0.25, requires_grad: true } };
  const evaluation = { inputs, nodes, output: 'out', graphScope: 'none' } as const;
  let gradient: number;
  try {
    gradient = await gradientOf(server, evaluation, 's');
  } catch (error) {
    leaveOut(`${what}: ${(error as Error).message}`);
    return [];
  }
  await using torch = await torchWorker(machine, kind);
  checkSame(gradient, torch.result);
  return await against('ms', [evaluateSide(what, server, evaluation)], torch, pace);
}

export const kernels: Row = {
  name: 'kernels',
  title: 'Kernels, forward and backward',
  measures:
    'PyTorch: the time in its own process, on one thread. Ours: the whole `POST /v1/evaluate` as its client sees it. Tensors are made by linspace on either side, so that JSON plays no part.',
  needs: ['peers'],
  async run(context) {
    const measured: Measured[] = [];
    for (const entry of KERNELS) measured.push(...(await kernel(context, entry)));
    return measured;
  },
};
