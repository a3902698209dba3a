/** What V8 makes wide operations of, for every instruction of a formula, against the plain function. */
import { setFlagsFromString } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelOf } from '../../../src/kernels/formula/compile.ts';
import * as f from '../../../src/kernels/formula/expression.ts';
import { FUNCTIONS } from '../../../src/kernels/formula/functions.ts';
import { integerKernelOf } from '../../../src/kernels/formula/integers.ts';
import { scalarOf } from '../../../src/kernels/formula/scalar.ts';
import { blockBytes, writeBlock } from '../../../src/kernels/wasm/block.ts';
import type { Kernel } from '../../../src/kernels/wasm/link.ts';
import { tryWideVectors } from '../../../src/kernels/wasm/vector-trial.ts';
import { decideVectors } from '../../../src/kernels/wasm/vector-width.ts';
import { releaseAll, reserve, theMemory } from '../../../src/tensor/memory.ts';

const [x, y] = f.OPERANDS;
const UNARY = {
  neg: f.neg,
  abs: f.abs,
  sqrt: f.sqrt,
  ceil: f.ceil,
  floor: f.floor,
  trunc: f.trunc,
  nearest: f.nearest,
};
const BINARY = { add: f.add, sub: f.sub, mul: f.mul, div: f.div, min: f.min, max: f.max };
const COMPARISONS = { lt: f.lt, le: f.le, gt: f.gt, ge: f.ge, eq: f.eq, ne: f.ne };

/** Each instruction of the operands as they are loaded, of what another one gave, and of what is used again. */
const CASES: readonly (readonly [string, f.Expression])[] = [
  ...Object.entries(UNARY).flatMap(
    ([name, op]) =>
      [
        [name, op(x)],
        [`${name} of a sum`, op(f.add(x, y))],
        [`${name} used twice`, f.sub(f.select(f.lt(x, 0), op(f.abs(x)), f.abs(x)), op(y))],
      ] as const,
  ),
  ...Object.entries({ ...BINARY, ...COMPARISONS }).flatMap(
    ([name, op]) =>
      [
        [name, op(x, y)],
        [`${name} of parts`, op(f.abs(y), f.add(x, x))],
      ] as const,
  ),
  ['and', f.and(f.lt(x, 0), y)],
  ['or', f.or(x, f.gt(y, 1))],
  ['not', f.not(f.le(x, y))],
  ['select', f.select(f.lt(x, y), f.neg(x), f.mul(y, y))],
];

const EDGES = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 0.5, -0.5, 2.5, -3.5, 2 ** -140, -(2 ** -140), 2 ** 90];
const N = 64;
const at = (i: number): number => (i < EDGES.length ? EDGES[i] : Math.fround(Math.sin(i) * 2 ** (i % 9)));

/** The N elements at an address, whatever their kind. */
const viewAt = (kind: unknown, address: number): Float64Array<SharedArrayBuffer> =>
  new (kind as new (buffer: SharedArrayBuffer, at: number, n: number) => Float64Array<SharedArrayBuffer>)(
    theMemory().buffer,
    address,
    N,
  );

/** Whether two numbers are the same but for so many of a float32's last bits; all else is exact. */
function nearly(a: number, b: number, ulps = 4): boolean {
  if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= ulps * Math.max(Math.abs(b) * 2 ** -23, 2 ** -149);
}

describe('instructions in pairs, by the optimizing compiler', () => {
  beforeAll(() => {
    decideVectors(tryWideVectors());
    setFlagsFromString('--no-liftoff');
  });
  afterAll(() => setFlagsFromString('--liftoff'));

  /** What a kernel gives for the operands at `addresses[1]` and after, written to `addresses[0]`. */
  function run(kernel: Kernel, addresses: readonly number[]): void {
    const block = reserve(blockBytes(addresses.length));
    writeBlock(
      block,
      addresses.map((address) => ({ kind: 'address', at: address, stride: 0 })),
    );
    kernel(N, block);
  }

  describe.each([
    ['float64', Float64Array],
    ['float32', Float32Array],
  ] as const)('of %s', (dtype, Floats) => {
    const round = (value: number): number => (dtype === 'float32' ? Math.fround(value) : value);

    /** What the kernel of an expression gives for two operands. */
    function outcome(expression: f.Expression): Record<'out' | 'a' | 'b', Float64Array> {
      const addresses = Array.from({ length: 3 }, () => reserve(8 * N + 128));
      const [out, a, b] = addresses.map((address) => viewAt(Floats, address));
      for (let i = 0; i < N; i++) {
        a[i] = at(i);
        b[i] = at((i * 7 + 3) % N);
      }
      run(kernelOf(expression, [dtype, dtype], dtype, dtype)(), addresses);
      return { out, a, b };
    }

    it.each(CASES)('%s', (_, expression) => {
      const { out, a, b } = outcome(expression);
      const exact = scalarOf(expression);
      const wanted = Array.from(a, (value, i) => round(exact(value, b[i])));
      // Each step of a float32 kernel is rounded: what is no multiple of few bits differs in the last of them.
      if (dtype === 'float64') expect([...out]).toEqual(wanted);
      else
        for (const [i, value] of wanted.entries())
          expect(nearly(out[i], value), `${i}: ${out[i]} for ${value}`).toBe(true);
      releaseAll();
    });

    it.each(Object.keys(FUNCTIONS) as f.FunctionName[])('%s', (name) => {
      const expression = FUNCTIONS[name].arity === 1 ? f.call(name, x) : f.call(name, x, y);
      const { out, a, b } = outcome(expression);
      const exact = scalarOf(expression);
      for (let i = 0; i < N; i++) {
        const wanted = round(exact(a[i], b[i]));
        // Near a function's own zero, its last bits are those of what it is the difference of.
        expect(
          nearly(out[i], wanted, 200) || Math.abs(out[i] - wanted) < 2e-7,
          `${name}(${a[i]}): ${out[i]} for ${wanted}`,
        ).toBe(true);
      }
      releaseAll();
    });
  });

  describe.each([
    ['int32', Int32Array, 32],
    ['int64', BigInt64Array, 64],
  ] as const)('of %s', (dtype, Integers, bits) => {
    const { neg, abs } = UNARY;
    const { add, sub, mul, min, max } = BINARY;
    const cases = Object.entries({ neg, abs, add, sub, mul, min, max, ...COMPARISONS });
    const exact: Record<string, (a: bigint, b: bigint) => bigint> = {
      neg: (a) => -a,
      abs: (a) => (a < 0n ? -a : a),
      add: (a, b) => a + b,
      sub: (a, b) => a - b,
      mul: (a, b) => a * b,
      min: (a, b) => (a < b ? a : b),
      max: (a, b) => (a > b ? a : b),
      lt: (a, b) => (a < b ? 1n : 0n),
      le: (a, b) => (a <= b ? 1n : 0n),
      gt: (a, b) => (a > b ? 1n : 0n),
      ge: (a, b) => (a >= b ? 1n : 0n),
      eq: (a, b) => (a === b ? 1n : 0n),
      ne: (a, b) => (a !== b ? 1n : 0n),
    };

    it.each(cases)('%s', (name, op) => {
      const addresses = Array.from({ length: 3 }, () => reserve(8 * N + 128));
      const [out, a, b] = addresses.map((address) => viewAt(Integers, address));
      const least = -(2n ** BigInt(bits - 1));
      const value = (i: number): bigint =>
        i === 0 ? least : i === 1 ? -1n - least : BigInt.asIntN(bits, BigInt(i * i * 7919 - 90000) ** 3n);
      for (let i = 0; i < N; i++) {
        a[i] = (dtype === 'int32' ? Number(value(i)) : value(i)) as number;
        b[i] = (dtype === 'int32' ? Number(value((i * 5) % N)) : value((i * 5) % N)) as number;
      }
      const unary = name === 'neg' || name === 'abs';
      const expression = (op as (...terms: f.Term[]) => f.Expression)(x, y);
      run(
        integerKernelOf(expression, unary ? [false] : [false, false], dtype, dtype)(),
        unary ? addresses.slice(0, 2) : addresses,
      );
      expect(Array.from(out, BigInt)).toEqual(
        Array.from(a, (v, i) => BigInt.asIntN(bits, exact[name](BigInt(v), BigInt(b[i])))),
      );
      releaseAll();
    });
  });
});
