import { describe, expect, it } from 'vitest';
import { copy } from '../../src/kernels/copy.ts';
import { announce, pulse, withPulse } from '../../src/kernels/pulse.ts';
import { sortedPlaces } from '../../src/kernels/sorting.ts';
import { empty } from '../../src/tensor/tensor.ts';

class Ended extends Error {}

/** How much was done before the look, and the looks. */
function looks(body: () => void, first?: number): number {
  let count = 0;
  withPulse(
    () => {
      count++;
    },
    body,
    first,
  );
  return count;
}

describe('a pulse', () => {
  it('comes once so much is done as was said', () => {
    const work = (steps: number) => () => {
      for (let i = 0; i < steps; i++) pulse(100);
    };
    expect(looks(work(9), 1000)).toBe(0);
    expect(looks(work(10), 1000)).toBe(1);
    // After the first, in the ordinary measure.
    expect(looks(work(1000), 1000)).toBe(1);
    expect(looks(work(4_000_000), 1000)).toBe(1 + Math.floor((4_000_000 * 100 - 1000) / 2 ** 24));
  });

  it('comes before work that is announced, where it is too much', () => {
    expect(looks(() => announce(999), 1000)).toBe(0);
    expect(looks(() => announce(1001), 1000)).toBe(1);
    let done = false;
    const body = () => {
      announce(2000);
      done = true;
    };
    const end = () => {
      throw new Ended();
    };
    expect(() => withPulse(end, body, 1000)).toThrow(Ended);
    expect(done).toBe(false);
  });

  it('is heard by nobody outside', () => {
    expect(() => {
      announce(2 ** 30);
      pulse(2 ** 30);
    }).not.toThrow();
  });
});

describe('loops whose memory is far apart', () => {
  it('look up before their elements come to a tenth of a second', () => {
    const t = empty([128, 128, 128], 'float32');
    const turned = t.alias([128, 128, 128], [1, 128, 128 * 128], 0);
    expect(looks(() => copy(turned), 2 ** 22)).toBeGreaterThan(0);
    expect(looks(() => sortedPlaces(2 ** 18, (a, b) => b - a))).toBeGreaterThan(6);
  });
});
