/** Cells beside what NumPy 1.24 and PyTorch 1.13 print and answer for them, as it was recorded. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CellSession } from '#src/cells/cell.ts';
import { workspaceModules } from '#src/cells/modules.ts';
import { TorchState, withState } from '#src/cells/torch/index.ts';
import { LIMITS } from '../torch/session.ts';

const recorded = JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8')) as [string, string][];

function shown(cell: string): string {
  const state = new TorchState();
  const session = new CellSession({ ...LIMITS, maxSteps: 1e7 }, new Map(), workspaceModules(state));
  const run = (code: string) => withState(state, () => session.run(code));
  run('import numpy as np\nimport torch');
  const { stdout, result, error } = run(cell);
  return stdout + (error === undefined ? (result?.repr ?? '') : `${error.type}: ${error.message.split('\n')[0]}`);
}

const NUMBER = /-?\d+\.\d*(?:e[+-]?\d+)?|-?\d+e[+-]?\d+/g;

/** The words without the numbers that have a point, blanks counted once; and those numbers. */
const parts = (text: string): [string, number[]] => [
  text.replace(NUMBER, '#').replace(/\s+/g, ' '),
  (text.match(NUMBER) ?? []).map(Number),
];

test.each(recorded)('%s', (cell, wanted) => {
  const got = shown(cell);
  if (got === wanted) return;
  const [words, numbers] = parts(got);
  const [wantedWords, wantedNumbers] = parts(wanted);
  expect(words).toBe(wantedWords);
  numbers.forEach((x, k) => {
    expect(Math.abs(x - wantedNumbers[k])).toBeLessThanOrEqual(1e-9 + 1e-7 * Math.abs(wantedNumbers[k]));
  });
});
