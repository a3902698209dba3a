/** Carries a plan out: every node's op is called once, in order. */
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { DEFAULT_DTYPE, type DType } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
import { materialise } from './materialise.ts';
import type { Plan, PlanNode, Reference } from './plan.ts';

/** Called between nodes: a deadline may throw here. */
export type Tick = () => void;

/**
 * The values of a run by name. Inputs become tensors when they are first used, since a bare array
 * takes the dtype that the parameter wants which reads it.
 */
export class Values {
  private readonly tensors = new Map<string, Tensor>();
  private readonly literals: ReadonlyMap<string, TensorLiteral>;
  private readonly wants: ReadonlyMap<string, DType>;

  constructor(literals: ReadonlyMap<string, TensorLiteral>, plan: Plan) {
    this.literals = literals;
    this.wants = wantsOf(plan);
  }

  set(name: string, tensor: Tensor): void {
    this.tensors.set(name, tensor);
  }

  has(name: string): boolean {
    return this.tensors.has(name) || this.literals.has(name);
  }

  /** The tensor of that name; `wanted` is what a bare array becomes if no other reader wants more. */
  get(name: string, wanted?: DType): Tensor {
    const known = this.tensors.get(name);
    if (known !== undefined) return known;
    const literal = this.literals.get(name);
    if (literal === undefined) throw new EngineError('invalid_graph', `nothing is called "${name}"`);
    const tensor = materialise(literal, this.wants.get(name) ?? wanted ?? DEFAULT_DTYPE);
    this.tensors.set(name, tensor);
    return tensor;
  }

  /** The shape of a value, whether it is a tensor already or not. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.tensors.get(name)?.shape ?? this.literals.get(name)?.shape;
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

function argument({ param, names }: Reference, node: PlanNode, values: Values): Tensor | Tensor[] {
  if (typeof names !== 'string') return names.map((name) => values.get(name, param.wants));
  const first = node.references[0].names;
  const wanted = param.wantsFor?.(
    typeof first === 'string' ? (values.shapeOf(first) ?? []) : [],
    values.shapeOf(names) ?? [],
  );
  return values.get(names, wanted ?? param.wants);
}

/** Calls a node's op on its arguments. */
export function callNode(node: PlanNode, values: Values): readonly Tensor[] {
  const args: Record<string, unknown> = { ...node.attrs };
  for (const reference of node.references) args[reference.param.key] = argument(reference, node, values);
  const result = node.op.call(args);
  return result instanceof Tensor ? [result] : result;
}

function runNode(node: PlanNode, values: Values): void {
  const outputs = callNode(node, values);
  if (outputs.length !== node.outputs.length) {
    throw new EngineError(
      'invalid_graph',
      `${node.op.name} gives ${outputs.length} results, but the node lists ${node.outputs.length} outputs`,
    );
  }
  for (let i = 0; i < outputs.length; i++) values.set(node.outputs[i], outputs[i]);
}

/** Runs nodes over `values`. An error that an op throws names the node. */
export function runNodes(nodes: readonly PlanNode[], values: Values, tick: Tick): void {
  for (const node of nodes) {
    tick();
    try {
      runNode(node, values);
    } catch (error) {
      if (error instanceof EngineError) error.node ??= node.outputs[0];
      throw error;
    }
  }
}
