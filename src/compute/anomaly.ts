/** Names the node where numbers stopped being finite. */
import type { Warning } from '../answer/answer.ts';
import type { Trace, TraceNode } from '../graph/trace.ts';
import { allFinite } from '../kernels/finite.ts';
import type { Tensor } from '../tensor/tensor.ts';

const nameOf = (trace: Trace, node: TraceNode): string => trace.nameAfter(node.outputs[0], node.op.name);

/** The first node whose result holds a NaN or an infinity. */
export function outputAnomaly(trace: Trace): Warning | undefined {
  for (const node of trace.nodes) {
    if (node.outputs.every(allFinite)) continue;
    const name = nameOf(trace, node);
    return {
      code: 'non_finite_output',
      node: name,
      op: node.op.name,
      message: `${node.op.name} made the first non-finite value: ${name}`,
    };
  }
  return undefined;
}

/** Likewise for the gradients that a node's rule gave. */
export function gradientAnomaly(trace: Trace, index: number, grads: readonly (Tensor | null)[]): Warning | undefined {
  if (grads.every((g) => g === null || allFinite(g))) return undefined;
  const node = trace.nodes[index];
  const name = nameOf(trace, node);
  return {
    code: 'non_finite_gradient',
    node: name,
    op: node.op.name,
    message: `the gradient rule of ${node.op.name} (${name}) gave the first non-finite gradient`,
  };
}
