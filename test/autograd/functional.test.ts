/** Jacobians, Hessians and their products, against hand-made derivatives and against one another. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../src/autograd/backward.ts';
import { hessian, hvp, jacobian, jvp, type TensorFunction, vhp, vjp } from '../../src/autograd/functional.ts';
import { gradcheck, type Mismatch } from '../../src/autograd/gradcheck.ts';
import '../../src/ops/registry.ts';
import { add, mul } from '../../src/ops/pointwise/arithmetic.ts';
import { exp } from '../../src/ops/pointwise/exponential.ts';
import { sum } from '../../src/ops/reductions/sum.ts';
import { flat, leaf, tensor } from '../support/tensors.ts';

const product: TensorFunction = ([x, y]) => [mul(mul(x, x), y)];
const cube: TensorFunction = ([x]) => [sum(mul(mul(x, x), x))];
const x = tensor([1, 2]);
const y = tensor([3, 5]);

describe('jacobian', () => {
  it('has a block for each output and input, shaped as both', () => {
    const [[dx, dy]] = jacobian(product, [x, y]);
    expect([dx.shape, flat(dx), flat(dy)]).toEqual([
      [2, 2],
      [6, 0, 0, 20],
      [1, 0, 0, 4],
    ]);
    const rows = jacobian(([a]) => [a, sum(a)], [tensor([[1, 2, 3]])]);
    expect(rows.map(([block]) => block.shape)).toEqual([
      [1, 3, 1, 3],
      [1, 3],
    ]);
  });

  it('is zero where an output does not hang on an input, unless that is refused', () => {
    const f: TensorFunction = ([a, b]) => [mul(a, 2), mul(b, 2)];
    expect(flat(jacobian(f, [x, y])[0][1])).toEqual([0, 0, 0, 0]);
    expect(() => jacobian(f, [x, y], { strict: true })).toThrow(/independent of input 1/);
    expect(() => jacobian(([a]) => [a.detach()], [x], { strict: true })).toThrow(/does not require gradients/);
  });

  it('can be differentiated where that is asked for', () => {
    const w = leaf([1, 2]);
    const [[j]] = jacobian(([a]) => [mul(a, a)], [w], { createGraph: true });
    expect(flat(grad([sum(j)], [w])[0])).toEqual([2, 2]);
    expect(jacobian(([a]) => [mul(a, a)], [w])[0][0].requiresGrad).toBe(false);
  });

  it('does not touch its inputs', () => {
    const w = leaf([1, 2]);
    jacobian(([a]) => [exp(a)], [w]);
    expect([w.grad, w.isLeaf]).toEqual([null, true]);
  });
});

describe('hessian', () => {
  it('has a block for each pair of inputs', () => {
    const [[xx, xy], [yx, yy]] = hessian((all) => [sum(product(all)[0])], [x, y]);
    expect([flat(xx), flat(xy), flat(yx), flat(yy)]).toEqual([
      [6, 0, 0, 10],
      [2, 0, 0, 4],
      [2, 0, 0, 4],
      [0, 0, 0, 0],
    ]);
  });

  it('is refused for a function of several numbers', () => {
    expect(() => hessian(([a]) => [a], [x])).toThrow(/single element/);
  });
});

describe('products', () => {
  it('are those of the whole matrices', () => {
    const v = tensor([10, 100]);
    expect(vjp(product, [x, y], [v]).product.map(flat)).toEqual([
      [60, 2000],
      [10, 400],
    ]);
    expect(jvp(product, [x, y], [v, tensor([1, 1])]).product.map(flat)).toEqual([[61, 2004]]);
    expect(vhp(cube, [x], [v]).product.map(flat)).toEqual([[60, 1200]]);
    expect(hvp(cube, [x], [v]).product.map(flat)).toEqual([[60, 1200]]);
    expect(flat(vjp(product, [x, y], [v]).outputs[0])).toEqual([3, 20]);
  });

  it('need a vector of the right shape, except of a single number', () => {
    expect(() => vjp(product, [x, y])).toThrow(/can only be None/);
    expect(() => vjp(product, [x, y], [tensor([1])])).toThrow(/\[2\].*\[1\]/);
    expect(flat(vjp(cube, [x]).product[0])).toEqual([3, 12]);
  });
});

describe('gradcheck', () => {
  const at = (): ReturnType<typeof leaf> => leaf([0.5, -1.5], 'float64');

  it('holds for a right rule, and names the place of a wrong one', () => {
    expect(gradcheck(([a]) => [exp(mul(a, a))], [at()])).toBeNull();
    const wrong = gradcheck(([a]) => [mul(a, a.detach())], [at()]) as Mismatch | null;
    expect([wrong?.output, wrong?.input]).toEqual([0, 0]);
    expect(flat(wrong?.analytical ?? null)).toEqual([0.5, 0, -0, -1.5]);
  });

  it('looks only at inputs that require grad, and needs one', () => {
    expect(gradcheck(([a, b]) => [add(a, b.detach())], [at(), tensor([1, 2], 'float64')])).toBeNull();
    expect(() => gradcheck(([a]) => [a], [tensor([1], 'float64')])).toThrow(/at least one input/);
  });
});
