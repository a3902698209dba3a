/**
 * Every pointwise op and activation by its kernel against the same by the plain function: at edges, at
 * random, in float32 and float64, whatever the layout of the operands.
 */
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../src/codec/json/reader.ts';
import { deferring, withKernelsFrom } from '../../../src/kernels/deferred.ts';
import type { Example, OpDef } from '../../../src/ops/define.ts';
import { findOp, ops } from '../../../src/ops/registry.ts';
import { withArena } from '../../../src/tensor/arena.ts';
import { type DType, isFloating } from '../../../src/tensor/dtype.ts';
import { withAllocator } from '../../../src/tensor/storage.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { flat, tensor } from '../../support/tensors.ts';

/** Of float32 or float64, in units in the last place. */
interface Bound {
  readonly ulp: number;
  /** In whose last place, where it is not the result's: what the result is a difference of. */
  readonly of?: (...xs: number[]) => number;
  /** Where nothing is promised. */
  readonly except?: (...xs: number[]) => boolean;
}

const largest = (...xs: number[]): number => Math.max(...xs.map(Math.abs));
const few = (ulp: number, of?: Bound['of']): Bound => ({ ulp, of });
/** Of a gradient times a slope that is a difference, in PyTorch's float32 as well; an infinite gradient times what was lost to 0 is no number. */
const slope = (ulp: number): Bound => ({
  ulp,
  of: (g, x) => g * Math.max(1, Math.abs(x)),
  except: (g) => Math.abs(g) === Infinity,
});

/**
 * Ops that compute float32 in float32, and how far that may take them from float64 rounded once. All
 * others give the same to the bit.
 */
const FLOAT32: Record<string, Bound> = {
  addcdiv: few(3, (x, s, t) => largest(x, s / t)),
  addcmul: few(3, (x, s, t) => largest(x, s * t)),
  celu: few(2),
  cos: few(2),
  elu: few(2),
  elu_backward: { ...few(3), except: (g) => Math.abs(g) === Infinity },
  entr: few(2),
  erf: few(2),
  erfc: few(8),
  exp: few(2),
  expm1: few(2),
  gelu: few(100, (x) => 1e-8 * x),
  gelu_backward: slope(8),
  hardsigmoid: few(2),
  hardswish: few(2),
  hardswish_backward: slope(4),
  lerp: few(4, (x, y, w = 1) => largest(x, y, w * (y - x))),
  log: few(2),
  log1p: few(2),
  logaddexp: few(3, (x, y) => largest(x, y, 1)),
  logsigmoid: few(3),
  mish: few(4),
  mish_backward: slope(6),
  ndtr: few(45),
  rsqrt: few(2),
  selu: few(2),
  sigmoid: few(3),
  sigmoid_backward: few(3),
  silu: few(4, (x) => 1e-30 * x),
  silu_backward: slope(5),
  sin: few(2),
  sinc: few(3),
  softplus: few(2),
  softplus_backward: { ...few(4), except: (g) => Math.abs(g) === Infinity },
  tanh: few(3),
  tanh_backward: few(3, (g, y) => g * Math.max(1, y * y)),
  xlogy: few(3),
};

/** Ops whose float64 kernel takes another way than the plain function. */
const FLOAT64: Record<string, Bound> = {
  // The plain function of the approximation loses what is small to its 1 + tanh.
  gelu: few(3, (x) => x),
  hardswish: few(2),
  mish: few(4),
  silu: few(2),
  softplus: few(3),
};

/** Not element by element, or of random numbers, or nothing is computed. */
const OTHERS = new Set(['softmax', 'log_softmax', 'softmin', 'prelu', 'glu']);

const CATEGORIES = new Set(['activation', 'pointwise', 'comparison']);
const refusesFloats = (op: OpDef): boolean => /^(bitwise|gcd|lcm)/.test(op.name);
const tested = ops.filter(
  (op) => CATEGORIES.has(op.category) && !op.composite && !OTHERS.has(op.name) && !refusesFloats(op),
);

// biome-ignore format: a table
const EDGES = [
  Number.NaN, Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 1e-40, -1e-40, 1.2e-38, 1e-20, -1e-20, 1e-7, -1e-7, 0.1, 0.25,
  0.5, -0.5, 0.751791, -0.751791, 1, -1, 1.5, -1.5, 2, -2, 2.5, 3, -3, 4.5, 6, -6, 10, -10, 13.2, -13.3, 20, -20, 20.1,
  45, -45, 87, -87, 88.5, -88.5, 89, -89, 100, -100, 104, -104, 1000, -1000, 9999, -9999, 30000, -30000, 1e10, -1e10,
  1e20, -1e20, 3e38, -3e38,
];

/** Fixed random numbers from 0 to 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** For each of `k` operands so many numbers: edges against edges, and random ones. */
function operandsOf(k: number, seed: number): number[][] {
  const random = generator(seed);
  const draw = (): number => (random() - 0.5) * 10 ** (random() * 3);
  const columns: number[][] = Array.from({ length: k }, () => []);
  const push = (row: readonly number[]): void => {
    for (const [i, x] of row.entries()) columns[i].push(x);
  };
  if (k === 1) for (const x of EDGES) push([x]);
  else if (k === 2) for (const x of EDGES) for (const y of EDGES) push([x, y]);
  else {
    const few = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, 3];
    for (const x of few) for (const y of few) for (const z of few) push([x, y, z, x + 1].slice(0, k));
  }
  for (let i = 0; i < 800; i++) push(columns.map(draw));
  return columns;
}

const LAYOUTS: Record<string, (data: readonly number[], dtype: DType, place: number) => Tensor> = {
  'in order': (data, dtype) => tensor(data, dtype),
  'at an offset': (data, dtype) => tensor([7, 7, 7, ...data], dtype).alias([data.length], [1], 3),
  'every second': (data, dtype) =>
    tensor(
      data.flatMap((x) => [x, 7]),
      dtype,
    ).alias([data.length], [2], 0),
  'one number': (data, dtype, place) => (place === 0 ? tensor(data, dtype) : tensor(data.slice(20, 21), dtype)),
  'a row and a column': (data, dtype, place) =>
    place === 0 ? tensor(data.slice(0, 70), dtype, [70, 1]) : tensor(data.slice(-13), dtype, [13]),
};

/** The example's arguments, with tensors of these numbers in the place of its floating tensors. */
function argumentsOf(
  op: OpDef,
  example: Example,
  make: (place: number, count: number) => Tensor,
): Record<string, unknown> {
  const isTensor = (name: string): boolean => typeof example[name] === 'object';
  const floating = op.params.filter((p) => p.kind !== 'attr' && isTensor(p.name) && p.wants === undefined);
  const args: Record<string, unknown> = {};
  for (const param of op.params) {
    const raw = example[param.name];
    if (raw === undefined) continue;
    const place = floating.indexOf(param);
    if (place >= 0) args[param.key] = make(place, floating.length);
    else if (param.wants === 'bool') {
      const like = make(0, floating.length);
      args[param.key] = tensor(
        flat(like).map((x) => (x > 0 ? 1 : 0)),
        'bool',
        [...like.shape],
      );
    } else args[param.key] = param.attr?.read(readJson(Buffer.from(JSON.stringify(raw)), 'json'));
  }
  return args;
}

const view = new DataView(new ArrayBuffer(8));

/** The distance from `x` to the next number of the dtype. */
function ulpOf(x: number, dtype: DType): number {
  const [digits, least] = dtype === 'float32' ? [23, -149] : [52, -1074];
  view.setFloat64(0, Math.abs(x));
  const exponent = (view.getUint16(0) >> 4) - 1023;
  return 2 ** Math.max(exponent - digits, least);
}

function differences(
  op: OpDef,
  dtype: DType,
  got: Tensor,
  want: Tensor,
  operandsAt: (i: number) => readonly number[],
  bound: Bound | undefined,
): string[] {
  if (got.dtype !== want.dtype || got.shape.join() !== want.shape.join()) return [`${op.name}: another dtype or shape`];
  const [a, b] = [flat(got), flat(want)];
  const found: string[] = [];
  const max = dtype === 'float32' ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const finite = (x: number): number => Math.max(-max, Math.min(max, x));
  for (let i = 0; i < b.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    const xs = operandsAt(i);
    // In float32 products of what is huge or minute overflow on the way, in PyTorch's float32 as well.
    const extreme = (x: number): boolean => Number.isFinite(x) && x !== 0 && Math.abs(Math.log10(Math.abs(x))) > 10;
    if (bound !== undefined && xs.length > 1 && (xs.some(extreme) || bound.except?.(...xs))) continue;
    if (bound !== undefined && isFloating(want.dtype) && !Number.isNaN(a[i]) && !Number.isNaN(b[i])) {
      // What is below the smallest normal number may be lost; infinity is what comes after the largest.
      const tiny = (dtype === 'float32' ? 2 ** -126 : 2 ** -1022) * Math.min(1e10, Math.max(1, largest(...xs)));
      const scale = Math.min(max, Math.max(Math.abs(b[i]), Math.abs(bound.of?.(...xs) ?? 0)));
      const error = Math.abs(finite(a[i]) - finite(b[i]));
      if (error <= bound.ulp * ulpOf(scale, dtype) + tiny) continue;
      found.push(`f(${xs}) = ${a[i]} for ${b[i]}: ${error / ulpOf(scale, dtype)} ulp`);
    } else found.push(`f(${xs}) = ${a[i]} for ${b[i]}`);
  }
  return found;
}

const evaluated = <T>(body: () => T, least: number): T =>
  withKernelsFrom(1, () => withArena((arena) => withAllocator(arena, () => deferring(body)), least));

describe.each(tested.map((op) => [op.name, op] as const))('%s by its kernel', (_, op) => {
  it.each(['float32', 'float64'] as const)('is what the plain function gives: %s', (dtype) => {
    const bound = (dtype === 'float32' ? FLOAT32 : FLOAT64)[op.name];
    const found: string[] = [];
    for (const [e, example] of op.examples.entries()) {
      for (const [layout, lay] of Object.entries(LAYOUTS)) {
        const columns: number[][] = [];
        const args = argumentsOf(op, example, (place, count) => {
          columns[place] ??= operandsOf(count, 11 + e)[place].map((x) => (dtype === 'float32' ? Math.fround(x) : x));
          return lay(columns[place], dtype, place);
        });
        const operandsAt = (i: number): number[] =>
          columns.map((column, place) => {
            if (layout === 'one number') return place === 0 ? column[i] : column[20];
            if (layout !== 'a row and a column' || columns.length === 1) return column[i];
            return place === 0 ? column[Math.floor(i / 13)] : column[column.length - 13 + (i % 13)];
          });
        const plain = withKernelsFrom(Infinity, () => op.call(args));
        const results = plain instanceof Tensor ? [plain] : plain;
        for (const least of [0, 2 ** 30]) {
          evaluated(() => {
            const again = op.call(args);
            for (const [i, t] of (again instanceof Tensor ? [again] : again).entries()) {
              const bad = differences(op, dtype, t, results[i], operandsAt, bound);
              found.push(...bad.map((line) => `${layout}: ${line}`));
            }
          }, least);
        }
      }
    }
    expect(found.slice(0, 12)).toEqual([]);
  });
});

it.each([
  ['gelu', -4, 4, 13],
  ['gelu', -6, -4, 30],
  ['sigmoid', -80, 80, 3],
  ['tanh', -20, 20, 3],
  ['exp', -87, 88, 2],
  ['log', 1e-38, 1e38, 2],
  ['sin', -1e4, 1e4, 2],
  ['cos', -1e4, 1e4, 2],
  ['erfc', -5, 10, 8],
  ['softplus', -80, 20, 4],
  ['logsigmoid', -80, 80, 4],
  ['ndtr', -4, 4, 10],
] as const)('%s in float32 from %d to %d is within %d ulp', (name, from, to, ulp) => {
  const random = generator(5);
  const x = tensor(
    Array.from({ length: 100_000 }, () => Math.fround(from + (to - from) * random())),
    'float32',
  );
  const op = findOp(name) as OpDef;
  const want = withKernelsFrom(Infinity, () => flat(op.call({ input: tensor(flat(x), 'float64') }) as Tensor));
  const got = evaluated(() => flat(op.call({ input: x }) as Tensor), 0);
  let worst = 0;
  want.forEach((w, i) => {
    if (Math.abs(w) > 2 ** -126) worst = Math.max(worst, Math.abs(got[i] - w) / ulpOf(w, 'float32'));
  });
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(ulp);
});

it('has bounds for ops that there are', () => {
  const names = new Set(tested.map((op) => op.name));
  expect(tested.length).toBeGreaterThan(120);
  for (const name of [...Object.keys(FLOAT32), ...Object.keys(FLOAT64)]) expect(names, name).toContain(name);
});
