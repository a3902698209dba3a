import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cast } from '../../src/kernels/copy.ts';
import { withPulse } from '../../src/kernels/pulse.ts';
import { logSoftmaxBackwardRows, logSoftmaxRows, softmaxBackwardRows, softmaxRows } from '../../src/kernels/softmax.ts';
import { withArena } from '../../src/tensor/arena.ts';
import { mark } from '../../src/tensor/memory.ts';
import { storageOf, withAllocator } from '../../src/tensor/storage.ts';
import { empty, fromStorage, type Tensor } from '../../src/tensor/tensor.ts';

/** Numbers between -1 and 1, the same ones for the same seed. */
function noise(n: number, seed: number): Float32Array {
  let state = seed + 1;
  return new Float32Array(n).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

const heap = (shape: readonly number[], data: Float32Array): Tensor => fromStorage(storageOf('float32', data), shape);
const arena = (shape: readonly number[], data: Float32Array): Tensor => {
  const t = empty(shape, 'float32');
  (t.storage.data as Float32Array).set(data);
  return t;
};

/** The float32 kernel against the loops in float64, element by element. */
function compare(got: Tensor, exact: Tensor, tolerance: (want: number, k: number) => number): void {
  const [a, b] = [got.storage.data as Float32Array, exact.storage.data as Float64Array];
  expect(got.dtype).toBe('float32');
  for (let k = 0; k < b.length; k++) {
    const same = Object.is(a[k], b[k]) || Math.abs(a[k] - b[k]) <= tolerance(b[k], k);
    if (!same) throw new Error(`element ${k} of ${b.length} is ${a[k]}, expected ${b[k]}`);
  }
}

const EPSILON = 2 ** -24;

function check(rows: number, n: number, scale: number, make: (s: readonly number[], d: Float32Array) => Tensor): void {
  const shape = [rows, n];
  const x = make(
    shape,
    noise(rows * n, n).map((v) => v * scale),
  );
  const g = make(shape, noise(rows * n, n + 1));
  const before = mark();
  const wide = cast(x, 'float64');
  // What is subtracted before the exponential is rounded, too.
  const slack = (y: number): number => (10 + Math.abs(Math.log(y + 1e-45))) * EPSILON * y + 2 ** -149;
  compare(softmaxRows(x, 1, 'float32'), softmaxRows(wide, 1, 'float64'), slack);
  const y = softmaxRows(x, 1, 'float32');
  const exact = logSoftmaxRows(wide, 1, 'float64');
  // The shifted logits and the logarithm are rounded before they meet.
  compare(logSoftmaxRows(x, 1, 'float32'), exact, (v) => 3 * EPSILON * (Math.abs(v) + Math.log(n) + 1));
  const logs = logSoftmaxRows(x, 1, 'float32');
  const inDoubles = (t: Tensor): Tensor => cast(t, 'float64');
  compare(
    softmaxBackwardRows(g, y, 1),
    softmaxBackwardRows(inDoubles(g), inDoubles(y), 1),
    (_, k) => 10 * EPSILON * Number(y.storage.data[k]) + 2 ** -149,
  );
  compare(
    logSoftmaxBackwardRows(g, logs, 1),
    logSoftmaxBackwardRows(inDoubles(g), inDoubles(logs), 1),
    (_, k) => 10 * EPSILON * (Math.exp(Number(logs.storage.data[k])) * n + 1),
  );
  if (make === heap) expect(mark()).toBe(before);
}

const inArena = (body: () => void): void => withArena((allocator) => withAllocator(allocator, body));

describe('softmax of float32 rows', () => {
  it('agrees with float64, for rows of every length', () => {
    for (let n = 1; n <= 70; n++) {
      check(Math.ceil(1024 / n) + 1, n, 4, heap);
      inArena(() => check(Math.ceil(1024 / n) + 1, n, 4, arena));
    }
  });

  it('agrees with float64, for logits of every size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1200 }), fc.constantFrom(1e-3, 1, 30, 200, 1e6, 1e37), (n, scale) => {
        inArena(() => check(Math.ceil(2000 / n), n, scale, arena));
      }),
      { numRuns: 60 },
    );
  });

  it('knows infinities and NaN', () => {
    const n = 515;
    const data = new Float32Array(4 * n).map((_, k) => (k % 7) - 3);
    data[5] = -Infinity;
    data[n + 514] = Infinity;
    data[2 * n + 3] = NaN;
    data.fill(-Infinity, 3 * n);
    const x = heap([4, n], data);
    for (const f of [softmaxRows, logSoftmaxRows]) {
      const got = [...(f(x, 1, 'float32').storage.data as Float32Array)];
      const want = f(cast(x, 'float64'), 1, 'float64').storage.data as Float64Array;
      got.forEach((v, k) => {
        if (Number.isFinite(want[k])) expect(v).toBeCloseTo(want[k], 4);
        else expect(v).toBe(want[k]);
      });
    }
    const logs = logSoftmaxRows(x, 1, 'float32');
    const g = heap([4, n], noise(4 * n, 1));
    const back = logSoftmaxBackwardRows(g, logs, 1).storage.data;
    // A class that cannot be gets the gradient as it came.
    expect(back[5]).toBe(g.storage.data[5]);
    expect(back[2 * n]).toBeNaN();
  });

  it('reads rows from where they begin, and leaves strided ones to the loops', () => {
    const x = heap([6, 512], noise(6 * 512, 3));
    const part = x.alias([4, 512], [512, 1], 512);
    const [all, some] = [softmaxRows(x, 1, 'float32'), softmaxRows(part, 1, 'float32')];
    expect(some.storage.data).toEqual((all.storage.data as Float32Array).slice(512, 5 * 512));
    const columns = softmaxRows(x.alias([512, 6], [1, 512]), 0, 'float32');
    compare(columns, softmaxRows(cast(x.alias([512, 6], [1, 512]), 'float64'), 0, 'float64'), (y) => EPSILON * y);
  });

  it('looks up from its work', () => {
    const x = heap([9000, 1000], new Float32Array(9_000_000));
    let looks = 0;
    withPulse(
      () => {
        looks++;
      },
      () => softmaxRows(x, 1, 'float32'),
    );
    expect(looks).toBeGreaterThanOrEqual(2);
  });
});
