/**
 * The LaTeX of ops of numbers, read and computed, against what the ops give: the formula against the forward
 * pass, the derivatives against autograd.
 */
import { describe, expect, it } from 'vitest';
import { grad } from '../../src/autograd/backward.ts';
import type { Example, OpDef } from '../../src/ops/define.ts';
import { ops } from '../../src/ops/registry.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { readFormula } from '../support/latex.ts';
import { flat, leaf, tensor } from '../support/tensors.ts';

/**
 * Ops of numbers whose texts are not of the elements alone, and cannot be read so. Those of other categories
 * all have indices or matrices in them.
 */
const UNREAD: Readonly<Record<string, string>> = {
  cosine_embedding_loss: 'of the cosine of vectors',
  cross_entropy: 'of rows of classes',
  ctc_loss: 'of alignments',
  fill: 'a value without dimensions',
  frexp: 'two results',
  glu: 'of the halves of a tensor',
  igamma: 'an integral',
  igammac: 'an integral',
  log_softmax: 'of rows',
  multi_margin_loss: 'of rows of classes',
  multilabel_margin_loss: 'of rows of classes',
  multilabel_soft_margin_loss: 'of rows of classes',
  mvlgamma: 'a sum of as many terms as it is told',
  ndtri: 'an inverse',
  nll_loss: 'of rows of classes',
  poisson_nll_loss: 'two formulas, for logarithms and for rates',
  prelu: 'a weight for each channel',
  rrelu_with_noise: 'two formulas, in training and out of it',
  softmax: 'of rows',
  softmin: 'of rows',
  to: 'a cast to any dtype',
  triplet_margin_loss: 'of distances of vectors',
  triplet_margin_with_distance_loss: 'of distances of vectors',
  where: 'its condition is words',
  zeta: 'a series',
};

/** Formulas that are no expression in the reader's words, though their derivatives are. */
const UNREAD_FORMULAS: Readonly<Record<string, string>> = {
  binary_cross_entropy: 'bounds of logarithms as a remark',
  digamma: 'a derivative of another function',
  erf: 'an integral',
  i0: 'a series',
  i1: 'a series',
  kl_div: 'pointwise only before its reduction',
  rrelu: 'a random number',
};

/** What symbols stand for, where it is not what most ops have. */
const SYMBOLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  addcdiv: { tensor1: 't_1', tensor2: 't_2' },
  addcmul: { tensor1: 't_1', tensor2: 't_2' },
  atan2: { input: 'y', other: 'x' },
  gaussian_nll_loss: { var: 'v' },
  lerp: { end: 'y', weight: 'w' },
  margin_ranking_loss: { input1: 'x_1', input2: 'x_2', target: 'y' },
  hinge_embedding_loss: { target: 'y' },
  piecewise_backward: { input: 'x' },
  polygamma: { n: 'n' },
  pow: { exponent: 'y' },
  float_power: { exponent: 'y' },
  leaky_relu: { negative_slope: '\\mathrm{slope}' },
  hardtanh: { min_val: '\\mathrm{min}', max_val: '\\mathrm{max}' },
  round: { decimals: 'd' },
};
const USUAL: Readonly<Record<string, string>> = {
  input: 'x',
  self: 'x',
  other: 'y',
  output: 'y',
  target: 'y',
  grad_output: 'g',
  weight: 'w',
  alpha: '\\alpha',
  beta: '\\beta',
  delta: '\\delta',
  lambd: '\\lambda',
};
const symbolOf = (op: OpDef, name: string): string =>
  SYMBOLS[op.name]?.[name] ?? USUAL[name] ?? `\\mathrm{${name.replaceAll('_', '\\_')}}`;

/** Symbols of what is not given: weights of 1, the fixed slope of rrelu without training. */
const ELSE: Readonly<Record<string, number>> = { w: 1, p: 1, a: (1 / 8 + 1 / 3) / 2, d: 0 };

/** In the domains of all; an op's own examples come beside them. */
const POINTS = [0.15, 0.35, 0.6, 0.85];
/** Outside of many domains: compared where the op gives a number. */
const FAR = [-2.3, -0.7, 1.4, 3.6, 8];
const ABOVE_ONE = [1.2, 1.9, 2.7, 3.6];

/** Roughly known constants. */
const ROUGH: Readonly<Record<string, number>> = { selu: 1e-4 };

/** Ops that share a text by what they are of the other way round, or in a case of their own. */
const TENSORS = new Set(['tensor', 'operand']);

interface Call {
  readonly args: Record<string, unknown>;
  readonly leaves: Map<string, Tensor>;
  readonly env: readonly Record<string, number>[];
}

function callOf(op: OpDef, example: Example, numbers: readonly number[]): Call {
  const args: Record<string, unknown> = {};
  const leaves = new Map<string, Tensor>();
  const env: Record<string, number>[] = numbers.map(() => ({ ...ELSE }));
  op.params.forEach((p, place) => {
    const symbol = symbolOf(op, p.name);
    if (TENSORS.has(p.kind) && (p.required || Array.isArray(example[p.name]))) {
      // Others run the other way, so that no two operands are equal; targets that are signs stay so.
      const signs = p.name === 'target' && /margin|hinge/.test(op.name);
      const column = numbers.map((_, i) => {
        const x = numbers[(i + place * 2) % numbers.length] + place * 0.01;
        return signs ? (i % 2 === 0 ? 1 : -1) : x;
      });
      const t = p.differentiable ? leaf(column) : tensor(column, 'float64');
      if (p.differentiable) leaves.set(symbol, t);
      args[p.key] = t;
      for (const [i, x] of column.entries()) env[i][symbol] = x;
      return;
    }
    let value = example[p.name] ?? p.default;
    if (p.name === 'reduction') value = 'none';
    if (value === undefined) return;
    args[p.key] = value;
    if (typeof value === 'number') for (const row of env) row[symbol] = value;
  });
  return { args, leaves, env };
}

const finite = (x: number): boolean => Number.isFinite(x);

function compare(
  what: string,
  got: readonly number[],
  want: readonly number[],
  env: Call['env'],
  tolerance: number,
): number {
  let compared = 0;
  for (const [i, w] of want.entries()) {
    if (!finite(w)) continue;
    compared++;
    expect(
      Math.abs(got[i] - w),
      `${what} at ${JSON.stringify(env[i])}: ${got[i]}, the op has ${w}`,
    ).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(w)));
  }
  return compared;
}

const CATEGORIES = new Set(['pointwise', 'activation', 'loss']);
const tested = ops.filter((op) => CATEGORIES.has(op.category) && op.differentiable && !(op.name in UNREAD));

describe.each(tested.map((op) => [op.name, op] as const))('%s', (_, op) => {
  const tolerance = ROUGH[op.name] ?? 1e-7;

  it('has the derivatives that its text tells', () => {
    const told = readFormula(op.derivative as string);
    let compared = 0;
    for (const numbers of [POINTS, FAR, ABOVE_ONE]) {
      const { args, leaves, env } = callOf(op, op.examples[0], numbers);
      let out: Tensor;
      try {
        out = op.call(args) as Tensor;
      } catch (error) {
        // Probabilities, say, do not lie far out.
        expect(numbers, String(error)).not.toBe(POINTS);
        continue;
      }
      const values = flat(out);
      const wanted = grad(
        [out],
        [...leaves.values()],
        [
          tensor(
            numbers.map(() => 1),
            'float64',
          ),
        ],
        { allowUnused: true },
      );
      [...leaves.keys()].forEach((symbol, k) => {
        const text = told.get(symbol) ?? (k === 0 ? told.get('') : undefined);
        const g = wanted[k];
        if (text === undefined || g === null) return;
        const want = flat(g).map((x, i) => (finite(values[i]) ? x : Number.NaN));
        compared += compare(`∂/∂${symbol}`, env.map(text), want, env, tolerance);
      });
    }
    expect(compared).toBeGreaterThan(3);
  });

  it.skipIf(op.name in UNREAD_FORMULAS)('gives what its formula says', () => {
    const told = readFormula(op.formula).get('');
    expect(told).toBeDefined();
    const { args, env } = callOf(op, op.examples[0], op.name === 'acosh' ? ABOVE_ONE : POINTS);
    const out = flat(op.call(args) as Tensor);
    expect(compare('value', env.map(told as (env: Record<string, number>) => number), out, env, tolerance)).toBe(
      POINTS.length,
    );
  });
});

it('names no op as unread that is not there', () => {
  const names = new Set(ops.map((op) => op.name));
  for (const name of [...Object.keys(UNREAD), ...Object.keys(UNREAD_FORMULAS)]) expect(names).toContain(name);
});
