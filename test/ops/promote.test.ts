import { describe, expect, it } from 'vitest';
import { overwrite } from '../../src/autograd/inplace.ts';
import { add, div, mul, sub } from '../../src/ops/pointwise/index.ts';
import { commonType, operandTensor } from '../../src/ops/promote.ts';
import { float } from '../../src/tensor/scalar.ts';
import { flat, leaf, tensor } from '../support/tensors.ts';

describe('operandTensor', () => {
  it('knows 0 from −0, whichever came first', () => {
    const one = tensor(1);
    expect(flat(div(one, 0))).toEqual([Number.POSITIVE_INFINITY]);
    expect(flat(div(one, -0))).toEqual([Number.NEGATIVE_INFINITY]);
    expect(flat(div(one, 0))).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('rounds a number to the dtype that it is read in', () => {
    expect(flat(mul(tensor(1, 'float32'), 0.1))).toEqual([Math.fround(0.1)]);
    expect(flat(mul(tensor(1, 'float64'), 0.1))).toEqual([0.1]);
  });

  it('gives no number away to be written over', () => {
    for (const op of [add, sub, mul, div]) {
      const result = op(tensor([1, 1]), 0.375);
      overwrite(result, (self) => mul(self, 100), { name: 'mul_' });
      expect(flat(operandTensor(0.375, 'float64'))).toEqual([0.375]);
    }
  });

  it('stays right for more numbers than are remembered', () => {
    const x = tensor(1);
    for (let round = 0; round < 2; round++)
      for (let i = 1; i <= 1000; i++) expect(flat(mul(x, i + 0.5))).toEqual([i + 0.5]);
  });

  it('carries no history from one use to the next', () => {
    const used = mul(leaf([2]), 0.625);
    expect(used.requiresGrad).toBe(true);
    expect(operandTensor(0.625, 'float64').requiresGrad).toBe(false);
  });
});

describe('commonType', () => {
  it.each([
    ['float32', 2, 'float32'],
    ['float32', true, 'float32'],
    ['int64', 2, 'int64'],
    ['int64', 0.5, 'float32'],
    ['int32', float(2), 'float32'],
    ['bool', 2, 'int64'],
    ['uint8', true, 'uint8'],
    ['float64', 0.5, 'float64'],
  ] as const)('of a tensor of %s and the number %s is %s', (dtype, number, expected) => {
    for (const x of [tensor([1], dtype), tensor(1, dtype)]) {
      expect(commonType(x, number)).toBe(expected);
      expect(commonType(number, x)).toBe(expected);
    }
  });

  it('of two tensors lets dimensions decide', () => {
    expect(commonType(tensor([1], 'float32'), tensor(1, 'float64'))).toBe('float32');
    expect(commonType(tensor(1, 'float32'), tensor(1, 'float64'))).toBe('float64');
    expect(commonType(tensor([1], 'int64'), tensor(1, 'float64'))).toBe('float64');
  });
});
