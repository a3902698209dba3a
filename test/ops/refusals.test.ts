/** What ops refuse, or get through, when asked for something out of the ordinary. */
import { describe, expect, it } from 'vitest';
import { ones } from '../../src/ops/creation/index.ts';
import { findOp } from '../../src/ops/registry.ts';
import { EngineError } from '../../src/tensor/errors.ts';
import { dataOf, type Tensor } from '../../src/tensor/tensor.ts';

const one = ones([2]);
const whole = ones([2], 'int64');
const call = (name: string, args: Record<string, unknown>): Tensor => findOp(name)?.call(args) as Tensor;

function refusal(name: string, args: Record<string, unknown>): string {
  try {
    call(name, args);
  } catch (error) {
    if (error instanceof EngineError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('refused', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'select_backward',
      { gradOutput: ones([1]), inputSizes: [2, 3], dim: 0, index: 0 },
      /^shape_mismatch.*\[1\].*\[3\]/,
    ],
    ['select_backward', { gradOutput: ones([1]), inputSizes: [-2, 3], dim: 0, index: 0 }, /^shape_mismatch/],
    ['slice_backward', { gradOutput: one, inputSizes: [5], start: 1 }, /^shape_mismatch.*\[2\].*\[4\]/],
    ['diagonal_backward', { gradOutput: ones([1]), inputSizes: [3, 3] }, /^shape_mismatch.*\[1\].*\[3\]/],
    [
      'unfold_backward',
      { gradIn: ones([1, 1]), inputSizes: [5], dim: 0, size: 1, step: 1 },
      /^shape_mismatch.*\[1, 1\].*\[5, 1\]/,
    ],
    ['unfold_backward', { gradIn: ones([5, 1], 'bool'), inputSizes: [5], dim: 0, size: 1, step: 1 }, /^dtype/],
    ['masked_scatter_backward', { gradOutput: one, mask: ones([2], 'bool'), sizes: [-1] }, /^shape_mismatch/],
    [
      'embedding_dense_backward',
      { gradOutput: ones([1, 3]), indices: whole, numWeights: 3, paddingIdx: -1, scaleGradByFreq: false },
      /^shape_mismatch.*\[1, 3\].*\[2\]/,
    ],
    ['tensordot', { input: one, other: one, dims: 2 ** 53 }, /^index_out_of_range/],
    ['tensordot', { input: ones([]), other: ones([]), dims: [[0], [0]] }, /^index_out_of_range/],
    ['add', { input: whole, other: 10n ** 30n }, /^value_range: Overflow/],
    ['eq', { input: whole, other: 1e30 }, /^value_range: Overflow/],
    ['bitwise_left_shift', { input: whole, other: 2n ** 63n }, /^value_range: Overflow/],
    ['add', { input: whole, other: 1, alpha: true }, /^dtype: Boolean alpha/],
    ['sub', { input: one, other: 1, alpha: true }, /^dtype: Boolean alpha/],
  ])('%s %#', (name, args, words) => expect(refusal(name, args)).toMatch(words));
});

describe('taken', () => {
  it('gradients from results of an integer dtype', () => {
    for (const name of ['sigmoid_backward', 'tanh_backward'])
      expect(call(name, { gradOutput: whole, output: whole }).dtype).toBe('float32');
  });

  it('integers in the gradient of unfold', () =>
    expect([
      ...dataOf(call('unfold_backward', { gradIn: ones([2, 2], 'int64'), inputSizes: [3], dim: 0, size: 2, step: 1 })),
    ]).toEqual([1n, 2n, 1n]));

  it('lists longer than a call has arguments', () => {
    const many = new Array<Tensor>(150_000).fill(one);
    expect(call('stack', { tensors: many }).shape).toEqual([150_000, 2]);
    expect(call('cat', { tensors: many }).shape).toEqual([300_000]);
  });

  it('polygamma of a huge order', () =>
    expect([...dataOf(call('polygamma', { n: 2 ** 31, input: one }))]).toEqual([-Infinity, -Infinity]));

  it('a large matrix of rank 1', () => {
    const [, s] = call('linalg_svd', { A: ones([200, 200], 'float64'), fullMatrices: false }) as unknown as Tensor[];
    const values = [...dataOf(s)] as number[];
    expect(values[0]).toBeCloseTo(200, 9);
    expect(Math.max(...values.slice(1))).toBeLessThan(1e-11);
  });
});
