import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cast, contiguous, copy } from '../../src/kernels/copy.ts';
import { mapRows, reduceRows, sumRow } from '../../src/kernels/rows.ts';
import { broadcastStrides, walk } from '../../src/kernels/strided.ts';
import { contiguousStrides, numelOf } from '../../src/tensor/shape.ts';
import { flat, tensor } from '../support/tensors.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

/** Any window that transposing, slicing and expanding can make, with its elements by brute force. */
const windows = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    order: fc.shuffledSubarray(
      shape.map((_, d) => d),
      { minLength: shape.length },
    ),
    steps: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 4, maxLength: 4 }),
  }),
);

function windowOf({ shape, order, steps }: { shape: number[]; order: number[]; steps: number[] }) {
  const base = tensor(
    Array.from({ length: numelOf(shape) }, (_, i) => i),
    'float64',
    shape,
  );
  const sizes = order.map((d, k) => Math.ceil(shape[d] / steps[k]));
  return base.alias(
    sizes,
    order.map((d, k) => base.strides[d] * steps[k]),
  );
}

function byHand(t: ReturnType<typeof windowOf>): number[] {
  const out: number[] = [];
  const go = (d: number, at: number): void => {
    if (d === t.ndim) out.push(t.storage.data[at] as number);
    else for (let i = 0; i < t.shape[d]; i++) go(d + 1, at + i * t.strides[d]);
  };
  go(0, t.offset);
  return out;
}

describe('walk', () => {
  it('visits the elements of any window in row-major order', () => {
    fc.assert(
      fc.property(windows, (spec) => {
        const t = windowOf(spec);
        const seen: number[] = [];
        const { n, steps, each } = walk(t.shape, [t.strides], [t.offset]);
        each(([at]) => {
          for (let k = 0; k < n; k++) seen.push(t.storage.data[at + k * steps[0]] as number);
        });
        expect(seen).toEqual(byHand(t));
      }),
    );
  });

  it('takes a whole contiguous tensor as one run', () => {
    const strides = contiguousStrides([3, 4, 5]);
    expect(walk([3, 4, 5], [strides, strides], [0, 0]).n).toBe(60);
  });
});

describe('copies', () => {
  it('put any window in order', () => {
    fc.assert(
      fc.property(windows, (spec) => {
        const t = windowOf(spec);
        const c = contiguous(t);
        expect(c.isContiguous).toBe(true);
        expect(flat(c)).toEqual(byHand(t));
      }),
    );
  });

  it('repeat what broadcasting repeats', () => {
    expect(broadcastStrides([3, 1], [1, 1], [2, 3, 4])).toEqual([0, 1, 0]);
    expect(flat(copy(tensor([[1], [2]]), 'float64', [2, 2]))).toEqual([1, 1, 2, 2]);
  });

  it.each([
    ['float64', 'int64', [1.9, -1.9, 0], [1, -1, 0]],
    ['float64', 'bool', [0, -0, 0.5, Number.NaN], [0, 0, 1, 1]],
    ['float64', 'uint8', [255, 256, -1], [255, 0, 255]],
    ['float64', 'int32', [2 ** 31, -1.5], [-(2 ** 31), -1]],
    ['float64', 'float32', [0.1, 1e39], [Math.fround(0.1), Infinity]],
    ['int64', 'bool', [0, 7], [0, 1]],
    ['int64', 'uint8', [257, -1], [1, 255]],
  ] as const)('%s to %s', (from, to, values, want) => {
    expect(flat(cast(tensor([...values], from), to))).toEqual([...want]);
  });
});

describe('rows', () => {
  it('reduce and map along any dimensions of any window', () => {
    fc.assert(
      fc.property(windows, fc.nat(3), (spec, pick) => {
        const t = windowOf(spec);
        if (t.ndim === 0) return;
        const dim = pick % t.ndim;
        const sums = reduceRows(t, [dim], false, 'float64', sumRow);
        const cells = byHand(t);
        const total = cells.reduce((a, b) => a + b, 0);
        expect(flat(sums).reduce((a, b) => a + b, 0)).toBe(total);
        const twice = mapRows(t, dim, 'float64', (data, start, stride, n, out, at, step) => {
          for (let k = 0; k < n; k++) out[at + k * step] = 2 * data[start + k * stride];
        });
        expect(flat(twice)).toEqual(cells.map((x) => 2 * x));
      }),
    );
  });
});
