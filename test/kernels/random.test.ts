import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fma } from '../../src/kernels/random/fma.ts';
import {
  bernoulliFill,
  currentGenerator,
  dropoutMask,
  dropoutNoise,
  emptyLike,
  exponentialFill,
  Generator,
  geometricFill,
  multinomial,
  normalFill,
  normalOf,
  poisson,
  randintFill,
  randomFill,
  randperm,
  rreluNoise,
  uniformFill,
  withGenerator,
} from '../../src/kernels/random/index.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { tensorRepr } from '../../src/tensor/print.ts';
import { metaAllocator, withAllocator } from '../../src/tensor/storage.ts';
import { empty } from '../../src/tensor/tensor.ts';
import { flat, tensor } from '../support/tensors.ts';
import { mismatch, type Sequence } from './random/cases.ts';

const sequences = JSON.parse(readFileSync(join(import.meta.dirname, 'data/random-cases.json'), 'utf8')) as Sequence[];
const seeded = (seed = 0n): Generator => new Generator(seed);
const float32 = (...shape: number[]) => empty(shape, 'float32');

describe('draws', () => {
  it.each(sequences.map((s, i) => [i, s.seed, s.steps.map((step) => step.op).join(', '), s.steps] as const))(
    'are those of PyTorch: sequence %i, seed %s: %s',
    (_i, seed, _ops, steps) => {
      const g = seeded(BigInt(seed));
      expect(steps.map((step) => mismatch(step, g))).toEqual(steps.map(() => undefined));
    },
  );

  it('begin as every tutorial does', () => {
    expect(tensorRepr(uniformFill(float32(3), 0, 1, seeded()))).toBe('tensor([0.4963, 0.7682, 0.0885])');
    expect(tensorRepr(normalFill(float32(3), 0, 1, seeded()))).toBe('tensor([ 1.5410, -0.2934, -2.1788])');
    const line = withGenerator(seeded(), () => normalFill(float32(16)));
    expect(tensorRepr(line).split('\n')[0]).toBe(
      'tensor([-1.1258, -1.1524, -0.2506, -0.4339,  0.8487,  0.6920, -0.3160, -2.1152,',
    );
    expect(flat(randperm(5, 'int64', seeded()))).toEqual([4, 0, 1, 3, 2]);
  });

  it('of a tensor without elements draw nothing', () => {
    const g = seeded();
    withAllocator(metaAllocator, () => {
      uniformFill(float32(3), 0, 1, g);
      normalFill(float32(30), 0, 1, g);
      multinomial(float32(3), 2, true, g);
    });
    expect(g.random()).toBe(seeded().random());
  });

  it('of rrelu are made for what is not above zero', () => {
    const [a, b, c] = flat(rreluNoise(tensor([1, -1, 0]), 0.1, 0.3, seeded()));
    expect(a).toBe(1);
    expect(Math.min(b, c)).toBeGreaterThanOrEqual(0.1);
    expect(Math.max(b, c)).toBeLessThan(0.3);
  });

  it('of dropout are none where all or nothing is dropped', () => {
    const g = seeded();
    expect(flat(dropoutNoise(tensor([1, 2]), 1, false, g))).toEqual([0, 0]);
    expect(flat(dropoutNoise(tensor([1, 2]), 0, false, g))).toEqual([1, 1]);
    expect(g.random()).toBe(seeded().random());
    expect(dropoutMask(float32(2, 3, 4), 0.5, true, g).shape).toEqual([2, 3, 1]);
  });

  it('of large and impossible Poisson rates end', () => {
    const [a, b] = flat(poisson(tensor([1e12, Infinity]), seeded()));
    expect(Math.abs(a - 1e12)).toBeLessThan(1e7);
    expect(Number.isFinite(b)).toBe(false);
  });
});

describe('Generator', () => {
  it('gives the numbers of mt19937', () => {
    const g = seeded(5489n);
    expect(g.random()).toBe(3499211612);
    for (let i = 0; i < 9998; i++) g.random();
    expect(g.random()).toBe(4123659995);
    expect(seeded(5489n).random64()).toBe((3499211612n << 32n) | 581869302n);
  });

  it('takes any seed of 64 bits, signed or not', () => {
    expect(seeded(-1n).initialSeed()).toBe(2n ** 64n - 1n);
    expect(seeded(2n ** 32n).random()).toBe(seeded(0n).random());
    expect(() => seeded(2n ** 64n)).toThrow('Overflow when unpacking long');
    expect(() => seeded(-(2n ** 63n) - 1n)).toThrow('Overflow');
    const g = seeded();
    expect(g.seed()).toBe(g.initialSeed());
  });

  it.each([0, 1, 3, 623, 624, 625])('goes on from its state after %i draws', (n) => {
    const g = seeded(7n);
    for (let i = 0; i < n; i++) g.random();
    if (n % 2 === 1) g.normal();
    const state = g.state();
    const other = new Generator(0n).setState(state);
    expect(other.state()).toEqual(state);
    expect([other.normal(), other.normal(), other.random()]).toEqual([g.normal(), g.normal(), g.random()]);
  });

  it('refuses what is no state', () => {
    const g = seeded();
    expect(() => g.setState(new Uint8Array(5))).toThrow('of size 5056 but found the input RNG state size to be 5');
    expect(() => g.setState(new Uint8Array(5056))).toThrow('Invalid mt19937 state');
    const state = g.state();
    new DataView(state.buffer).setInt32(8, 600, true);
    new DataView(state.buffer).setUint32(16, 100, true);
    expect(() => g.setState(state)).toThrow('Invalid mt19937 state');
  });

  it('is there for who names none', () => {
    const g = seeded();
    expect(withGenerator(g, currentGenerator)).toBe(g);
    expect(currentGenerator()).not.toBe(g);
    expect(currentGenerator()).toBe(currentGenerator());
  });
});

describe('what cannot be drawn is refused in words', () => {
  const of = (dtype: DType) => empty([3], dtype);
  const refused: [draw: () => unknown, message: string][] = [
    [() => uniformFill(of('float32'), 2, 1), 'uniform_ expects to return a [from, to) range, but found from=2 > to=1'],
    [() => uniformFill(of('float32'), 0, 1e39), 'to is out of bounds for float'],
    [() => uniformFill(of('float64'), Number.NaN, 1), 'from is out of bounds for double'],
    [
      () => uniformFill(of('float32'), -3e38, 3e38),
      'but found to=3e+38 and from=-3e+38 which result in to-from to exceed',
    ],
    [() => uniformFill(of('int64')), `"check_uniform_bounds" not implemented for 'Long'`],
    [() => normalFill(of('bool')), `"normal_kernel_cpu" not implemented for 'Bool'`],
    [() => normalFill(of('float32'), 0, -1.23456789), 'normal expects std >= 0.0, but found std -1.23457'],
    [() => normalOf(0, tensor([1, -1])), 'normal expects all elements of std >= 0.0'],
    [() => exponentialFill(of('float32'), -2), 'exponential_ expects lambda >= 0.0, but found lambda=-2'],
    [() => randintFill(of('int64'), 5n, 2n), "random_ expects 'from' to be less than 'to', but got from=5 >= to=2"],
    [() => randintFill(of('uint8'), 0n, 300n), 'to - 1 is out of bounds for unsigned char'],
    [() => randintFill(of('uint8'), -1n, 3n), 'from is out of bounds for unsigned char'],
    [() => bernoulliFill(of('float32'), 1.5), 'bernoulli_ expects p to be in [0, 1], but got p=1.5'],
    [
      () => bernoulliFill(of('float64'), tensor([0.5, 2, 0])),
      'Expected p_in >= 0 && p_in <= 1 to be true, but got false.',
    ],
    [() => bernoulliFill(of('float32'), of('int64')), `"bernoulli_tensor_cpu_p_" not implemented for 'Long'`],
    [() => geometricFill(of('float32'), 1), 'geometric_ expects p to be in (0, 1), but got p=1'],
    [() => randperm(-1), 'Trying to create tensor with negative dimension -1: [-1]'],
    [() => randperm(300, 'uint8'), 'value cannot be converted to type uint8_t without overflow'],
    [() => randperm(3, 'bool'), `"randperm" not implemented for 'Bool'`],
    [
      () => multinomial(tensor([1, 2, 3]), 4),
      'cannot sample n_sample > prob_dist.size(-1) samples without replacement',
    ],
    [() => multinomial(tensor([1, 2, 3]), 0), 'cannot sample n_sample <= 0 samples'],
    [() => multinomial(tensor(1), 1), 'prob_dist must be 1 or 2 dim'],
    [
      () => multinomial(tensor([1], 'int64'), 1),
      'multinomial only supports floating-point dtypes for input, got: Long',
    ],
    [() => multinomial(tensor([0, 0]), 1), 'invalid multinomial distribution (sum of probabilities <= 0)'],
    [() => multinomial(tensor([-1, 2]), 1), 'probability tensor contains either `inf`, `nan` or element < 0'],
    [
      () => multinomial(tensor([-1, 2]), 1, true),
      'invalid multinomial distribution (encountering probability entry < 0)',
    ],
    [() => poisson(tensor([-1])), 'invalid Poisson rate, expected rate to be non-negative'],
    [() => dropoutMask(of('float32'), 2), 'dropout probability has to be between 0 and 1, but got 2'],
    [() => dropoutMask(of('float32'), 0.5, true), 'Feature dropout requires at least 2 dimensions in the input'],
  ];
  it.each(refused.map(([draw, message]) => [message, draw] as const))('%s', (message, draw) => {
    expect(draw).toThrow(message);
  });

  it('but not a bound of a whole dtype', () => {
    expect(flat(randintFill(of('bool'), 0n, 1n))).toEqual([0, 0, 0]);
    expect(randomFill(of('bool')).dtype).toBe('bool');
  });
});

describe('emptyLike', () => {
  it('lays elements as they lie', () => {
    const t = float32(2, 3, 4);
    expect(emptyLike(t.alias([4, 3, 2], [1, 4, 12])).strides).toEqual([1, 4, 12]);
    expect(emptyLike(t.alias([4, 2], [1, 12])).strides).toEqual([1, 4]);
    expect(emptyLike(t.alias([3, 5], [4, 0]), 'int64')).toMatchObject({
      shape: [3, 5],
      strides: [5, 1],
      dtype: 'int64',
    });
  });
});

describe('fma', () => {
  it.each([
    [1 + 2 ** -30, 1 + 2 ** -30, -1, 2 ** -29 + 2 ** -60],
    [0.1, 10, -1, 2 ** -54],
    [3, 1 / 3, -1, -(2 ** -54)],
    [1 + 2 ** -52, 1 + 2 ** -52, 2 ** -80, 1 + 2 ** -51],
    [2 ** 53, 1, 1 + 2 ** -52, 2 ** 53 + 2],
    [2, 3, 4, 10],
  ])('%d * %d + %d is %d', (a, b, c, result) => {
    expect(fma(a, b, c)).toBe(result);
    expect(fma(-a, b, -c)).toBe(-result);
  });
});
