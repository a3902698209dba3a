/** Which ops are exported, and how: what docs/ONNX.md says. */
import type { Category, OpDef } from '../../../ops/define.ts';
import { opsOf } from '../../../ops/registry.ts';
import { reasonOf, rulesOf } from './rules.ts';

const CATEGORIES: readonly Category[] = [
  'activation',
  'loss',
  'pointwise',
  'comparison',
  'reduction',
  'shape',
  'indexing',
  'linalg',
  'nn',
  'creation',
];

/** How an op is exported, in a few words. */
export function howExported(op: OpDef): string {
  const reason = reasonOf(op);
  if (reason !== undefined) return `no: ${reason}`;
  if (op.onnx !== undefined) return `\`${op.onnx}\``;
  if (rulesOf(op).length === 0) return 'as the ops that it consists of';
  return op.element === undefined ? 'by a rule of its own' : 'node by node, from its formula';
}

/** The page, in Markdown. */
export function onnxPage(): string {
  const lines = [
    '# Which ops are written to ONNX files',
    '',
    'Made from the tables of `src/models/onnx/out`: `npm run onnx` writes it anew. `POST /v1/graphs/render` with',
    '`"format": "onnx"` refuses a graph with ops that are not, and names all of its nodes at once.',
    '',
    'onnxruntime gives our numbers, to rounding. Where it has no kernel for float64 (`Conv`, `AveragePool` and some',
    'more) the node is computed in float32, and the file says so in its `metadata_props`, an entry',
    '`gradwire.cast.N` for each operator. What is float16 or bfloat16 is computed in float32 and rounded after each op, as',
    'here. Opset 13 to 17: sums into places that values name need 16 where the sum is large, `LayerNormalization` is',
    'used from 17 on. Decompositions (`linalg_solve`, `linalg_det`, `linalg_qr`, …) are written step by step, up to 24 rows.',
    '',
  ];
  let exported = 0;
  let all = 0;
  for (const category of CATEGORIES) {
    lines.push(`## ${category}`, '', '| op | how |', '| --- | --- |');
    for (const op of opsOf(category)) {
      all++;
      if (reasonOf(op) === undefined) exported++;
      lines.push(`| \`${op.name}\` | ${howExported(op)} |`);
    }
    lines.push('');
  }
  lines.splice(2, 0, `${exported} of ${all} ops are exported.`, '');
  return lines.join('\n');
}
