import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixProduct } from '../../src/kernels/matmul.ts';
import { type Placed, packedProduct } from '../../src/kernels/packed-product.ts';
import { mark, releaseAll, reserve, theMemory } from '../../src/tensor/memory.ts';
import { storageOf } from '../../src/tensor/storage.ts';
import { fromStorage, type Tensor } from '../../src/tensor/tensor.ts';

type FloatType = 'float32' | 'float64';
type Sizes = readonly [m: number, n: number, depth: number];

const arrayOf = (dtype: FloatType, n: number): Float32Array | Float64Array =>
  dtype === 'float32' ? new Float32Array(n) : new Float64Array(n);

/** Numbers between -1 and 1, the same ones for the same seed. */
function noise(dtype: FloatType, n: number, seed: number): Float32Array | Float64Array {
  let state = seed + 1;
  return arrayOf(dtype, n).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

interface Layout {
  readonly order: 'rows' | 'columns' | 'every second';
  readonly inMemory: boolean;
}

/** A matrix laid out as asked, with room in front and NaN in between that must not be read. */
function place(dtype: FloatType, rows: number, columns: number, seed: number, layout: Layout): Placed {
  const gap = layout.order === 'every second' ? 2 : 1;
  const [row, col] = layout.order === 'columns' ? [1, rows + 1] : [columns * gap + 3, gap];
  const size = 5 + rows * columns * gap + 4 * (rows + columns);
  const data = arrayOf(dtype, size).fill(NaN);
  const numbers = noise(dtype, rows * columns, seed);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) data[5 + i * row + j * col] = numbers[i * columns + j];
  }
  if (!layout.inMemory) return { data, address: -1, at: 5, row, col };
  const address = reserve(data.byteLength);
  const view =
    dtype === 'float32'
      ? new Float32Array(theMemory().buffer, address, size)
      : new Float64Array(theMemory().buffer, address, size);
  view.set(data);
  return { data: view, address, at: 5, row, col };
}

/** What the product is in float64, and the sum of the magnitudes that went into each element. */
function reference(a: Placed, b: Placed, init: Placed | null, [m, n, depth]: Sizes): { sum: number[]; size: number[] } {
  const [sum, size] = [new Array<number>(m * n), new Array<number>(m * n)];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let s = init === null ? 0 : init.data[init.at + i * init.row + j * init.col];
      let w = Math.abs(s);
      for (let k = 0; k < depth; k++) {
        const term = a.data[a.at + i * a.row + k * a.col] * b.data[b.at + k * b.row + j * b.col];
        s += term;
        w += Math.abs(term);
      }
      sum[i * n + j] = s;
      size[i * n + j] = w;
    }
  }
  return { sum, size };
}

function check(
  dtype: FloatType,
  sizes: Sizes,
  left: Layout,
  right: Layout,
  start: 'none' | 'row' | 'matrix',
  outInMemory: boolean,
): void {
  const [m, n, depth] = sizes;
  const a = place(dtype, m, depth, 1, left);
  const b = place(dtype, depth, n, 2, right);
  const whole = start === 'none' ? null : place(dtype, m, n, 3, left);
  const init = whole !== null && start === 'row' ? { ...whole, row: 0 } : whole;
  const out: Placed = { ...place(dtype, m, n, 4, { order: 'rows', inMemory: outInMemory }), at: 0, row: n, col: 1 };
  const { sum, size } = reference(a, b, init, sizes);
  const before = mark();
  packedProduct(dtype, out, a, b, init, sizes);
  expect(mark()).toBe(before);
  const epsilon = dtype === 'float32' ? 2 ** -24 : 2 ** -53;
  for (let i = 0; i < m * n; i++) {
    const error = Math.abs(out.data[i] - sum[i]);
    if (!(error <= 4 * epsilon * Math.sqrt(depth + 4) * size[i]))
      throw new Error(`${dtype} ${sizes}: element ${i} is ${out.data[i]}, expected ${sum[i]}`);
  }
  releaseAll();
}

const layout = fc.record({
  order: fc.constantFrom('rows' as const, 'columns' as const, 'every second' as const),
  inMemory: fc.boolean(),
});
const dtype = fc.constantFrom('float32' as const, 'float64' as const);
const start = fc.constantFrom('none' as const, 'row' as const, 'matrix' as const);

describe('packed product', () => {
  it('agrees with sums in float64, however its operands lie', () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(fc.property(dtype, fc.tuple(size, size, size), layout, layout, start, fc.boolean(), check), {
      numRuns: 150,
    });
  });

  it('has remainders of every size', () => {
    const rows = { order: 'rows', inMemory: true } as const;
    for (const type of ['float32', 'float64'] as const) {
      for (let n = 1; n <= 70; n++) {
        check(type, [n, 7, 9], rows, rows, 'none', true);
        check(type, [7, n, 9], rows, rows, 'none', true);
        check(type, [7, 9, n], rows, rows, 'none', false);
      }
    }
  });

  it('goes from block to block', () => {
    const heap = { order: 'rows', inMemory: false } as const;
    const turned = { order: 'columns', inMemory: true } as const;
    check('float32', [205, 33, 600], heap, turned, 'matrix', false);
    check('float32', [13, 2100, 270], turned, heap, 'row', true);
    check('float64', [200, 1030, 300], turned, turned, 'none', false);
  });
});

const tensor = (shape: readonly number[], data: Float32Array): Tensor => fromStorage(storageOf('float32', data), shape);

describe('matrixProduct', () => {
  it('lets NaN and infinity through, with zeros too', () => {
    const a = new Float32Array(40 * 40);
    const b = new Float32Array(40 * 40).fill(1);
    b[41] = Infinity;
    b[85] = NaN;
    a[3] = -Infinity;
    const { data } = matrixProduct(tensor([40, 40], a), tensor([40, 40], b)).storage;
    expect(data[0]).toBe(-Infinity);
    // 0 · ∞, and 0 · NaN, in every row.
    for (let i = 1; i < 40; i++) {
      expect(data[i * 40 + 1]).toBeNaN();
      expect(data[i * 40 + 5]).toBeNaN();
      expect(data[i * 40 + 6]).toBe(0);
    }
  });

  it('joins a batch that meets one matrix, and keeps apart what does not', () => {
    const a = noise('float32', 3 * 20 * 30, 5) as Float32Array;
    const b = noise('float32', 30 * 25, 6) as Float32Array;
    const bias = noise('float32', 25, 7) as Float32Array;
    const joined = matrixProduct(tensor([3, 20, 30], a), tensor([30, 25], b), tensor([25], bias));
    for (let r = 0; r < 3; r++) {
      const one = matrixProduct(
        tensor([20, 30], a.slice(r * 600, r * 600 + 600)),
        tensor([30, 25], b),
        tensor([25], bias),
      );
      expect([...joined.storage.data].slice(r * 500, r * 500 + 500)).toEqual([...one.storage.data]);
    }
    const turned = tensor([20, 30, 3], a).alias([3, 20, 30], [1, 90, 3]);
    const apart = matrixProduct(turned, tensor([30, 25], b));
    const second = matrixProduct(tensor([20, 30, 3], a).alias([20, 30], [90, 3], 1), tensor([30, 25], b));
    expect([...apart.storage.data].slice(500, 1000)).toEqual([...second.storage.data]);
  });

  it('keeps float32 products as float64 where asked to', () => {
    const a = tensor([20, 20], noise('float32', 400, 1) as Float32Array);
    const wide = matrixProduct(a, a, null, 'float64');
    expect(wide.dtype).toBe('float64');
    expect([...wide.storage.data].map((x) => Math.fround(x as number))).toEqual([...matrixProduct(a, a).storage.data]);
  });
});
