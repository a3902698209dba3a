/** Passes within passes, and gradients that add up where they stand. PyTorch 1.13 gave the numbers. */
import { describe, expect, it } from 'vitest';
import { backward, grad } from '../../src/autograd/backward.ts';
import { addHook, retainGrad } from '../../src/autograd/hooks.ts';
import { overwrite } from '../../src/autograd/inplace.ts';
import { withRecorder } from '../../src/autograd/recorder.ts';
import '../../src/ops/registry.ts';
import { getitem } from '../../src/ops/indexing/getitem.ts';
import { add, mul } from '../../src/ops/pointwise/arithmetic.ts';
import { sum } from '../../src/ops/reductions/sum.ts';
import { expand } from '../../src/ops/shape/views.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { flat, leaf, tensor } from '../support/tensors.ts';

const mul_ = (t: Tensor, by: number): Tensor => overwrite(t, (self) => mul(self, by), { name: 'mul_' });

describe('a pass within a pass', () => {
  it('over the same nodes leaves the outer one whole', () => {
    const x = leaf([3]);
    const y = mul(x, x);
    const z = mul(y, y);
    const inner: number[][] = [];
    addHook(y, () => {
      if (inner.length === 0) {
        inner.push([]);
        inner.push(flat(grad([z], [x], undefined, { retainGraph: true })[0]));
      }
      return null;
    });
    backward([z], undefined, { retainGraph: true });
    expect(inner.at(-1)).toEqual([108]);
    expect(flat(x.grad)).toEqual([108]);
  });

  it('may add to the same leaf', () => {
    const x = leaf([3]);
    const y = mul(x, x);
    let done = false;
    addHook(y, () => {
      if (done) return null;
      done = true;
      backward([y], [tensor([1])], { retainGraph: true });
      return null;
    });
    backward([mul(y, 2)], undefined, { retainGraph: true });
    expect(flat(x.grad)).toEqual([18]);
  });

  it('meets what the outer one has freed', () => {
    const x = leaf([3]);
    const y = mul(x, x);
    const z = mul(y, y);
    addHook(y, () => grad([z], [x])[0]);
    expect(() => backward([z])).toThrow(/Trying to backward through the graph a second time/);
    expect(x.grad).toBeNull();
  });
});

describe('leaves', () => {
  it('have their gradients as soon as nothing more comes', () => {
    const [w1, w2] = [leaf([1, 1]), leaf([1, 1])];
    const told: string[] = [];
    addHook(w1, (g) => {
      told.push(`w1 ${flat(g)}`);
      return null;
    });
    addHook(w2, (g) => {
      told.push(`w2 ${flat(g)}`);
      return null;
    });
    const h = mul(tensor([2, 2]), w1);
    addHook(h, () => {
      told.push(`h ${w2.grad === null} ${w1.grad === null}`);
      return null;
    });
    backward([sum(mul(h, w2))]);
    expect(told).toEqual(['w2 2,2', 'h false true', 'w1 2,2']);
  });

  it('that are roots themselves get their seeds', () => {
    const x = leaf(2);
    backward([x, mul(x, 3)]);
    expect(flat(x.grad)).toEqual([4]);
    expect(flat(grad([x], [x])[0])).toEqual([1]);
  });
});

describe('asking for the gradient of a value', () => {
  it('gives it as it came, before hooks', () => {
    const x = leaf([1, 1]);
    const y = mul(x, 2);
    addHook(y, (g) => g && mul(g, 10));
    expect(grad([sum(mul(y, 3))], [y, x]).map(flat)).toEqual([
      [3, 3],
      [60, 60],
    ]);
  });
});

describe('.grad', () => {
  it('is added to in place', () => {
    const x = leaf([1, 2]);
    backward([sum(mul(x, x))]);
    const g = x.grad as Tensor;
    const head = getitem(g, 0);
    backward([sum(mul(x, 3))]);
    expect(x.grad).toBe(g);
    expect([flat(g), flat(head), g.storage.version]).toEqual([[5, 7], [5], 1]);
  });

  it('is another tensor where the sum can be differentiated', () => {
    const x = leaf([1, 2]);
    backward([sum(mul(x, x))], undefined, { createGraph: true });
    const g = x.grad as Tensor;
    expect(g.gradFn?.name).toBe('CopyBackwards');
    backward([sum(mul(x, x))], undefined, { createGraph: true });
    expect([x.grad === g, flat(g), flat(x.grad)]).toEqual([false, [2, 4], [4, 8]]);
    expect(flat(grad([sum(x.grad as Tensor)], [x])[0])).toEqual([4, 4]);
  });

  it('cannot be added to where it shows an element several times', () => {
    const x = leaf([1, 2]);
    x.grad = expand(tensor([1]), [2]);
    expect(() => backward([sum(mul(x, x))])).toThrow(/more than one element of the written-to tensor/);
  });

  it('of a leaf is told to who listens, as elements that are others now', () => {
    const x = leaf([1, 2]);
    backward([sum(mul(x, x))]);
    const told: unknown[] = [];
    const listener = {
      deep: false,
      hear: () => undefined,
      pass: () => null,
      overwrite: (target: Tensor, before: Tensor | null) => told.push([target === x.grad, flat(before), flat(target)]),
    };
    const loss = sum(mul(x, 3));
    withRecorder(listener, () => backward([loss]));
    expect(told).toEqual([[true, [2, 4], [5, 7]]]);
  });
});

describe('retain_grad', () => {
  it('keeps the gradient of the latest version', () => {
    const x = leaf([1, 1]);
    const t = mul(x, 3);
    retainGrad(t);
    mul_(mul_(t, 2), 5);
    backward([sum(mul(t, 7))]);
    expect([flat(t.grad), flat(x.grad)]).toEqual([
      [7, 7],
      [210, 210],
    ]);
  });

  it('keeps that of a base whose window was written to', () => {
    const x = leaf([1, 1]);
    const t = mul(x, 3);
    retainGrad(t);
    mul_(getitem(t, 0), 2);
    backward([sum(t)]);
    expect(flat(t.grad)).toEqual([1, 1]);
  });

  it('keeps elements of its own, and gives a new sum each time', () => {
    const x = leaf([1, 1]);
    const t = mul(x, 3);
    retainGrad(t);
    const seed = tensor([1, 2]);
    backward([t], [seed], { retainGraph: true });
    const first = t.grad as Tensor;
    expect(first.storage).not.toBe(seed.storage);
    backward([t], [seed]);
    expect([flat(first), flat(t.grad)]).toEqual([
      [1, 2],
      [2, 4],
    ]);
  });

  it('can be differentiated under create_graph', () => {
    const x = leaf([3]);
    const t = mul(x, x);
    retainGrad(t);
    backward([mul(t, t)], undefined, { createGraph: true });
    expect(flat(grad([add(t.grad as Tensor, 0)], [x])[0])).toEqual([12]);
  });
});
