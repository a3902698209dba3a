import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copy } from '../../src/kernels/copy.ts';
import { withArena } from '../../src/tensor/arena.ts';
import { DTYPES } from '../../src/tensor/dtype.ts';
import { withAllocator } from '../../src/tensor/storage.ts';
import { dataOf, empty } from '../../src/tensor/tensor.ts';

it('copies transposed and cut matrices of every width as the plain loop does', () => {
  const size = fc.integer({ min: 1, max: 70 });
  fc.assert(
    fc.property(fc.constantFrom(...DTYPES), size, size, fc.nat(5), fc.nat(3), (dtype, rows, cols, lead, gap) => {
      const numbers = (rows + gap) * (cols + gap) + lead;
      const run = (): unknown[] => {
        const whole = empty([Math.max(numbers, 5000)], dtype);
        const data = dataOf(whole) as Float64Array;
        for (let i = 0; i < data.length; i++) data[i] = (dtype === 'int64' ? BigInt(i) : i % 125) as number;
        // Columns first: neither side's rows are in order on the other.
        const view = whole.alias([cols, rows], [1, cols + gap], lead);
        return Array.from(dataOf(copy(view)) as Float64Array);
      };
      const inMemory = withArena((arena) => withAllocator(arena, run));
      expect(inMemory).toEqual(run());
    }),
  );
});

it('copies windows of any strides, backwards ones too, element by element', () => {
  const step = fc.integer({ min: -3, max: 3 });
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(size, size, step, step, (rows, cols, down, right) => {
      const whole = empty([500], 'float64');
      const data = dataOf(whole) as Float64Array;
      for (let i = 0; i < data.length; i++) data[i] = i;
      const shown = Array.from(
        { length: rows * cols },
        (_, k) => 250 + Math.trunc(k / cols) * down + (k % cols) * right,
      );
      expect(Array.from(dataOf(copy(whole.alias([rows, cols], [down, right], 250))) as Float64Array)).toEqual(shown);
    }),
  );
});
