/** The examples of an op, read as a request reads them. */
import { type Call, withRecorder } from '../../src/autograd/recorder.ts';
import { readJson } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { evaluateExample } from '../../src/graph/example.ts';
import { planOf } from '../../src/graph/plan.ts';
import { callNode, Values } from '../../src/graph/run.ts';
import type { NodeDocument } from '../../src/graph/schema.ts';
import type { Example, OpDef } from '../../src/ops/define.ts';

/** The values of the parameters by place, defaults filled in. */
export function argumentsOf(op: OpDef, example: Example): unknown[] {
  const { inputs, graph } = evaluateExample(op, example).body as { inputs: object; graph: { nodes: object[] } };
  const bytes = Buffer.from(JSON.stringify({ inputs, node: graph.nodes[0] }));
  const read = readJson(bytes, { fields: { inputs: { entries: 'tensor' } } }) as {
    inputs: Record<string, TensorLiteral>;
    node: NodeDocument;
  };
  const literals = new Map(Object.entries(read.inputs));
  const plan = planOf({ inputs: [...literals.keys()], nodes: [read.node], outputs: [] }, [], 1);
  const heard: Call[] = [];
  withRecorder({ deep: false, hear: (call) => heard.push(call) }, () =>
    callNode(plan.nodes[0], new Values(literals, plan)),
  );
  const { args } = heard.at(-1) as Call;
  return op.params.map((p) => args[p.key]);
}
