import { expect, it } from 'vitest';
import { atMost, type Measured } from './comparison.ts';
import { document, type LeftOut, type Outcome, section, targets } from './results.ts';
import type { Row } from './rows/row.ts';

const row: Row = { name: 'row', title: 'A row', measures: 'What it is.', needs: [], run: () => Promise.resolve([]) };

const line = (what: string, bound?: number): Measured => ({
  what,
  unit: 'ms',
  ours: [5],
  peer: { name: 'PyTorch', rounds: [10] },
  ratio: 'share',
  target: bound === undefined ? undefined : atMost(bound),
});

const outcome = (measured: readonly Measured[], leftOut: readonly LeftOut[] = []): Outcome => ({
  row,
  measured,
  leftOut,
  notes: [],
});

it('a section has the ratio, the target and whether it is met', () => {
  const lines = section(outcome([line('quick', 0.6), line('slow', 0.4), line('free')])).split('\n');
  expect(lines[0]).toBe('## A row');
  const cells = lines.filter((text) => text.startsWith('|')).map((text) => text.split('|').map((cell) => cell.trim()));
  const ratio = '0.500× the time (0.500–0.500)';
  expect(cells.slice(2)).toEqual([
    ['', 'quick', '5.00 ms', 'PyTorch', '10.0 ms', ratio, '≤ 0.6×', 'met', ''],
    ['', 'slow', '5.00 ms', 'PyTorch', '10.0 ms', ratio, '≤ 0.4×', 'not met', ''],
    ['', 'free', '5.00 ms', 'PyTorch', '10.0 ms', ratio, '', '', ''],
  ]);
});

it('a row that gave nothing says why, once', () => {
  const text = section(outcome([], [{ reason: 'no PyTorch' }, { reason: 'no PyTorch', target: atMost(1) }]));
  expect(text.match(/no PyTorch/g)).toHaveLength(1);
  expect(text).not.toContain('|');
});

it('targets are counted over all rows', () => {
  const text = targets([outcome([line('quick', 0.6), line('free')]), outcome([line('slow', 0.4)])]);
  expect(text).toContain('## Targets: 1 of 2 met');
  expect(text).not.toContain('free');
});

it('a target that was not measured is not forgotten', () => {
  const text = targets([
    outcome([line('quick', 0.6)], [{ reason: 'no CBOR', target: atMost(1) }, { reason: 'no jax-js' }]),
  ]);
  expect(text).toContain('## Targets: 1 of 2 met');
  expect(text).toMatch(/no CBOR .* not measured/);
  expect(text).not.toContain('jax');
});

it('the document has the date, the machine and the rows', () => {
  const text = document([outcome([line('quick', 0.6)])], {
    facts: [['CPU', 'a good one']],
    pace: { rounds: 5, seconds: 1 },
    began: new Date('2026-01-02T03:04:05Z'),
    minutes: 9.6,
  });
  for (const part of ['2026-01-02', '10 minutes', '- CPU: a good one', '## A row', '## Targets: 1 of 1 met'])
    expect(text).toContain(part);
});
