import { mkdirSync, writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { exportOnnx } from '#src/models/onnx/out/export.ts';
import { ops } from '#src/ops/registry.ts';
import { appWith } from '../../../support/app.ts';
import { graphOf, judge } from '../judge.ts';
import { graphsOf } from '../walk.ts';

it('walks', { timeout: 600000 }, async () => {
  const app = await appWith();
  mkdirSync('/tmp/onnxout', { recursive: true });
  const only = process.env.ONLY?.split(',');
  let good = 0,
    bad = 0,
    un = 0;
  const lines: string[] = [];
  for (const op of ops) {
    if (only && !only.includes(op.name)) continue;
    let graphs: Awaited<ReturnType<typeof graphsOf>>;
    try {
      graphs = await graphsOf(app, op);
    } catch (e) {
      lines.push(`SERVICE ${(e as Error).message.slice(0, 200)}`);
      continue;
    }
    let i = 0;
    for (const { scope, graph } of graphs) {
      i++;
      try {
        const wrong = await judge(graph, scope);
        if (process.env.KEEP)
          writeFileSync(
            `/tmp/onnxout/${op.name}.${i}.${scope}.onnx`,
            exportOnnx(graphOf(graph), { scope, opset: 17, maxNodes: 1e5, tick: () => {} }),
          );
        if (wrong.length) {
          bad++;
          lines.push(`WRONG ${op.name} ${scope}: ${wrong.join('; ')}`);
        } else good++;
      } catch (e) {
        const err = e as Error & { unsupported?: { op: string; why: string }[] };
        if (err.unsupported) {
          un++;
          lines.push(`UN ${op.name} ${scope}: ${err.unsupported.map((u) => u.op + ': ' + u.why).join('; ')}`);
        } else {
          bad++;
          lines.push(`FAIL ${op.name} ${scope}: ${err.message.slice(0, 300)}${process.env.STACK ? err.stack : ''}`);
        }
      }
    }
  }
  lines.push(`good ${good} bad ${bad} un ${un}`);
  writeFileSync('/tmp/walk.txt', lines.join('\n'));
  await app.close();
});
