/** A graph document checked and bound to ops: names resolved, attributes read, order verified. */

import { closest } from '../ops/closest.ts';
import type { OpDef } from '../ops/define.ts';
import { type AnyParam, Refusal } from '../ops/params.ts';
import { findOp, opNames } from '../ops/registry.ts';
import { EngineError } from '../tensor/errors.ts';
import { type Control, controlGraphs, isControl, opOf } from './control.ts';
import { FUNCTION, functionOp, type RulePlan } from './function-op.ts';
import { findInPlace } from './in-place.ts';
import { furtherIn, type LateAttr } from './late.ts';
import type { GraphDocument, NodeDocument, RuleDocument } from './schema.ts';

/** What an argument is made from: a value, or a list of them, by name and by place among all values. */
export interface Reference {
  readonly param: AnyParam;
  /** The parameter's place in the op's signature. */
  readonly place: number;
  readonly names: string | readonly string[];
  readonly slots: number | readonly number[];
}

export interface PlanNode {
  readonly op: OpDef;
  readonly references: readonly Reference[];
  /** In the order of the signature, undefined where a reference or the default stands; numbers in a tensor's place among them. */
  readonly attrs: readonly unknown[];
  readonly outputs: readonly string[];
  /** The place of the first output among all values; the others follow it. */
  readonly firstSlot: number;
  readonly of?: number;
  /** What attributes are read from when the node runs: the further inputs, which stand among the references, too. */
  readonly late?: { readonly attrs: readonly LateAttr[]; readonly tensors: readonly Reference[] };
  /** Of `if` and `loop`: the graphs that are carried out. */
  readonly control?: Control;
}

export interface Plan {
  readonly inputs: readonly string[];
  readonly nodes: readonly PlanNode[];
  readonly backward: readonly PlanNode[];
  readonly outputs: readonly string[];
  /** Where the gradients stand that the backward part computes, by the name of what they belong to. */
  readonly grads: ReadonlyMap<string, string>;
  /** A number for each value by name: first those that nodes make, in order, then those that are given. */
  readonly slots: ReadonlyMap<string, number>;
  /** How many values nodes make. */
  readonly made: number;
  /** Of a graph within another: the values of that one which it reads, by their numbers there. */
  readonly captures: ReadonlyMap<string, number>;
  /** How many nodes there may be; as many may be run in loops. */
  readonly maxNodes: number;
}

function invalid(message: string, node?: NodeDocument): EngineError {
  const error = new EngineError('invalid_graph', message);
  if (node !== undefined) error.node = node.outputs[0];
  return error;
}

interface Unresolved {
  param: AnyParam;
  place: number;
  names: string | readonly string[];
  slots: number | readonly number[];
}

/** The place of an input that is no argument. */
export const FURTHER_PLACE = -1;

const reference = (param: AnyParam, place: number, names: string | readonly string[]): Unresolved => ({
  param,
  place,
  names,
  slots: -1,
});

/** What takes further inputs: it is no parameter of the op. */
const FURTHER: AnyParam = { name: '', key: '', kind: 'tensor', required: false, differentiable: false };

/** The inputs behind those that the op has parameters for. */
function bindFurther(op: OpDef, node: NodeDocument, count: number, at: string): Unresolved[] {
  const { params } = op;
  const own = params.filter((p) => p.kind !== 'attr' && !p.variadic).length;
  const inputs = node.inputs.slice(own, own + count);
  if (inputs.length < count)
    throw invalid(`${at}: an attribute names the further input ${count - 1}, but there are ${inputs.length}`, node);
  return inputs.map((input) => {
    if (typeof input !== 'string') throw invalid(`${at}: further inputs are value names`, node);
    return reference(FURTHER, FURTHER_PLACE, input);
  });
}

/** Spreads a node's inputs over the op's tensor parameters. */
function bindInputs(op: OpDef, node: NodeDocument, further: number, at: string): Unresolved[] {
  const references: Unresolved[] = [];
  const { params } = op;
  let i = 0;
  for (let place = 0; place < params.length; place++) {
    const param = params[place];
    if (param.kind === 'attr') continue;
    if (param.variadic) {
      const rest = node.inputs.slice(i);
      if (!rest.every((x) => typeof x === 'string'))
        throw invalid(`${at}: the inputs of "${param.name}" are value names`, node);
      if (rest.length > 0 || param.required) references.push(reference(param, place, rest as string[]));
      i = node.inputs.length;
      break;
    }
    const input = node.inputs[i++] ?? null;
    if (input === null) continue;
    if (param.kind === 'tensors') {
      if (!Array.isArray(input) || !input.every((x) => x !== null))
        throw invalid(`${at}: "${param.name}" is a list of value names`, node);
      references.push(reference(param, place, input as string[]));
    } else {
      if (Array.isArray(input)) throw invalid(`${at}: "${param.name}" is one value name, not a list`, node);
      references.push(reference(param, place, input));
    }
  }
  if (node.inputs.length > i && !(further > 0 && node.inputs.length === i + further)) {
    const most = params.filter((p) => p.kind !== 'attr').length;
    throw invalid(`${at}: ${op.name} takes at most ${most} inputs, got ${node.inputs.length}`, node);
  }
  return references;
}

const isBound = (references: readonly Unresolved[], place: number): boolean => {
  for (const reference of references) if (reference.place === place) return true;
  return false;
};

interface ReadAttrs {
  readonly attrs: unknown[];
  readonly late: LateAttr[];
  /** How many further inputs the late ones name. */
  readonly further: number;
}

function readAttrs(op: OpDef, node: NodeDocument, at: string): ReadAttrs {
  const { params } = op;
  const attrs = new Array<unknown>(params.length).fill(undefined);
  const late: LateAttr[] = [];
  let further = 0;
  for (const name in node.attrs) {
    const raw = node.attrs[name];
    let place = 0;
    while (place < params.length && params[place].name !== name) place++;
    const param = params[place];
    if (param?.attr === undefined) {
      const known = params.filter((p) => p.attr !== undefined).map((p) => p.name as string);
      throw invalid(`${at}: ${op.name} has no attribute "${name}"; it has ${known.join(', ') || 'none'}`, node);
    }
    if (raw === null && !param.required) continue;
    const named = typeof raw === 'object' ? furtherIn(param, raw) : 0;
    if (named > 0) {
      further = Math.max(further, named);
      late.push({ param, place, raw });
      continue;
    }
    const value = param.attr.read(raw);
    if (value instanceof Refusal)
      throw invalid(`${at}: attribute "${name}" of ${op.name}: expected ${value.expected}`, node);
    attrs[place] = value;
  }
  return { attrs, late, further };
}

interface Bound {
  readonly op: OpDef;
  readonly references: Unresolved[];
  readonly attrs: readonly unknown[];
  readonly late?: { readonly attrs: readonly LateAttr[]; readonly tensors: Unresolved[] };
}

/** Checks what a function's rule starts from and gives; `inner` checks its nodes, as those of a graph. */
function ruleOf(
  rule: RuleDocument,
  node: NodeDocument,
  at: string,
  document: GraphDocument,
  inner: (graph: GraphDocument, at: string) => Plan,
): RulePlan {
  const where = `${at}/backward`;
  const { inputs, outputs } = rule;
  bindInputs(FUNCTION, node, 0, at);
  const [args, results, saved, constants] = [0, 1, 2, 3].map((i) => (node.inputs[i] ?? []) as readonly string[]);
  const count = 2 * results.length + args.length + saved.length + constants.length;
  if (inputs.length !== count)
    throw invalid(
      `${where}: expected ${count} inputs, for the gradients of the results, the arguments, the results, what is saved and constants, got ${inputs.length}`,
      node,
    );
  if (outputs.length !== args.length)
    throw invalid(`${where}: expected ${args.length} outputs, one for each argument, got ${outputs.length}`, node);
  if (inputs.slice(results.length).includes(null))
    throw invalid(`${where}: only the gradient of a result may be null among the inputs`, node);
  const named = (names: readonly (string | null)[]): string[] => names.filter((name) => name !== null);
  const plan = inner({ inputs: named(inputs), nodes: rule.nodes, outputs: named(outputs) }, where);
  return { plan, inputs, outputs, shapes: args.map((name) => document.values?.get(name)?.shape) };
}

function bind(node: NodeDocument, at: string, own?: OpDef): Bound {
  const op = own ?? findOp(node.op) ?? findInPlace(node.op);
  if (op === undefined) {
    const near = closest(node.op, opNames());
    throw invalid(`${at}: there is no op "${node.op}"${near === undefined ? '' : `; did you mean "${near}"?`}`, node);
  }
  const { attrs, late, further } = readAttrs(op, node, at);
  const references = bindInputs(op, node, further, at);
  const { params } = op;
  const isLate = (place: number): boolean => late.some((attr) => attr.place === place);
  for (let place = 0; place < params.length; place++) {
    const param = params[place];
    const bound = isBound(references, place);
    const given = attrs[place] !== undefined || isLate(place);
    if (bound && given) throw invalid(`${at}: "${param.name}" stands among the inputs and among the attrs`, node);
    if (param.required && !given && !bound) {
      throw invalid(`${at}: ${op.name} needs "${param.name}"${param.kind === 'attr' ? ' among its attrs' : ''}`, node);
    }
  }
  if (late.length === 0) return { op, references, attrs };
  const tensors = bindFurther(op, node, further, at);
  return { op, references: [...references, ...tensors], attrs, late: { attrs: late, tensors } };
}

/** Numbers the values of a document: what nodes make in order, then what is given. */
function numberValues(
  document: GraphDocument,
  nodes: readonly NodeDocument[],
  given: Iterable<string>,
): { slots: Map<string, number>; made: number } {
  const slots = new Map<string, number>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (slots.has(output)) throw invalid(`two nodes make the value "${output}"`, node);
      slots.set(output, slots.size);
    }
  }
  const made = slots.size;
  for (const name of [...document.inputs, ...given]) {
    const slot = slots.get(name);
    if (slot === undefined) slots.set(name, slots.size);
    else if (slot < made) throw invalid(`"${name}" is an input, but a node makes it, too`);
  }
  for (const name of document.values?.keys() ?? []) if (!slots.has(name)) slots.set(name, slots.size);
  return { slots, made };
}

/**
 * @throws EngineError `invalid_graph`: an unknown op, a name used before it is made or made twice,
 * inputs or attrs that the op does not take; `budget`: more nodes than allowed
 */
export const planOf = (document: GraphDocument, given: Iterable<string>, maxNodes: number): Plan =>
  planWithin(document, given, { left: maxNodes, maxNodes, depth: 0, outer: () => undefined, at: '/graph' });

/** Graphs within graphs. */
const MAX_DEPTH = 16;

/** What a graph stands in. */
interface Surroundings {
  /** Nodes that there may still be, in this graph and all others. */
  left: number;
  readonly maxNodes: number;
  readonly depth: number;
  /** The number of a value further out. */
  readonly outer: (name: string) => number | undefined;
  readonly at: string;
}

function planWithin(document: GraphDocument, given: Iterable<string>, around: Surroundings): Plan {
  const { maxNodes, depth, at: root } = around;
  const backward = document.backward?.nodes ?? [];
  const count = document.nodes.length + backward.length;
  around.left -= count;
  if (around.left < 0) {
    const all =
      depth === 0 ? `the graph has ${count} nodes` : 'the graph has more nodes, those of inner graphs among them';
    throw new EngineError('budget', `${all}, at most ${maxNodes} are allowed`);
  }
  if (depth > MAX_DEPTH) throw invalid(`${root}: graphs are nested more than ${MAX_DEPTH} deep`);
  const { slots, made } = numberValues(
    document,
    backward.length === 0 ? document.nodes : [...document.nodes, ...backward],
    given,
  );
  // Of the values that nodes make, those below are made already.
  let next = 0;
  const captures = new Map<string, number>();
  /** The number of a value that is there; one from further out gets a number here, too. */
  const findSlot = (name: string): number | undefined => {
    const slot = slots.get(name);
    if (slot !== undefined) return slot;
    const outer = around.outer(name);
    if (outer === undefined) return undefined;
    captures.set(name, outer);
    slots.set(name, slots.size);
    return slots.size - 1;
  };
  const slotOf = (name: string, node: NodeDocument, at: string): number => {
    const slot = findSlot(name);
    if (slot === undefined) throw invalid(`${at}: nothing is called "${name}"`, node);
    if (slot >= next && slot < made) throw invalid(`${at}: "${name}" is used before the node that makes it`, node);
    return slot;
  };
  const compileControl = (node: NodeDocument, at: string): PlanNode => {
    const references: Reference[] = node.inputs.map((name) => {
      if (name !== null && typeof name !== 'string')
        throw invalid(`${at}: the inputs of ${node.op} are value names`, node);
      return {
        param: FURTHER,
        place: FURTHER_PLACE,
        names: name ?? [],
        slots: name === null ? [] : slotOf(name, node, at),
      };
    });
    const operands = references.slice();
    const inner = (graph: GraphDocument, key: string): Plan => {
      const where = `${at}/attrs/${key}`;
      const { left } = around;
      const surroundings: Surroundings = {
        left,
        maxNodes,
        depth: depth + 1,
        at: where,
        outer: (name) => {
          const slot = findSlot(name);
          if (slot !== undefined && slot >= next && slot < made) return undefined;
          return slot;
        },
      };
      const plan = planWithin(graph, [], surroundings);
      around.left = surroundings.left;
      for (const [name, slot] of plan.captures)
        references.push({ param: FURTHER, place: FURTHER_PLACE, names: name, slots: slot });
      return plan;
    };
    const control = controlGraphs(node, operands, at, inner);
    const firstSlot = next;
    next += node.outputs.length;
    return { op: opOf(node.op), references, attrs: [], outputs: node.outputs, firstSlot, of: node.of, control };
  };
  /** The op of a function, whose rule reads nothing from further out. */
  const compileFunction = (node: NodeDocument, at: string): OpDef => {
    const inner = (graph: GraphDocument, where: string): Plan => {
      const surroundings = { left: around.left, maxNodes, depth: depth + 1, at: where, outer: () => undefined };
      const plan = planWithin(graph, [], surroundings);
      around.left = surroundings.left;
      return plan;
    };
    return functionOp(node.backward && ruleOf(node.backward, node, at, document, inner));
  };
  const compile = (nodes: readonly NodeDocument[], where: string): PlanNode[] =>
    nodes.map((node, i) => {
      const at = `${where}/${i}`;
      if (isControl(node.op)) return compileControl(node, at);
      const isFunction = node.op === FUNCTION.name;
      if (node.backward !== undefined && !isFunction)
        throw invalid(`${at}: only a function has a rule of its own`, node);
      const { op, references, attrs, late } = bind(node, at, isFunction ? compileFunction(node, at) : undefined);
      for (const reference of references) {
        const { names } = reference;
        reference.slots =
          typeof names === 'string' ? slotOf(names, node, at) : names.map((name) => slotOf(name, node, at));
      }
      const firstSlot = next;
      next += node.outputs.length;
      const bound: PlanNode = { op, references, attrs, outputs: node.outputs, firstSlot, of: node.of };
      return late === undefined ? bound : { ...bound, late };
    });
  const nodes = compile(document.nodes, `${root}/nodes`);
  const back = compile(backward, `${root}/backward/nodes`);
  const grads = document.backward?.grads ?? new Map<string, string>();
  for (const name of [...document.outputs, ...grads.values()]) {
    if (findSlot(name) === undefined) throw invalid(`nothing in the graph is called "${name}"`);
  }
  for (const of of grads.keys()) {
    if (!slots.has(of)) throw invalid(`/graph/backward/grads: nothing in the graph is called "${of}"`);
  }
  backward.forEach((node, i) => {
    if (node.of !== undefined && node.of >= document.nodes.length) {
      throw invalid(
        `/graph/backward/nodes/${i}: "of" is ${node.of}, but the graph has ${document.nodes.length} nodes`,
        node,
      );
    }
  });
  return {
    inputs: document.inputs,
    nodes,
    backward: back,
    outputs: document.outputs,
    grads,
    slots,
    made,
    captures,
    maxNodes,
  };
}
