/** Cells with what real PyTorch answers to them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seen } from './session.ts';

const NUMBER = /-?(?:\d+\.\d*(?:e[+-]\d+)?|inf|nan)/g;

/** Without blanks, names of nodes, and numbers; and the numbers. */
function split(text: string): [words: string, numbers: number[]] {
  const plain = text.replace(/,?\s*grad_fn=<\w+>/g, '').replace(/\s+/g, '');
  const numbers = [...plain.matchAll(NUMBER)].map(([x]) => Number(x.replace('inf', 'Infinity')));
  return [plain.replace(NUMBER, '#'), numbers];
}

/** Each row is a test: the words are to be the same, and numbers but for the last digits that are shown. */
export function followsTorch(file: URL): void {
  const rows = JSON.parse(readFileSync(file, 'utf8')) as [code: string, answer: string][];
  test.each(rows)('%s', (code, answer) => {
    const [words, numbers] = split(seen(code));
    const [wantedWords, wantedNumbers] = split(answer);
    expect(words).toBe(wantedWords);
    numbers.forEach((x, i) => {
      const wanted = wantedNumbers[i];
      if (Number.isFinite(wanted)) expect(Math.abs(x - wanted)).toBeLessThanOrEqual(1.5e-4 + 2e-5 * Math.abs(wanted));
      else expect(x).toBe(wanted);
    });
  });
}
