/** The gradients that nll_loss, softmax and log_softmax hand on, as ops of their own. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import { findOp } from '../../../src/ops/registry.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { flat, tensor } from '../../support/tensors.ts';

const call = (name: string, args: Record<string, unknown>): Tensor => findOp(name)?.call(args) as Tensor;

describe('nll_loss_backward', () => {
  const target = tensor([1, -100, 0], 'int64', [3]);
  const weight = tensor([2, 0.5], 'float64', [2]);
  const input = (): Tensor => tensor([-1, -2, -3, -4, -5, -6], 'float64', [3, 2]).requiresGrad_();

  it.each([
    ['none', [0, -0.5, 0, 0, -2, 0]],
    ['sum', [0, -0.5, 0, 0, -2, 0]],
    ['mean', [0, -0.2, 0, 0, -0.8, 0]],
  ])('weighs the classes, and passes over what is ignored: %s', (reduction, want) => {
    const x = input();
    const loss = call('nll_loss', { input: x, target, weight, reduction });
    const seed = tensor(new Array(loss.numel).fill(1), 'float64', [...loss.shape]);
    const [g] = grad([loss], [x], [seed]);
    expect(flat(g as Tensor)).toEqual(want.map((v) => v || expect.closeTo(0)));
  });

  it('gives zeros where nothing counts, though the mean is no number', () => {
    const x = input();
    const loss = call('nll_loss', { input: x, target: tensor([-100, -100, -100], 'int64', [3]) });
    expect(flat(loss)).toEqual([NaN]);
    expect(flat(grad([loss], [x])[0] as Tensor)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('finds classes that are not the last dimension', () => {
    const x = tensor(new Array(12).fill(-1), 'float64', [2, 3, 2]).requiresGrad_();
    const loss = call('nll_loss', { input: x, target: tensor([0, 1, 2, 0], 'int64', [2, 2]), reduction: 'sum' });
    expect(flat(grad([loss], [x])[0] as Tensor).map((v) => v + 0)).toEqual([-1, 0, 0, -1, 0, 0, 0, -1, 0, 0, -1, 0]);
  });

  it('says what does not fit', () => {
    const args = { input: input(), target, ignoreIndex: -100, reduction: 'none' };
    const wrong = { ...args, gradOutput: tensor([1], 'float64', [1]) };
    expect(() => call('nll_loss_backward', wrong)).toThrow("the loss's shape [3], but got [1]");
    const narrow = { ...args, gradOutput: tensor([1, 1, 1], 'float32', [3]) };
    expect(() => call('nll_loss_backward', narrow)).toThrow("the input's dtype float64, but got float32");
  });
});

describe.each(['_softmax_backward_data', '_log_softmax_backward_data'])('%s', (name) => {
  it('says what does not fit', () => {
    const output = tensor([0.5, 0.5], 'float64', [2]);
    expect(() => call(name, { gradOutput: tensor([1], 'float64', [1]), output, dim: 0 })).toThrow(
      "the output's shape [2], but got [1]",
    );
    expect(() => call(name, { gradOutput: tensor([1, 1], 'float32', [2]), output, dim: 0 })).toThrow(
      'one floating dtype, but got float32 and float64',
    );
    expect(() => call(name, { gradOutput: output, output, dim: 1 })).toThrow(/dim/i);
  });
});
