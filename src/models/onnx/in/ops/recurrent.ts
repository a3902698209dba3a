/** RNN, LSTM and GRU, a step of the sequence at a time. */
import { float } from '../../../../tensor/scalar.ts';
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import type { Val } from '../val.ts';
import { asIndex, dimOf } from './helpers.ts';
import { repeatedly } from './loops.ts';

type Activation = (n: OnnxNode, v: Val, alpha: number | undefined, beta: number | undefined) => Val;

const plain =
  (op: string): Activation =>
  (n, v) =>
    n.build.one(op, [v]);

/** ONNX's names, told in any case. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  relu: plain('relu'),
  tanh: plain('tanh'),
  sigmoid: plain('sigmoid'),
  softsign: plain('softsign'),
  softplus: plain('softplus'),
  affine: (n, v, alpha = 1, beta = 0) => n.build.one('add', [n.build.one('mul', [v, float(alpha)]), float(beta)]),
  leakyrelu: (n, v, alpha = 0.01) => n.build.one('leaky_relu', [v], { negative_slope: alpha }),
  thresholdedrelu: (n, v, alpha = 1) => n.build.one('threshold', [v], { threshold: alpha, value: float(0) }),
  scaledtanh: (n, v, alpha = 1, beta = 1) =>
    n.build.one('mul', [n.build.one('tanh', [n.build.one('mul', [v, float(beta)])]), float(alpha)]),
  hardsigmoid: (n, v, alpha = 0.2, beta = 0.5) =>
    n.build.one('clamp', [
      n.build.one('add', [n.build.one('mul', [v, float(alpha)]), float(beta)]),
      float(0),
      float(1),
    ]),
  elu: (n, v, alpha = 1) => n.build.one('elu', [v], { alpha }),
};

/** Those of ONNX's activations that take alpha, and those that take beta: lists have entries for these alone. */
const TAKES_ALPHA = /^(affine|leakyrelu|thresholdedrelu|scaledtanh|hardsigmoid|elu)$/;
const TAKES_BETA = /^(affine|scaledtanh|hardsigmoid)$/;

type Bound = (v: Val) => Val;

/** The activations of each direction, in ONNX's order. */
function activationsOf(n: OnnxNode, defaults: readonly string[], directions: number): Bound[][] {
  const names = n.strings('activations') ?? Array.from({ length: directions }, () => defaults).flat();
  const [alphas, betas] = [[...(n.floats('activation_alpha') ?? [])], [...(n.floats('activation_beta') ?? [])]];
  const clip = n.float('clip');
  const bound = names.map((name): Bound => {
    const key = name.toLowerCase();
    const call = ACTIVATIONS[key];
    if (call === undefined) throw new Unsupported(`the activation "${name}" is not supported`);
    const alpha = TAKES_ALPHA.test(key) ? alphas.shift() : undefined;
    const beta = TAKES_BETA.test(key) ? betas.shift() : undefined;
    return (v) => {
      const cut = clip === undefined ? v : n.build.one('clamp', [v, float(-clip), float(clip)]);
      return call(n, cut, alpha, beta);
    };
  });
  if (bound.length !== directions * defaults.length)
    throw new Unsupported(`${directions * defaults.length} activations are needed, but there are ${bound.length}`);
  return Array.from({ length: directions }, (_, d) => bound.slice(d * defaults.length, (d + 1) * defaults.length));
}

/** One direction's part of an operand that has them stacked. */
const part = (n: OnnxNode, v: Val | null, d: number): Val | null =>
  v === null ? null : n.build.one('select', [v], { dim: 0, index: d });

interface Weights {
  readonly w: Val;
  readonly r: Val;
  /** Of the input's product and of the state's. */
  readonly wb: Val | null;
  readonly rb: Val | null;
}

/** A step: from what the input gives and the state to the next state, the output first. */
type Step = (n: OnnxNode, input: Val, state: readonly Val[]) => readonly Val[];

interface Cell {
  readonly gates: number;
  readonly defaults: readonly string[];
  /** Whether the bias of the state's product can be added to the input's, outside of the loop. */
  readonly joined: (n: OnnxNode) => boolean;
  readonly step: (n: OnnxNode, weights: Weights, activations: readonly Bound[], direction: number) => Step;
}

const linear = (n: OnnxNode, x: Val, w: Val, b: Val | null): Val =>
  n.build.one('linear', b === null ? [x, w] : [x, w, b]);

const sum = (n: OnnxNode, a: Val, b: Val): Val => n.build.one('add', [a, b]);
const product = (n: OnnxNode, a: Val, b: Val): Val => n.build.one('mul', [a, b]);
const pieces = (n: OnnxNode, v: Val, count: number): Val[] =>
  n.build.op('chunk', [v], { chunks: count, dim: -1 }, count);

const RNN: Cell = {
  gates: 1,
  defaults: ['Tanh'],
  joined: () => true,
  step:
    (_, { r }, [f]) =>
    (n, x, [h]) => [f(sum(n, x, linear(n, h, r, null)))],
};

/** Input, output, forget and cell gates, with peepholes to the cell where there are any. */
const LSTM: Cell = {
  gates: 4,
  defaults: ['Sigmoid', 'Tanh', 'Tanh'],
  joined: () => true,
  step(node, { r }, [f, g, h], direction) {
    const own = part(node, node.optional(7), direction);
    const [pi, po, pf] = own === null ? [null, null, null] : pieces(node, own, 3);
    const coupled = node.flag('input_forget');
    return (n, x, [hidden, cell]) => {
      const [i, o, forget, c] = pieces(n, sum(n, x, linear(n, hidden, r, null)), 4);
      const peep = (gate: Val, weight: Val | null, to: Val): Val =>
        weight === null ? gate : sum(n, gate, product(n, weight, to));
      const input = f(peep(i, pi, cell));
      const keep = coupled ? n.build.one('rsub', [input, float(1)]) : f(peep(forget, pf, cell));
      const next = sum(n, product(n, keep, cell), product(n, input, g(c)));
      return [product(n, f(peep(o, po, next)), h(next)), next];
    };
  },
};

/** Update, reset and hidden gates; the reset before the product or after it. */
const GRU: Cell = {
  gates: 3,
  defaults: ['Sigmoid', 'Tanh'],
  joined: () => false,
  step(node, { r, rb }, [f, g]) {
    const after = node.flag('linear_before_reset');
    const size = node.shape(r)[1];
    const cut = (v: Val, from: number, to: number): Val =>
      node.build.one('slice', [v], { dim: 0, start: from * size, end: to * size });
    const [gates, hidden] = [cut(r, 0, 2), cut(r, 2, 3)];
    const [gatesBias, hiddenBias] = rb === null ? [null, null] : [cut(rb, 0, 2), cut(rb, 2, 3)];
    return (n, x, [h]) => {
      const [xz, xr, xh] = pieces(n, x, 3);
      const [hz, hr] = pieces(n, linear(n, h, gates, gatesBias), 2);
      const [z, reset] = [f(sum(n, xz, hz)), f(sum(n, xr, hr))];
      const inner = after
        ? product(n, reset, linear(n, h, hidden, hiddenBias))
        : linear(n, product(n, reset, h), hidden, hiddenBias);
      const next = g(sum(n, xh, inner));
      // (1 − z) of the new, z of the old.
      return [sum(n, product(n, n.build.one('rsub', [z, float(1)]), next), product(n, z, h))];
    };
  },
};

interface Run {
  readonly outputs: Val;
  readonly last: readonly Val[];
}

/** One direction over a sequence [time, batch, features]. */
function direction(
  n: OnnxNode,
  cell: Cell,
  x: Val,
  start: readonly Val[],
  weights: Weights,
  step: Step,
  back: boolean,
  lengths: Val | null,
): Run {
  const b = n.build;
  const { w, wb, rb } = weights;
  // The input's product is the same at all steps, and made at once; so are both biases where they are only added.
  const bias = wb !== null && rb !== null && cell.joined(n) ? sum(n, wb, rb) : wb;
  const projected = linear(n, x, w, bias);
  const time = dimOf(n, x, 0);
  const { states, outputs } = repeatedly(n, time, start, back, (round, state) => {
    const next = step(n, b.one('select', [projected], { dim: 0, index: round }), state);
    if (lengths === null) return { state: next, output: next[0] };
    // Behind the end of a sequence its state stays, and nothing comes out.
    const alive = b.one('unsqueeze', [b.one('gt', [lengths, round])], { dim: 1 });
    const kept = next.map((v, i) => b.one('where', [alive, v, state[i]]));
    return { state: kept, output: b.one('where', [alive, next[0], b.one('zeros_like', [next[0]])]) };
  });
  return { outputs, last: states };
}

const layer =
  (cell: Cell): Lower =>
  (n) => {
    const b = n.build;
    const [x0, w, r] = [n.input(0), n.input(1), n.input(2)];
    const [bias, lengthsAt] = [n.optional(3), n.optional(4)];
    const kind = n.string('direction', 'forward');
    const count = kind === 'bidirectional' ? 2 : 1;
    const batched = n.flag('layout');
    const swap = (v: Val): Val => b.one('transpose', [v], { dim0: 0, dim1: 1 });
    const x = batched ? swap(x0) : x0;
    const size = n.int('hidden_size') ?? n.shape(r)[2];
    const batch = dimOf(n, x, 1);
    // Lengths that are all the whole length are none.
    const time = x.sizes?.[0];
    const whole = lengthsAt?.numbers?.every((l) => l === time) === true;
    const lengths = lengthsAt === null || whole ? null : asIndex(n, lengthsAt);
    const acts = activationsOf(n, cell.defaults, count);
    const states = cell === LSTM ? 2 : 1;
    const starts = [n.optional(5), states === 2 ? n.optional(6) : null].slice(0, states);
    const runs = Array.from({ length: count }, (_, d) => {
      const [wb, rb] = bias === null ? [null, null] : pieces(n, part(n, bias, d) as Val, 2);
      const weights = { w: part(n, w, d) as Val, r: part(n, r, d) as Val, wb, rb };
      const start = starts.map((v) => {
        if (v === null) return b.one('zeros', [], { size: [batch, size], dtype: x.dtype });
        return b.one('select', [v], { dim: batched ? 1 : 0, index: d });
      });
      const step = cell.step(n, weights, acts[d], d);
      return direction(n, cell, x, start, weights, step, kind === 'reverse' || d === 1, lengths);
    });
    const all = b.one('stack', [runs.map((run) => run.outputs)], { dim: 1 });
    const y = batched ? b.one('permute', [all], { dims: [2, 0, 1, 3] }) : all;
    const last = Array.from({ length: states }, (_, i) => {
      const joined = b.one('stack', [runs.map((run) => run.last[i])], { dim: batched ? 1 : 0 });
      return joined;
    });
    return [y, ...last];
  };

export const recurrent: Table = {
  GRU: since([7, 14], layer(GRU)),
  LSTM: since([7, 14], layer(LSTM)),
  RNN: since([7, 14], layer(RNN)),
};
