/**
 * The graph document of every differentiable op, with its backward part, sent back without any
 * `requires_grad`: it gives the gradients that autograd gave, with no autograd at all.
 */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateExample } from '../../src/graph/example.ts';
import { ops } from '../../src/ops/registry.ts';
import { appWith, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith();
  post = sender(app);
});
afterAll(() => app.close());

interface Body {
  inputs: Record<string, unknown>;
  graph: { outputs: string[] };
}

/** The example with every floating input asking for a gradient. */
function asking(body: Body, floating: ReadonlySet<string>): Body {
  const wrap = (name: string, value: unknown): unknown => {
    if (!floating.has(name)) return value;
    const object = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { data: value };
    return { ...object, requires_grad: true };
  };
  return {
    ...body,
    inputs: Object.fromEntries(Object.entries(body.inputs).map(([name, value]) => [name, wrap(name, value)])),
  };
}

/** Ops whose result changes from call to call, or through which no gradient is meant to flow. */
const EXEMPT: Record<string, string> = {
  detach: 'its gradient is cut on purpose',
  ctc_loss_slope: 'it has no derivative, as in PyTorch',
};

describe.each(ops.filter((op) => op.differentiable && !(op.name in EXEMPT)).map((op) => [op.name, op] as const))(
  '%s',
  (_, op) => {
    it('replays', async () => {
      const { body } = evaluateExample(op) as unknown as { body: Body };
      const plain = await post('/v1/evaluate', body);
      expect(plain.status, plain.text).toBe(200);
      const { values } = plain.json.graph;
      const floats = (names: string[]): string[] => names.filter((name) => values[name].dtype.startsWith('float'));
      const outputs = floats(body.graph.outputs);
      if (outputs.length === 0) return;
      const request = asking(body, new Set(floats(Object.keys(body.inputs))));
      const grad_outputs = outputs.map((name) => ({
        data: plain.json.outputs[name].data,
        shape: values[name].shape,
        dtype: values[name].dtype,
      }));
      const grad = { outputs, inputs: floats(Object.keys(body.inputs)), grad_outputs, allow_unused: true };
      const first = await post('/v1/evaluate', { ...request, grad, graph_scope: 'both' });
      expect(first.status, first.text).toBe(200);
      const again = await post('/v1/evaluate', { inputs: body.inputs, graph: first.json.graph });
      expect(again.status, again.text).toBe(200);
      expect(again.json.outputs).toEqual(first.json.outputs);
      const found = Object.fromEntries(
        Object.entries(first.json.grads as Record<string, object>).filter(([, g]) => !('reason' in g)),
      );
      // Nothing equal to nothing would show nothing.
      expect(Object.keys(found).length).toBeGreaterThan(0);
      expect(again.json.grads).toEqual(found);
      // And a third time, with autograd: the document is a fixed point.
      const third = await post('/v1/evaluate', {
        ...request,
        graph: { ...first.json.graph, backward: undefined },
        grad,
        graph_scope: 'both',
      });
      expect(third.json.grads).toEqual(first.json.grads);
    });
  },
);
