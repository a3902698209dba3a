import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { onnxPage } from '#src/models/onnx/out/table.ts';
import { PAGE } from '../../../tools/onnx.ts';

test('docs/ONNX.md says what the tables hold: npm run onnx writes it', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(onnxPage());
});
