import { describe, expect, it } from 'vitest';
import { preciseLog, preciseSinCos } from '../../src/kernels/random/precise.ts';

/** Rounded right, from 100 digits. */
const LOGS: [number, number][] = [
  [1, 0],
  [0.5, -Math.LN2],
  [2 ** -53, -36.7368005696771],
  [1 - 2 ** -53, -1.1102230246251565e-16],
  [Math.E, 1],
  [10, Math.LN10],
  [0.2, -1.6094379124341003],
  [0.7, -0.35667494393873245],
];

describe('preciseLog', () => {
  it.each(LOGS)('of %d is %d', (x, log) => {
    expect(preciseLog(x)).toBe(log);
  });

  it('is never far from the plain one', () => {
    for (let i = 1; i < 2000; i++) {
      const x = i / 1999.7;
      expect(Math.abs(preciseLog(x) / Math.log(x) - 1)).toBeLessThan(3e-16);
    }
  });
});

describe('preciseSinCos', () => {
  const pair = new Float64Array(2);

  it.each([
    [0, 0, 1],
    [1, 0.8414709848078965, 0.5403023058681398],
    [Math.PI / 2, 1, 6.123233995736766e-17],
    [Math.PI, 1.2246467991473532e-16, -1],
    [2 * Math.PI, -2.4492935982947064e-16, 1],
    [3, 0.1411200080598672, -0.9899924966004454],
    [6, -0.27941549819892586, 0.960170286650366],
  ])('of %d are %d and %d', (angle, sin, cos) => {
    preciseSinCos(angle, pair);
    expect([...pair]).toEqual([sin, cos]);
  });

  it('are never far from the plain ones', () => {
    for (let i = 0; i < 2000; i++) {
      const angle = (i / 2000) * 2 * Math.PI;
      preciseSinCos(angle, pair);
      expect(Math.abs(pair[0] - Math.sin(angle))).toBeLessThan(2.3e-16);
      expect(Math.abs(pair[1] - Math.cos(angle))).toBeLessThan(2.3e-16);
    }
  });
});
