import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward, grad } from '../../src/autograd/backward.ts';
import { noGrad } from '../../src/autograd/mode.ts';
import { sigmoid } from '../../src/ops/activations/index.ts';
import { mseLoss } from '../../src/ops/losses/index.ts';
import { add, div, mul, sub } from '../../src/ops/pointwise/index.ts';
import { sum } from '../../src/ops/reductions/index.ts';
import '../../src/ops/registry.ts';
import { EngineError } from '../../src/tensor/errors.ts';
import { flat, leaf, tensor } from '../support/tensors.ts';

const codeOf = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
};

describe('the notebook', () => {
  it('gives dloss/dw = 2', () => {
    const w = leaf([2], 'float32');
    const loss = mseLoss(mul(tensor([1], 'float32'), w), tensor([1], 'float32'));
    expect(flat(loss)).toEqual([1]);
    expect(loss.gradFn?.name).toBe('MseLossBackward0');
    expect(flat(grad([loss], [w])[0])).toEqual([2]);
  });

  it('refuses a graph that was recorded before requires_grad_()', () => {
    const w = tensor([2]);
    const loss = mseLoss(mul(tensor([1]), w), tensor([1]));
    w.requiresGrad_();
    expect(() => grad([loss], [w])).toThrow('element 0 of tensors does not require grad and does not have a grad_fn');
  });

  it('refuses to walk a freed graph, and walks a retained one', () => {
    const w = leaf([2]);
    const loss = mseLoss(w, tensor([1]));
    grad([loss], [w], undefined, { retainGraph: true });
    grad([loss], [w]);
    expect(() => grad([loss], [w])).toThrow(/Trying to backward through the graph a second time/);
    expect(codeOf(() => grad([loss], [w]))).toBe('graph_freed');
  });

  it('adds to .grad at each backward', () => {
    const w = leaf([2]);
    const loss = mseLoss(w, tensor([1]));
    backward([loss], undefined, { retainGraph: true });
    expect(flat(w.grad)).toEqual([2]);
    backward([loss]);
    expect(flat(w.grad)).toEqual([4]);
  });
});

describe('.grad', () => {
  it('has elements of its own, though two leaves get the same gradient', () => {
    const [a, b] = [leaf([1, 2]), leaf([3, 4])];
    const seed = tensor([1, 1]);
    backward([add(a, b)], [seed]);
    expect(a.grad?.storage).not.toBe(b.grad?.storage);
    expect(a.grad?.storage).not.toBe(seed.storage);
    backward([sum(a)]);
    expect(flat(a.grad)).toEqual([2, 2]);
  });

  it('is set on asked-for inputs in the middle, too', () => {
    const x = leaf([3]);
    const y = mul(x, x);
    backward([mul(y, y)], undefined, { inputs: [y] });
    expect(flat(y.grad)).toEqual([18]);
    expect(x.grad).toBeNull();
  });
});

describe('the graph', () => {
  it('frees only nodes that saved something, as PyTorch does', () => {
    const x = leaf([1, 2]);
    const y = sum(add(x, 1));
    grad([y], [x]);
    expect(flat(grad([y], [x])[0])).toEqual([1, 1]);
  });

  it('is not recorded under no_grad', () => {
    const x = leaf([1]);
    expect(noGrad(() => mul(x, x)).requiresGrad).toBe(false);
    expect(mul(x, x).requiresGrad).toBe(true);
  });

  it('adds up what reaches a value along several ways', () => {
    const x = leaf([3]);
    const y = mul(x, x);
    expect(flat(grad([add(mul(y, y), y)], [x])[0])).toEqual([4 * 27 + 6]);
  });

  it('gives gradients of values in the middle', () => {
    const x = leaf([3]);
    const y = mul(x, x);
    const z = mul(y, y);
    const [gx, gy] = grad([z], [x, y]);
    expect(flat(gy)).toEqual([18]);
    expect(flat(gx)).toEqual([108]);
  });

  it('goes through a chain of 100,000 nodes without recursion', () => {
    const x = leaf(1);
    let y = x;
    for (let i = 0; i < 100_000; i++) y = add(y, 1);
    expect(flat(grad([y], [x])[0])).toEqual([1]);
  });

  it('runs no rule that no asked-for input needs', () => {
    const x = leaf([1]);
    const w = leaf([1]);
    const shared = mul(x, 2);
    grad([mul(shared, shared)], [x]);
    // What lies below `shared` was freed; a gradient for w alone does not go there.
    expect(flat(grad([mul(shared, w)], [w])[0])).toEqual([2]);
  });
});

describe('what is refused', () => {
  it('is an output of several elements without grad_outputs', () => {
    const x = leaf([1, 2]);
    expect(codeOf(() => grad([mul(x, x)], [x]))).toBe('non_scalar_backward');
  });

  it('is a grad_output of another shape, with both shapes', () => {
    const x = leaf([1, 2]);
    expect(() => grad([mul(x, x)], [x], [tensor([1, 2, 3])])).toThrow(/\[3\].*\[2\]/);
  });

  it('is an input that the output does not hang on, unless allowed', () => {
    const x = leaf([1]);
    const other = leaf([1]);
    expect(codeOf(() => grad([mul(x, x)], [other]))).toBe('no_grad_required');
    expect(grad([mul(x, x)], [other], undefined, { allowUnused: true })).toEqual([null]);
  });

  it('is no value that only an unasked-for gradient would read', () => {
    const [x, w] = [tensor([2]), leaf([3])];
    const y = mul(x, w);
    w.storage.version++;
    expect(flat(grad([y], [w])[0])).toEqual([2]);
  });

  it('is a saved value that was written over', () => {
    const x = leaf([1]);
    const y = mul(x, x);
    x.storage.version++;
    expect(codeOf(() => grad([y], [x]))).toBe('modified_in_place');
  });
});

describe('broadcasting and dtypes', () => {
  it('sums a gradient back over broadcast dimensions', () => {
    const row = leaf([[1, 2, 3]]);
    const column = leaf([[1], [2]]);
    const scalar = leaf(5);
    const [r, c, s] = grad([sum(mul(add(row, column), scalar))], [row, column, scalar]);
    expect([r?.shape, c?.shape, s?.shape]).toEqual([[1, 3], [2, 1], []]);
    expect(flat(r)).toEqual([10, 10, 10]);
    expect(flat(c)).toEqual([15, 15]);
    expect(flat(s)).toEqual([2 + 3 + 4 + 3 + 4 + 5]);
  });

  it('casts a gradient back over promotion', () => {
    const x = leaf([1.5], 'float32');
    const [g] = grad([sum(mul(x, tensor([2], 'float64')))], [x]);
    expect(g?.dtype).toBe('float32');
  });

  it('holds for any pair of broadcastable shapes', () => {
    const dims = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('both', 'left', 'right')), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(dims, fc.nat(4), fc.nat(4), (spec, cutLeft, cutRight) => {
        const left = spec.map(([n, side]) => (side === 'right' ? 1 : n));
        const right = spec.map(([n, side]) => (side === 'left' ? 1 : n));
        // Leading dimensions of size 1 may be left out.
        const trim = (shape: number[], cut: number): number[] =>
          shape.slice(0, cut).every((n) => n === 1) ? shape.slice(cut) : shape;
        const make = (shape: number[]) =>
          tensor(
            Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
            'float64',
            shape,
          ).requiresGrad_();
        const [a, b] = [make(trim(left, cutLeft)), make(trim(right, cutRight))];
        const out = sub(a, b);
        const [ga, gb] = grad([sum(out)], [a, b]);
        expect(ga?.shape).toEqual(a.shape);
        expect(gb?.shape).toEqual(b.shape);
        const total = (t: typeof ga) => flat(t).reduce((x, y) => x + y, 0);
        expect(total(ga)).toBe(out.numel);
        expect(total(gb) + out.numel).toBe(0);
      }),
      // Of no elements, in an order of their own.
      {
        examples: [
          [
            [
              [2, 'left'],
              [2, 'both'],
              [0, 'both'],
              [2, 'left'],
            ],
            0,
            0,
          ],
        ],
      },
    );
  });
});

describe('higher orders', () => {
  it('differentiates x^4 four times', () => {
    const x = leaf(2);
    const square = mul(x, x);
    let y = mul(square, square);
    const values: number[] = [];
    for (let order = 0; order < 4; order++) {
      [y] = grad([y], [x], undefined, { createGraph: true }) as [typeof y];
      values.push(flat(y)[0]);
    }
    expect(values).toEqual([32, 48, 48, 24]);
  });

  it('gives sigmoid to the third order', () => {
    const x = leaf(0.3);
    let y = sigmoid(x);
    for (let order = 0; order < 3; order++) [y] = grad([y], [x], undefined, { createGraph: true }) as [typeof y];
    const s = 1 / (1 + Math.exp(-0.3));
    const slope = s * (1 - s);
    expect(flat(y)[0]).toBeCloseTo(slope * (1 - 6 * slope), 12);
  });

  it('keeps the gradient of a quotient differentiable', () => {
    const x = leaf(3);
    const [g] = grad([div(tensor(1), x)], [x], undefined, { createGraph: true });
    expect(flat(g)[0]).toBeCloseTo(-1 / 9, 14);
    expect(flat(grad([g as never], [x])[0])[0]).toBeCloseTo(2 / 27, 14);
  });
});
