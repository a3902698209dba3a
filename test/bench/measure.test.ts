import { expect, it } from 'vitest';
import { insidesOf, interleave, median, quantile, type Side, sample, valuesOf, within } from './measure.ts';

it('sides take turns after a warm-up that does not count', async () => {
  const calls: string[] = [];
  const side = (name: string): Side => ({
    name,
    round: async (seconds) => {
      calls.push(`${name}${seconds}`);
      return { value: calls.length };
    },
  });
  const turns = await interleave([side('a'), side('b')], { rounds: 2, seconds: 1 });
  expect(calls).toEqual(['a2', 'b2', 'a1', 'b1', 'a1', 'b1']);
  expect(turns.map(valuesOf)).toEqual([
    [3, 5],
    [4, 6],
  ]);
});

it('a side that fails is left out from then on, the others go on', async () => {
  let rounds = 0;
  const frail: Side = {
    name: 'frail',
    round: async () => {
      if (++rounds === 3) throw new Error('it broke');
      return { value: 1 };
    },
  };
  const steady: Side = { name: 'steady', round: async () => ({ value: 2 }) };
  const [first, second] = await interleave([frail, steady], { rounds: 4, seconds: 1 });
  expect(first.failure).toBe('it broke');
  expect(valuesOf(first)).toEqual([1]);
  expect(rounds).toBe(3);
  expect(second.failure).toBeUndefined();
  expect(valuesOf(second)).toEqual([2, 2, 2, 2]);
});

it('quantiles lie between their neighbours', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
  expect(quantile([5], 0.99)).toBe(5);
});

it('a sample has an inside only where every call says so', async () => {
  let calls = 0;
  const some = await sample(0.01, async () => (++calls === 1 ? undefined : 1));
  expect(some.inside).toBeUndefined();
  const all = await sample(0.001, async () => 7);
  expect(all.inside).toBe(7);
  expect(insidesOf({ side: { name: 'x', round: async () => all }, readings: [all, some] })).toBeUndefined();
});

it('what takes too long fails by its name', async () => {
  await expect(within(1, 'the peer', new Promise(() => {}))).rejects.toThrow('the peer took more than 0.001 s');
  await expect(within(10_000, 'the peer', Promise.resolve(3))).resolves.toBe(3);
});
