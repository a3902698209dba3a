import { describe, expect, it } from 'vitest';
import { withPulse } from '../../src/kernels/pulse.ts';
import { places, rising, sortedPlaces } from '../../src/kernels/sorting.ts';

/** Whole numbers that repeat, the same on every run. */
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => ((i * 7919) % 1009) - (i % 3));

describe('sortedPlaces', () => {
  it.each([0, 1, 2, 15, 16, 17, 31, 33, 100, 4095, 4096, 4097, 20_000])('%i places, equal ones rising', (n) => {
    const x = numbers(n);
    const want = x.map((_, i) => i).sort((i, j) => x[i] - x[j] || i - j);
    expect([...sortedPlaces(n, (i, j) => x[i] - x[j])].slice(0, n)).toEqual(want);
  });

  it.each([
    ['rising', (i: number) => i],
    ['falling', (i: number) => -i],
    ['equal', () => 0],
  ])('what is %s already', (_, at) => {
    const x = Array.from({ length: 5000 }, (_, i) => at(i));
    const want = x.map((_, i) => i).sort((i, j) => x[i] - x[j] || i - j);
    expect([...sortedPlaces(x.length, (i, j) => x[i] - x[j])]).toEqual(want);
  });

  it('puts NaN last', () => {
    const x = [2, Number.NaN, -Infinity, Number.NaN, Infinity, -0, 0];
    expect([...sortedPlaces(x.length, (i, j) => rising(x[i], x[j]))].slice(0, x.length)).toEqual([2, 5, 6, 0, 4, 1, 3]);
  });

  it('looks up from its work', () => {
    let looks = 0;
    withPulse(
      () => looks++,
      () => sortedPlaces(2 ** 19, (i, j) => ((i * 7919) % 1009) - ((j * 7919) % 1009)),
    );
    expect(looks).toBeGreaterThan(1);
  });
});

it('places: the numbers below n', () => {
  expect([...places(5)].slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
});
