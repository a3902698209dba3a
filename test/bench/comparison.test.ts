import { describe, expect, it } from 'vitest';
import {
  atLeast,
  atMost,
  atMostOrOwn,
  compare,
  compareTimes,
  type Measured,
  ownAtMost,
  ratioOf,
} from './comparison.ts';
import type { Reading, Turns } from './measure.ts';

const line = (parts: Partial<Measured>): Measured => ({
  what: 'work',
  unit: 'ms',
  ours: [10],
  peer: { name: 'peer', rounds: [20] },
  ratio: 'share',
  ...parts,
});

const turns = (name: string, readings: readonly Reading[]): Turns => ({
  side: { name, round: () => Promise.reject(new Error('it is over')) },
  readings,
});

describe('ratioOf', () => {
  it('is taken round by round', () => {
    const ratio = ratioOf(line({ ours: [10, 30, 50], peer: { name: 'peer', rounds: [20, 10, 50] } }));
    expect(ratio).toEqual({ median: 1, low: 0.5, high: 3 });
  });

  it('is the inverse of times where it says how many times as fast', () => {
    expect(ratioOf(line({ ratio: 'faster' }))?.median).toBe(2);
    expect(ratioOf(line({ ratio: 'faster', unit: 'requests/s' }))?.median).toBe(0.5);
  });

  it('leaves out the rounds that the peer did not live to see', () => {
    expect(ratioOf(line({ ours: [10, 1000], peer: { name: 'peer', rounds: [20] } }))?.high).toBe(0.5);
  });

  it('is absent without a peer', () => {
    expect(ratioOf(line({ peer: null }))).toBeUndefined();
  });
});

describe('targets', () => {
  it('hold at their bound and not beyond it', () => {
    expect(atMost(0.5).met(line({}))).toBe(true);
    expect(atMost(0.49).met(line({}))).toBe(false);
    expect(atLeast(2).met(line({ ratio: 'faster' }))).toBe(true);
    expect(atLeast(2.1).met(line({ ratio: 'faster' }))).toBe(false);
    expect(ownAtMost(10, 'ms').met(line({}))).toBe(true);
    expect(ownAtMost(9, 'ms').met(line({}))).toBe(false);
  });

  it('of a ratio are not met without a peer', () => {
    expect(atMost(1).met(line({ peer: null }))).toBe(false);
    expect(atLeast(1).met(line({ peer: null }))).toBe(false);
  });

  it('take the larger of two bounds', () => {
    const target = atMostOrOwn(5, 25, 'ms');
    expect(target.met(line({ ours: [24], peer: { name: 'idle', rounds: [1] } }))).toBe(true);
    expect(target.met(line({ ours: [26], peer: { name: 'idle', rounds: [1] } }))).toBe(false);
    expect(target.met(line({ ours: [49], peer: { name: 'idle', rounds: [10] } }))).toBe(true);
    expect(target.met(line({ ours: [51], peer: { name: 'idle', rounds: [10] } }))).toBe(false);
  });
});

describe('compare', () => {
  const how = { unit: 'ms', ratio: 'share' } as const;

  it('has no line for a side that gave nothing, and no peer for one that gave nothing', () => {
    const some = turns('some', [{ value: 1 }]);
    const none = turns('none', []);
    expect(compare('work', none, some, how)).toEqual([]);
    expect(compare('work', some, none, how)[0].peer).toBeNull();
  });

  it('has a second line where every answer says how long its inside took', () => {
    const peer = turns('peer', [{ value: 4 }, { value: 4 }]);
    const all = turns('graph', [
      { value: 10, inside: 3 },
      { value: 10, inside: 5 },
    ]);
    const half = turns('graph', [{ value: 10, inside: 3 }, { value: 10 }]);
    expect(compareTimes('work', all, peer, atMost(1)).map(({ ours }) => ours)).toEqual([
      [10, 10],
      [3, 5],
    ]);
    expect(compareTimes('work', half, peer)).toHaveLength(1);
  });
});
