import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from '../../src/autograd/backward.ts';
import { overwrite } from '../../src/autograd/inplace.ts';
import { deferring } from '../../src/kernels/deferred.ts';
import '../../src/ops/registry.ts';
import { relu, sigmoid, tanh } from '../../src/ops/activations/index.ts';
import { full, linspace } from '../../src/ops/creation/index.ts';
import { add, gt, mul, sub, where } from '../../src/ops/pointwise/index.ts';
import { sum } from '../../src/ops/reductions/index.ts';
import { narrow } from '../../src/ops/shape/windows.ts';
import { withArena } from '../../src/tensor/arena.ts';
import { float } from '../../src/tensor/scalar.ts';
import { DeferredStorage, withAllocator } from '../../src/tensor/storage.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';

/** As an evaluation runs. */
const evaluated = <T>(body: () => T): T => withArena((arena) => withAllocator(arena, () => deferring(body)));

const range = (n: number, from = -3, to = 3): Tensor => linspace(float(from), float(to), n);
const numbers = (t: Tensor): number[] => {
  expect(t.isContiguous).toBe(true);
  return Array.from(t.storage.data as Float32Array).slice(t.offset, t.offset + t.numel);
};
const waits = (t: Tensor): boolean => t.storage instanceof DeferredStorage && t.storage.source !== null;

describe('deferred evaluation', () => {
  it('computes nothing until it is read, and then what it leads to', () => {
    evaluated(() => {
      const x = range(5000);
      const y = mul(x, 2);
      const z = add(y, 1);
      expect([x, y, z].map(waits)).toEqual([true, true, true]);
      expect(numbers(z).slice(0, 2)).toEqual(
        numbers(range(5000))
          .slice(0, 2)
          .map((v) => Math.fround(v * 2 + 1)),
      );
      // What lay on the way was not kept, and is computed when it is read.
      expect([x, y, z].map(waits)).toEqual([true, true, false]);
      expect(numbers(y)[4999]).toBe(6);
      expect(waits(y)).toBe(false);
    });
  });

  it('gives what is computed step by step, through any chain', () => {
    const ops: ((a: Tensor, b: Tensor) => Tensor)[] = [
      (a, b) => add(a, b),
      (a, b) => mul(a, b),
      (a) => relu(a),
      (a, b) => where(gt(a, b), a, b),
      (a, b) => sub(b, a),
      (a) => mul(a, 0.5),
      (a) => narrow(add(a, 1), 0, 0, a.numel),
    ];
    const chain = fc.array(fc.tuple(fc.nat(ops.length - 1), fc.nat(100), fc.nat(100), fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(chain, fc.integer({ min: 1024, max: 9000 }), (steps, n) => {
        const run = (eager: boolean): number[][] => {
          const values = [range(n), range(n, 1, 2)];
          const read: Tensor[] = [];
          for (const [op, i, j, reads] of steps) {
            const t = ops[op](values[i % values.length], values[j % values.length]);
            values.push(t);
            if (eager) void t.storage.data;
            if (reads) {
              void t.storage.data;
              read.push(t);
            }
          }
          read.push(values[values.length - 1]);
          return read.map(numbers);
        };
        expect(evaluated(() => run(false))).toEqual(run(true));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps what a gradient will read, and gives its room back when it was read', () => {
    evaluated(() => {
      const x = range(4096).requiresGrad_();
      const y = tanh(x);
      const s = sum(y);
      expect(waits(y)).toBe(false);
      const [g] = grad([s], [x]) as [Tensor];
      expect(numbers(g).every((v) => v > 0 && v <= 1)).toBe(true);
      // The graph is gone; whoever still asks gets it computed again.
      expect(waits(y)).toBe(true);
      expect(numbers(y)[0]).toBeCloseTo(Math.tanh(-3), 6);
    });
  });

  it('reuses room within a request', () => {
    evaluated(() => {
      const nextPlace = (): number => range(100_000, 0, 1).storage.ptr;
      const first = nextPlace();
      for (let i = 0; i < 20; i++) {
        const x = mul(range(100_000), 1).requiresGrad_();
        const [g] = grad([sum(mul(sigmoid(x), tanh(x)))], [x]) as [Tensor];
        expect(sum(g).storage.data[0]).not.toBe(0);
      }
      // 20 times 3 saved values of 400 kB would be 24 MB.
      expect(nextPlace() - first).toBeLessThan(8_000_000);
    });
  });

  it('reads operands as they were when the op was called', () => {
    evaluated(() => {
      const x = mul(range(2048), 1);
      void x.storage.data;
      const y = add(x, 1);
      const z = mul(y, 2);
      void z.storage.data;
      overwrite(x, () => full([2048], float(100)), { name: 'fill_' });
      expect(numbers(x)[0]).toBe(100);
      expect(numbers(y)[0]).toBe(-2);
      expect(numbers(z)[0]).toBe(-4);
    });
  });

  it('takes long chains, and many steps that nobody reads', () => {
    evaluated(() => {
      let x = range(1024, 0, 1);
      for (let i = 0; i < 5000; i++) {
        x = add(x, 1);
        mul(x, 2);
      }
      expect(numbers(x)[0]).toBe(5000);
    });
  });

  it('sums without keeping what is summed', () => {
    evaluated(() => {
      const x = range(1_000_001);
      const y = mul(x, x);
      expect((sum(y).storage.data[0] as number) / 1_000_001).toBeCloseTo(3, 4);
      expect(waits(y)).toBe(true);
    });
  });
});
