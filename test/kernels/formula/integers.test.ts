import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withKernelsFrom } from '../../../src/kernels/deferred.ts';
import '../../../src/ops/registry.ts';
import { findOp } from '../../../src/ops/registry.ts';
import type { DType } from '../../../src/tensor/dtype.ts';
import { DeferredStorage } from '../../../src/tensor/storage.ts';
import { dataOf, empty, type Tensor } from '../../../src/tensor/tensor.ts';

const OPS = ['add', 'sub', 'mul', 'maximum', 'minimum', 'lt', 'le', 'gt', 'ge', 'eq', 'ne'];
const UNARY = ['neg', 'abs'];

const EDGES = {
  int32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)],
  int64: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n],
};

function tensorOf(dtype: DType, values: readonly (number | bigint)[], offset: number): Tensor {
  const t = empty([values.length + offset], dtype);
  for (const [i, v] of values.entries()) (dataOf(t) as unknown as (number | bigint)[])[i + offset] = v;
  return t.alias([values.length], [1], offset);
}

describe.each(['int32', 'int64'] as const)('kernels of %s', (dtype) => {
  const element: fc.Arbitrary<number | bigint> =
    dtype === 'int32'
      ? fc.oneof(fc.constantFrom(...EDGES.int32), fc.integer())
      : fc.oneof(fc.constantFrom(...EDGES.int64), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));

  it.each([...OPS, ...UNARY])('%s gives what the plain loop gives', (name) => {
    const op = findOp(name);
    const pairs = fc.array(fc.tuple(element, element), { minLength: 1, maxLength: 70 });
    let kernels = 0;
    fc.assert(
      fc.property(pairs, fc.nat(3), fc.boolean(), (rows, offset, number) => {
        const run = (): Tensor => {
          const x = tensorOf(
            dtype,
            rows.map(([a]) => a),
            offset,
          );
          if (UNARY.includes(name)) return op?.call({ input: x }) as Tensor;
          const y = tensorOf(
            dtype,
            rows.map(([, b]) => b),
            offset,
          );
          return op?.call({ input: x, other: number ? y.alias([], [], 0) : y }) as Tensor;
        };
        const fast = withKernelsFrom(1, run);
        if (fast.storage instanceof DeferredStorage) kernels++;
        const plain = withKernelsFrom(Number.POSITIVE_INFINITY, run);
        expect(fast.dtype).toBe(plain.dtype);
        expect([...dataOf(fast)]).toEqual([...dataOf(plain)]);
      }),
    );
    expect(kernels).toBeGreaterThan(0);
  });
});
