/**
 * What the sides compute without HTTP or JSON in the way: tensors are made inside, and the gradient goes
 * to the scalar `s`, so that nothing large is read or answered. PyTorch runs the very text of `code`;
 * `nodes` is the same as a graph, and `peer/jax.ts` and `peer/tfjs.ts` say it in their words.
 */
import { atMost, type Target } from './comparison.ts';

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly (string | null)[];
  readonly outputs: readonly string[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

export interface Work {
  readonly kind: string;
  readonly what: string;
  /** The value of `s`. */
  readonly at: number;
  /** A graph of the input `s` with the output `out`. */
  readonly nodes: readonly GraphNode[];
  /** Sets `out`, given `s`, `torch` and `F`. */
  readonly code: string;
  /** Our time over PyTorch's. */
  readonly target: Target;
}

const node = (op: string, inputs: (string | null)[], output: string, attrs?: GraphNode['attrs']): GraphNode => ({
  op,
  inputs,
  outputs: [output],
  attrs,
});

const COUNT = 1_000_000;

/** `name` is linspace(start, end). */
const line = (name: string, start: number, end: number, steps: number): GraphNode =>
  node('linspace', [], name, { start, end, steps });

/** `name` is linspace(start, end) laid out as a matrix. */
const grid = (name: string, start: number, end: number, rows: number, columns: number): GraphNode[] => [
  line(`${name}_line`, start, end, rows * columns),
  node('reshape', [`${name}_line`], name, { shape: [rows, columns] }),
];

const X = [line('l', -4, 4, COUNT), node('add', ['l', 's'], 'x')];
const X_CODE = `x = torch.linspace(-4, 4, ${COUNT}) + s`;

const TANHS = Array.from({ length: 5 }, (_, i) => i);

/** Parameters of the perceptron, by the name of each: its range and its shape. */
const MLP: readonly (readonly [name: string, bound: number, shape: readonly number[]])[] = [
  ['w1', 0.05, [256, 784]],
  ['b1', 0.1, [256]],
  ['w2', 0.05, [10, 256]],
  ['b2', 0.1, [10]],
];

export const KERNELS: readonly Work[] = [
  {
    kind: 'sigmoid_sum',
    what: 'sigmoid + sum, 1e6',
    at: 0.25,
    nodes: [...X, node('sigmoid', ['x'], 'y'), node('sum', ['y'], 'out')],
    code: `${X_CODE}\nout = torch.sigmoid(x).sum()`,
    target: atMost(0.8),
  },
  {
    kind: 'gelu_sum',
    what: 'gelu + sum, 1e6',
    at: 0.25,
    nodes: [...X, node('gelu', ['x'], 'y'), node('sum', ['y'], 'out')],
    code: `${X_CODE}\nout = F.gelu(x).sum()`,
    target: atMost(0.5),
  },
  {
    kind: 'tanh_chain',
    what: 'five tanh(z·1.001 + 0.01) + sum, 1e6',
    at: 0.25,
    nodes: [
      ...X,
      ...TANHS.flatMap((i) => [
        node('mul', [i === 0 ? 'x' : `z${i - 1}`, null], `m${i}`, { other: 1.001 }),
        node('add', [`m${i}`, null], `a${i}`, { other: 0.01 }),
        node('tanh', [`a${i}`], `z${i}`),
      ]),
      node('sum', [`z${TANHS.length - 1}`], 'out'),
    ],
    code: `z = torch.linspace(-4, 4, ${COUNT}) + s
for _ in range(${TANHS.length}):
    z = torch.tanh(z * 1.001 + 0.01)
out = z.sum()`,
    target: atMost(0.35),
  },
  {
    kind: 'mse_loss',
    what: 'mse_loss, 1e6',
    at: 0.25,
    nodes: [...X, line('t', -2, 3, COUNT), node('mse_loss', ['x', 't'], 'out')],
    code: `${X_CODE}\nout = F.mse_loss(x, torch.linspace(-2, 3, ${COUNT}))`,
    target: atMost(0.6),
  },
  {
    kind: 'cross_entropy',
    what: 'cross_entropy 1000×1000',
    at: 0.25,
    nodes: [
      // So steep that a row's logits differ, by 2 from end to end.
      ...grid('l', -4000, 4000, 1000, 1000),
      node('mul', ['l', 's'], 'x'),
      node('arange', [], 't', { end: 1000 }),
      node('cross_entropy', ['x', 't'], 'out'),
    ],
    code: `x = torch.linspace(-4000, 4000, 1000000).reshape(1000, 1000) * s
out = F.cross_entropy(x, torch.arange(1000))`,
    target: atMost(0.6),
  },
  {
    kind: 'matmul',
    what: 'matmul 512 + sum',
    at: 0.25,
    nodes: [
      ...grid('l', -1, 1, 512, 512),
      ...grid('r', 0, 1, 512, 512),
      node('add', ['l', 's'], 'a'),
      node('add', ['r', 's'], 'b'),
      node('matmul', ['a', 'b'], 'p'),
      node('sum', ['p'], 'out'),
    ],
    code: `a = torch.linspace(-1, 1, 512 * 512).reshape(512, 512) + s
b = torch.linspace(0, 1, 512 * 512).reshape(512, 512) + s
out = torch.matmul(a, b).sum()`,
    target: atMost(2),
  },
  {
    kind: 'mlp',
    what: 'MLP 128×784×256×10, training step',
    at: 0.01,
    nodes: [
      ...grid('x', -1, 1, 128, 784),
      ...MLP.flatMap(([name, bound, shape]) => [
        ...(shape.length === 2
          ? grid(`${name}_start`, -bound, bound, shape[0], shape[1])
          : [line(`${name}_start`, -bound, bound, shape[0])]),
        node('add', [`${name}_start`, 's'], name),
      ]),
      node('linear', ['x', 'w1', 'b1'], 'h'),
      node('relu', ['h'], 'r'),
      node('linear', ['r', 'w2', 'b2'], 'logits'),
      node('arange', [], 'count', { end: 128 }),
      node('remainder', ['count', null], 't', { other: 10 }),
      node('cross_entropy', ['logits', 't'], 'out'),
    ],
    code: `x = torch.linspace(-1, 1, 128 * 784).reshape(128, 784)
w1 = torch.linspace(-0.05, 0.05, 256 * 784).reshape(256, 784) + s
b1 = torch.linspace(-0.1, 0.1, 256) + s
w2 = torch.linspace(-0.05, 0.05, 10 * 256).reshape(10, 256) + s
b2 = torch.linspace(-0.1, 0.1, 10) + s
logits = F.linear(F.relu(F.linear(x, w1, b1)), w2, b2)
out = F.cross_entropy(logits, torch.arange(128) % 10)`,
    target: atMost(1.5),
  },
];

export const CHAIN_PAIRS = 1000;
export const CHAIN_SCALE = 1.001;
export const CHAIN_SHIFT = 0.01;

const PAIRS = Array.from({ length: CHAIN_PAIRS }, (_, i) => i);

export const CHAIN: Work = {
  kind: 'chain',
  what: 'a chain of 2,000 scalar ops',
  at: 0.5,
  nodes: PAIRS.flatMap((i) => [
    node('mul', [i === 0 ? 's' : `a${i - 1}`, null], `m${i}`, { other: CHAIN_SCALE }),
    node('add', [`m${i}`, null], i === CHAIN_PAIRS - 1 ? 'out' : `a${i}`, { other: CHAIN_SHIFT }),
  ]),
  code: `z = s
for _ in range(${CHAIN_PAIRS}):
    z = z * ${CHAIN_SCALE}
    z = z + ${CHAIN_SHIFT}
out = z`,
  target: atMost(0.2),
};
