/** Decompositions, inverses and contractions at singular, empty, unfit and large matrices. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import {
  einsum,
  linalgDet,
  linalgEigh,
  linalgInv,
  linalgSvd,
  logdet,
  matmul,
  matrixExp,
} from '../../../src/ops/linalg/index.ts';
import { mul } from '../../../src/ops/pointwise/index.ts';
import { sum } from '../../../src/ops/reductions/index.ts';
import { diagEmbed, mT } from '../../../src/ops/shape/index.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { check } from '../../conformance/execute.ts';
import { flat, leaf, tensor } from '../../support/tensors.ts';
import { byOp, torchTable } from '../../support/torch-table.ts';

describe.each(byOp(torchTable(new URL('./dense-edges.jsonl.gz', import.meta.url))))('%s', (_, cases) => {
  it.each(cases.map((c) => [c.id, c.code, c] as const))('%s %s', (_id, _code, c) => {
    expect(check(c)).toBeNull();
  });
});

const numbers = (rows: number, columns: number): Tensor =>
  tensor(
    Array.from({ length: rows * columns }, (_, i) => Math.sin(3.7 * i + 1) + Math.cos(i * i)),
    'float64',
    [rows, columns],
  );

const close = (got: Tensor, want: Tensor | number[], digits = 10): void => {
  const [a, b] = [flat(got), Array.isArray(want) ? want : flat(want)];
  expect(a.length).toBe(b.length);
  a.forEach((x, i) => {
    expect(x).toBeCloseTo(b[i], digits);
  });
};

const identity = (n: number): number[] => Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));

describe('svd', () => {
  it.each([
    [5, 3],
    [3, 5],
    [20, 20],
  ])('of %i by %i gives the matrix back, by orthogonal vectors', (m, n) => {
    const a = numbers(m, n);
    const [u, s, vh] = linalgSvd(a, false);
    close(matmul(mul(u, s), vh), a);
    close(matmul(mT(u), u), identity(Math.min(m, n)));
    expect(flat(s)).toEqual(flat(s).toSorted((x, y) => y - x));
  });

  it('completes the vectors of a matrix without full rank', () => {
    const a = matmul(numbers(4, 2), numbers(2, 4));
    const [u, s, vh] = linalgSvd(a, true);
    close(matmul(mT(u), u), identity(4));
    close(matmul(vh, mT(vh)), identity(4));
    expect(flat(s)[2]).toBeLessThan(1e-14);
    const [nothing] = linalgSvd(
      tensor([
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
      true,
    );
    close(matmul(mT(nothing), nothing), identity(3));
  });
});

describe('eigh', () => {
  it('gives a symmetric matrix of 30 rows back', () => {
    const a = numbers(30, 30);
    const s = matmul(a, mT(a));
    const [values, vectors] = linalgEigh(s);
    close(matmul(matmul(vectors, diagEmbed(values)), mT(vectors)), s, 8);
    expect(flat(values)).toEqual(flat(values).toSorted((x, y) => x - y));
  });
});

describe('det', () => {
  it('has its cofactors as the gradient where there is no inverse', () => {
    // PyTorch gives 0 for a determinant that comes out as exactly 0, unless the gradient is to be differentiated.
    const a = leaf([
      [1, 2],
      [2, 4],
    ]);
    close(grad([linalgDet(a)], [a])[0] as Tensor, [4, -2, -2, 1]);
    const zero = leaf([
      [0, 0],
      [0, 0],
    ]);
    const [g] = grad([linalgDet(zero)], [zero], undefined, { createGraph: true });
    const direction = tensor([
      [1, 2],
      [3, 4],
    ]);
    close(grad([sum(mul(g as Tensor, direction))], [zero])[0] as Tensor, [4, -3, -2, 1]);
  });

  it('is NaN as a logarithm where it is negative', () => {
    expect(flat(logdet(tensor([[-1]])))).toEqual([Number.NaN]);
  });
});

describe('inv', () => {
  it('names the matrix that has none', () => {
    const batch = tensor([
      [
        [1, 0],
        [0, 1],
      ],
      [
        [1, 2],
        [2, 4],
      ],
    ]);
    expect(() => linalgInv(batch)).toThrow('(Batch element 1): The diagonal element 2 is zero');
  });
});

describe('matrix_exp', () => {
  it('undoes itself', () => {
    const a = mul(numbers(6, 6), 2);
    close(matmul(matrixExp(a), matrixExp(mul(a, -1))), identity(6), 6);
  });
});

describe('einsum', () => {
  it('says which size does not fit', () => {
    const [a, b] = [numbers(2, 3), numbers(4, 5)];
    expect(() => einsum('ij,jk->ik', [a, b])).toThrow(
      'subscript j has size 4 for operand 1 which does not broadcast with previously seen size 3',
    );
  });
});
