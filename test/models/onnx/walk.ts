/** Every op's examples as graphs, with the backward part that our rules record, inputs in `values`. */
import type { FastifyInstance } from 'fastify';
import { evaluateExample } from '#src/graph/example.ts';
import type { OpDef } from '#src/ops/define.ts';
import { sender } from '../../support/app.ts';

interface GraphJson {
  inputs: string[];
  outputs: string[];
  values: Record<string, Record<string, unknown>>;
  nodes: unknown[];
  backward?: unknown;
}

/** Answers of the service: the example's graph, forward alone and, where it can be differentiated, with gradients. */
export async function graphsOf(
  app: FastifyInstance,
  op: OpDef,
): Promise<{ scope: 'forward' | 'both'; graph: GraphJson }[]> {
  const post = sender(app);
  const found: { scope: 'forward' | 'both'; graph: GraphJson }[] = [];
  for (const example of op.examples) {
    const { body } = evaluateExample(op, example);
    const inputs = body.inputs as Record<string, unknown>;
    const forward = await post('/v1/evaluate', { ...body, graph_values: 'all' });
    if (forward.status !== 200) throw new Error(`${op.name}: ${forward.text}`);
    const graph = forward.json.graph as GraphJson;
    found.push({ scope: 'forward', graph });
    if (!op.differentiable && !op.composite) continue;
    const floating = Object.keys(inputs).filter((name) => /float/.test(String(graph.values[name]?.dtype)));
    if (floating.length === 0) continue;
    const asked = Object.fromEntries(
      Object.keys(inputs).map((name) => {
        const { dtype, shape, data } = graph.values[name] as { dtype: string; shape: number[]; data: unknown };
        return [name, { dtype, shape, data, requires_grad: floating.includes(name) }];
      }),
    );
    const outputs = graph.outputs.filter((name) => /float/.test(String(graph.values[name]?.dtype)));
    const graphBody = body.graph as Record<string, unknown>;
    for (const out of outputs) {
      const shape = graph.values[out].shape as number[];
      const numel = shape.reduce((n, size) => n * size, 1);
      const seed = Array.from({ length: numel }, (_, i) => ((i * 7) % 5) * 0.5 - 0.75);
      const both = await post('/v1/evaluate', {
        inputs: asked,
        graph: graphBody,
        grad: {
          outputs: [out],
          inputs: floating,
          grad_outputs: [{ data: seed, shape, dtype: graph.values[out].dtype }],
          allow_unused: true,
        },
        graph_scope: 'both',
        graph_values: 'all',
      });
      const recorded = both.json.graph as GraphJson | undefined;
      const grads = (recorded?.backward as { grads: object } | undefined)?.grads ?? {};
      if (both.status === 200 && Object.keys(grads).length > 0)
        found.push({ scope: 'both', graph: both.json.graph as GraphJson });
    }
  }
  return found;
}
