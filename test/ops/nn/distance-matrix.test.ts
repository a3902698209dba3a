/** Distances of order 0, which are flat between their jumps. */
import { expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import { cdist, pdist } from '../../../src/ops/nn/distance-matrix.ts';
import '../../../src/ops/registry.ts';
import { sum } from '../../../src/ops/reductions/sum.ts';
import { flat, leaf } from '../../support/tensors.ts';

const POINTS = [
  [1, 2],
  [3, -1],
];

it('the gradient of a distance of order 0 is zeros that require grad, as those of other orders', () => {
  for (const p of [0, 1, 2, 3]) {
    const [a, b] = [leaf(POINTS), leaf([[0, 2]])];
    const grads = grad([sum(cdist(a, b, p))], [a, b], undefined, { createGraph: true });
    expect(grads.map((g) => g?.requiresGrad)).toEqual([true, true]);
    if (p > 0) continue;
    expect(grads.map(flat)).toEqual([
      [0, 0, 0, 0],
      [0, 0],
    ]);
    expect(flat(grad([sum(grads[0] as NonNullable<(typeof grads)[0]>)], [a])[0])).toEqual([0, 0, 0, 0]);
  }
  const c = leaf(POINTS);
  expect(grad([sum(pdist(c, 0))], [c], undefined, { createGraph: true })[0]?.requiresGrad).toBe(true);
});
