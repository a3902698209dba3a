/** Which ops are exported to ONNX, told from the exporter's tables: `npm run onnx` writes docs/ONNX.md. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onnxPage } from '../../src/models/onnx/out/table.ts';

export const PAGE = fileURLToPath(new URL('../../docs/ONNX.md', import.meta.url));

if (import.meta.main) writeFileSync(PAGE, onnxPage());
