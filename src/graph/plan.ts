/** A graph document checked and bound to ops: names resolved, attributes read, order verified. */

import type { OpDef } from '../ops/define.ts';
import { type AnyParam, Refusal } from '../ops/params.ts';
import { findOp, opNames } from '../ops/registry.ts';
import { EngineError } from '../tensor/errors.ts';
import { closest } from './closest.ts';
import { findInPlace } from './in-place.ts';
import type { GraphDocument, NodeDocument } from './schema.ts';

/** What an argument is made from: a value's name, or a list of names. */
export interface Reference {
  readonly param: AnyParam;
  readonly names: string | readonly string[];
}

export interface PlanNode {
  readonly op: OpDef;
  readonly references: readonly Reference[];
  /** By camelCase parameter; numbers in a tensor's place among them. */
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly string[];
  readonly of?: number;
}

export interface Plan {
  readonly inputs: readonly string[];
  readonly nodes: readonly PlanNode[];
  readonly backward: readonly PlanNode[];
  readonly outputs: readonly string[];
  /** Where the gradients stand that the backward part computes, by the name of what they belong to. */
  readonly grads: ReadonlyMap<string, string>;
}

function invalid(message: string, node?: NodeDocument): EngineError {
  const error = new EngineError('invalid_graph', message);
  if (node !== undefined) error.node = node.outputs[0];
  return error;
}

/** Spreads a node's inputs over the op's tensor parameters. */
function bindInputs(op: OpDef, node: NodeDocument, at: string): Reference[] {
  const references: Reference[] = [];
  const slots = op.params.filter((p) => p.kind !== 'attr');
  let i = 0;
  for (const param of slots) {
    if (param.variadic) {
      const rest = node.inputs.slice(i);
      if (!rest.every((x) => typeof x === 'string'))
        throw invalid(`${at}: the inputs of "${param.name}" are value names`, node);
      if (rest.length > 0) references.push({ param, names: rest as string[] });
      i = node.inputs.length;
      break;
    }
    const input = node.inputs[i++] ?? null;
    if (input === null) continue;
    if (param.kind === 'tensors') {
      if (!Array.isArray(input) || !input.every((x) => x !== null))
        throw invalid(`${at}: "${param.name}" is a list of value names`, node);
      references.push({ param, names: input as string[] });
    } else {
      if (Array.isArray(input)) throw invalid(`${at}: "${param.name}" is one value name, not a list`, node);
      references.push({ param, names: input });
    }
  }
  if (node.inputs.length > i)
    throw invalid(`${at}: ${op.name} takes at most ${slots.length} inputs, got ${node.inputs.length}`, node);
  return references;
}

function readAttrs(op: OpDef, node: NodeDocument, bound: ReadonlySet<AnyParam>, at: string): Record<string, unknown> {
  const attrs: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(node.attrs ?? {})) {
    const param = op.params.find((p) => p.name === name);
    if (param === undefined || param.attr === undefined) {
      const known = op.params.filter((p) => p.attr !== undefined).map((p) => p.name as string);
      throw invalid(`${at}: ${op.name} has no attribute "${name}"; it has ${known.join(', ') || 'none'}`, node);
    }
    if (bound.has(param)) throw invalid(`${at}: "${name}" stands among the inputs and among the attrs`, node);
    if (raw === null && !param.required) continue;
    const value = param.attr.read(raw);
    if (value instanceof Refusal)
      throw invalid(`${at}: attribute "${name}" of ${op.name}: expected ${value.expected}`, node);
    attrs[param.key] = value;
  }
  return attrs;
}

function bind(node: NodeDocument, at: string): PlanNode {
  const op = findOp(node.op) ?? findInPlace(node.op);
  if (op === undefined) {
    const near = closest(node.op, opNames());
    throw invalid(`${at}: there is no op "${node.op}"${near === undefined ? '' : `; did you mean "${near}"?`}`, node);
  }
  const references = bindInputs(op, node, at);
  const bound = new Set(references.map((r) => r.param));
  const attrs = readAttrs(op, node, bound, at);
  for (const param of op.params) {
    if (param.required && !param.variadic && !bound.has(param) && !(param.key in attrs)) {
      throw invalid(`${at}: ${op.name} needs "${param.name}"${param.kind === 'attr' ? ' among its attrs' : ''}`, node);
    }
  }
  return { op, references, attrs, outputs: node.outputs, of: node.of };
}

/**
 * @throws EngineError `invalid_graph`: an unknown op, a name used before it is made or made twice,
 * inputs or attrs that the op does not take; `budget`: more nodes than allowed
 */
export function planOf(document: GraphDocument, given: Iterable<string>, maxNodes: number): Plan {
  const backward = document.backward?.nodes ?? [];
  const count = document.nodes.length + backward.length;
  if (count > maxNodes)
    throw new EngineError('budget', `the graph has ${count} nodes, at most ${maxNodes} are allowed`);
  const made = new Set<string>();
  for (const node of [...document.nodes, ...backward]) {
    for (const output of node.outputs) {
      if (made.has(output)) throw invalid(`two nodes make the value "${output}"`, node);
      made.add(output);
    }
  }
  const known = new Set([...document.inputs, ...given]);
  for (const name of document.values?.keys() ?? []) if (!made.has(name)) known.add(name);
  for (const name of known) {
    if (made.has(name)) throw invalid(`"${name}" is an input, but a node makes it, too`);
  }
  const compile = (nodes: readonly NodeDocument[], where: string): PlanNode[] =>
    nodes.map((node, i) => {
      const at = `${where}/${i}`;
      const plan = bind(node, at);
      for (const { names } of plan.references) {
        for (const name of typeof names === 'string' ? [names] : names) {
          if (!known.has(name)) {
            throw invalid(
              made.has(name)
                ? `${at}: "${name}" is used before the node that makes it`
                : `${at}: nothing is called "${name}"`,
              node,
            );
          }
        }
      }
      for (const output of node.outputs) known.add(output);
      return plan;
    });
  const nodes = compile(document.nodes, '/graph/nodes');
  const back = compile(backward, '/graph/backward/nodes');
  const grads = document.backward?.grads ?? new Map<string, string>();
  for (const name of [...document.outputs, ...grads.values()]) {
    if (!known.has(name)) throw invalid(`nothing in the graph is called "${name}"`);
  }
  for (const of of grads.keys()) {
    if (!known.has(of)) throw invalid(`/graph/backward/grads: nothing in the graph is called "${of}"`);
  }
  backward.forEach((node, i) => {
    if (node.of !== undefined && node.of >= document.nodes.length) {
      throw invalid(
        `/graph/backward/nodes/${i}: "of" is ${node.of}, but the graph has ${document.nodes.length} nodes`,
        node,
      );
    }
  });
  return { inputs: document.inputs, nodes, backward: back, outputs: document.outputs, grads };
}
