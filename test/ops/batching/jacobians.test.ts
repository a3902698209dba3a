import { expect, test } from 'vitest';
import { blocks, gradients, jacobianOf } from '#src/autograd/derivatives.ts';
import { type Row, rowsTogether } from '#src/autograd/row-batches.ts';
import { copy } from '#src/kernels/copy.ts';
import { Refusal } from '#src/ops/params.ts';
import { findOp, ops } from '#src/ops/registry.ts';
import { storageOf } from '#src/tensor/storage.ts';
import { fromStorage, Tensor } from '#src/tensor/tensor.ts';

const values = (shape: readonly number[], seed = 1, dtype: 'float32' | 'float64' = 'float64'): Tensor => {
  const numel = shape.reduce((a, b) => a * b, 1);
  const data = Array.from({ length: numel }, (_, i) => Math.sin(seed * 7.3 + i * 1.7) * 0.9);
  const array = dtype === 'float64' ? Float64Array.from(data) : Float32Array.from(data);
  return fromStorage(storageOf(dtype, array), shape).requiresGrad_();
};
const numbers = (t: Tensor): number[] => [...(copy(t).storage.data as Float64Array)];
const call = (name: string, args: Record<string, unknown>): Tensor => findOp(name)?.call(args) as Tensor;

type Make = (shape: readonly number[], seed?: number) => Tensor;

/** Programs whose rows can be taken together. */
const TOGETHER: Record<string, (of: Make) => [Tensor, Tensor[]]> = {
  'a pointwise chain': (of) => {
    const x = of([3, 4]);
    return [call('mul', { input: call('tanh', { input: x }), other: call('exp', { input: x }) }), [x]];
  },
  broadcasting: (of) => {
    const [x, w] = [of([5, 1, 4]), of([3, 1], 2)];
    return [call('div', { input: x, other: call('add', { input: w, other: 3 }) }), [x, w]];
  },
  'a layer and its bias': (of) => {
    const [x, w, b] = [of([4, 3]), of([5, 3], 2), of([5], 3)];
    return [call('sigmoid', { input: call('linear', { input: x, weight: w, bias: b }) }), [x, w, b]];
  },
  'products of matrices': (of) => {
    const [a, b] = [of([3, 4]), of([4, 5], 2)];
    return [call('mm', { input: a, mat2: b }), [a, b]];
  },
  'a matrix and a vector': (of) => {
    const [a, v] = [of([9, 4]), of([4], 2)];
    return [call('mv', { input: a, vec: v }), [a, v]];
  },
  'batches of matrices': (of) => {
    const [a, b] = [of([2, 3, 4]), of([4, 2], 2)];
    return [call('matmul', { input: a, other: b }), [a, b]];
  },
  'sums, means and transposes': (of) => {
    const x = of([4, 3, 8]);
    const means = call('mean', { input: call('transpose', { input: x, dim0: 0, dim1: 2 }), dim: [1] });
    return [call('sum', { input: means, dim: 1, keepdim: true }), [x]];
  },
  'softmax along its last dimension': (of) => {
    const x = of([3, 4]);
    return [call('softmax', { input: x, dim: -1 }), [x]];
  },
  'softmax along its first': (of) => {
    const x = of([3, 4]);
    return [call('log_softmax', { input: x, dim: 0 }), [x]];
  },
  'what is moved': (of) => {
    const x = of([2, 6]);
    const moved = call('permute', { input: call('reshape', { input: x, shape: [3, 2, 2] }), dims: [2, 0, 1] });
    return [call('square', { input: moved }), [x]];
  },
};

for (const dtype of ['float64', 'float32'] as const) {
  test.each(Object.entries(TOGETHER))(`%s, in ${dtype}: all rows together are what they are one by one`, (_, make) => {
    const [output, inputs] = make((shape, seed) => values(shape, seed, dtype));
    const row: Row = (seed, observer) => gradients([output], inputs, [seed], { observer });
    expect(rowsTogether(output, inputs, row)).not.toBeNull();
    expect(jacobianOf([output], inputs)[0].map(numbers)).toEqual(blocks(output, inputs, row).map(numbers));
  });
}

test('whatever op it is, a Jacobian is made of its rows', () => {
  let compared = 0;
  for (const op of ops) {
    for (const example of op.examples) {
      const args: Record<string, unknown> = {};
      const inputs: Tensor[] = [];
      let plain = true;
      for (const param of op.params) {
        const given = example[param.name];
        if (given === undefined) continue;
        if (param.attr !== undefined) {
          const value = param.attr.read(given);
          if (value instanceof Refusal) plain = false;
          args[param.key] = value;
        } else if (
          param.kind === 'tensors' ||
          !param.differentiable ||
          (typeof given === 'object' && !Array.isArray(given))
        )
          plain = false;
        else {
          const flat = ([given] as unknown[]).flat(9).map(Number);
          const shape: number[] = [];
          for (let at: unknown = given; Array.isArray(at); at = at[0]) shape.push(at.length);
          const t = fromStorage(storageOf('float64', Float64Array.from(flat)), shape).requiresGrad_();
          args[param.key] = t;
          inputs.push(t);
        }
      }
      if (!plain || inputs.length === 0) continue;
      let output: unknown;
      try {
        output = op.call(args);
      } catch {
        continue;
      }
      if (!(output instanceof Tensor) || !output.requiresGrad) continue;
      const row = (seed: Tensor): Tensor[] => gradients([output as Tensor], inputs, [seed], {});
      const found = jacobianOf([output], inputs)[0];
      const single = blocks(output, inputs, row);
      found.forEach((t, i) => {
        expect(numbers(t), op.name).toEqual(numbers(single[i]));
      });
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(100);
});
