/** Chains of every kind, put off and run over tiles, against the same computed at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overwrite } from '../../src/autograd/inplace.ts';
import { deferring, withKernelsFrom } from '../../src/kernels/deferred.ts';
import { withPulse } from '../../src/kernels/pulse.ts';
import { softplus } from '../../src/ops/activations/index.ts';
import { full, to } from '../../src/ops/creation/index.ts';
import { add, div, floor, gt, logicalAnd, lt, maximum, mul, neg, sin, where } from '../../src/ops/pointwise/index.ts';
import { sum } from '../../src/ops/reductions/index.ts';
import '../../src/ops/registry.ts';
import { withArena } from '../../src/tensor/arena.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { float } from '../../src/tensor/scalar.ts';
import { contiguousStrides } from '../../src/tensor/shape.ts';
import { DeferredStorage, sharedStorage, withAllocator } from '../../src/tensor/storage.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { flat, tensor } from '../support/tensors.ts';

/** With kernels from the first element on; tensors of at least so many bytes live in the arena. */
const evaluated = <T>(body: () => T, least = 4096): T =>
  withKernelsFrom(1, () => withArena((arena) => withAllocator(arena, () => deferring(body)), least));
const atOnce = <T>(body: () => T): T => withKernelsFrom(Infinity, body);

const values = (n: number, seed: number, dtype: DType): Tensor =>
  tensor(
    Array.from({ length: n }, (_, i) => Math.round(Math.sin(i * 12.9898 + seed) * 64) / 16),
    dtype,
  );
const waits = (t: Tensor): boolean => t.storage instanceof DeferredStorage && t.storage.source !== null;

/** Exact in any floating dtype, so that results are equal to the bit. */
const OPS: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => maximum(a, b),
  (a, b) => where(gt(a, b), a, neg(b)),
  (a, b) => where(logicalAnd(gt(a, -1), lt(b, 1)), a, b),
  (a) => mul(a, 0.5),
  (a) => floor(a),
  (a) => to(gt(a, 0), a.dtype),
  (a) => to(to(a, 'float64'), 'float32'),
  (a, b) => where(gt(to(a, 'float64'), to(b, 'float64')), a, b),
];

/** Windows on the elements of `t` from `at` on, `step` apart. */
const window = (t: Tensor, n: number, at: number, step: number): Tensor => t.alias([n], [step], at);

describe('chains', () => {
  const step = fc.record({
    op: fc.nat(OPS.length - 1),
    left: fc.nat(30),
    right: fc.nat(30),
    read: fc.boolean(),
    write: fc.nat(12),
  });
  const sizes = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 70 }) },
    { weight: 1, arbitrary: fc.constantFrom(4095, 4096, 4097, 8193) },
  );

  it.each([
    ['in the arena', 0],
    ['on the heap', 2 ** 30],
    ['in both', 300],
  ])('give what is computed at once: %s', (_, least) => {
    fc.assert(
      fc.property(sizes, fc.array(step, { minLength: 1, maxLength: 24 }), (n, steps) => {
        const run = (): number[][] => {
          const inputs = [values(n, 1, 'float32'), values(n, 2, 'float32')];
          const known = [
            ...inputs,
            window(values(n + 7, 3, 'float32'), n, 7, 1),
            window(values(2 * n + 1, 4, 'float32'), n, 1, 2),
            tensor([0.75], 'float32'),
          ];
          const read: number[][] = [];
          for (const { op, left, right, ...then } of steps) {
            const [a, b] = [known[left % known.length], known[right % known.length]];
            known.push(OPS[op](a, b));
            if (then.read) read.push(flat(known[known.length - 1]));
            // What was put off has to see the elements as they were.
            const place = then.write;
            if (place < inputs.length)
              overwrite(inputs[place], () => values(n, 5 + place, 'float32'), { name: 'copy_' });
          }
          return [...read, ...known.map(flat)];
        };
        expect(evaluated(run, least)).toEqual(atOnce(run));
      }),
      { numRuns: 25 },
    );
  });

  it('longer than one run takes are cut, and read from both ends', () => {
    const run = (): number[][] => {
      const links = [values(100, 1, 'float32')];
      for (let i = 0; i < 400; i++) links.push(maximum(neg(links[i]), links[Math.max(0, i - 150)]));
      return [flat(links[400]), flat(links[3]), flat(links[200])];
    };
    expect(evaluated(run)).toEqual(atOnce(run));
  });

  it('that fan out, in several widths, come together again', () => {
    const run = (): number[] => {
      const x = values(5000, 1, 'float64');
      const flags = gt(x, 0);
      const wide = to(flags, 'float64');
      const narrow = to(flags, 'float32');
      const all = Array.from({ length: 9 }, (_, i) => where(flags, add(wide, i), add(narrow, -i)));
      return flat(all.reduce((a, b) => maximum(add(a, b), b)));
    };
    expect(evaluated(run)).toEqual(atOnce(run));
  });

  it('inputs that only later steps read keep their tiles', () => {
    // The product leaves a tile free, which was written before and would be handed to the last input.
    const run = (): number[] => {
      const [a, b, c] = [1, 2, 3].map((seed) => values(50, seed, 'float64'));
      return flat(add(mul(neg(a), neg(b)), c));
    };
    expect(evaluated(run)).toEqual(atOnce(run));
  });
});

describe('elements that are seen as of two dtypes', () => {
  /** The same bytes as of another dtype. */
  const bitsOf = (t: Tensor): Tensor =>
    new Tensor(sharedStorage(t.storage, 'int32'), t.shape, contiguousStrides(t.shape), 0);

  it.each([0, 2 ** 30])('are read before either is written over (arena from %d bytes on)', (least) => {
    evaluated(() => {
      const x = full([2000], float(1));
      const bits = bitsOf(x);
      const more = add(x, 1);
      overwrite(bits, () => to(full([2000], float(0)), 'int32'), { name: 'fill_' });
      expect(flat(more)[1999]).toBe(2);

      const next = add(bits, 1);
      overwrite(x, () => full([2000], float(1)), { name: 'fill_' });
      expect(flat(next)[1999]).toBe(1);
      expect(flat(bits)[1999]).toBe(0x3f800000);
    }, least);
  });
});

describe('a chain that is ended midway', () => {
  const interrupted = (body: () => void): void => {
    const stop = (): never => {
      throw new Error('time is up');
    };
    expect(() => withPulse(stop, body)).toThrow('time is up');
  };

  it.each([0, 2 ** 30])('leaves what it waits for as it was (arena from %d bytes on)', (least) => {
    evaluated(() => {
      const x = full([3_000_000], float(0.5));
      const y = softplus(mul(x, 2));
      const z = sin(add(y, 1));
      interrupted(() => {
        // A look comes every 2^24 elements: at the latest in the second run, which is to keep what came twice.
        for (let i = 0; i < 3; i++) void add(z, i).storage.data;
      });
      expect(waits(y)).toBe(true);
      const want = Math.fround(Math.sin(Math.log1p(Math.exp(1)) + 1));
      expect(z.storage.data[2_999_999]).toBeCloseTo(want, 5);
      expect(sum(div(z, want)).storage.data[0] as number).toBeCloseTo(3_000_000, -1);
    }, least);
  });
});
