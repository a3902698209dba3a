/** A request that runs, made from an op's own example. */
import { readJson } from '../codec/json/reader.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import type { OpDef } from '../ops/define.ts';
import { Tensor } from '../tensor/tensor.ts';
import { planOf } from './plan.ts';
import { callNode, Values } from './run.ts';
import type { NodeDocument } from './schema.ts';

export interface ExampleRequest {
  readonly method: 'POST';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const isTensorLike = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** An example as a graph of one node, for `POST /v1/evaluate`. */
export function evaluateExample(op: OpDef, example = op.examples[0]): ExampleRequest {
  const inputs: Record<string, unknown> = {};
  const attrs: Record<string, unknown> = {};
  const nodeInputs: (string | null | string[])[] = [];
  for (const param of op.params) {
    const value = example[param.name];
    if (param.kind === 'attr') {
      if (value !== undefined) attrs[param.name] = value;
      continue;
    }
    if (value === undefined || value === null) {
      if (!param.variadic) nodeInputs.push(null);
    } else if (param.kind === 'tensors') {
      const names = (value as unknown[]).map((item, i) => {
        const name = `${param.name}_${i}`;
        inputs[name] = item;
        return name;
      });
      if (param.variadic) nodeInputs.push(...names);
      else nodeInputs.push(names);
    } else if (param.kind === 'operand' && !isTensorLike(value)) {
      attrs[param.name] = value;
      nodeInputs.push(null);
    } else {
      inputs[param.name] = value;
      nodeInputs.push(param.name);
    }
  }
  while (nodeInputs.length > 0 && nodeInputs[nodeInputs.length - 1] === null) nodeInputs.pop();
  const base = op.params.some((p) => p.name === 'output') ? 'result' : 'output';
  const node = {
    op: op.name,
    inputs: nodeInputs,
    outputs: [base],
    ...(Object.keys(attrs).length > 0 ? { attrs } : {}),
  };
  const results = countResults(inputs, node);
  if (results !== 1) node.outputs = Array.from({ length: results }, (_, i) => `${base}_${i}`);
  const graph = { inputs: Object.keys(inputs), nodes: [node], outputs: node.outputs };
  return { method: 'POST', path: '/v1/evaluate', body: { inputs, graph } };
}

/** How many results a node has may hang on its arguments: it is run to find out. */
function countResults(inputs: Record<string, unknown>, node: object): number {
  const bytes = Buffer.from(JSON.stringify({ inputs, node }));
  const read = readJson(bytes, { fields: { inputs: { entries: 'tensor' } } }) as {
    inputs: Record<string, TensorLiteral>;
    node: NodeDocument;
  };
  const literals = new Map(Object.entries(read.inputs));
  const plan = planOf({ inputs: [...literals.keys()], nodes: [read.node], outputs: [] }, [], 1);
  const result = callNode(plan.nodes[0], new Values(literals, plan));
  return result instanceof Tensor ? 1 : result.length;
}
