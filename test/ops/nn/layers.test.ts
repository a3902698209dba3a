/** What a table of cases does not show: writes to running statistics, random masks, strided inputs. */
import { describe, expect, it } from 'vitest';
import '../../../src/ops/registry.ts';
import { backward } from '../../../src/autograd/backward.ts';
import { Generator, withGenerator } from '../../../src/kernels/random/index.ts';
import {
  batchNorm,
  conv2d,
  dropout,
  dropout2d,
  embedding,
  instanceNorm,
  layerNorm,
  maxPool2d,
} from '../../../src/ops/nn/index.ts';
import { sum } from '../../../src/ops/reductions/index.ts';
import { contiguous, permute } from '../../../src/ops/shape/index.ts';
import { metaAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import { empty, type Tensor } from '../../../src/tensor/tensor.ts';
import { flat, leaf, type Nested, tensor } from '../../support/tensors.ts';

const close = (got: Tensor | null, want: number[]): void => {
  const numbers = flat(got);
  expect(numbers.length).toBe(want.length);
  numbers.forEach((x, i) => {
    expect(x).toBeCloseTo(want[i], 10);
  });
};

const images = (n: number, c: number, h: number, w: number): Tensor =>
  tensor(
    Array.from({ length: n * c * h * w }, (_, i) => Math.sin(2.3 * i + 0.4)),
    'float64',
    [n, c, h, w],
  );

describe('running statistics', () => {
  it('batch_norm brings them up to date in training, unseen by the graph', () => {
    const x = leaf([
      [1, 2],
      [3, -1],
      [0.5, 4],
    ]);
    const [mean, variance] = [tensor([0, 1]), tensor([1, 2])];
    const out = batchNorm(x, mean, variance, undefined, undefined, true, 0.1);
    close(mean, [0.15, 1.0666666666666667]);
    close(variance, [1.075, 2.433333333333333]);
    expect(mean.storage.version).toBe(1);
    expect(mean.requiresGrad).toBe(false);
    backward([sum(out)]);
    close(x.grad, [0, 0, 0, 0, 0, 0]);
  });

  it('batch_norm leaves them alone in evaluation', () => {
    const [mean, variance] = [tensor([0, 1]), tensor([1, 2])];
    batchNorm(tensor([[1, 2]]), mean, variance);
    expect(flat(mean)).toEqual([0, 1]);
    expect(variance.storage.version).toBe(0);
  });

  it('instance_norm keeps the mean over the images', () => {
    const x = tensor([
      [
        [1, 3],
        [0, 4],
      ],
      [
        [5, 5],
        [2, -2],
      ],
    ]);
    const [mean, variance] = [tensor([0, 0]), tensor([1, 1])];
    instanceNorm(x, mean, variance, undefined, undefined, true, 0.5);
    close(mean, [1.75, 0.5]);
    close(variance, [1, 4.5]);
  });
});

describe('embedding', () => {
  it('scales rows that are too long down in the table', () => {
    const table = tensor([
      [3, 4],
      [0.3, 0.4],
      [6, 8],
    ]);
    const out = embedding(tensor([0, 1], 'int64'), table, undefined, 1);
    close(out, [0.6 * (5 / (5 + 1e-7)), 0.8 * (5 / (5 + 1e-7)), 0.3, 0.4]);
    expect(flat(table).slice(4)).toEqual([6, 8]);
    expect(table.storage.version).toBe(1);
  });
});

describe('dropout', () => {
  const ones = (shape: number[]): Tensor => tensor(Array(shape.reduce((a, b) => a * b)).fill(1), 'float32', shape);
  const seeded = (body: () => Tensor): number[] => flat(withGenerator(new Generator(0n), body));

  it("draws what PyTorch's generator draws", () => {
    // torch.manual_seed(0); F.dropout(torch.ones(6), 0.5)
    expect(seeded(() => dropout(ones([6])))).toEqual([0, 0, 2, 0, 0, 0]);
    // torch.manual_seed(0); F.dropout2d(torch.ones(2, 3, 1, 2), 0.25)
    expect(seeded(() => dropout2d(ones([2, 3, 1, 2]), 0.25)).map((x) => (x === 0 ? 0 : 1))).toEqual([
      0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0,
    ]);
  });

  it('gives the gradient of what was kept', () => {
    const x = leaf([1, 1, 1, 1, 1, 1, 1, 1]);
    const out = dropout(x, 0.5);
    backward([sum(out)]);
    expect(flat(x.grad)).toEqual(flat(out));
  });
});

describe('inputs that do not lie in order', () => {
  const x = images(2, 3, 5, 4);
  const turned = permute(x, [0, 1, 3, 2]);
  const inOrder = contiguous(turned);
  const weight = images(2, 3, 2, 3);
  it.each<[string, (t: Tensor) => Tensor]>([
    ['conv2d', (t) => conv2d(t, weight)],
    ['max_pool2d', (t) => maxPool2d(t, 2) as Tensor],
    ['layer_norm', (t) => layerNorm(t, [5])],
    ['batch_norm', (t) => batchNorm(t, undefined, undefined, undefined, undefined, true)],
  ])('%s', (_, op) => {
    expect(flat(op(turned))).toEqual(flat(op(inOrder)));
  });
});

describe('float32', () => {
  it('is computed in float64 and rounded once', () => {
    const numbers: Nested = [[16777216, 16777217, 16777218]];
    const exact = flat(layerNorm(tensor([[0, 0, 2]], 'float64'), [3]));
    flat(layerNorm(tensor(numbers, 'float32'), [3])).forEach((x, i) => {
      expect(x).toBeCloseTo(exact[i], 5);
    });
  });
});

describe('shape-only runs', () => {
  it('know the sizes without any element', () => {
    withAllocator(metaAllocator, () => {
      const x = empty([2, 4, 9, 9], 'float32');
      const y = conv2d(x, empty([6, 2, 3, 3], 'float32'), empty([6], 'float32'), 2, 1, 1, 2);
      expect(y.shape).toEqual([2, 6, 5, 5]);
      const [mean, variance] = [empty([6], 'float32'), empty([6], 'float32')];
      expect(batchNorm(y, mean, variance, undefined, undefined, true).shape).toEqual([2, 6, 5, 5]);
      expect((maxPool2d(y, 2, undefined, 0, 1, true) as Tensor).shape).toEqual([2, 6, 3, 3]);
    });
  });
});
