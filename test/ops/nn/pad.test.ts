/** Gradients of borders that can be differentiated again. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import { pad } from '../../../src/ops/nn/pad.ts';
import { mul } from '../../../src/ops/pointwise/arithmetic.ts';
import '../../../src/ops/registry.ts';
import { sum } from '../../../src/ops/reductions/sum.ts';
import { flat, leaf } from '../../support/tensors.ts';

describe('under create_graph the gradient of a border', () => {
  it.each([
    ['reflect', true, [2, 3, 1]],
    ['replicate', true, [2, 1, 3]],
    ['circular', false, [2, 2, 2]],
    ['constant', false, [1, 1, 1]],
  ] as const)('that is %s requires grad: %s', (mode, requires, counts) => {
    const x = leaf([[[1, 2, 3]]]);
    const border = [1, 2];
    const [g] = grad([sum(pad(x, border, mode))], [x], undefined, { createGraph: true });
    expect(flat(g)).toEqual(counts);
    expect(g?.requiresGrad).toBe(requires);
    if (requires) expect(flat(grad([sum(g as NonNullable<typeof g>)], [x])[0])).toEqual([0, 0, 0]);
  });

  it('goes on through what was made of it', () => {
    for (const mode of ['reflect', 'replicate'] as const) {
      const x = leaf([[[1, 2, 3]]]);
      const y = pad(x, [1, 2], mode);
      const [g] = grad([sum(mul(y, y))], [x], undefined, { createGraph: true });
      const [h] = grad([sum(g as NonNullable<typeof g>)], [x]);
      expect(flat(h)).toEqual(mode === 'reflect' ? [4, 6, 2] : [4, 2, 6]);
    }
  });
});
