/**
 * Every op's examples, forward and with the gradients that its rules record, as ONNX models: onnxruntime gives
 * our numbers, or the op stands in the list of those that are refused.
 */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnsupportedNodes } from '#src/models/onnx/out/export.ts';
import { WHY_NOT } from '#src/models/onnx/out/why-not.ts';
import { ops } from '#src/ops/registry.ts';
import { appWith } from '../../../support/app.ts';
import { judge } from '../judge.ts';
import { graphsOf } from '../walk.ts';

/** Ops that have forms, or gradients, of which one consists of those. */
const IN_PART = 'linalg_cofactor linalg_matrix_norm norm polygamma'.split(' ');
const REFUSED = new Set([...Object.keys(WHY_NOT), ...IN_PART]);
/** The service's own document of it names one value twice. */
const NO_GRAPH = new Set(['histogram']);

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith();
});
afterAll(() => app.close());

const CHUNK = 24;

describe('every op', { timeout: 120_000 }, () => {
  for (let start = 0; start < ops.length; start += CHUNK) {
    const chunk = ops.slice(start, start + CHUNK);
    it(`${chunk[0].name} to ${chunk.at(-1)?.name}`, async () => {
      const wrong: string[] = [];
      for (const op of chunk) {
        if (NO_GRAPH.has(op.name)) continue;
        let refused = false;
        for (const { scope, graph } of await graphsOf(app, op)) {
          try {
            for (const difference of await judge(graph, scope)) wrong.push(`${op.name} (${scope}): ${difference}`);
          } catch (error) {
            if (!(error instanceof UnsupportedNodes)) throw new Error(`${op.name} (${scope})`, { cause: error });
            refused = true;
            if (!REFUSED.has(op.name)) wrong.push(`${op.name} (${scope}): ${error.message}`);
          }
        }
        if (!refused && REFUSED.has(op.name)) wrong.push(`${op.name} is exported, and stands among those that are not`);
      }
      expect(wrong).toEqual([]);
    });
  }
});
