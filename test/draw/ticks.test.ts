import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LINEAR, type Scale } from '../../src/draw/scale.ts';
import { ticksOf } from '../../src/draw/ticks.ts';

type Row = [low: number, high: number, at: number[], labels: string[], offset: string];
/** What matplotlib writes along the side of a figure of its usual size. */
const ROWS = JSON.parse(readFileSync(join(import.meta.dirname, 'ticks.json'), 'utf8')) as Row[];

describe('ticks', () => {
  it.each(ROWS)('from %d to %d are those of matplotlib', (low, high, at, labels, offset) => {
    const ticks = ticksOf(LINEAR, low, high, 13);
    expect(ticks.labels).toEqual(labels);
    ticks.at.forEach((x, i) => {
      expect(Math.abs(x - at[i])).toBeLessThan(1e-9 * (high - low) + 1e-12 * Math.abs(high));
    });
    expect(ticks.offset).toBe(offset);
  });

  it('are powers on a logarithmic axis', () => {
    const log: Scale = { kind: 'log', base: 10, threshold: 2 };
    const ticks = ticksOf(log, 0.5, 2000, 12);
    expect(ticks.at).toEqual([1, 10, 100, 1000]);
    expect(ticks.labels[2]).toBe('$10^{2}$');
    expect(ticks.minor).toContain(20);
  });

  it('end where there is no range', () => {
    expect(ticksOf(LINEAR, 1, 1, 9).at).toEqual([1]);
    expect(ticksOf(LINEAR, 0, Number.POSITIVE_INFINITY, 9).at.length).toBeLessThan(2);
  });
});
