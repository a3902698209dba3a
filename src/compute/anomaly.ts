/** Names the node where numbers stopped being finite. */
import type { Warning } from '../answer/answer.ts';
import type { Document } from '../graph/document.ts';
import type { ProgramNode, Value } from '../graph/value.ts';
import { allFinite } from '../kernels/finite.ts';
import type { Tensor } from '../tensor/tensor.ts';

const nameOf = (document: Document, node: ProgramNode): string => document.nameAfter(node.outputs[0], node.op.name);

function hasFiniteElements(document: Document, value: Value): boolean {
  const tensor = document.tensorOf(value);
  return tensor === undefined || tensor.storage.meta || allFinite(tensor);
}

/** The first node whose result holds a NaN or an infinity. */
export function outputAnomaly(document: Document): Warning | undefined {
  for (const node of document.nodes) {
    if (node.outputs.every((value) => hasFiniteElements(document, value))) continue;
    const name = nameOf(document, node);
    return {
      code: 'non_finite_output',
      node: name,
      op: node.op.name,
      message: `${node.op.name} made the first non-finite value: ${name}`,
    };
  }
  return undefined;
}

/** Names the node whose rule gave these gradients, where one of them holds a NaN or an infinity. */
export function gradientAnomaly(
  document: Document,
  index: number,
  grads: readonly (Tensor | null)[],
): Warning | undefined {
  if (grads.every((g) => g === null || allFinite(g))) return undefined;
  const node = document.nodes[index];
  const name = nameOf(document, node);
  return {
    code: 'non_finite_gradient',
    node: name,
    op: node.op.name,
    message: `the gradient rule of ${node.op.name} (${name}) gave the first non-finite gradient`,
  };
}
