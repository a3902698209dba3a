/** What V8 makes wide operations of, for every instruction of a formula, against the plain function. */
import { setFlagsFromString } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelOf } from '../../../src/kernels/formula/compile.ts';
import * as f from '../../../src/kernels/formula/expression.ts';
import { blockBytes, writeBlock } from '../../../src/kernels/wasm/block.ts';
import { wideVectors } from '../../../src/kernels/wasm/vector-width.ts';
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

describe('instructions in pairs, by the optimizing compiler', () => {
  beforeAll(() => {
    wideVectors();
    setFlagsFromString('--no-liftoff');
  });
  afterAll(() => setFlagsFromString('--liftoff'));

  it.each(CASES)('%s', (_, expression) => {
    const array = (address: number): Float64Array => new Float64Array(theMemory().buffer, address, N);
    const plain = f.scalarOf(expression);
    const addresses = Array.from({ length: 3 }, () => reserve(8 * N + 128));
    const [out, a, b] = addresses.map(array);
    for (let i = 0; i < N; i++) {
      a[i] = at(i);
      b[i] = at((i * 7 + 3) % N);
    }
    const block = reserve(blockBytes(3));
    writeBlock(
      block,
      addresses.map((address) => ({ kind: 'address', at: address, stride: 0 })),
    );
    kernelOf(expression, ['float64', 'float64'], 'float64', 'float64')()(N, block);
    expect([...out]).toEqual(Array.from(a, (value, i) => plain(value, b[i])));
    releaseAll();
  });
});
