import { describe, expect, it } from 'vitest';
import { grad } from '../../src/autograd/backward.ts';
import { type Call, withRecorder } from '../../src/autograd/recorder.ts';
import type { OpDef } from '../../src/ops/define.ts';
import { findOp } from '../../src/ops/registry.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { flat, leaf } from '../support/tensors.ts';

const opOf = (name: string): OpDef => {
  const op = findOp(name);
  if (op === undefined) throw new Error(`there is no op ${name}`);
  return op;
};

describe('a call', () => {
  it('is the same by name and by place, defaults filled in', () => {
    const add = opOf('add');
    const x = leaf([1, 2]);
    expect(flat(add.apply([x, 3]) as Tensor)).toEqual([4, 5]);
    expect(flat(add.call({ input: x, other: 3 }) as Tensor)).toEqual([4, 5]);
    expect(flat(add.apply([x, 3, 2]) as Tensor)).toEqual([7, 8]);
  });

  it('shows its recorder the arguments alone, though its rule reads the result', () => {
    const heard: Call[] = [];
    const x = leaf([0.5]);
    const y = withRecorder({ deep: false, hear: (call) => heard.push(call) }, () => opOf('exp').apply([x]) as Tensor);
    expect(heard).toHaveLength(1);
    const keys: string[] = [];
    for (const key in heard[0].args) keys.push(key);
    expect(keys).toEqual(['input']);
    expect(Object.keys({ ...heard[0].args })).toEqual(['input']);
    expect(flat(grad([y], [x])[0])).toEqual([Math.exp(0.5)]);
  });
});

describe('rules', () => {
  it('run for the tensors that ask, of lists by their places', () => {
    const [a, c] = [leaf([1]), leaf([3])];
    const b = leaf([2]).detach();
    const joined = opOf('cat').apply([[a, b, c, a]]) as Tensor;
    const weighted = opOf('mul').apply([joined, leaf([1, 10, 100, 1000]).detach()]) as Tensor;
    const [da, dc] = grad([opOf('sum').apply([weighted]) as Tensor], [a, c]);
    expect([flat(da), flat(dc)]).toEqual([[1001], [100]]);
  });

  it('keep what the rules read that will run, for both operands or for one', () => {
    const [x, y] = [leaf([2]), leaf([5])];
    const product = opOf('mul').apply([x, y]) as Tensor;
    const [dx, dy] = grad([product], [x, y], undefined, { retainGraph: true });
    expect([flat(dx), flat(dy)]).toEqual([[5], [2]]);
    expect(flat(grad([product], [y])[0])).toEqual([2]);
    expect(() => grad([product], [y])).toThrow(/a second time/);
  });
});
