import { describe, expect, it } from 'vitest';
import { deferring, lastingDeferral } from '../../src/kernels/deferred.ts';
import { add, mul } from '../../src/ops/pointwise/arithmetic.ts';
import { sum } from '../../src/ops/reductions/sum.ts';
import { CollectedArena, Holder } from '../../src/tensor/arena.ts';
import { giveMemoryBack, mark, memorySize } from '../../src/tensor/memory.ts';
import { withAllocator } from '../../src/tensor/storage.ts';
import { empty, numbersOf, type Tensor } from '../../src/tensor/tensor.ts';

const N = 100_000;

function filled(value: number, n = N): Tensor {
  const t = empty([n], 'float32');
  numbersOf(t).fill(value);
  return t;
}

/** Apart, so that no register and no place on the stack still holds what `body` made. */
const apart = (body: () => void): void => {
  body();
  for (let i = 0; i < 20; i++) Math.hypot(i, i + 1);
};

describe('an arena whose rooms are given back one by one', () => {
  it('counts what is alive, and takes back what nothing holds any more', () => {
    const arena = new CollectedArena();
    const holder = new Holder(1e9);
    arena.countFor(holder);
    const kept: Tensor[] = [];
    withAllocator(arena.allocator, () => {
      apart(() => {
        for (let i = 0; i < 20; i++) {
          const t = filled(i);
          if (i % 5 === 0) kept.push(t);
        }
      });
    });
    expect(holder.elements).toBe(20 * N);
    arena.collect();
    // What stands on the machine's stack is taken for held.
    expect(holder.elements).toBeGreaterThanOrEqual(4 * N);
    expect(holder.elements).toBeLessThanOrEqual(5 * N);
    const end = mark();
    withAllocator(arena.allocator, () => apart(() => void filled(1)));
    expect(mark()).toBe(end);
    kept.forEach((t, i) => {
      expect(numbersOf(t).every((x) => x === 5 * i)).toBe(true);
    });
    arena.clear();
    expect(holder.elements).toBe(0);
  });

  it('refuses what would be too much at one time', () => {
    const arena = new CollectedArena();
    arena.countFor(new Holder(5 * N));
    withAllocator(arena.allocator, () => {
      for (let i = 0; i < 100; i++) {
        apart(() => void filled(i));
        if (arena.pressed) arena.collect();
      }
      const kept: Tensor[] = [];
      expect(() => {
        for (let i = 0; i < 6; i++) kept.push(filled(i));
      }).toThrow('600000 elements would be alive at one time; at most 500000 are allowed');
    });
    arena.clear();
  });

  it('counts small tensors, too', () => {
    const arena = new CollectedArena();
    const holder = new Holder(1e9);
    arena.countFor(holder);
    const kept: Tensor[] = [];
    withAllocator(arena.allocator, () => {
      for (let i = 0; i < 1000; i++) kept.push(filled(i, 10), filled(i, 200));
    });
    expect(holder.elements).toBe(210_000);
    arena.collect();
    expect(holder.elements).toBe(210_000);
    kept.length = 0;
    arena.collect();
    arena.collect();
    expect(holder.elements).toBeLessThan(2000);
  });

  it('lets go of steps that wait for a reader whom nobody is', () => {
    const arena = new CollectedArena();
    const holder = new Holder(1e9);
    arena.countFor(holder);
    const { deferral, end } = lastingDeferral();
    let wanted: Tensor | undefined;
    withAllocator(arena.allocator, () =>
      deferring(() => {
        apart(() => {
          for (let i = 0; i < 50; i++) mul(filled(i), 2);
          wanted = add(filled(3), 4);
        });
        arena.collect();
        expect(deferral.steps.length).toBeLessThanOrEqual(2);
        expect(holder.elements).toBeLessThanOrEqual(3 * N);
      }, deferral),
    );
    const total = withAllocator(arena.allocator, () => deferring(() => sum(wanted as Tensor), deferral));
    expect(numbersOf(total)[0]).toBe(7 * N);
    end();
    arena.clear();
  });

  it('moves to the heap, so that the memory can be given up', () => {
    const arena = new CollectedArena();
    arena.countFor(new Holder(1e9));
    const t = withAllocator(arena.allocator, () => filled(7, 4_000_000));
    expect(t.storage.ptr).toBeGreaterThan(0);
    arena.evacuate();
    giveMemoryBack();
    expect(memorySize()).toBe(0);
    expect(t.storage.ptr).toBe(-1);
    expect(numbersOf(t).every((x) => x === 7)).toBe(true);
    const again = withAllocator(arena.allocator, () => deferring(() => sum(mul(t, 2))));
    expect(numbersOf(again)[0]).toBe(56_000_000);
  });
});
