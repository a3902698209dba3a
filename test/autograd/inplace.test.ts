/** In-place writes: versions, windows, and the histories that they leave. PyTorch 1.13 gave the numbers. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../src/autograd/backward.ts';
import { dataOf, overwrite } from '../../src/autograd/inplace.ts';
import { noGrad } from '../../src/autograd/mode.ts';
import { type Call, withRecorder } from '../../src/autograd/recorder.ts';
import { setData } from '../../src/autograd/reshape.ts';
import { refreshWindow } from '../../src/autograd/windows.ts';
import { deferring, withKernelsFrom } from '../../src/kernels/deferred.ts';
import type { OpDef } from '../../src/ops/define.ts';
import { getitem, setitem } from '../../src/ops/indexing/getitem.ts';
import '../../src/ops/registry.ts';
import { add, mul } from '../../src/ops/pointwise/arithmetic.ts';
import { exp } from '../../src/ops/pointwise/exponential.ts';
import { detach } from '../../src/ops/pointwise/identity.ts';
import { sum } from '../../src/ops/reductions/sum.ts';
import { transpose } from '../../src/ops/shape/dims.ts';
import { split } from '../../src/ops/shape/pieces.ts';
import { expand, view } from '../../src/ops/shape/views.ts';
import type { Scalar } from '../../src/tensor/scalar.ts';
import { type Allocator, heapAllocator, withAllocator } from '../../src/tensor/storage.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { flat, leaf, tensor } from '../support/tensors.ts';

const add_ = (t: Tensor, other: Tensor | Scalar): Tensor =>
  overwrite(t, (self) => add(self, other), {
    name: 'add_',
    operands: typeof other === 'object' && 'shape' in other ? [other as Tensor] : [],
  });
const mul_ = (t: Tensor, other: Tensor | Scalar): Tensor =>
  overwrite(t, (self) => mul(self, other), {
    name: 'mul_',
    operands: typeof other === 'object' && 'shape' in other ? [other as Tensor] : [],
  });
const write = (t: Tensor, index: Parameters<typeof setitem>[2], value: Tensor | Scalar): Tensor =>
  overwrite(t, (self) => setitem(self, value, index), {
    name: '__setitem__',
    operands: typeof value === 'object' && 'shape' in value ? [value as Tensor] : [],
    gradFn: 'CopySlices',
  });

describe('a write in place', () => {
  it('changes the elements, counts the version, and gives the tensor itself', () => {
    const x = tensor([1, 2]);
    expect(add_(x, 1)).toBe(x);
    expect(flat(x)).toEqual([2, 3]);
    expect(x.storage.version).toBe(1);
    expect(x.requiresGrad).toBe(false);
  });

  it('is seen through every window', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const row = getitem(x, 1);
    mul_(row, 10);
    expect(flat(x)).toEqual([1, 2, 30, 40]);
    add_(x, 1);
    expect(flat(row)).toEqual([31, 41]);
  });

  it('takes the history of what was computed', () => {
    const x = leaf([1, 2]);
    const y = mul(x, 3);
    add_(y, 1);
    expect(y.gradFn?.name).toBe('AddBackward0');
    mul_(y, tensor([4, 7]));
    expect(flat(grad([sum(y)], [x])[0])).toEqual([12, 21]);
  });

  it('lets a gradient reach what was written', () => {
    const x = tensor([1, 2, 3]);
    const w = leaf([5]);
    write(x, 0, mul(getitem(w, 0), 2));
    expect(x.gradFn?.name).toBe('CopySlices');
    expect(x.isLeaf).toBe(false);
    expect(flat(grad([sum(mul(x, tensor([3, 1, 1])))], [w])[0])).toEqual([6]);
  });

  it('through a window rewrites the history of its base, and its own', () => {
    const x = leaf([
      [1, 1],
      [1, 1],
    ]);
    const y = mul(x, 2);
    const row = getitem(y, 0);
    mul_(row, 5);
    refreshWindow(row);
    expect([y.gradFn?.name, row.gradFn?.name]).toEqual(['CopySlices', 'AsStridedBackward0']);
    expect(flat(grad([sum(y)], [x], undefined, { retainGraph: true })[0])).toEqual([10, 10, 2, 2]);
    expect(flat(grad([sum(row)], [x])[0])).toEqual([10, 10, 0, 0]);
  });

  it('to the base gives its windows a new history', () => {
    const x = leaf([1, 1, 1]);
    const y = mul(x, 2);
    const tail = getitem(y, { slice: [1, null, null] });
    mul_(y, 7);
    expect(flat(grad([sum(mul(tail, 1))], [x])[0])).toEqual([0, 14, 14]);
    expect(tail.gradFn?.name).toBe('AsStridedBackward0');
  });

  it('makes a window on a plain base require grad when another window is given a history', () => {
    const x = tensor([0, 0, 0]);
    const tail = getitem(x, { slice: [1, null, null] });
    const w = leaf([4]);
    write(x, 1, getitem(w, 0));
    refreshWindow(tail);
    expect(tail.requiresGrad).toBe(true);
    expect(flat(grad([sum(mul(tail, tail))], [w])[0])).toEqual([8]);
  });

  it('works through transposed and chained windows', () => {
    const x = leaf([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const y = mul(x, 1);
    const corner = getitem(transpose(y, 0, 1), [{ slice: [1, 3, null] }, 0]);
    mul_(corner, 10);
    expect(flat(y)).toEqual([1, 20, 30, 4, 5, 6]);
    expect(flat(grad([sum(mul(y, y))], [x])[0])).toEqual([2, 400, 600, 8, 10, 12]);
  });
});

describe('what a write spoils', () => {
  it('is a value that another rule had saved', () => {
    const x = leaf([1, 2]);
    const y = mul(x, 2);
    const z = mul(y, y);
    add_(y, 1);
    expect(() => grad([sum(z)], [x])).toThrow(
      /modified by an inplace operation: \[torch\.DoubleTensor \[2\]\], which is output 0 of AddBackward0, is at version 1; expected version 0 instead.*MulBackward0/s,
    );
  });

  it('is a result that its own rule had saved', () => {
    const x = leaf([1, 2]);
    const y = overwrite(mul(x, 1), (self) => exp(self), { name: 'exp_' });
    expect(flat(grad([sum(y)], [x], undefined, { retainGraph: true })[0])?.[0]).toBeCloseTo(Math.E);
    add_(y, 1);
    expect(() => grad([sum(y)], [x])).toThrow(/modified by an inplace operation/);
  });

  it('is the other operand where it is the tensor itself', () => {
    const x = leaf([1, 2]);
    const y = mul(x, 1);
    mul_(y, y);
    expect(() => grad([sum(y)], [x])).toThrow(/is at version 1; expected version 0/);
  });

  it('is what a detached alias shares, and not what .data shares', () => {
    const x = leaf([1, 2]);
    const y = mul(x, x);
    add_(dataOf(x), 1);
    expect(flat(x)).toEqual([2, 3]);
    expect(x.storage.version).toBe(0);
    expect(flat(grad([sum(y)], [x], undefined, { retainGraph: true })[0])).toEqual([4, 6]);
    add_(detach(x), 1);
    expect(() => grad([sum(y)], [x])).toThrow(/\[torch\.DoubleTensor \[2\]\] is at version 1/);
  });
});

describe('what is refused', () => {
  it('is a write to a leaf that requires grad, unless nothing is recorded', () => {
    const x = leaf([1]);
    expect(() => add_(x, 1)).toThrow('a leaf Variable that requires grad is being used in an in-place operation.');
    expect(() => write(getitem(x, { slice: [0, 1, 1] }), 0, 1)).toThrow(
      'a view of a leaf Variable that requires grad is being used in an in-place operation.',
    );
    noGrad(() => add_(x, 1));
    expect([flat(x), x.requiresGrad, x.isLeaf]).toEqual([[2], true, true]);
  });

  it('is a write to a window on such a leaf', () => {
    const x = leaf([1, 2]);
    expect(() => add_(getitem(x, 0), 1)).toThrow(
      'a view of a leaf Variable that requires grad is being used in an in-place operation.',
    );
  });

  it('is a write to one of several windows of one call', () => {
    const [a] = split(mul(leaf([1, 2]), 1), 1);
    expect(() => mul_(a, 2)).toThrow(/^Output 0 of SplitBackward0 is a view and is being modified inplace\./);
  });

  it('is a tracked write to a window that was made untracked', () => {
    const y = mul(leaf([1, 2]), 1);
    const head = noGrad(() => getitem(y, 0));
    expect(() => mul_(head, 2.5)).toThrow(/^A view was created in no_grad mode/);
    noGrad(() => mul_(head, 2.5));
    expect(() => mul_(head, leaf([3]))).toThrow(/^A view was created in no_grad mode/);
  });

  it('is a result of another shape, or of a higher category', () => {
    expect(() =>
      add_(
        tensor([1, 2]),
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toThrow("output with shape [2] doesn't match the broadcast shape [2, 2]");
    expect(() => add_(tensor([1, 2], 'int64'), 1.5)).toThrow(
      "result type Float can't be cast to the desired output type Long",
    );
  });

  it('is a write to elements that are shown more than once', () => {
    expect(() => add_(expand(tensor([1]), [3]), 1)).toThrow(
      /more than one element of the written-to tensor refers to a single memory location/,
    );
  });
});

describe('Tensor.data', () => {
  it('shows other elements once it is assigned, and leaves the history alone', () => {
    const w = leaf([1, 2]);
    setData(w, tensor([[3, 4]]));
    expect([w.shape, flat(w), w.requiresGrad, w.isLeaf]).toEqual([[1, 2], [3, 4], true, true]);
  });

  it('does not part from its windows where it is assigned to itself', () => {
    const w = tensor([1, 2]);
    const head = view(w, [2]);
    setData(w, add_(dataOf(w), 1));
    add_(w, 1);
    expect(flat(head)).toEqual([3, 4]);
  });
});

/** Runs `body` and counts the elements that it asks room for. */
function elementsOf(body: () => void): number {
  let count = 0;
  const counting: Allocator = {
    alloc: (dtype, numel) => {
      count += numel;
      return heapAllocator.alloc(dtype, numel);
    },
  };
  withAllocator(counting, body);
  return count;
}

describe('a write through a window', () => {
  const listener = { deep: false, hear: () => undefined, overwrite: () => undefined, keeps: () => false };

  it('takes no room for the rest of its base, whoever listens and whether it is tracked', () => {
    const base = tensor(Array(5000).fill(1), 'float32');
    const tracked = mul(leaf(Array(5000).fill(1), 'float32'), 1);
    for (const t of [base, tracked]) {
      const used = elementsOf(() =>
        withRecorder(listener, () => {
          const row = getitem(t, { slice: [100, 120, null] });
          add_(row, 1);
          mul_(row, 2);
          refreshWindow(row);
          expect(flat(row)).toEqual(Array(20).fill(4));
        }),
      );
      expect(used).toBeLessThan(200);
      expect(flat(t).filter((x) => x === 4).length).toBe(20);
    }
  });

  it('is told as one call that gives the whole base', () => {
    const told: string[] = [];
    const x = tensor([1, 2, 3]);
    const tail = getitem(x, { slice: [1, null, null] });
    const hear = ({ op, outputs }: Call): void => {
      told.push(`${(op as OpDef).name} ${flat(outputs[0])}`);
    };
    withRecorder({ ...listener, hear }, () => add_(tail, 1));
    expect(told).toEqual(['add 3,4', 'strided_window_scatter 1,3,4']);
  });

  it('on a base that lies in another order has the right history', () => {
    const w = leaf([
      [1, 2],
      [3, 4],
    ]);
    // What t_() leaves: a base whose elements do not lie in row-major order.
    const y = mul(w, 1);
    Object.assign(y, { strides: [1, 2] });
    mul_(getitem(y, 0), 10);
    expect(flat(y)).toEqual([10, 30, 2, 4]);
    expect(
      flat(
        grad(
          [
            sum(
              mul(
                y,
                tensor([
                  [1, 2],
                  [3, 4],
                ]),
              ),
            ),
          ],
          [y],
        )[0],
      ),
    ).toEqual([1, 2, 3, 4]);
    expect(flat(grad([sum(y)], [w])[0])).toEqual([10, 10, 1, 1]);
  });

  it('reads what stands at other places before it writes', () => {
    for (const least of [1, 10_000]) {
      const rows = withKernelsFrom(least, () =>
        deferring(() => {
          const a = add(
            tensor(
              [
                [1, 2, 3, 4],
                [5, 6, 7, 8],
              ],
              'float32',
            ),
            0,
          );
          add_(getitem(a, ['...', { slice: [1, null, null] }]), getitem(a, ['...', { slice: [null, -1, null] }]));
          return flat(a);
        }),
      );
      expect(rows).toEqual([1, 3, 5, 7, 5, 11, 13, 15]);
    }
  });

  it('by a kernel writes only what the window has', () => {
    const sums = withKernelsFrom(1, () =>
      deferring(() => {
        const a = add(tensor(Array(40).fill(1), 'float32'), 0);
        const middle = getitem(a, { slice: [3, 20, null] });
        add_(mul_(middle, 2), 1);
        const waiting = mul(a, 10);
        add_(a, 1);
        return [flat(a), flat(waiting)];
      }),
    );
    const whole = Array.from({ length: 40 }, (_, i) => (i >= 3 && i < 20 ? 3 : 1));
    expect(sums).toEqual([whole.map((x) => x + 1), whole.map((x) => x * 10)]);
  });

  it('that lies in another order than it is seen in is right, with kernels and without', () => {
    for (const least of [1, 10_000]) {
      const [x, b] = withKernelsFrom(least, () =>
        deferring(() => {
          const a = add(
            tensor(
              [
                [1, 2, 3],
                [4, 5, 6],
              ],
              'float32',
            ),
            0,
          );
          const t = transpose(a, 0, 1);
          const other = tensor(
            [
              [10, 40],
              [20, 50],
              [30, 60],
            ],
            'float32',
          );
          mul_(t, 2);
          add_(t, other);
          add_(
            t,
            transpose(
              tensor(
                [
                  [1, 2, 3],
                  [4, 5, 6],
                ],
                'float32',
              ),
              0,
              1,
            ),
          );
          const waiting = mul(t, 10);
          mul_(t, -1);
          return [flat(a), flat(waiting)];
        }),
      );
      expect(x).toEqual([-13, -26, -39, -52, -65, -78]);
      expect(b).toEqual([130, 520, 260, 650, 390, 780]);
    }
  });

  it('saves the elements that its rule reads, and no others', () => {
    const x = leaf([1, 2, 3]);
    const y = mul(x, 1);
    const tail = getitem(y, { slice: [1, null, null] });
    overwrite(tail, (self) => mul(self, self), { name: 'pow_' });
    add_(tail, 100);
    expect(flat(grad([sum(y)], [x])[0])).toEqual([1, 4, 6]);
  });
});

describe('a recorder', () => {
  it('is told of each write, with the elements that were there', () => {
    const told: unknown[] = [];
    const x = tensor([1, 2]);
    withRecorder(
      {
        deep: false,
        hear: ({ op }) => told.push((op as { name: string }).name),
        overwrite: (target, before, result, name) => told.push([target === x, flat(before), flat(result), name]),
      },
      () => add_(x, 1),
    );
    expect(told).toEqual(['add', [true, [1, 2], [2, 3], 'add_']]);
  });
});
