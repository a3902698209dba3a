import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, pytorchPage } from '../../tools/pytorch.ts';

test('docs/PYTORCH.md says what the tables hold: npm run pytorch writes it', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(pytorchPage());
});
