/** Carries a plan out: every node's op is called once, in order. */
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { numbersIn } from '../kernels/index.ts';
import { full, zeros } from '../ops/creation/index.ts';
import { alias, stack } from '../ops/shape/index.ts';
import { DEFAULT_DTYPE, type DType } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Control, type Inner, plansOf } from './control.ts';
import { readLate } from './late.ts';
import { materialize } from './materialize.ts';
import type { Plan, PlanNode, Reference } from './plan.ts';

/** Called between nodes: a deadline may throw here. */
export type Tick = () => void;

/**
 * The values of a run by name. Inputs become tensors when they are first used, since a bare array
 * takes the dtype that the parameter wants which reads it.
 */
export class Values {
  /** By the plan's number for each. */
  private readonly tensors: (Tensor | undefined)[];
  private readonly literals: ReadonlyMap<string, TensorLiteral>;
  private readonly slots: ReadonlyMap<string, number>;
  private readonly wants: ReadonlyMap<string, DType>;
  private readonly bare: DType | undefined;
  /** How many nodes of inner graphs have run, in all of them together. */
  readonly spent: { nodes: number };

  /** @param bare what a bare array becomes where no reader wants more */
  constructor(literals: ReadonlyMap<string, TensorLiteral>, plan: Plan, bare?: DType, spent = { nodes: 0 }) {
    this.bare = bare;
    this.spent = spent;
    this.tensors = new Array(plan.slots.size).fill(undefined);
    this.literals = literals;
    this.slots = plan.slots;
    this.wants = wantsOf(plan);
  }

  set(slot: number, tensor: Tensor): void {
    this.tensors[slot] = tensor;
  }

  /** The tensor of that name; `wanted` is what a bare array becomes if no other reader wants more. */
  get(name: string, wanted?: DType): Tensor {
    const slot = this.slots.get(name);
    if (slot === undefined) throw new EngineError('invalid_graph', `nothing is called "${name}"`);
    return this.at(slot, name, wanted);
  }

  /** The tensor of that name, where its number is known. */
  at(slot: number, name: string, wanted?: DType): Tensor {
    const known = this.tensors[slot];
    if (known !== undefined) return known;
    const literal = this.literals.get(name);
    if (literal === undefined) throw new EngineError('invalid_graph', `nothing is called "${name}"`);
    const tensor = materialize(literal, this.wants.get(name) ?? wanted ?? this.bare ?? DEFAULT_DTYPE);
    this.tensors[slot] = tensor;
    return tensor;
  }

  /** The tensor of that number, where it was made or read already. */
  there(slot: number): Tensor | undefined {
    return this.tensors[slot];
  }

  /** Lets go of a tensor that nobody reads any more. */
  drop(slot: number): void {
    this.tensors[slot] = undefined;
  }

  /** Has the elements kept of what is there already: they will be read at the end. */
  keep(name: string): void {
    const known = this.tensors[this.slots.get(name) ?? -1];
    if (known !== undefined) known.storage.keepers++;
  }

  /** The shape of a value, whether it is a tensor already or not. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.tensors[this.slots.get(name) ?? -1]?.shape ?? this.literals.get(name)?.shape;
  }
}

/** What readers want of bare arrays, wherever that does not hang on shapes. */
export function wantsOf(plan: Plan): Map<string, DType> {
  const wants = new Map<string, DType>();
  for (const node of plan.nodes) {
    for (const { param, names } of node.references) {
      if (param.wants === undefined) continue;
      for (const name of typeof names === 'string' ? [names] : names)
        if (!wants.has(name)) wants.set(name, param.wants);
    }
    if (node.control === undefined) continue;
    for (const inner of plansOf(node.control))
      for (const [name, want] of wantsOf(inner))
        if (inner.captures.has(name) && !wants.has(name)) wants.set(name, want);
  }
  return wants;
}

function argument({ param, names, slots }: Reference, node: PlanNode, values: Values): Tensor | Tensor[] {
  if (typeof names !== 'string')
    return names.map((name, i) => values.at((slots as readonly number[])[i], name, param.wants));
  if (param.wantsFor === undefined) return values.at(slots as number, names, param.wants);
  const first = node.references[0].names;
  const wanted = param.wantsFor(
    typeof first === 'string' ? (values.shapeOf(first) ?? []) : [],
    values.shapeOf(names) ?? [],
  );
  return values.at(slots as number, names, wanted);
}

/** Calls a node's op on its arguments. */
export function callNode(node: PlanNode, values: Values): Tensor | readonly Tensor[] {
  const args = node.attrs.slice();
  for (const reference of node.references) {
    if (reference.place >= 0) args[reference.place] = argument(reference, node, values);
  }
  if (node.late !== undefined) {
    const tensors = node.late.tensors.map((reference) => argument(reference, node, values) as Tensor);
    for (const attr of node.late.attrs) args[attr.place] = readLate(node.op, attr, tensors);
  }
  return node.op.apply(args);
}

/** Carries out a graph within another; its inputs are these tensors. Results that it did not make get a name of their own. */
function runInner({ plan, literals }: Inner, inputs: readonly Tensor[], outer: Values, tick: Tick): Tensor[] {
  const { spent } = outer;
  spent.nodes += plan.nodes.length;
  if (spent.nodes > plan.maxNodes)
    throw new EngineError('budget', `inner graphs run more than ${plan.maxNodes} nodes, round after round`);
  const values = new Values(literals, plan, undefined, spent);
  plan.inputs.forEach((name, i) => {
    values.set(plan.slots.get(name) as number, inputs[i]);
  });
  for (const [name, slot] of plan.captures) values.set(plan.slots.get(name) as number, outer.at(slot, name));
  runNodes(plan.nodes, values, tick);
  return plan.outputs.map((name) => {
    const made = (plan.slots.get(name) as number) < plan.made;
    return made ? values.get(name) : alias(values.get(name));
  });
}

/** The one number of a tensor that says whether, or how often. */
function single(reference: Reference, values: Values): number {
  const { names, slots } = reference;
  const t = values.at(slots as number, names as string);
  if (t.numel !== 1)
    throw new EngineError('shape_mismatch', `"${names as string}" has to have one element, but has shape [${t.shape}]`);
  return numbersIn(t)[0];
}

const isAbsent = ({ names }: Reference): boolean => typeof names !== 'string';

function runControl(control: Control, values: Values, tick: Tick): Tensor[] {
  if (control.kind === 'if')
    return runInner(single(control.condition, values) !== 0 ? control.yes : control.no, [], values, tick);
  const { trips, condition, body, scans } = control;
  const most = isAbsent(trips) ? Number.POSITIVE_INFINITY : single(trips, values);
  let goes = isAbsent(condition) || single(condition, values) !== 0;
  let carried = control.carried.map(({ slots, names }) => values.at(slots as number, names as string));
  const gathered: Tensor[][] = Array.from({ length: scans }, () => []);
  let round = 0;
  for (; round < most && goes; round++) {
    tick();
    const state = [full([], round, 'int64'), full([], true, 'bool'), ...carried];
    const [next, ...results] = runInner(body, state, values, tick);
    if (next.numel !== 1) throw new EngineError('shape_mismatch', 'the condition of a loop has to have one element');
    goes = numbersIn(next)[0] !== 0;
    carried = results.slice(0, carried.length);
    for (let i = 0; i < scans; i++) gathered[i].push(results[carried.length + i]);
  }
  // What no round made goes out as it came in.
  if (round === 0) carried = carried.map((t) => alias(t));
  return [...carried, ...gathered.map((list) => (list.length === 0 ? zeros([0]) : stack(list, 0)))];
}

function runNode(node: PlanNode, values: Values, tick: Tick): void {
  const result = node.control === undefined ? callNode(node, values) : runControl(node.control, values, tick);
  const count = result instanceof Tensor ? 1 : result.length;
  if (count !== node.outputs.length) {
    throw new EngineError(
      'invalid_graph',
      `${node.op.name} gives ${count} results, but the node lists ${node.outputs.length} outputs`,
    );
  }
  if (result instanceof Tensor) values.set(node.firstSlot, result);
  else for (let i = 0; i < count; i++) values.set(node.firstSlot + i, result[i]);
}

/**
 * Runs nodes over `values`. An error that an op throws names the node.
 *
 * @param done called with the place of each node that has run
 */
export function runNodes(nodes: readonly PlanNode[], values: Values, tick: Tick, done?: (place: number) => void): void {
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i];
    tick();
    try {
      runNode(node, values, tick);
    } catch (error) {
      if (error instanceof EngineError) error.node ??= node.outputs[0];
      throw error;
    }
    done?.(i);
  }
}
