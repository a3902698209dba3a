/** int8, int16, float16 and bfloat16 in cells, with what PyTorch 1.13 prints. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { shown } from './session.ts';

const printed = JSON.parse(readFileSync(new URL('./data/narrow-dtypes.json', import.meta.url), 'utf8')) as [
  string,
  string,
][];

it.each(printed)('%s', (code, answer) => {
  expect(shown(`torch.manual_seed(0)\n${code}`)).toBe(answer);
});
