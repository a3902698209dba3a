import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denseExtremes, denseSums } from '../../src/kernels/dense-rows.ts';
import { extremeRows } from '../../src/kernels/extrema.ts';
import { sumRows } from '../../src/kernels/rows.ts';
import { withArena } from '../../src/tensor/arena.ts';
import { mark, memoryBytes } from '../../src/tensor/memory.ts';
import { storageOf, withAllocator } from '../../src/tensor/storage.ts';
import { empty, fromStorage, type Tensor } from '../../src/tensor/tensor.ts';

type FloatType = 'float32' | 'float64';

/** A tensor in the memory, with NaN behind it, and the same one on the heap. */
function pair(dtype: FloatType, shape: readonly number[], scale: number): [memory: Tensor, heap: Tensor] {
  const t = empty(shape, dtype);
  const data = t.storage.data as Float32Array;
  let state = data.length;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = (state / 2 ** 31) * scale;
  }
  const end = t.storage.ptr + data.byteLength;
  memoryBytes().fill(255, end, end + 64);
  return [t, fromStorage(storageOf(dtype, data.slice()), shape)];
}

const inArena = (body: () => void): void => withArena((allocator) => withAllocator(allocator, body));

const dtypes = fc.constantFrom('float32' as const, 'float64' as const);

/** Shape and dimensions: the last ones, or the first. */
const cases = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 16, max: 300 }))
  .chain((shape) => fc.record({ shape: fc.constant(shape), dims: fc.constantFrom([2], [1, 2], [0], [0, 1]) }));

describe('dense reductions', () => {
  it('sum rows and columns as the loops do', () => {
    fc.assert(
      fc.property(dtypes, cases, fc.boolean(), (dtype, { shape, dims }, keepdim) => {
        inArena(() => {
          const [t, heap] = pair(dtype, shape, 1);
          const before = mark();
          const got = denseSums(t, dims, keepdim, dtype);
          // Small results live on the heap: then all room is given back.
          if ((got?.numel ?? 0) < 512) expect(mark()).toBe(before);
          if (t.numel < 1024) return expect(got).toBeUndefined();
          const want = sumRows(heap, dims, keepdim, 'float64');
          expect(got?.shape).toEqual(want.shape);
          const epsilon = dtype === 'float32' ? 2 ** -22 : 2 ** -50;
          const size = t.numel / want.numel;
          const data = got?.storage.data as Float32Array;
          (want.storage.data as Float64Array).forEach((x, i) => {
            expect(Math.abs(data[i] - x)).toBeLessThanOrEqual(epsilon * size);
          });
        });
      }),
      { numRuns: 120 },
    );
  });

  it('have remainders of every size', () => {
    for (let n = 16; n <= 70; n++) {
      inArena(() => {
        // Whole numbers: every sum is exact.
        const [t] = pair('float32', [n, 81], 1);
        const data = t.storage.data as Float32Array;
        data.forEach((_, i) => {
          data[i] = i % 11;
        });
        const heap = fromStorage(storageOf('float32', data.slice()), t.shape);
        expect(denseSums(t, [0], false, 'float32')?.storage.data).toEqual(
          sumRows(heap, [0], false, 'float32').storage.data,
        );
        const [u] = [t.alias([81, n], [n, 1])];
        expect(denseSums(u, [1], false, 'float32')?.storage.data).toEqual(
          sumRows(heap.alias([81, n], [n, 1]), [1], false, 'float32').storage.data,
        );
      });
    }
  });

  it('find extrema, and NaN before them', () => {
    fc.assert(
      fc.property(dtypes, cases, fc.constantFrom(1 as const, -1 as const), fc.nat(), (dtype, c, direction, place) => {
        inArena(() => {
          const [t, heap] = pair(dtype, c.shape, 1e30);
          for (const special of [0.5, NaN, Infinity, -Infinity]) {
            const at = place % t.numel;
            (t.storage.data as Float32Array)[at] = special;
            (heap.storage.data as Float32Array)[at] = special;
            const got = denseExtremes(t, c.dims, false, direction);
            if (t.numel < 1024 || c.dims[0] === 0) {
              if (t.numel < 1024) expect(got).toBeUndefined();
              continue;
            }
            expect(got?.storage.data).toEqual(extremeRows(heap, c.dims, false, direction).storage.data);
          }
        });
      }),
      { numRuns: 80 },
    );
  });

  it('leave what does not lie in order, or not in the memory, to the loops', () => {
    inArena(() => {
      const [t, heap] = pair('float32', [40, 60], 1);
      expect(denseSums(t.alias([60, 40], [1, 60]), [1], false, 'float32')).toBeUndefined();
      expect(denseSums(heap, [1], false, 'float32')).toBeUndefined();
      expect(denseSums(t, [1], false, 'int64')).toBeUndefined();
      expect(denseSums(t, [1], false, 'float32')?.shape).toEqual([40]);
    });
  });
});
