/** Carries a plan out: every node's op is called once, in order. */
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { DEFAULT_DTYPE, type DType } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
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

  /** @param bare what a bare array becomes where no reader wants more */
  constructor(literals: ReadonlyMap<string, TensorLiteral>, plan: Plan, bare?: DType) {
    this.bare = bare;
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
function wantsOf(plan: Plan): Map<string, DType> {
  const wants = new Map<string, DType>();
  for (const node of plan.nodes) {
    for (const { param, names } of node.references) {
      if (param.wants === undefined) continue;
      for (const name of typeof names === 'string' ? [names] : names)
        if (!wants.has(name)) wants.set(name, param.wants);
    }
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
  for (const reference of node.references) args[reference.place] = argument(reference, node, values);
  return node.op.apply(args);
}

function runNode(node: PlanNode, values: Values): void {
  const result = callNode(node, values);
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
      runNode(node, values);
    } catch (error) {
      if (error instanceof EngineError) error.node ??= node.outputs[0];
      throw error;
    }
    done?.(i);
  }
}
