/** What the table of torch's results cannot say: words of refusals, integers beyond 2^53, views, shapes alone. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import { addmm, bmm, dot, linear, matmul, mm, mv, tensordot } from '../../../src/ops/linalg/index.ts';
import '../../../src/ops/registry.ts';
import { expand, transpose } from '../../../src/ops/shape/index.ts';
import { EngineError } from '../../../src/tensor/errors.ts';
import { metaAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import { bigintsOf, empty, type Tensor } from '../../../src/tensor/tensor.ts';
import { flat, leaf, tensor } from '../../support/tensors.ts';

const zeros = (...shape: number[]): Tensor => empty(shape, 'float32');

const refusal = (body: () => unknown): EngineError => {
  try {
    body();
  } catch (error) {
    return error as EngineError;
  }
  throw new Error('was not refused');
};

describe('refusals name both shapes and the dimension', () => {
  it.each<[string, () => unknown, string, RegExp]>([
    [
      'mm',
      () => mm(zeros(2, 3), zeros(4, 5)),
      'shape_mismatch',
      /\[2, 3\] and \[4, 5\].*dimension 1 of input has size 3.*dimension 0 of mat2 has size 4/,
    ],
    [
      'matmul',
      () => matmul(zeros(2, 3), zeros(2)),
      'shape_mismatch',
      /\[2, 3\] and \[2\].*dimension 1.*size 3.*dimension 0.*size 2/,
    ],
    ['matmul batches', () => matmul(zeros(2, 3, 4), zeros(5, 4, 3)), 'shape_mismatch', /\[2\] and \[5\]/],
    ['matmul of a number', () => matmul(zeros(), zeros(3)), 'shape_mismatch', /at least 1D.*\[\] and \[3\]/],
    ['bmm', () => bmm(zeros(2, 3, 4), zeros(3, 4, 4)), 'shape_mismatch', /\[2, 3, 4\] and \[3, 4, 4\]/],
    ['mv', () => mv(zeros(2, 3), zeros(2, 3)), 'shape_mismatch', /vec must be a vector.*\[2, 3\]/],
    ['dot', () => dot(zeros(2), zeros(3)), 'shape_mismatch', /\[2\] and \[3\]/],
    ['linear', () => linear(zeros(4, 3), zeros(2, 4)), 'shape_mismatch', /\[4, 3\] and \[2, 4\].*dimension 1/],
    [
      'linear bias',
      () => linear(zeros(4, 3), zeros(2, 3), zeros(3)),
      'shape_mismatch',
      /bias of shape \[3\].*\[4, 2\]/,
    ],
    ['addmm', () => addmm(zeros(3, 2), zeros(2, 3), zeros(3, 2)), 'shape_mismatch', /\[3, 2\].*\[2, 2\]/],
    [
      'tensordot',
      () => tensordot(zeros(2, 3), zeros(4, 2), 1),
      'shape_mismatch',
      /\[2, 3\].*dimension 1.*\[4, 2\].*dimension 0/,
    ],
    ['dtypes', () => mm(zeros(2, 2), empty([2, 2], 'float64')), 'dtype', /float32 and float64/],
    ['bool', () => mm(empty([2, 2], 'bool'), empty([2, 2], 'bool')), 'dtype', /bool/],
  ])('%s', (_, body, code, words) => {
    const error = refusal(body);
    expect(error).toBeInstanceOf(EngineError);
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(words)]);
  });
});

it('int64 products are exact and wrap at 64 bits', () => {
  const a = empty([1, 2], 'int64');
  const b = empty([2, 1], 'int64');
  bigintsOf(a).set([2n ** 62n + 1n, 3n]);
  bigintsOf(b).set([3n, 2n ** 61n]);
  const want = BigInt.asIntN(64, (2n ** 62n + 1n) * 3n + 3n * 2n ** 61n);
  expect(bigintsOf(matmul(a, b) as Tensor)[0]).toBe(want);
});

it('reads transposed and expanded operands where they lie', () => {
  const a = tensor([[1, 2, 3]]);
  const b = tensor([
    [1, 0, -1],
    [2, 5, 1],
  ]);
  expect(flat(matmul(expand(a, [2, 3]), transpose(b, 0, 1)))).toEqual([-2, 15, -2, 15]);
});

it('sizes that no tile divides agree with sums one by one', () => {
  const [m, k, n] = [7, 5, 11];
  const a = empty([m, k], 'float64');
  const b = empty([k, n], 'float64');
  const bias = empty([n], 'float64');
  for (const t of [a, b, bias]) for (let i = 0; i < t.numel; i++) t.storage.data[i] = Math.sin(i + t.numel);
  const at = (t: Tensor, i: number, j: number): number => Number(t.storage.data[i * t.shape[1] + j]);
  const [plain, added] = [flat(mm(a, b)), flat(addmm(bias, a, b))];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += at(a, i, l) * at(b, l, j);
      expect(plain[i * n + j]).toBeCloseTo(sum, 14);
      expect(added[i * n + j]).toBeCloseTo(sum + Number(bias.storage.data[j]), 14);
    }
  }
});

it('one matrix that served a batch gets one product as its gradient', () => {
  const x = leaf([
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ]);
  const w = leaf([
    [1, 0],
    [0, 1],
  ]);
  const [dx, dw] = grad(
    [matmul(x, w)],
    [x, w],
    [
      tensor([
        [
          [1, 0],
          [0, 1],
        ],
        [
          [1, 1],
          [0, 0],
        ],
      ]),
    ],
  );
  expect(flat(dx)).toEqual([1, 0, 0, 1, 1, 1, 0, 0]);
  expect([dw?.shape, flat(dw)]).toEqual([
    [2, 2],
    [6, 8, 8, 10],
  ]);
});

it('finds shapes without computing', () => {
  withAllocator(metaAllocator, () => {
    const x = empty([1000, 1, 512, 64], 'float32').requiresGrad_();
    const y = empty([8, 64, 512], 'float32');
    const out = matmul(x, y);
    expect(out.shape).toEqual([1000, 8, 512, 512]);
    expect(grad([out], [x], [empty(out.shape, 'float32')])[0]?.shape).toEqual(x.shape);
  });
});
