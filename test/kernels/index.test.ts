/** Another way to carry out kernels takes the place of ours for every op, and leaves it again. */
import { afterEach, expect, it } from 'vitest';
import * as seam from '../../src/kernels/index.ts';
import { useKernels } from '../../src/kernels/index.ts';
import { matmul } from '../../src/ops/linalg/index.ts';
import { add } from '../../src/ops/pointwise/index.ts';
import '../../src/ops/registry.ts';
import { sum } from '../../src/ops/reductions/index.ts';
import { flat, leaf, tensor } from '../support/tensors.ts';

let restore: (() => void) | undefined;
afterEach(() => {
  restore?.();
  restore = undefined;
});

it('carries out an op otherwise, and the gradients that call the same kernel', () => {
  const { matrixProduct } = seam;
  let calls = 0;
  restore = useKernels({
    matrixProduct: (...args) => {
      calls++;
      return matrixProduct(...args);
    },
  });
  const x = leaf([[1, 2]]);
  expect(flat(matmul(x, tensor([[3], [4]])))).toEqual([11]);
  expect(calls).toBe(1);
  restore();
  matmul(x, tensor([[3], [4]]));
  expect(calls).toBe(1);
});

it('nests: each is put back to what was there before it', () => {
  const { sumRows } = seam;
  const log: string[] = [];
  const noted = (name: string) => ({
    sumRows: (...args: Parameters<typeof sumRows>) => {
      log.push(name);
      return sumRows(...args);
    },
  });
  const first = useKernels(noted('first'));
  const second = useKernels(noted('second'));
  sum(tensor([1, 2]));
  second();
  sum(tensor([1, 2]));
  first();
  sum(tensor([1, 2]));
  expect(log).toEqual(['second', 'first']);
});

it('leaves kernels that are not named as they are', () => {
  restore = useKernels({ sumRows: () => tensor([7]) });
  expect(flat(add(tensor([1]), tensor([2])))).toEqual([3]);
  expect(flat(sum(tensor([1, 2])))).toEqual([7]);
});
