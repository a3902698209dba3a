/** Losses against PyTorch: samples of every form of each, then kinks, infinities, and what is refused. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import { findOp, opsOf } from '../../../src/ops/registry.ts';
import { float } from '../../../src/tensor/scalar.ts';
import { metaAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import { empty, type Tensor } from '../../../src/tensor/tensor.ts';
import type { Case } from '../../conformance/cases.ts';
import { check } from '../../conformance/execute.ts';
import { flat, leaf, tensor } from '../../support/tensors.ts';

const inf = Number.POSITIVE_INFINITY;

const call = (name: string, args: Record<string, unknown>): Tensor => {
  const op = findOp(name);
  if (op === undefined) throw new Error(`no op ${name}`);
  return op.call(args) as Tensor;
};

/** The gradient of the sum, and the gradient of the gradient's sum, with respect to `wrt`. */
function slopes(y: Tensor, wrt: Tensor): [number[], number[]] {
  const ones = (t: Tensor): Tensor => tensor(Array(t.numel).fill(1), t.dtype, [...t.shape]);
  const [g] = grad([y], [wrt], [ones(y)], { createGraph: true, allowUnused: true });
  if (g === null) return [[], []];
  const h = g.requiresGrad ? grad([g], [wrt], [ones(g)], { allowUnused: true })[0] : null;
  return [flat(g), h === null ? flat(g).map(() => 0) : flat(h)];
}

describe('samples', () => {
  const text = gunzipSync(readFileSync(new URL('./torch-cases.jsonl.gz', import.meta.url))).toString('utf8');
  const keepFloats = (_: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' && /[.eE]/.test(context.source ?? '') ? float(value) : value;
  const cases = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line, keepFloats as never) as Case);
  it.each(cases.map((c) => [c.id, c] as const))('%s', (_, c) => {
    expect(check(c)).toBeNull();
  });
});

describe('kinks and infinities', () => {
  const d = [-inf, -2, -1, -0.5, 0, 0.5, 1, 2, inf, NaN];
  it.each([
    [
      'smooth_l1_loss',
      {},
      [inf, 1.5, 0.5, 0.125, 0, 0.125, 0.5, 1.5, inf, NaN],
      [-1, -1, -1, -0.5, 0, 0.5, 1, 1, 1, NaN],
      [0, 0, 0, 1, 1, 1, 0, 0, 0],
    ],
    [
      'smooth_l1_loss',
      { beta: 0 },
      [inf, 2, 1, 0.5, 0, 0.5, 1, 2, inf, NaN],
      [-1, -1, -1, -1, -1, 1, 1, 1, 1, NaN],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      'smooth_l1_loss',
      { beta: 0.5 },
      [inf, 1.75, 0.75, 0.25, 0, 0.25, 0.75, 1.75, inf, NaN],
      [-1, -1, -1, -1, 0, 1, 1, 1, 1, NaN],
      [0, 0, 0, 0, 2, 0, 0, 0, 0],
    ],
    [
      'huber_loss',
      {},
      [inf, 1.5, 0.5, 0.125, 0, 0.125, 0.5, 1.5, inf, NaN],
      [-1, -1, -1, -0.5, 0, 0.5, 1, 1, 1, NaN],
      [0, 0, 0, 1, 1, 1, 0, 0, 0],
    ],
    [
      'huber_loss',
      { delta: 0.5 },
      [inf, 0.875, 0.375, 0.125, 0, 0.125, 0.375, 0.875, inf, NaN],
      [-0.5, -0.5, -0.5, -0.5, 0, 0.5, 0.5, 0.5, 0.5, NaN],
      [0, 0, 0, 0, 1, 0, 0, 0, 0],
    ],
    [
      'l1_loss',
      {},
      [inf, 2, 1, 0.5, 0, 0.5, 1, 2, inf, NaN],
      [-1, -1, -1, -1, 0, 1, 1, 1, 1, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
  ])('%s %j', (op, params, loss, slope, curvature) => {
    const input = leaf(d);
    const y = call(op, { input, target: tensor(d.map(() => 0)), reduction: 'none', ...params });
    const [g, h] = slopes(y, input);
    expect(flat(y)).toEqual(loss);
    expect(g.map((v) => v + 0)).toEqual(slope);
    expect(h.slice(0, 9).map((v) => v + 0)).toEqual(curvature);
  });

  it('binary_cross_entropy cuts its logarithms, and its slope by 1e-12', () => {
    const [input, target] = [leaf([0, 1, 0, 1, 0.5]), leaf([0, 1, 1, 0, 2])];
    const y = call('binary_cross_entropy', { input, target, reduction: 'none' });
    expect(flat(y).map((v) => v + 0)).toEqual([0, 0, 100, 100, expect.closeTo(Math.LN2, 12)]);
    expect(slopes(y, input)[0].map((v) => v + 0)).toEqual([0, 0, -1e12, 1e12, -6]);
    expect(slopes(y, target)[0]).toEqual([inf, -inf, inf, -inf, 0]);
  });

  it('binary_cross_entropy_with_logits does not overflow', () => {
    const [input, target] = [leaf([0, 800, -800, inf, -inf]), leaf([0, 1, 1, 0, 1])];
    const y = call('binary_cross_entropy_with_logits', { input, target, reduction: 'none' });
    expect(flat(y)).toEqual([Math.LN2, 0, 800, inf, NaN]);
    expect(slopes(y, input)[0]).toEqual([0.5, 0, -1, 1, -1]);
    expect(slopes(y, target)[0].map((v) => v + 0)).toEqual([0, -800, 800, -inf, inf]);
  });

  it('cross_entropy with a logit of -Infinity', () => {
    const input = leaf([[-inf, 0, 1]]);
    expect(slopes(call('cross_entropy', { input, target: tensor([1], 'int64') }), input)[0]).toEqual([
      0,
      expect.closeTo(-0.7310585786, 9),
      expect.closeTo(0.7310585786, 9),
    ]);
    expect(flat(call('cross_entropy', { input, target: tensor([1], 'int64'), labelSmoothing: 0.1 }))).toEqual([inf]);
  });

  it('a mean over nothing is NaN, its gradient 0', () => {
    for (const op of ['nll_loss', 'cross_entropy']) {
      const input = leaf([
        [1, 2],
        [3, 4],
      ]);
      const y = call(op, { input, target: tensor([-100, -100], 'int64') });
      expect(flat(y)).toEqual([NaN]);
      expect(slopes(y, input)[0].map((v) => v + 0)).toEqual([0, 0, 0, 0]);
      expect(
        flat(call(op, { input, target: tensor([-100, -100], 'int64'), reduction: 'sum' })).map((v) => v + 0),
      ).toEqual([0]);
    }
    expect(flat(call('nll_loss', { input: tensor([], 'float64', [0, 4]), target: tensor([], 'int64') }))).toEqual([
      NaN,
    ]);
  });

  it('a class of weight 0 makes the mean NaN where it is the only one', () => {
    const input = leaf([
      [1, 2],
      [3, 4],
    ]);
    const y = call('nll_loss', { input, target: tensor([1, 1], 'int64'), weight: tensor([1, 0]) });
    expect(slopes(y, input)[0].map((v) => v + 0)).toEqual([0, NaN, 0, NaN]);
  });

  it('kl_div at a probability of 0', () => {
    const [input, target] = [leaf([0, -1]), tensor([0, 0.5])];
    expect(flat(call('kl_div', { input, target, reduction: 'none' }))).toEqual([0, expect.closeTo(0.1534264097, 9)]);
  });

  it('ctc_loss where no alignment is long enough', () => {
    const args = {
      targets: tensor([[1, 1]], 'int64'),
      inputLengths: tensor([2], 'int64'),
      targetLengths: tensor([2], 'int64'),
      reduction: 'sum',
    };
    const logProbs = leaf([[[-1, -1]], [[-1, -1]], [[-1, -1]]]);
    expect(flat(call('ctc_loss', { logProbs, ...args }))).toEqual([inf]);
    const zeroed = call('ctc_loss', { logProbs, ...args, zeroInfinity: true });
    expect(flat(zeroed)).toEqual([0]);
    const [g] = grad([zeroed], [logProbs]) as [Tensor];
    expect(flat(g)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

const labels = (...xs: number[]): Tensor => tensor(xs, 'int64');
const three = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);

describe('what is refused', () => {
  it.each([
    ['nll_loss', { input: three, target: labels(0, 2, 1) }, 'index_out_of_range', /Target 2 .* 2 classes/],
    ['cross_entropy', { input: three, target: labels(0, -1, 1) }, 'index_out_of_range', /Target -1/],
    ['nll_loss', { input: three, target: labels(0, 1) }, 'shape_mismatch', /\[3\].*\[3, 2\].*\[2\]/],
    ['nll_loss', { input: tensor([1, 2]), target: labels(0) }, 'shape_mismatch', /\[\]/],
    ['nll_loss', { input: tensor(1), target: tensor(0, 'int64') }, 'shape_mismatch', /0-d/],
    ['nll_loss', { input: three, target: tensor([0, 1, 1]) }, 'dtype', /int64.*float64/],
    ['cross_entropy', { input: three, target: tensor([0, 1, 1], 'int32') }, 'dtype', /int32/],
    [
      'cross_entropy',
      {
        input: three,
        target: tensor(
          [
            [0, 1],
            [1, 0],
            [0, 0],
          ],
          'int64',
        ),
      },
      'dtype',
      /probabilities/,
    ],
    ['cross_entropy', { input: three, target: three, ignoreIndex: 1 }, 'value_range', /ignore_index/],
    ['cross_entropy', { input: three, target: labels(0, 1, 1), labelSmoothing: 1.5 }, 'value_range', /1.5/],
    [
      'cross_entropy',
      { input: three, target: labels(0, 1, 1), weight: tensor([1, 1, 1]) },
      'shape_mismatch',
      /2 classes.*\[3\]/,
    ],
    ['nll_loss', { input: three, target: labels(0, 1, 1), weight: tensor([1, 1], 'float32') }, 'dtype', /float32/],
    ['binary_cross_entropy', { input: tensor([1.1]), target: tensor([1]) }, 'value_range', /between 0 and 1/],
    ['binary_cross_entropy', { input: tensor([NaN]), target: tensor([1]) }, 'value_range', /between 0 and 1/],
    ['binary_cross_entropy', { input: tensor([0.5]), target: tensor([1, 1]) }, 'shape_mismatch', /\[2\].*\[1\]/],
    ['binary_cross_entropy', { input: tensor([0.5]), target: tensor([1], 'float32') }, 'dtype', /float32/],
    [
      'binary_cross_entropy',
      { input: tensor([0.5]), target: tensor([1]), weight: tensor([[1], [1]]) },
      'shape_mismatch',
      /weight/,
    ],
    ['binary_cross_entropy_with_logits', { input: tensor([0.5]), target: tensor([1, 1]) }, 'shape_mismatch', /\[2\]/],
    ['binary_cross_entropy_with_logits', { input: tensor([0.5]), target: labels(1) }, 'dtype', /int64/],
    [
      'binary_cross_entropy_with_logits',
      { input: three, target: three, posWeight: tensor([1, 1, 1]) },
      'shape_mismatch',
      /3/,
    ],
    ['smooth_l1_loss', { input: three, target: three, beta: -1 }, 'value_range', /negative/],
    ['huber_loss', { input: three, target: three, delta: 0 }, 'value_range', /non-positive/],
    ['l1_loss', { input: three, target: tensor([1, 2, 3]) }, 'shape_mismatch', /\[3, 2\].*\[3\]/],
    ['mse_loss', { input: labels(1), target: labels(1) }, 'dtype', /int64/],
    ['kl_div', { input: three, target: labels(1) }, 'dtype', /int64/],
    [
      'margin_ranking_loss',
      { input1: three, input2: three, target: tensor([1, 1, 1]) },
      'shape_mismatch',
      /same number of dimensions/,
    ],
    ['cosine_embedding_loss', { input1: three, input2: three, target: tensor(1) }, 'shape_mismatch', /0-d target/],
    ['soft_margin_loss', { input: tensor([1, 2]), target: three }, 'shape_mismatch', /\[3, 2\].*\[2\]/],
    ['multi_margin_loss', { input: three, target: labels(0, 1, 2) }, 'index_out_of_range', /target 2/],
    ['multi_margin_loss', { input: three, target: labels(0) }, 'shape_mismatch', /\[1\].*\[3, 2\]/],
    ['multi_margin_loss', { input: three, target: labels(0, 1, 1), p: 3 }, 'value_range', /p == 1/],
    ['multilabel_margin_loss', { input: tensor([1, 2]), target: labels(-2, 0) }, 'index_out_of_range', /-2/],
    ['multilabel_margin_loss', { input: tensor([1, 2]), target: labels(0) }, 'shape_mismatch', /\[2\].*\[1\]/],
    ['multilabel_soft_margin_loss', { input: tensor(1), target: tensor(1) }, 'shape_mismatch', /0-d/],
    ['gaussian_nll_loss', { input: three, target: three, var: tensor([1, 1]) }, 'shape_mismatch', /\[2\].*\[3, 2\]/],
    ['gaussian_nll_loss', { input: tensor([1]), target: tensor([1]), var: tensor([-1]) }, 'value_range', /negative/],
    [
      'triplet_margin_loss',
      { anchor: three, positive: tensor([1, 2]), negative: three },
      'shape_mismatch',
      /\[3, 2\].*\[2\]/,
    ],
    [
      'ctc_loss',
      {
        logProbs: tensor([[[0, 0]]]),
        targets: tensor([[1]], 'int64'),
        inputLengths: labels(2),
        targetLengths: labels(1),
      },
      'value_range',
      /input_lengths/,
    ],
    [
      'ctc_loss',
      {
        logProbs: tensor([[[0, 0]]]),
        targets: tensor([[1]], 'int64'),
        inputLengths: labels(1),
        targetLengths: labels(1),
        blank: 2,
      },
      'value_range',
      /blank/,
    ],
    [
      'ctc_loss',
      {
        logProbs: tensor([[[0, 0]]]),
        targets: tensor([[5]], 'int64'),
        inputLengths: labels(1),
        targetLengths: labels(1),
      },
      'index_out_of_range',
      /target 5/,
    ],
    [
      'ctc_loss',
      { logProbs: tensor([[[0, 0]]]), targets: labels(1, 1), inputLengths: labels(1), targetLengths: labels(1) },
      'shape_mismatch',
      /sum to 1/,
    ],
  ])('%s %#', (op, args, code, message) => {
    expect(() => call(op, args)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});

describe('shapes without elements', () => {
  const shapes: Record<string, Record<string, readonly number[]>> = {
    cross_entropy: { input: [3, 2], target: [3] },
    nll_loss: { input: [3, 2], target: [3] },
    multi_margin_loss: { input: [3, 2], target: [3] },
    cosine_embedding_loss: { input1: [3, 2], input2: [3, 2], target: [3] },
    ctc_loss: { logProbs: [4, 3, 2], targets: [3, 2], inputLengths: [3], targetLengths: [3] },
  };
  it.each(opsOf('loss'))('$name', (op) => {
    withAllocator(metaAllocator, () => {
      const tensors = op.params.filter((p) => p.kind === 'tensor' && p.required);
      const args = Object.fromEntries(
        tensors.map((p) => {
          const key = p.key as string;
          const shape = shapes[op.name]?.[key] ?? [3, 2];
          const wanted = p.wants ?? p.wantsFor?.([3, 2], shape) ?? 'float32';
          return [key, empty(shape, wanted).requiresGrad_(p.differentiable)];
        }),
      );
      const out = op.call(args) as Tensor;
      expect(out.shape).toEqual([]);
      const leaves = Object.values(args).filter((t) => t.requiresGrad);
      const gs = grad([out], leaves, [empty([], 'float32')], { createGraph: op.name !== 'ctc_loss' });
      gs.forEach((g, i) => {
        expect(g?.shape).toEqual(leaves[i].shape);
      });
    });
  });
});
